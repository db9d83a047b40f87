"""Cuts a patient's message at the spans that made the screen act, so that a page can highlight exactly those words.

Offsets count code points of the original text. The text is never changed: the pieces joined are the text.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LONG = 1500
AROUND = 300


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a message; ``marked`` if a signal points at it."""

    text: str
    marked: bool


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[Piece]:
    """The text in order, cut at the spans; overlapping ones become one, and what lies outside the text is ignored."""
    cut: list[Piece] = []
    at = 0
    for start, end in merged(spans, len(text)):
        if at < start:
            cut.append(Piece(text=text[at:start], marked=False))
        cut.append(Piece(text=text[start:end], marked=True))
        at = end
    if at < len(text) or not cut:
        cut.append(Piece(text=text[at:], marked=False))
    return cut


def merged(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The spans in order, clamped to the text, overlapping and touching ones joined, empty ones left out."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def excerpt(text: str, spans: Iterable[tuple[int, int]]) -> list[Piece] | None:
    """Of a very long message the part around its marks, or its beginning; None if it is short enough to be read."""
    if len(text) <= LONG:
        return None
    marks = merged(spans, len(text)) or [(0, 0)]
    start = _word_start(text, max(0, marks[0][0] - AROUND))
    end = _word_end(text, min(len(text), max(marks[-1][1], marks[0][1]) + AROUND))
    if end - start > len(text) * 3 // 4:
        return None
    inner = pieces(text[start:end], [(a - start, b - start) for a, b in marks])
    before = [Piece(text="… ", marked=False)] if start else []
    after = [Piece(text=" …", marked=False)] if end < len(text) else []
    return [*before, *inner, *after]


def _word_start(text: str, at: int) -> int:
    while 0 < at < len(text) and not text[at - 1].isspace():
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace():
        at += 1
    return at
