"""What one turn costs, with and without sentence embeddings: `.venv/bin/python -m bench.turn_cost [turns]`.

The same check-ins, with questions in between, are said twice to the four processes as they run: with the model in use,
then with a model in which intents are learnt from words and letters, without layer 2 and without guesses of answers.
A turn is everything between a sent message and its replies: stored, screened, understood, acted on, said.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import yaml

from bench.evaluate_nlu import read_pipeline
from bench.table import print_table
from bench.understanding import run_rasa
from bot.settings import ROOT
from tests.chat import Chat
from tests.stack import Stack

PLAIN = Path(__file__).parent / "without_embeddings.yml"
# Typed answers, a question in between, and small talk: a form's turn calls two actions, most others one.
SAID = (
    "check in",
    "about a four",
    "are you human?",
    "six i think",
    "who reads this?",
    "5 hours",
    "no change",
    "stop",
    "thank you",
)


def main(turns: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            stack.start()
            whole = milliseconds(stack, turns)
            stack.model = without_embeddings(Path(folder))
            stack.restart("rasa")
            plain = milliseconds(stack, turns)
        finally:
            stack.stop()
    rows = [
        [f"{name}, ms", f"{one:.1f}", f"{other:.1f}", f"{one / other:.2f}"]
        for name, one, other in (
            ("p50", statistics.median(whole), statistics.median(plain)),
            ("p95", late(whole), late(plain)),
        )
    ]
    print_table([f"{turns} turns, one at a time", "whole pipeline", "without embeddings", "ratio"], rows)


def milliseconds(stack: Stack, turns: int) -> list[float]:
    """How long each of so many turns took, after a first conversation that is not counted."""
    said = texts(stack)
    for _ in SAID:
        next(said)
    return [next(said) for _ in range(turns)]


def texts(stack: Stack) -> Iterator[float]:
    """The turns of one conversation after another, each with the time that it took."""
    while True:
        chat = stack.chat().onboard()
        for text in SAID:
            yield took(chat, text)


def took(chat: Chat, text: str) -> float:
    client_id = str(uuid4())
    began = time.perf_counter()
    answer = chat.post({"text": text}, client_id=client_id)
    seconds = time.perf_counter() - began
    assert answer.status_code == 201, answer.text
    assert answer.json()["replies"], f"no reply to {text!r}"
    return seconds * 1000


def late(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def without_embeddings(folder: Path) -> Path:
    """A model of the same dialogue that knows only words and letters."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    mine = folder / "config.yml"
    mine.write_text(yaml.safe_dump(config | {"pipeline": read_pipeline(PLAIN)}, sort_keys=False), encoding="utf-8")
    run_rasa(
        "-m", "rasa", "train", "--config", str(mine), "--domain", "domain.yml", "--data", "bot/data",
        "--out", str(folder), "--fixed-model-name", "without_embeddings",
    )  # fmt: skip
    return folder / "without_embeddings.tar.gz"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 90)
