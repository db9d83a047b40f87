"""The kinds of ``light_checks.yml``: what is asked about once, lightly, where the risk screen raises no alarm."""

import re
from collections.abc import Mapping
from functools import cache

from bot.content.reading import CONTENT, Entry, read

PARTS = ("told", "harm")


def kind_of(text: str) -> str | None:
    """The kind of light check that a text asks for; None for nearly every text."""
    return next((kind for kind, parts in _kinds().items() if all(part.search(text) for part in parts)), None)


@cache
def _kinds() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    file = read(CONTENT / "light_checks.yml")
    return {kind: _parts(file.need(kind, Entry)) for kind in file}


def _parts(entry: Entry) -> tuple[re.Pattern[str], ...]:
    entry.only(PARTS)
    return tuple(re.compile(entry.need(part, str), re.IGNORECASE | re.DOTALL) for part in PARTS)
