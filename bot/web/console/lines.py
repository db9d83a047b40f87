"""Messages as staff read them: with the words marked that made the screen act, and the level of what was found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.store import messages
from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.store.rows import Message, Signal
from bot.web.console.marking import Piece, excerpt, pieces

Marks = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message; ``excerpt`` is what is shown first of a very long one, ``level`` is empty if nothing was found."""

    message: Message
    level: str
    pieces: list[Piece]
    excerpt: list[Piece] | None


def lines(shown: Iterable[Message], signals: Sequence[Signal], marks: Marks) -> list[Line]:
    """The messages with their marks and the worst level of the signals that each one raised."""
    levels: dict[str, str] = {}
    for signal in signals:
        levels[signal.message_id] = min(levels.get(signal.message_id, "none"), signal.level, key=LEVELS.index)
    return [line(message, levels.get(message.id, ""), marks.get(message.id, ())) for message in shown]


def line(message: Message, level: str, spans: Sequence[tuple[int, int]]) -> Line:
    """One message with its marks."""
    return Line(message=message, level=level, pieces=pieces(message.text, spans), excerpt=excerpt(message.text, spans))


def marks_of(tx: Transaction, conversation_id: str, signals: Iterable[Signal]) -> Marks:
    """Where in each flagged message the screen fired: every span that a layer found there, not the worst alone."""
    marks: dict[str, list[tuple[int, int]]] = {}
    for signal in signals:
        spans = marks.setdefault(signal.message_id, [])
        if signal.start is not None and signal.end is not None:
            spans.append((signal.start, signal.end))
    for message_id, spans in marks.items():
        for found in messages.assessments_of(tx, conversation_id, message_id=message_id):
            spans += [(span["start"], span["end"]) for span in found.get("spans") or () if span["level"] != "none"]
    return marks
