"""How long a turn takes in Rasa, through the channel: `.venv/bin/python -m bench.channel [turns]`.

Runs the small bot of tests/engine with an action server that answers at once, so that what is measured is Rasa, the
channel, the encrypted tracker and the sentence embeddings. The last rows show what a long conversation costs.
"""

import os
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
    print(f"{'turn':<34}{'p50 ms':>8}{'p95 ms':>8}{'CPU ms':>8}{'x parse':>9}")
    measure = Measure(bot, turns)
    measure.row("understanding alone (/parse)", lambda: understand(bot))
    measure.row("a text, one sentence back", lambda: bot.ask(uuid4().hex, "hello"))
    measure.row("a text, one custom action", lambda: bot.ask(uuid4().hex, "please save a note"))
    measure.row("an opening", lambda: bot.ask(uuid4().hex, open=True))
    again = uuid4().hex
    measure.row("the same message again", lambda: bot.ask(again, "hello", message_id="again"))
    conversation, said = uuid4().hex, 0
    for length in LONG:
        for _ in range(length - said):
            bot.ask(conversation, "please save a note")
        measure.row(f"a note, after {length} turns", lambda: bot.ask(conversation, "please save a note"))
        said = length + turns


class Measure:
    """Prints a row for each kind of turn; the ratio is of processor time, which other work hardly moves."""

    def __init__(self, bot: SmallBot, turns: int) -> None:
        self.bot, self.turns, self.first = bot, turns, 0.0

    def row(self, name: str, ask: Callable[[], object]) -> None:
        took, used = [], processor_ms(self.bot)
        for _ in range(self.turns):
            began = time.perf_counter()
            ask()
            took.append((time.perf_counter() - began) * 1000)
        used = (processor_ms(self.bot) - used) / self.turns
        self.first = self.first or used
        middle, late = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        print(f"{name:<34}{middle:8.1f}{late:8.1f}{used:8.1f}{used / self.first:9.1f}", flush=True)


def processor_ms(bot: SmallBot) -> float:
    """Processor time that the Rasa process has used so far."""
    fields = Path(f"/proc/{bot.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def understand(bot: SmallBot) -> None:
    bot.client.post("/parse", json={"text": "hello there", "language": "en"})


def memory(bot: SmallBot) -> float:
    """Resident memory of the Rasa process, MiB."""
    status = Path(f"/proc/{bot.process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / MIB


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
