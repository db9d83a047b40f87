"""The sentences that the risk screen is judged by. Nothing was learnt from the test part, and nothing chosen on it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.content.examples import ORDINARY, read_examples
from bot.errors import ContentError
from bot.settings import ROOT

TESTS = ROOT / "tests/safety"
# The files of each part, with the level of all their lines if these do not say.
FILES: dict[str, dict[str, str | None]] = {
    "test": {
        "test": None,
        "blind": None,
        "crisis_test": None,
        "hard_test": "none",
        "ordinary_test": "none",
        "chat_test": "none",
    },
    "development": {"development": None, "crisis_dev": None, "hard_dev": "none", "ordinary_development": "none"},
}
TALKS = {"test": "conversations_test", "development": "conversations_dev"}
CLINICAL = {"test": "test", "development": "train"}  # The clinical split has two parts: what is no test is for tuning.
FLAGGED = ("emergency", "urgent", "same_day")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One message, and what a clinician would want found in it; ``level`` None: nobody has said."""

    id: str
    text: str
    level: str | None
    category: str = ORDINARY
    register: str = "plain"

    @property
    def flagged(self) -> bool:
        return self.level in FLAGGED

    @property
    def harmless(self) -> bool:
        """A note is neither: staff may or may not see it."""
        return self.level == "none"


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A whole harmless conversation: what the patient says, in order."""

    id: str
    messages: tuple[str, ...]


def own_sets(part: str) -> dict[str, list[Sentence]]:
    """The project's own sentences of a part, by the name of their set."""
    folder = TESTS / "sentences"
    files = {name: read_file(folder / f"{name}.jsonl", level=level) for name, level in FILES[part].items()}
    return {"examples": _examples(part), "clinical": _clinical(CLINICAL[part]), **files}


def own_talks(part: str) -> list[Talk]:
    rows = _rows(TESTS / f"sentences/{TALKS[part]}.jsonl")
    return [Talk(id=row["id"], messages=tuple(row["messages"])) for _, row in rows]


def read_file(path: Path, *, level: str | None = None) -> list[Sentence]:
    """Any JSONL file of ``{"id", "text", "level"?, "category"?, "register"?}``. Raises ContentError with the line."""
    sentences = []
    for number, row in _rows(path):
        if not isinstance(row.get("text"), str):
            raise ContentError(f'{path}:{number}: must be an object with "text"')
        sentences.append(_sentence({"id": number, "level": level, **row}))
    return sentences


def _examples(part: str) -> list[Sentence]:
    return [
        Sentence(id=one.place, text=one.text, level=one.level, category=one.category, register=one.register)
        for one in read_examples()
        if one.part == part
    ]


def _clinical(split: str) -> list[Sentence]:
    content = yaml.safe_load((TESTS / "risk_examples.yml").read_text(encoding="utf-8"))
    chosen = [example for example in content["examples"] if example["split"] == split]
    return [Sentence(id=one["id"], text=one["text"], level=one["severity"], category=one["category"]) for one in chosen]


def _sentence(row: Mapping[str, Any]) -> Sentence:
    category = row.get("category") or ORDINARY
    return Sentence(
        id=str(row["id"]),
        text=row["text"],
        level=row["level"],
        category=ORDINARY if category == "none" else category,
        register=row.get("register") or "plain",
    )


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ContentError(f"{path}:{number}: is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise ContentError(f"{path}:{number}: must be an object")
        yield number, row
