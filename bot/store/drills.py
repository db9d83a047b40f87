"""Drills: a marked conversation that nobody is behind, whose crisis goes through the whole chain, and its times."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.errors import NotFound
from bot.store import closing, conversations
from bot.store.database import Transaction
from bot.store.rows import Clinic
from bot.store.schema import conversations as conversations_table
from bot.store.schema import escalations, messages, turns

STEPS = ("recorded", "answered", "alerted", "told", "acknowledged")


@dataclass(frozen=True, kw_only=True)
class Drill:
    """The last drill of a clinic; ``steps`` are seconds since the message was stored, None for what has not come."""

    conversation_id: str
    escalation_id: str | None
    at: datetime
    steps: dict[str, float | None]
    is_over: bool


def begin(tx: Transaction, clinic: Clinic) -> str:
    """A conversation that is marked before its message comes, which nobody outside can do. Gives its id."""
    conversation, _ = conversations.start(tx, clinic, language=clinic.settings.language)
    conversations.mark_as_drill(tx, conversation.id)
    return conversation.id


def end(tx: Transaction, conversation_id: str, *, actor: str) -> None:
    """Close the record as a test, and end the conversation: it is erased as one without consent."""
    closing.close_drill(tx, conversation_id, actor=actor)
    conversations.end(tx, conversation_id)


def find(tx: Transaction, clinic_id: str, conversation_id: str) -> str:
    """The id of a drill of the clinic. Raises NotFound for what is none, or another clinic's."""
    mine = (conversations_table.c.id == conversation_id, conversations_table.c.clinic_id == clinic_id)
    if tx.row(sa.select(conversations_table.c.id).where(*mine, conversations_table.c.drill)) is None:
        raise NotFound("no such drill")
    return conversation_id


def last(tx: Transaction, clinic_id: str) -> Drill | None:
    """The newest drill of which a message is still there."""
    mine = (conversations_table.c.clinic_id == clinic_id, conversations_table.c.drill)
    newest = sa.select(conversations_table).where(*mine).order_by(conversations_table.c.created_at.desc()).limit(1)
    found = tx.row(newest)
    said = found and tx.row(
        sa.select(messages).where(messages.c.conversation_id == found.id, messages.c.sender == "patient").limit(1)
    )
    if found is None or said is None:
        return None
    record = tx.row(sa.select(escalations).where(escalations.c.conversation_id == found.id))
    moments = {
        "recorded": record and record.opened_at,
        "answered": _first_answer(tx, found.id, said.seq),
        "alerted": record and record.alerted_at,
        "told": _told_at(tx, found.id),
        "acknowledged": record and record.acknowledged_at,
    }
    steps = {name: (moments[name] - said.at).total_seconds() if moments[name] else None for name in STEPS}
    return Drill(
        conversation_id=found.id,
        escalation_id=record.id if record else None,
        at=said.at,
        steps=steps,
        is_over=found.ended_at is not None,
    )


def _first_answer(tx: Transaction, conversation_id: str, seq: int) -> datetime | None:
    mine = (messages.c.conversation_id == conversation_id, messages.c.seq > seq, messages.c.sender == "bot")
    found = tx.row(sa.select(messages.c.at).where(*mine).order_by(messages.c.seq).limit(1))
    return found.at if found else None


def _told_at(tx: Transaction, conversation_id: str) -> datetime | None:
    mine = (turns.c.conversation_id == conversation_id, turns.c.name == "told", turns.c.state == "answered")
    found = tx.row(sa.select(turns.c.settled_at).where(*mine).limit(1))
    return found.settled_at if found else None
