"""Incidents: what went wrong with reaching staff, open until it is well again; shown to staff, managers and /health.

One open row per clinic, kind and subject. Rows hold ids, no words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.store.database import Transaction
from bot.store.schema import incidents

KINDS = ("undelivered", "unacknowledged", "channel", "no_channel", "no_duty", "worker")


@dataclass(frozen=True, kw_only=True)
class Incident:
    """`subject`: the id of the escalation or channel that it is about, or the clinic's."""

    id: str
    clinic_id: str
    kind: str
    subject: str
    opened_at: datetime
    last_at: datetime
    closed_at: datetime | None


def opened(tx: Transaction, clinic_id: str, kind: str, subject: str) -> bool:
    """Note that something is wrong, for the first time or still. Gives whether this opened it."""
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r}: allowed is one of {', '.join(KINDS)}")
    if tx.changed(sa.update(incidents).where(*_open(clinic_id, kind, subject)).values(last_at=tx.now)):
        return False
    values = {"id": uuid4().hex, "clinic_id": clinic_id, "kind": kind, "subject": subject}
    tx.ensure(incidents, {**values, "opened_at": tx.now, "last_at": tx.now})
    found = tx.row(sa.select(incidents.c.id).where(*_open(clinic_id, kind, subject)))
    return found is not None and found.id == values["id"]


def closed(tx: Transaction, clinic_id: str, kind: str, subject: str) -> bool:
    """It is well again. Gives whether this closed it."""
    return tx.changed(sa.update(incidents).where(*_open(clinic_id, kind, subject)).values(closed_at=tx.now)) > 0


def open_of(tx: Transaction, clinic_id: str) -> list[Incident]:
    """What is wrong now, oldest first."""
    mine = sa.select(incidents).where(incidents.c.clinic_id == clinic_id, incidents.c.closed_at.is_(None))
    return [_incident(row) for row in tx.rows(mine.order_by(incidents.c.opened_at, incidents.c.id))]


def recent(tx: Transaction, clinic_id: str, *, limit: int = 50) -> list[Incident]:
    """The clinic's incidents, the newest first."""
    mine = sa.select(incidents).where(incidents.c.clinic_id == clinic_id)
    return [_incident(row) for row in tx.rows(mine.order_by(incidents.c.opened_at.desc()).limit(limit))]


def count_open(tx: Transaction) -> int:
    """How many are open in the whole installation."""
    statement = sa.select(sa.func.count()).select_from(incidents).where(incidents.c.closed_at.is_(None))
    return int(tx.rows(statement)[0][0])


def _open(clinic_id: str, kind: str, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        incidents.c.clinic_id == clinic_id,
        incidents.c.kind == kind,
        incidents.c.subject == subject,
        incidents.c.closed_at.is_(None),
    )


def _incident(row: sa.Row[Any]) -> Incident:
    values: dict[str, Any] = dict(row._mapping)
    return Incident(**values)
