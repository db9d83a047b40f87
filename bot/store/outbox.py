"""The outbox: alerts that are owed, written in the transaction that makes them due, delivered at least once.

A row is leased, not marked, before it is sent: a worker that dies in between loses nothing. Rows hold ids, no words.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.store import escalations
from bot.store.database import Transaction
from bot.store.schema import outbox

LEASE_SECONDS = 60
PAUSES = (5, 15, 30, 60, 120)


@dataclass(frozen=True, kw_only=True)
class Notification:
    """An alert that is owed. `kind`: opened, raised, claim_expired, or what the caller of `add` named."""

    id: str
    clinic_id: str
    escalation_id: str | None
    conversation_id: str | None
    kind: str
    level: str
    attempts: int
    created_at: datetime
    next_at: datetime


def add(
    tx: Transaction,
    *,
    clinic_id: str,
    kind: str,
    level: str,
    escalation_id: str | None = None,
    conversation_id: str | None = None,
    at: datetime | None = None,
) -> str:
    """Owe an alert, from `at` (now). Gives its id."""
    new = uuid4().hex
    values = {"id": new, "clinic_id": clinic_id, "escalation_id": escalation_id, "conversation_id": conversation_id}
    tx.run(
        sa.insert(outbox),
        {**values, "kind": kind, "level": level, "created_at": tx.now, "next_at": at or tx.now, "attempts": 0},
    )
    return new


def claim(tx: Transaction, owner: str, *, seconds: float = LEASE_SECONDS, limit: int = 20) -> list[Notification]:
    """Lease what is due to one worker (a name that no other worker has); what it neither delivers nor fails is due
    again.
    """
    free = sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= tx.now)
    due = sa.select(outbox).where(outbox.c.delivered_at.is_(None), outbox.c.next_at <= tx.now, free)
    due = due.order_by(outbox.c.next_at, outbox.c.id).limit(limit)
    if tx.writing:
        due = due.with_for_update(skip_locked=True)
    rows = tx.rows(due)
    for row in rows:
        lease = {"lease_owner": owner, "lease_until": tx.now + timedelta(seconds=seconds)}
        tx.run(sa.update(outbox).where(outbox.c.id == row.id).values(**lease))
    return [_notification(row) for row in rows]


def delivered(tx: Transaction, notification: Notification) -> None:
    """It arrived; the escalation is then `alerted`. Delivering again changes nothing."""
    if notification.escalation_id:
        escalations.alerted(tx, notification.escalation_id)
    mine = sa.update(outbox).where(outbox.c.id == notification.id, outbox.c.delivered_at.is_(None))
    tx.run(mine.values(delivered_at=tx.now, lease_owner=None, lease_until=None, error=None))


def failed(tx: Transaction, notification: Notification, reason: str) -> datetime | None:
    """It did not arrive; it is due again after a growing pause. Gives that moment. `reason` names no patient and no
    address.
    """
    found = tx.row(sa.select(outbox).where(outbox.c.id == notification.id, outbox.c.delivered_at.is_(None)))
    if found is None:
        return None
    next_at = tx.now + timedelta(seconds=PAUSES[min(found.attempts, len(PAUSES) - 1)])
    values = {
        "attempts": found.attempts + 1,
        "next_at": next_at,
        "lease_owner": None,
        "lease_until": None,
        "error": reason[:200],
    }
    tx.run(sa.update(outbox).where(outbox.c.id == notification.id).values(**values))
    return next_at


def undelivered(tx: Transaction, clinic_id: str) -> list[Notification]:
    """What is still owed, oldest first."""
    statement = sa.select(outbox).where(outbox.c.clinic_id == clinic_id, outbox.c.delivered_at.is_(None))
    return [_notification(row) for row in tx.rows(statement.order_by(outbox.c.created_at, outbox.c.id))]


def cancel(tx: Transaction, escalation_id: str) -> None:
    """Nobody needs the alerts of a closed escalation any more."""
    tx.run(sa.delete(outbox).where(outbox.c.escalation_id == escalation_id, outbox.c.delivered_at.is_(None)))


def _notification(row: sa.Row[Any]) -> Notification:
    return Notification(
        id=row.id,
        clinic_id=row.clinic_id,
        escalation_id=row.escalation_id,
        conversation_id=row.conversation_id,
        kind=row.kind,
        level=row.level,
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
    )
