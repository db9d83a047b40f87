"""Figures about records for the monthly review: how fast people came, and how often the alarm was right.

Counts and times only: nothing is added up to a "risk", and nobody is compared. Drills and test records are left out.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.store.schema import conversations, escalations, notes, signals

STEPS = ("alert", "acknowledge", "contact")
FALSE_ALARM, TEST = "C7", "C10"
CONTACTS = ("contact_tried", "contacted")


@dataclass(frozen=True, kw_only=True)
class Time:
    """How long a step took for the records of one level: the middle one and the one of ten that waited longest, in
    seconds; ``missing``: records in which it has not come.
    """

    level: str
    step: str
    count: int
    missing: int
    median: float | None
    ninetieth: float | None


@dataclass(frozen=True, kw_only=True)
class Precision:
    """Of the closed records with a category: how many staff found to be a risk, and how many not (C7)."""

    category: str
    right: int
    false: int

    @property
    def share(self) -> float:
        return self.right / (self.right + self.false)


@dataclass(frozen=True, kw_only=True)
class Day:
    """Records that were opened on a day, and how many of them staff found to be false alarms."""

    day: str
    opened: int
    false: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    since: datetime
    until: datetime
    records: int
    uncoded: int
    times: tuple[Time, ...]
    precision: tuple[Precision, ...]
    days: tuple[Day, ...]


def figures(tx: Transaction, clinic_id: str, *, days: int, zone: ZoneInfo) -> Figures:
    """The figures of the last ``days`` days of a clinic's calendar, today included."""
    today = tx.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=days - 1)
    rows = _rows(tx, clinic_id, since)
    return Figures(
        since=since,
        until=tx.now,
        records=len(rows),
        uncoded=sum(row.outcome is None for row in rows),
        times=tuple(_times(rows, _first_contacts(tx, clinic_id, since))),
        precision=tuple(_precision(rows, _categories(tx, clinic_id, since))),
        days=tuple(_days(rows, since, days, zone)),
    )


def _rows(tx: Transaction, clinic_id: str, since: datetime) -> Sequence[sa.Row[Any]]:
    wanted = sa.select(escalations).join(conversations, conversations.c.id == escalations.c.conversation_id)
    mine = (escalations.c.clinic_id == clinic_id, escalations.c.opened_at >= since, conversations.c.drill.is_(False))
    return [row for row in tx.rows(wanted.where(*mine).order_by(escalations.c.opened_at)) if row.outcome != TEST]


def _first_contacts(tx: Transaction, clinic_id: str, since: datetime) -> dict[str, datetime]:
    first = sa.select(notes.c.escalation_id, sa.func.min(notes.c.at).label("at"))
    mine = (notes.c.clinic_id == clinic_id, notes.c.kind.in_(CONTACTS), notes.c.at >= since)
    return {row.escalation_id: row.at for row in tx.rows(first.where(*mine).group_by(notes.c.escalation_id))}


def _categories(tx: Transaction, clinic_id: str, since: datetime) -> dict[str, set[str]]:
    wanted = sa.select(signals.c.escalation_id, signals.c.category).distinct()
    found: dict[str, set[str]] = defaultdict(set)
    for row in tx.rows(wanted.where(signals.c.clinic_id == clinic_id, signals.c.at >= since)):
        found[row.escalation_id].add(row.category)
    return found


def _times(rows: Sequence[sa.Row[Any]], contacts: dict[str, datetime]) -> list[Time]:
    """From the moment at which the record reached its level."""
    took: dict[tuple[str, str], list[float | None]] = defaultdict(list)
    for row in rows:
        ends = {"alert": row.alerted_at, "acknowledge": row.acknowledged_at, "contact": contacts.get(row.id)}
        for step, end in ends.items():
            seconds = None if end is None or end < row.level_at else (end - row.level_at).total_seconds()
            took[row.level, step].append(seconds)
    return [
        _time(level, step, took[level, step]) for level in LEVELS for step in STEPS if (level, step) in took
    ]  # fmt: skip


def _time(level: str, step: str, took: list[float | None]) -> Time:
    known = sorted(one for one in took if one is not None)
    return Time(
        level=level,
        step=step,
        count=len(known),
        missing=len(took) - len(known),
        median=_quantile(known, 0.5),
        ninetieth=_quantile(known, 0.9),
    )


def _quantile(known: list[float], share: float) -> float | None:
    """The nearest rank: a time that somebody really waited."""
    return known[max(0, -(-len(known) * int(share * 100) // 100) - 1)] if known else None


def _precision(rows: Sequence[sa.Row[Any]], categories: dict[str, set[str]]) -> list[Precision]:
    right: dict[str, int] = defaultdict(int)
    false: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.outcome is not None:
            counts = false if row.outcome == FALSE_ALARM else right
            for category in categories.get(row.id, ()):
                counts[category] += 1
    return [Precision(category=name, right=right[name], false=false[name]) for name in sorted({*right, *false})]


def _days(rows: Sequence[sa.Row[Any]], since: datetime, days: int, zone: ZoneInfo) -> list[Day]:
    opened: dict[str, list[str | None]] = defaultdict(list)
    for row in rows:
        opened[row.opened_at.astimezone(zone).date().isoformat()].append(row.outcome)
    names = [(since.date() + timedelta(days=number)).isoformat() for number in range(days)]
    return [Day(day=name, opened=len(opened[name]), false=opened[name].count(FALSE_ALARM)) for name in names]
