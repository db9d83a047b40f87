"""What a trained model understands of test sentences, and how good that is. Used by the commands and by the tests."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.actions.numbers import number_in
from bot.actions.wording import vocabulary
from bot.commands.surroundings import RASA_PYTHON
from bot.commands.train import rasa_environment
from bot.errors import TrainingFailed
from bot.settings import ROOT

SENTENCES = ROOT / "tests/understanding"
# As many of each intent; in their natural mixture, by yet another hand.
INTENT_TESTS = ("nlu_test.yml", "nlu_field_test.yml")
BEYOND = "out_of_scope"
NOT_UNDERSTOOD = (BEYOND, "nlu_fallback")
NONE = "none"
OFFERED = 2


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many, with what was missed, for people to read."""

    hit: int
    of: int
    missed: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        return self.hit / self.of if self.of else 0.0


def understand(texts: Sequence[str], model: Path) -> list[dict[str, Any]]:
    """What the model's pipeline makes of each text. Raises TrainingFailed if Rasa cannot run it."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "texts.json", Path(folder) / "found.json"
        given.write_text(json.dumps(list(texts)), encoding="utf-8")
        run_rasa("-m", "bench.parse", str(model), str(given), str(found))
        understood: list[dict[str, Any]] = json.loads(found.read_text(encoding="utf-8"))
        return understood


def run_rasa(*arguments: str) -> str:
    """Run Python in Rasa's runtime; gives what it wrote. Raises TrainingFailed."""
    command = [str(RASA_PYTHON), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=rasa_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise TrainingFailed(f"{' '.join(arguments[:3])} ended with code {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def lines(name: str) -> list[dict[str, Any]]:
    """A file of test sentences, one JSON object a line."""
    return [json.loads(line) for line in (SENTENCES / name).read_text(encoding="utf-8").splitlines() if line]


def intents(path: Path) -> list[tuple[str, str]]:
    """Text and intent of every example of a file in Rasa's format."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        (line.removeprefix("- ").strip(), block["intent"])
        for block in content["nlu"]
        for line in block["examples"].splitlines()
        if line.strip()
    ]


def answers(rows: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]], offered: int) -> dict[str, Share]:
    """For each question how often a right option is among the first ``offered``."""
    shares = {}
    for code in sorted({row["question"] for row in rows}):
        pairs = [(row, one["closest"][code]) for row, one in zip(rows, found, strict=True) if row["question"] == code]
        missed = [
            f"{row['text']!r} is {'+'.join(row['options'])}, taken for {', '.join(name for name, _ in best[:offered])}"
            for row, best in pairs
            if not {name for name, _ in best[:offered]} & set(row["options"])
        ]
        shares[code] = Share(hit=len(pairs) - len(missed), of=len(pairs), missed=tuple(missed))
    return shares


def whole(shares: dict[str, Share]) -> float:
    """The share over all questions together."""
    return sum(one.hit for one in shares.values()) / sum(one.of for one in shares.values())


def numbers(rows: Sequence[dict[str, Any]]) -> Share:
    known = vocabulary("en")
    read = [(row, number_in(row["text"], known, top=row["top"])) for row in rows]
    missed = [f"{row['text']!r} is {row['number']}, read as {got}" for row, got in read if got != row["number"]]
    return Share(hit=len(rows) - len(missed), of=len(rows), missed=tuple(missed))


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean over labels of F1; ``pairs`` are (wanted, found)."""
    wanted, found, both = (
        Counter(one for one, _ in pairs),
        Counter(other for _, other in pairs),
        Counter(one for one, other in pairs if one == other),
    )
    return sum(2 * both[name] / (wanted[name] + found[name]) for name in wanted) / len(wanted)


def accuracy(pairs: Sequence[tuple[str, str]]) -> float:
    return sum(one == other for one, other in pairs) / len(pairs)


def understood_as_beyond(pairs: Sequence[tuple[str, str]]) -> float:
    """How much of what is out of scope is recognised as that, or at least as not understood."""
    beyond = [found for wanted, found in pairs if wanted == BEYOND]
    return sum(found in NOT_UNDERSTOOD for found in beyond) / len(beyond)


def confusions(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """What is taken for what, the most frequent first."""
    counted = Counter(pair for pair in pairs if pair[0] != pair[1])
    return [(wanted, found, count) for (wanted, found), count in counted.most_common()]
