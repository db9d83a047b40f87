"""The one number that a typed text names, as people write it: "about a seven", "4 or 5 i think", "8ish", "not a wink".

Sure means one number: a time of the day, a number of years, and the ends of the scale are none. Of two that stand
beside each other ("four to five") the middle counts; halves are rounded down.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[½–—-]")
SCALE = re.compile(
    r"(?<=\d|\w)\s*(?:/|\bout of\b|\bof\b)\s*(?:10|12|100|ten|a hundred)\b"
    r"|\b(?:on|from) a scale\b.*?\b(?:to|and|-)\s*(?:10|100|ten|a hundred)\b"
    r"|\b(?:between|from)?\s*(?:0|1|zero|one)\s*(?:to|and|-)\s*(?:10|100|ten|a hundred)\b"
)
SIGNED = re.compile(r"(?:^|\s)-\s*\d+")
FRACTION = re.compile(r"\b(?:and|&) (?:a )?(?:half|bit|quarter)\b|½|¼|¾")
PART = re.compile(r"(?<=\d)\s*h(?:ours?|rs?)?\s*(?:and )?\d{1,2}\s*(?:m|mins?|minutes?)?\b")
WIDEST = 5  # A range may be a fifth of the scale; what is wider is no answer.
SHORT = 3


@dataclass(frozen=True)
class _Named:
    """A number with the places of its first and last word in the text."""

    value: int
    first: int
    last: int


def number_in(text: str, known: Mapping[str, Any], *, top: int = 10) -> int | None:
    """The number, or None if there is none or more than one.

    ``known`` is the language's vocabulary, ``top`` the end of the scale.
    """
    text = SCALE.sub(" ", text.casefold().replace("’", "'"))
    text = PART.sub(" ", FRACTION.sub(" ", SIGNED.sub(" x ", text)))
    said = TOKEN.findall(text)
    found = [one for one in _named(said, known) if not _is_something_else(one, said, known)]
    values = {one.value for one in found}
    if len(values) == 1:
        return values.pop()
    if len(found) == 2 and _beside_each_other(found[0], found[1], said, known):
        low, high = sorted(values)
        return (low + high) // 2 if high - low <= top // WIDEST else None
    return None if found else _worded(said, known)


def _named(said: Sequence[str], known: Mapping[str, Any]) -> list[_Named]:
    """Every number, in digits or words; "seventy five" is one, and so is "six point five"."""
    found: list[_Named] = []
    place = 0
    while place < len(said):
        value, last = _at(said, place, known["numbers"])
        if value is None or (said[place] in known["alone_numbers"] and len(said) > 1):
            place += 1
            continue
        if value != 1 or said[place].isdigit() or _is_one(said, place, known):
            found.append(_Named(value, place, last))
        place = last + 1
    return found


def _at(said: Sequence[str], place: int, names: Mapping[str, int]) -> tuple[int | None, int]:
    """The number that begins at a place, and the place of its last word."""
    word = said[place]
    if word[0].isdigit():
        return int(float(word.replace(",", "."))), place
    value = names.get(word, names.get(word.removesuffix("ish")))
    if value is None:
        return None, place
    after = [names.get(one) for one in said[place + 1 : place + 3]]
    if value >= 20 and value % 10 == 0:
        ones = after[1] if said[place + 1 : place + 2] == ["-"] and len(after) > 1 else after[0] if after else None
        if ones is not None and 0 < ones < 10:
            return value + ones, place + (2 if said[place + 1] == "-" else 1)
    if said[place + 1 : place + 2] == ["point"] and len(after) > 1 and after[1] is not None:
        return value, place + 2
    return value, place


def _is_one(said: Sequence[str], place: int, known: Mapping[str, Any]) -> bool:
    """Whether "one" is a number here: "the worst one" names none."""
    before, after = said[place - 1] if place else "", said[place + 1] if place + 1 < len(said) else ""
    return len(said) < SHORT or before in known["before_one"] or after in known["hours"]


def _is_something_else(one: _Named, said: Sequence[str], known: Mapping[str, Any]) -> bool:
    """Years, tablets, a time of the day, or what it is not."""
    before = said[one.first - 1] if one.first else ""
    after = said[one.last + 1] if one.last + 1 < len(said) else ""
    if before == "at" and not set(said[max(one.first - 3, 0) : one.first - 1]) & set(known["level_before_at"]):
        return True
    return after in known["other_units"] or before in known["other_before"]


def _beside_each_other(one: _Named, two: _Named, said: Sequence[str], known: Mapping[str, Any]) -> bool:
    between = said[one.last + 1 : two.first]
    return all(word in known["range_words"] or word in known["hours"] for word in between)


def _worded(said: Sequence[str], known: Mapping[str, Any]) -> int | None:
    """A number without a numeral: "an hour", "no sleep at all"."""
    if len(said) <= SHORT and set(said) & set(known["zero_words"]):
        return 0
    text = f" {' '.join(said)} "
    for value, phrases in known["worded_numbers"].items():
        if any(f" {phrase} " in text for phrase in phrases):
            return int(value)
    return None
