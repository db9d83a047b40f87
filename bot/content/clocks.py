"""The limits of ``clocks.yml``: how long each step of an escalation may take; a clinic may be faster."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache

from bot.content.reading import CONTENT, read
from bot.errors import Incomplete

LIMITS = ("deliver", "acknowledge", "contact", "second", "manager", "clinic", "nobody")
WORKING = ("acknowledge_working", "manager_working")

Minutes = Mapping[str, Mapping[str, int]]
Limits = Mapping[str, Mapping[str, timedelta]]


@cache
def longest() -> Minutes:
    """Level to limit to minutes, as the clinical content has them. Raises ContentError if the file is wrong."""
    file = read(CONTENT / "clocks.yml")
    table = {}
    for level in file:
        entry = file.need(level, dict)
        entry.only((*LIMITS, *WORKING))
        table[level] = {name: entry.need(name, int) for name in entry}
    return table


def limits(shorter: Minutes | None = None) -> Limits:
    """Level to limit to time, with what a clinic has set; a longer one of its own is not heeded."""
    return {level: limits_of(level, shorter) for level in longest()}


def limits_of(level: str, shorter: Minutes | None = None) -> Mapping[str, timedelta]:
    """The same for one level; none for a level without limits."""
    own = (shorter or {}).get(level, {})
    return {
        name: timedelta(minutes=min(minutes, own.get(name, minutes)))
        for name, minutes in longest().get(level, {}).items()
    }


def shorten(shorter: Minutes, level: str, name: str, minutes: int) -> Minutes:
    """A clinic's limits with one more. Raises Incomplete for one that is unknown, longer than allowed, or none."""
    known = longest()
    if level not in known or name not in known[level]:
        allowed = "; ".join(f"{one}: {', '.join(entry)}" for one, entry in known.items() if entry)
        raise Incomplete(f"{level} {name}: allowed is one of {allowed}")
    if not 0 < minutes <= known[level][name]:
        raise Incomplete(f"{level} {name}: from 1 to {known[level][name]} minutes; a clinic may only be faster")
    return {**shorter, level: {**shorter.get(level, {}), name: minutes}}
