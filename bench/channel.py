"""How long a turn takes in Rasa, through the channel: `.venv/bin/python -m bench.channel [turns]`.

Runs the small bot of tests/engine with an action server that answers at once, so that what is measured is Rasa, the
channel, the encrypted tracker and the sentence embeddings. The last rows show what a long conversation costs.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from tests.engine.small_bot import Actions, SmallBot, train

LONG = (10, 100, 300)
MIB = 1024


def main(turns: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        model = train(Path(folder))
        trained = time.monotonic() - began
        began = time.monotonic()
        bot = SmallBot(Path(folder) / "bot", model, Actions().url, LOG_LEVEL="WARNING").start()
        try:
            print(f"training {trained:.0f} s, start {time.monotonic() - began:.0f} s, memory {memory(bot):.0f} MiB")
            table(bot, turns)
            print(f"memory after all of this {memory(bot):.0f} MiB")
        finally:
            bot.stop()


def table(bot: SmallBot, turns: int) -> None:
    print(f"{'turn':<38}{'p50 ms':>8}{'p95 ms':>8}{'x parse':>9}")
    parse = row("understanding alone (/parse)", turns, lambda _: understand(bot))
    row("a text, one sentence back", turns, lambda _: bot.ask(uuid4().hex, "hello"), parse)
    row("a text, one custom action", turns, lambda _: bot.ask(uuid4().hex, "please save a note"), parse)
    row("an opening", turns, lambda _: bot.ask(uuid4().hex, open=True), parse)
    again = uuid4().hex
    bot.ask(again, "hello", message_id="again")
    row("the same message again", turns, lambda _: bot.ask(again, "hello", message_id="again"), parse)
    conversation, said = uuid4().hex, 0
    for length in LONG:
        while said < length:
            said += 1
            bot.ask(conversation, "please save a note")
        row(f"a note, after {length} turns", 10, lambda _: bot.ask(conversation, "please save a note"), parse)
        said += 10


def row(name: str, turns: int, ask: Callable[[int], object], parse: float | None = None) -> float:
    took = []
    for number in range(turns):
        began = time.perf_counter()
        ask(number)
        took.append((time.perf_counter() - began) * 1000)
    middle = statistics.median(took)
    ratio = f"{middle / parse:9.1f}" if parse else f"{'':>9}"
    print(f"{name:<38}{middle:8.1f}{statistics.quantiles(took, n=20)[-1]:8.1f}{ratio}", flush=True)
    return middle


def understand(bot: SmallBot) -> None:
    bot.client.post("/parse", json={"text": "hello there", "language": "en"})


def memory(bot: SmallBot) -> float:
    """Resident memory of the Rasa process, MiB."""
    status = Path(f"/proc/{bot.process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / MIB


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
