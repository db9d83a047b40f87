"""The wording of pages: read once from ``bot/content/<language>/<file>.yml``, so that no sentence stands in Python.

A word that is missing stops the page loudly instead of leaving a hole where a sentence should be.
"""

from collections.abc import Iterator, Mapping
from functools import cache, reduce
from typing import Any

from bot.content.reading import CONTENT, Entry, read

FALLBACK = "en"
TAKEN = ("get", "items", "keys", "values")


class Words(Mapping[str, Any]):
    """A table of wording: ``words["queue"]["title"]``, and in templates ``words.queue.title``.

    ``beneath`` has what stands in for a word that is not in the entry.
    """

    def __init__(self, entry: Entry, beneath: "Words | None" = None) -> None:
        for key in entry:
            if not isinstance(key, str) or key in TAKEN:
                entry.fail(f"{key!r} cannot name a wording: a template would not find it", key)
        self._entry = entry
        self._words: dict[str, Any] = dict(beneath or {})
        for key, value in entry.items():
            under = self._words.get(key)
            nested = under if isinstance(under, Words) else None
            self._words[key] = Words(value, nested) if isinstance(value, Entry) else value

    def __getitem__(self, key: str) -> Any:
        if key not in self._words:
            self._entry.fail(f"there is no wording for {key!r}")
        return self._words[key]

    def get(self, key: str, default: Any = None) -> Any:
        """The word, or what stands in for one that nobody has written."""
        return self._words.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._words

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def beside(self, other: "Words") -> "Words":
        """Both tables as one. Raises ContentError for a name that stands in both."""
        for key in other._words.keys() & self._words.keys():
            other._entry.fail(f"{key!r} stands in {self._entry.path} too", key)
        joined = Words(self._entry)
        joined._words = {**self._words, **other._words}
        return joined


@cache
def words(language: str, *files: str) -> Words:
    """The wording of one file, or of several as one, in English what the language has not written yet.

    Raises ContentError where a file, or later a word that neither has, is missing.
    """
    return reduce(Words.beside, (_of(language, file) for file in files))


def _of(language: str, file: str) -> Words:
    beneath = None if language == FALLBACK else words(FALLBACK, file)
    return Words(read(CONTENT / language / f"{file}.yml"), beneath)
