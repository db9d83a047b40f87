"""The outbox: alerts that are owed, written in the transaction that makes them due, delivered at least once.

A row is leased, not marked, before it is sent: a worker that dies in between loses nothing. It is `delivered` when one
channel has taken it, and ended when nothing is left to try. Every try is a row of `deliveries`. Rows hold no words.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.store import channels, escalations
from bot.store.database import Transaction
from bot.store.schema import deliveries, outbox

LEASE_SECONDS = 60
PAUSES = (5, 15, 30, 60, 120)  # Seconds before the next try; the last one again and again until it has arrived.
LATE_TRIES = 5  # How often channels are still tried that failed while another one delivered.
ARRIVED = "delivered"
GROUPED = "grouped"


@dataclass(frozen=True, kw_only=True)
class Notification:
    """An alert that is owed. `kind`: opened, raised, claim_expired, or what the caller of `add` named. `step`: where
    on the ladder it begins. `channel_id`: only this channel (a test).
    """

    id: str
    clinic_id: str
    escalation_id: str | None
    conversation_id: str | None
    kind: str
    level: str
    step: str
    channel_id: str | None
    attempts: int
    created_at: datetime
    next_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Try:
    """What became of one try on one channel: delivered, refused, failed, slow, or none (there was no channel)."""

    channel_id: str | None
    kind: str
    step: str
    outcome: str
    reason: str | None = None
    at: datetime | None = None
    attempt: int = 0

    @property
    def arrived(self) -> bool:
        return self.outcome == ARRIVED


def add(
    tx: Transaction,
    *,
    clinic_id: str,
    kind: str,
    level: str,
    escalation_id: str | None = None,
    conversation_id: str | None = None,
    step: str = "duty",
    channel_id: str | None = None,
    at: datetime | None = None,
) -> str:
    """Owe an alert, from `at` (now). Gives its id."""
    new = uuid4().hex
    values = {"id": new, "clinic_id": clinic_id, "escalation_id": escalation_id, "conversation_id": conversation_id}
    values |= {"kind": kind, "level": level, "step": step, "channel_id": channel_id}
    tx.run(sa.insert(outbox), {**values, "created_at": tx.now, "next_at": at or tx.now, "attempts": 0})
    return new


def is_due(tx: Transaction) -> bool:
    """Whether there is anything to claim: a look that takes no lock."""
    free = sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= tx.now)
    due = sa.select(outbox.c.id).where(outbox.c.ended_at.is_(None), outbox.c.next_at <= tx.now, free)
    return tx.row(due.limit(1)) is not None


def claim(tx: Transaction, owner: str, *, seconds: float = LEASE_SECONDS, limit: int = 20) -> list[Notification]:
    """Lease what is due to one worker (a name that no other worker has); what it neither delivers nor fails is due
    again.
    """
    free = sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= tx.now)
    due = sa.select(outbox).where(outbox.c.ended_at.is_(None), outbox.c.next_at <= tx.now, free)
    due = due.order_by(outbox.c.next_at, outbox.c.id).limit(limit)
    if tx.writing:
        due = due.with_for_update(skip_locked=True)
    rows = tx.rows(due)
    for row in rows:
        lease = {"lease_owner": owner, "lease_until": tx.now + timedelta(seconds=seconds)}
        tx.run(sa.update(outbox).where(outbox.c.id == row.id).values(**lease))
    return [_notification(row) for row in rows]


def tried(tx: Transaction, notification: Notification, one: Try) -> None:
    """Write down a try, on its channel too. With the first that arrived, the escalation is `alerted`."""
    values = {
        "id": uuid4().hex,
        "notification_id": notification.id,
        "clinic_id": notification.clinic_id,
        "escalation_id": notification.escalation_id,
        "channel_id": one.channel_id,
        "kind": one.kind,
        "step": one.step,
        "attempt": notification.attempts + 1,
        "outcome": one.outcome,
        "reason": one.reason and one.reason[:200],
        "at": tx.now,
    }
    tx.run(sa.insert(deliveries), values)
    reason = None if one.arrived else one.reason or one.outcome
    channels.tried(tx, str(one.channel_id), reason=reason, test=notification.kind == "test")
    if one.arrived:
        _arrived(tx, notification)


def delivered(tx: Transaction, notification: Notification) -> None:
    """It arrived, and nothing is left to try. Delivering again changes nothing."""
    _arrived(tx, notification)
    _end(tx, notification.id)


def failed(tx: Transaction, notification: Notification, reason: str) -> datetime | None:
    """It did not arrive everywhere; it is due again after a growing pause. Gives that moment. `reason` names no patient
    and no address.

    What has arrived nowhere is tried for ever; what has arrived on one channel only LATE_TRIES times more.
    """
    found = tx.row(sa.select(outbox).where(outbox.c.id == notification.id, outbox.c.ended_at.is_(None)))
    if found is None:
        return None
    if found.delivered_at is not None and found.attempts >= LATE_TRIES:
        _end(tx, notification.id)
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


def defer(tx: Transaction, notification: Notification, until: datetime) -> None:
    """Let it wait; nothing was tried."""
    mine = sa.update(outbox).where(outbox.c.id == notification.id)
    tx.run(mine.values(next_at=until, lease_owner=None, lease_until=None))


def drop(tx: Transaction, notification: Notification) -> None:
    """Nobody needs it any more."""
    _end(tx, notification.id)


def group(tx: Transaction, notification: Notification, *, until: datetime) -> None:
    """Let it wait for a page that speaks for several; looked at again `until`, should that page not arrive."""
    mine = sa.update(outbox).where(outbox.c.id == notification.id)
    tx.run(mine.values(error=GROUPED, next_at=until, lease_owner=None, lease_until=None))


def grouped(tx: Transaction, page: Notification) -> list[Notification]:
    """What waits for a page that has just been sent."""
    mine = sa.select(outbox).where(
        outbox.c.clinic_id == page.clinic_id,
        outbox.c.error == GROUPED,
        outbox.c.step == page.step,
        outbox.c.delivered_at.is_(None),
        outbox.c.ended_at.is_(None),
    )
    return [_notification(row) for row in tx.rows(mine)]


def pages(tx: Transaction, clinic_id: str, kind: str, *, step: str) -> tuple[bool, datetime | None]:
    """Of a clinic's pages of one kind: whether one is still owed, and when the last one arrived."""
    mine = (outbox.c.clinic_id == clinic_id, outbox.c.kind == kind, outbox.c.step == step)
    owed = tx.row(sa.select(outbox.c.id).where(*mine, outbox.c.delivered_at.is_(None), outbox.c.ended_at.is_(None)))
    last = sa.select(outbox.c.delivered_at).where(*mine, outbox.c.delivered_at.is_not(None))
    found = tx.row(last.order_by(outbox.c.delivered_at.desc()).limit(1))
    return owed is not None, found.delivered_at if found else None


def undelivered(tx: Transaction, clinic_id: str) -> list[Notification]:
    """What is still owed, oldest first."""
    statement = sa.select(outbox).where(
        outbox.c.clinic_id == clinic_id, outbox.c.delivered_at.is_(None), outbox.c.ended_at.is_(None)
    )
    return [_notification(row) for row in tx.rows(statement.order_by(outbox.c.created_at, outbox.c.id))]


def of_escalation(tx: Transaction, escalation_id: str) -> list[Notification]:
    """Every alert of one escalation, oldest first."""
    statement = sa.select(outbox).where(outbox.c.escalation_id == escalation_id)
    return [_notification(row) for row in tx.rows(statement.order_by(outbox.c.created_at, outbox.c.id))]


def tries_of(tx: Transaction, *, notification_id: str = "", escalation_id: str = "", clinic_id: str = "") -> list[Try]:
    """What was tried for one notification, one escalation, or lately in a clinic; oldest first."""
    statement = sa.select(deliveries)
    if notification_id:
        statement = statement.where(deliveries.c.notification_id == notification_id)
    if escalation_id:
        statement = statement.where(deliveries.c.escalation_id == escalation_id)
    if clinic_id:
        statement = statement.where(deliveries.c.clinic_id == clinic_id)
    rows = tx.rows(statement.order_by(deliveries.c.at.desc(), deliveries.c.id).limit(200))
    return [
        Try(
            channel_id=row.channel_id,
            kind=row.kind,
            step=row.step,
            outcome=row.outcome,
            reason=row.reason,
            at=row.at,
            attempt=row.attempt,
        )
        for row in reversed(rows)
    ]


def cancel(tx: Transaction, escalation_id: str) -> None:
    """Nobody needs the alerts of a closed escalation any more."""
    tx.run(sa.delete(outbox).where(outbox.c.escalation_id == escalation_id, outbox.c.delivered_at.is_(None)))


def _arrived(tx: Transaction, notification: Notification) -> None:
    if notification.escalation_id:
        escalations.alerted(tx, notification.escalation_id)
    mine = sa.update(outbox).where(outbox.c.id == notification.id, outbox.c.delivered_at.is_(None))
    tx.run(mine.values(delivered_at=tx.now, error=None))


def _end(tx: Transaction, notification_id: str) -> None:
    mine = sa.update(outbox).where(outbox.c.id == notification_id, outbox.c.ended_at.is_(None))
    tx.run(mine.values(ended_at=tx.now, lease_owner=None, lease_until=None))


def _notification(row: sa.Row[Any]) -> Notification:
    return Notification(
        id=row.id,
        clinic_id=row.clinic_id,
        escalation_id=row.escalation_id,
        conversation_id=row.conversation_id,
        kind=row.kind,
        level=row.level,
        step=row.step or "duty",
        channel_id=row.channel_id,
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
        delivered_at=row.delivered_at,
    )
