"""The sentences that the risk screen is judged by. None of them was trained on, and no threshold was chosen on one."""

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
FILES = {"test": None, "ordinary_test": "none", "chat_test": "none", "blind": None}  # With the level of all lines.
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


def own_sets() -> dict[str, list[Sentence]]:
    """The project's own test parts, by name."""
    paths = [path for path in sorted((TESTS / "sentences").glob("*.jsonl")) if path.stem in FILES]
    return {"examples": _examples(), "clinical": _clinical()} | {
        path.stem: read_file(path, level=FILES[path.stem]) for path in paths
    }


def own_talks() -> list[Talk]:
    path = TESTS / "sentences/conversations_test.jsonl"
    return [Talk(id=row["id"], messages=tuple(row["messages"])) for _, row in _rows(path)]


def read_file(path: Path, *, level: str | None = None) -> list[Sentence]:
    """Any JSONL file of ``{"id", "text", "level"?, "category"?, "register"?}``. Raises ContentError with the line."""
    sentences = []
    for number, row in _rows(path):
        if not isinstance(row.get("text"), str):
            raise ContentError(f'{path}:{number}: must be an object with "text"')
        sentences.append(_sentence({"id": number, "level": level, **row}))
    return sentences


def _examples() -> list[Sentence]:
    return [
        Sentence(id=one.place, text=one.text, level=one.level, category=one.category, register=one.register)
        for one in read_examples()
        if one.part == "test"
    ]


def _clinical() -> list[Sentence]:
    content = yaml.safe_load((TESTS / "risk_examples.yml").read_text(encoding="utf-8"))
    held_out = [example for example in content["examples"] if example["split"] == "test"]
    return [
        Sentence(id=one["id"], text=one["text"], level=one["severity"], category=one["category"]) for one in held_out
    ]


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
