"""Reading escalations: the queue, one conversation's records, their signals and notes.

Other rooms find these functions in `bot.store.escalations`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.store import members
from bot.store.database import Transaction
from bot.store.rows import Escalation, Note, Signal
from bot.store.schema import conversations, escalations, notes, signals

FEW = 500  # Records of a category that are looked up one by one.


def queue(tx: Transaction, clinic_id: str) -> list[Escalation]:
    """The clinic's open escalations, the worst level first, then the oldest."""
    statement = sa.select(escalations).where(escalations.c.clinic_id == clinic_id, escalations.c.closed_at.is_(None))
    return from_rows(
        tx, tx.rows(statement.order_by(escalations.c.level_rank, escalations.c.opened_at, escalations.c.id))
    )


def closed(tx: Transaction, clinic_id: str, *, limit: int = 100) -> list[Escalation]:
    """The clinic's closed escalations, the last closed first."""
    statement = sa.select(escalations).where(escalations.c.clinic_id == clinic_id, escalations.c.closed_at.is_not(None))
    return from_rows(tx, tx.rows(statement.order_by(escalations.c.closed_at.desc(), escalations.c.id).limit(limit)))


def find(
    tx: Transaction,
    clinic_id: str,
    *,
    category: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Escalation]:
    """The clinic's escalations with a signal of the category, opened in that time; the newest first."""
    statement = sa.select(escalations).where(escalations.c.clinic_id == clinic_id)
    if category is not None:
        statement = statement.where(_has_category(tx, clinic_id, category))
    if since is not None:
        statement = statement.where(escalations.c.opened_at >= since)
    if until is not None:
        statement = statement.where(escalations.c.opened_at < until)
    return from_rows(tx, tx.rows(statement.order_by(escalations.c.opened_at.desc(), escalations.c.id).limit(limit)))


def _has_category(tx: Transaction, clinic_id: str, category: str) -> sa.ColumnElement[bool]:
    """By the few records that have it; a common one is met soon enough on the way back from the newest record."""
    known = (signals.c.clinic_id == clinic_id, signals.c.category == category)
    few = tx.rows(sa.select(signals.c.escalation_id).where(*known).limit(FEW + 1))
    if len(few) <= FEW:
        return escalations.c.id.in_({row.escalation_id for row in few})
    return sa.exists().where(signals.c.escalation_id == escalations.c.id, signals.c.category == category)


def open_of(tx: Transaction, conversation_id: str) -> Escalation | None:
    """The conversation's open escalation, if there is one."""
    found = open_row(tx, conversation_id)
    return None if found is None else from_rows(tx, [found])[0]


def open_in(conversation_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a conversation has an open escalation, for other modules' statements."""
    return sa.exists().where(escalations.c.conversation_id == conversation_id, escalations.c.closed_at.is_(None))


def of_conversation(tx: Transaction, conversation_id: str) -> list[Escalation]:
    """All of a conversation's escalations, oldest first."""
    statement = sa.select(escalations).where(escalations.c.conversation_id == conversation_id)
    return from_rows(tx, tx.rows(statement.order_by(escalations.c.opened_at, escalations.c.id)))


def of_message(tx: Transaction, message_id: str) -> Escalation | None:
    """The escalation that a message's findings went to."""
    mine = sa.select(signals.c.escalation_id).where(signals.c.message_id == message_id)
    found = tx.row(sa.select(escalations).where(escalations.c.id.in_(mine)).order_by(escalations.c.opened_at.desc()))
    return None if found is None else from_rows(tx, [found])[0]


def notes_of(tx: Transaction, escalation_id: str) -> tuple[Note, ...]:
    """The notes, contacts and closing words, oldest first."""
    rows = tx.rows(sa.select(notes).where(notes.c.escalation_id == escalation_id).order_by(notes.c.seq))
    return tuple(_note(tx, row) for row in rows)


def last_notes(tx: Transaction, escalation_ids: Sequence[str]) -> dict[str, Note]:
    """The newest note of each of these that has one, by the escalation's id."""
    newest = sa.select(notes.c.escalation_id, sa.func.max(notes.c.seq).label("seq"))
    newest = newest.where(notes.c.escalation_id.in_(escalation_ids)).group_by(notes.c.escalation_id)
    last = newest.subquery()
    same = (notes.c.escalation_id == last.c.escalation_id, notes.c.seq == last.c.seq)
    rows = tx.rows(sa.select(notes).join(last, sa.and_(*same))) if escalation_ids else []
    return {row.escalation_id: _note(tx, row) for row in rows}


def by_id(tx: Transaction, escalation_id: str) -> Escalation:
    """One that is known to be there."""
    return from_rows(tx, tx.rows(sa.select(escalations).where(escalations.c.id == escalation_id)))[0]


def is_anonymous(tx: Transaction, conversation_id: str) -> bool:
    """Whether no portal vouches for who writes here."""
    found = tx.row(sa.select(conversations.c.identity_hash).where(conversations.c.id == conversation_id))
    return found is None or found.identity_hash is None


def anonymous_emergencies(tx: Transaction, clinic_id: str, *, since: datetime) -> int:
    """How many emergencies of anonymous conversations began since then; drills are none."""
    joined = sa.join(escalations, conversations, conversations.c.id == escalations.c.conversation_id)
    statement = sa.select(sa.func.count()).select_from(joined)
    mine = statement.where(
        escalations.c.clinic_id == clinic_id,
        escalations.c.level == "emergency",
        escalations.c.opened_at >= since,
        conversations.c.identity_hash.is_(None),
        conversations.c.drill.is_(False),
    )
    return int(tx.rows(mine)[0][0])


def open_row(tx: Transaction, conversation_id: str) -> sa.Row[Any] | None:
    """The row of the conversation's open escalation."""
    statement = sa.select(escalations).where(escalations.c.conversation_id == conversation_id)
    return tx.row(statement.where(escalations.c.closed_at.is_(None)))


def _note(tx: Transaction, row: sa.Row[Any]) -> Note:
    text = tx.open(row.text, table="notes", row=row.id, column="text", clinic=row.clinic_id)
    name = members.name(tx, row.member_id)
    return Note(
        id=row.id, member_id=row.member_id, member_name=name, kind=row.kind, text=text, shared=row.shared, at=row.at
    )


def from_rows(tx: Transaction, rows: Sequence[sa.Row[Any]]) -> list[Escalation]:
    """Give rows of the table with their signals."""
    ids = [row.id for row in rows]
    found: dict[str, list[Signal]] = {name: [] for name in ids}
    if ids:
        for row in tx.rows(sa.select(signals).where(signals.c.escalation_id.in_(ids)).order_by(signals.c.seq)):
            found[row.escalation_id].append(_signal(tx, row))
    drills = _drills(tx, [row.conversation_id for row in rows])
    return [_escalation(tx, row, tuple(found[row.id]), row.conversation_id in drills) for row in rows]


def _drills(tx: Transaction, conversation_ids: list[str]) -> set[str]:
    mine = sa.select(conversations.c.id).where(conversations.c.drill, conversations.c.id.in_(conversation_ids))
    return {row.id for row in tx.rows(mine)} if conversation_ids else set()


def _escalation(tx: Transaction, row: sa.Row[Any], its_signals: tuple[Signal, ...], is_drill: bool) -> Escalation:
    ran_out = row.closed_at is None and row.claim_expires_at is not None and row.claim_expires_at <= tx.now
    claimer = None if ran_out else row.claimed_by
    return Escalation(
        id=row.id,
        clinic_id=row.clinic_id,
        conversation_id=row.conversation_id,
        level=row.level,
        action=row.action,
        state="open" if ran_out else row.state,
        categories=tuple(dict.fromkeys(signal.category for signal in its_signals)),
        opened_at=row.opened_at,
        level_at=row.level_at,
        alerted_at=row.alerted_at,
        acknowledged_at=row.acknowledged_at,
        claimed_by=claimer,
        claimer_name=None if claimer is None else members.name(tx, claimer),
        claimed_at=None if ran_out else row.claimed_at,
        claim_expires_at=None if ran_out else row.claim_expires_at,
        closed_at=row.closed_at,
        outcome=row.outcome,
        last_signal_seq=row.last_signal_seq,
        signals=its_signals,
        drill=is_drill,
        proposed_by=row.proposed_by,
        proposer_name=None if row.proposed_by is None else members.name(tx, row.proposed_by),
        proposed_outcome=row.proposed_outcome,
    )


def _signal(tx: Transaction, row: sa.Row[Any]) -> Signal:
    return Signal(
        seq=row.seq,
        message_id=row.message_id,
        layer=row.layer,
        category=row.category,
        level=row.level,
        action=row.action,
        rule=row.rule,
        quote=tx.open(row.quote, table="signals", row=row.id, column="quote", clinic=row.clinic_id),
        start=row.start,
        end=row.end,
        at=row.at,
    )
