"""The monthly sample: conversations in which nothing was flagged, drawn by lot for a person to read: what the screen
has missed becomes known in no other way.

Only of patients who have agreed that the team may read what they write; each reading is in the audit trail, and among
what its patient is told of who has read the conversation. What a reader finds becomes a record like any other.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, clinics, conversations, escalations, members
from bot.store.database import Transaction
from bot.store.findings import GRAVE, LEVELS, Finding
from bot.store.rows import Escalation, Member, Message
from bot.store.schema import conversations as conversations_table
from bot.store.schema import escalations as escalations_table
from bot.store.schema import messages, samples

SIZE = 20
NOTHING, MISSED = "nothing", "missed"
LAYER = "review"


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of a clinic's calendar; ``name`` such as 2026-10."""

    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """One conversation of a sample, and what its reader has found in that month of it; None until it has been read."""

    id: str
    month: str
    conversation_id: str
    drawn_at: datetime
    found: str | None
    reader_name: str | None
    read_at: datetime | None


def last_month(now: datetime, zone: ZoneInfo) -> Month:
    """The month that has ended last."""
    until = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = until.month - 1 or 12
    since = until.replace(year=until.year - (before == 12), month=before)
    return Month(name=f"{since:%Y-%m}", since=since, until=until)


def draw(tx: Transaction, member: Member) -> int:
    """Draw the sample of the last month, once. Gives how many; fewer than SIZE if there are no more.

    Raises Conflict if it was drawn before.
    """
    month = last_month(tx.now, _zone(tx, member.clinic_id))
    clinics.lock(tx, member.clinic_id)
    if of_month(tx, member.clinic_id, month.name):
        raise Conflict("the sample of this month was drawn", current=month.name)
    found = [row.id for row in tx.rows(_unflagged(member.clinic_id, month))]
    chosen = secrets.SystemRandom().sample(found, min(SIZE, len(found)))
    for conversation_id in chosen:
        values = {"id": uuid4().hex, "clinic_id": member.clinic_id, "month": month.name, "drawn_at": tx.now}
        tx.run(sa.insert(samples), {**values, "conversation_id": conversation_id})
    audit.write(
        tx, clinic_id=member.clinic_id, actor=member.id, act="draw", kind="sample", subject=month.name
    )  # fmt: skip
    return len(chosen)


def of_month(tx: Transaction, clinic_id: str, month: str) -> list[Sampled]:
    """A month's sample, in the order of the lot; without what was erased since."""
    kept = sa.join(samples, conversations_table, conversations_table.c.id == samples.c.conversation_id)
    mine = (samples.c.clinic_id == clinic_id, samples.c.month == month, conversations_table.c.erased_at.is_(None))
    return [
        _sampled(tx, row) for row in tx.rows(sa.select(samples).select_from(kept).where(*mine).order_by(samples.c.id))
    ]


def months(tx: Transaction, clinic_id: str) -> list[str]:
    """The months of which samples were drawn, the newest first."""
    mine = sa.select(samples.c.month).where(samples.c.clinic_id == clinic_id).distinct()
    return [row.month for row in tx.rows(mine.order_by(samples.c.month.desc()))]


def ids_of(tx: Transaction, conversation_id: str) -> list[str]:
    """The ids under which a conversation was drawn: whoever has read it for a sample has read one of these."""
    return [row.id for row in tx.rows(sa.select(samples.c.id).where(samples.c.conversation_id == conversation_id))]


def load(tx: Transaction, member: Member, sample_id: str) -> Sampled:
    """One of the member's clinic. Raises NotFound, also if its conversation was erased, or may be read no more."""
    row = tx.row(sa.select(samples).where(samples.c.id == sample_id, samples.c.clinic_id == member.clinic_id))
    if row is None:
        raise NotFound("no such conversation in a sample")
    if conversations.load(tx, member.clinic_id, row.conversation_id).consent != "given":
        raise NotFound("its patient does not agree to it any more")
    return _sampled(tx, row)


def written(tx: Transaction, sampled: Sampled, zone: ZoneInfo) -> list[Message]:
    """What was said in that month, oldest first."""
    from bot.store.messages import from_row

    month = _month(sampled.month, zone)
    mine = (messages.c.conversation_id == sampled.conversation_id, messages.c.at >= month.since)
    statement = sa.select(messages).where(*mine, messages.c.at < month.until)
    return [from_row(tx, row) for row in tx.rows(statement.order_by(messages.c.seq))]


def nothing_missed(tx: Transaction, member: Member, sample_id: str) -> Sampled:
    """The reader has found nothing that should have been flagged. Raises NotFound, Conflict if it was read before."""
    return _read(tx, member, load(tx, member, sample_id), NOTHING)


def missed(
    tx: Transaction, member: Member, sample_id: str, *, message_id: str, category: str, level: str
) -> Escalation:
    """The screen should have flagged a message: it becomes a record now, and duty is alerted if it is grave.

    Raises NotFound, also for a message of another conversation; Incomplete without a level or a category, Conflict if
    it was read before.
    """
    sampled = load(tx, member, sample_id)
    if level not in LEVELS[:-1] or not category:
        raise Incomplete("what was missed has a level and a category")
    _read(tx, member, sampled, MISSED)
    conversation = conversations.load(tx, member.clinic_id, sampled.conversation_id)
    finding = Finding(level=level, action="page" if level in GRAVE else "review", categories=(category,))
    recorded = escalations.record(tx, conversation, message_id=message_id, assessment=finding, layer=LAYER)
    if recorded is None:
        raise Incomplete("nothing was found")
    return recorded[0]


def _read(tx: Transaction, member: Member, sampled: Sampled, found: str) -> Sampled:
    unread = sa.update(samples).where(samples.c.id == sampled.id, samples.c.found.is_(None))
    if not tx.changed(unread.values(found=found, read_by=member.id, read_at=tx.now)):
        raise Conflict("somebody has read this one before", current=sampled.reader_name)
    audit.write(
        tx, clinic_id=member.clinic_id, actor=member.id, act="judge", kind="conversation",
        subject=sampled.conversation_id,
    )  # fmt: skip
    return load(tx, member, sampled.id)


def _unflagged(clinic_id: str, month: Month) -> sa.Select[tuple[str]]:
    """Conversations in which a patient wrote in that month, has agreed, and nothing was ever flagged."""
    one = conversations_table.c
    flagged = sa.exists().where(escalations_table.c.conversation_id == one.id)
    written = sa.exists().where(
        messages.c.conversation_id == one.id,
        messages.c.sender == "patient",
        messages.c.at >= month.since,
        messages.c.at < month.until,
    )
    mine = (one.clinic_id == clinic_id, one.last_at >= month.since, one.created_at < month.until)
    return sa.select(one.id).where(
        *mine, one.consent == "given", one.drill.is_(False), one.erased_at.is_(None), ~flagged, written
    )


def _month(name: str, zone: ZoneInfo) -> Month:
    year, month = map(int, name.split("-"))
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return Month(name=name, since=datetime(year, month, 1, tzinfo=zone), until=following)


def _zone(tx: Transaction, clinic_id: str) -> ZoneInfo:
    return ZoneInfo(clinics.get(tx, clinic_id).settings.timezone)


def _sampled(tx: Transaction, row: sa.Row[Any]) -> Sampled:
    return Sampled(
        id=row.id,
        month=row.month,
        conversation_id=row.conversation_id,
        drawn_at=row.drawn_at,
        found=row.found,
        reader_name=members.name(tx, row.read_by) if row.read_by else None,
        read_at=row.read_at,
    )
