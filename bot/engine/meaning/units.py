"""The parts of a message that are read one by one: the whole, and each sentence, so that one line in a long letter
counts as much as a message of its own. Pure."""

import re
from typing import NamedTuple

SHORT_WORDS = 40  # Up to so many, a message is read whole and by sentence.
RUN_WORDS = 30  # A sentence without an end is cut after so many words,
OVERLAP_WORDS = 8  # and goes on so many words before the cut.
_SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+(?!\S)|[.!?…](?=\S)|\n|$)", re.UNICODE)
_WORD = re.compile(r"\S+")


class Unit(NamedTuple):
    """A part of a message: its words, and where they stand (code points)."""

    text: str
    start: int
    end: int


def units(text: str) -> list[Unit]:
    """What to read of a message: itself if it is short, and each sentence of it. At least one."""
    sentences = _sentences(text)
    if len(sentences) <= 1 and len(text.split()) <= SHORT_WORDS:
        return [Unit(text, 0, len(text))]
    if len(text.split()) <= SHORT_WORDS:
        return [Unit(text, 0, len(text)), *sentences]
    return _runs(text)


def _sentences(text: str) -> list[Unit]:
    return [
        Unit(found.group().strip(), found.start(), found.end())
        for found in _SENTENCE.finditer(text)
        if any(letter.isalnum() for letter in found.group())
    ]


def _runs(text: str) -> list[Unit]:
    """A long message in overlapping runs of words: each is read once or twice, whatever the punctuation."""
    words = list(_WORD.finditer(text))
    runs = []
    for first in range(0, len(words), RUN_WORDS - OVERLAP_WORDS):
        some = words[first : first + RUN_WORDS]
        runs.append(Unit(text[some[0].start() : some[-1].end()], some[0].start(), some[-1].end()))
        if first + RUN_WORDS >= len(words):
            break
    return runs
