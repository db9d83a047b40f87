"""The wording of pages: read once from ``bot/content/<language>/<file>.yml``, so that no sentence stands in Python.

A word that is missing stops the page loudly instead of leaving a hole where a sentence should be.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError

CONTENT = Path(__file__).resolve().parent.parent / "content"


class Words(Mapping[str, Any]):
    """A table of wording. ``words["queue"]["title"]`` and, in templates, ``words.queue.title``."""

    def __init__(self, entries: Mapping[str, Any], place: str) -> None:
        self._entries = {
            key: Words(value, f"{place}: {key}") if isinstance(value, Mapping) else value for key, value in entries.items()
        }
        self._place = place

    def __getitem__(self, key: str) -> Any:
        if key not in self._entries:
            raise ContentError(f"{self._place}: there is no wording for {key!r}")
        return self._entries[key]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


@cache
def words(language: str, file: str) -> Words:
    """The wording in ``bot/content/<language>/<file>.yml``. Raises ContentError where the file or a word in it is missing."""
    return read(CONTENT / language / f"{file}.yml")


def read(path: Path) -> Words:
    """One file of wording. Raises ContentError if it cannot be read, is not YAML, or is not a table of words."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContentError(f"{path}:1: cannot be read ({error.strerror})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"{path}:{line}: {error.problem}") from error
    if not isinstance(entries, Mapping):
        raise ContentError(f"{path}:1: a table of names and sentences is needed")
    return Words(entries, f"{path}:1")
