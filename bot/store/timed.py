"""Timed lines: what the bot owes a patient because time has passed, not because they wrote (clinical content 5.2, 5.8,
4.17, 4.19).

A line is a turn that is asked of the dialogue in order. Which one is owed follows from what is stored, so that a worker
that was away finds it again; that it was owed is the turn itself, so it is owed once. Whether it still fits when its
moment has come, the dialogue decides: never after "stop", and nothing where no question is open.

| line | owed when | once per |
|---|---|---|
| told | an alert has arrived, or a person has seen the record | level |
| not_told | no channel has taken the alert within the limit `deliver` | level |
| nobody | an emergency that nobody has acknowledged within the limit `nobody` | level |
| SL3, ST5, ST15 | 2, 5, 15 minutes of silence while an emergency or urgent record is open | silence |
| SL1, SL2 | 2, 10 minutes of silence elsewhere, in waking hours | silence |
| promise | somebody asked for a person, and the limit `contact` has passed without a try | level |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.content.clocks import Limits, limits
from bot.store import clinics, conversations, records, turns
from bot.store.database import Transaction
from bot.store.findings import ALERTING, GRAVE
from bot.store.rows import Clinic, Escalation
from bot.store.schema import conversations as conversations_table
from bot.store.schema import escalations as escalations_table
from bot.store.schema import turns as turns_table

KIND = "timed"
SILENCE_SAFETY = (
    ("ST15", timedelta(minutes=15)),
    ("ST5", timedelta(minutes=5)),
    ("SL3", timedelta(minutes=2)),
)
SILENCE = (("SL2", timedelta(minutes=10)), ("SL1", timedelta(minutes=2)))
LATE = timedelta(minutes=5)  # A question about silence that comes later than this is not asked any more.
QUIET_FROM, QUIET_UNTIL = time(22), time(8)
WAITING = ("pending", "unanswered")
CONTACTS = ("contact_tried", "contacted")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line that is owed. `clinic_id` and `conversation_id` say to whom."""

    clinic_id: str
    conversation_id: str
    name: str


def due(tx: Transaction) -> list[Line]:
    """Every line whose moment has come."""
    return [*_of_records(tx), *_of_silence(tx)]


def owe(tx: Transaction) -> list[Line]:
    """Owe every line whose moment has come, each once. Gives them."""
    owed = []
    for line in due(tx):
        conversation = conversations.load(tx, line.clinic_id, line.conversation_id)
        if line in due(tx):  # Another process may have owed it while this one waited for the conversation.
            turns.add(tx, conversation, kind=KIND, name=line.name)
            owed.append(line)
    return owed


def was_said(tx: Transaction, conversation_id: str, name: str) -> bool:
    """Whether a line was asked of the dialogue and answered."""
    mine = (turns_table.c.conversation_id == conversation_id, turns_table.c.name == name, turns_table.c.kind == KIND)
    return tx.row(sa.select(turns_table.c.id).where(*mine, turns_table.c.state == "answered")) is not None


def is_quiet(at: datetime, zone: ZoneInfo) -> bool:
    """Whether it is between 22 and 8 o'clock there, when nothing is sent that can wait."""
    local = at.astimezone(zone).time()
    return local >= QUIET_FROM or local < QUIET_UNTIL


def _of_records(tx: Transaction) -> Iterator[Line]:
    joined = sa.join(
        escalations_table, conversations_table, conversations_table.c.id == escalations_table.c.conversation_id
    )
    open_ = sa.select(
        escalations_table, conversations_table.c.last_at, _owed_in(conversations_table.c.id).label("is_owed")
    ).select_from(joined)
    told = open_.where(
        escalations_table.c.closed_at.is_(None),
        escalations_table.c.action.in_(ALERTING),
        conversations_table.c.holder.is_(None),
        conversations_table.c.erased_at.is_(None),
        conversations_table.c.consent != "refused",
    )
    rows = tx.rows(told)
    said = _said(tx, [row.conversation_id for row in rows])
    known = {clinic.id: clinic for clinic in clinics.all(tx)} if rows else {}
    for row, record in zip(rows, records.from_rows(tx, rows), strict=True):
        if record.action != "page" and record.level not in GRAVE:
            continue  # The patient was asked one question, and told nothing about the team.
        mine = said.get(row.conversation_id, {})
        clocks = limits(known[record.clinic_id].settings.clocks)
        quiet_since = None if row.is_owed else max(row.last_at, record.level_at)
        for name in _due(tx.now, record, clocks, quiet_since, mine):
            yield Line(clinic_id=record.clinic_id, conversation_id=row.conversation_id, name=name)


def _due(
    now: datetime, record: Escalation, clocks: Limits, quiet_since: datetime | None, said: Mapping[str, datetime]
) -> Iterator[str]:
    """The lines that an open record owes now; ``quiet_since`` None: the bot owes an answer, it is not silence."""
    clock = clocks.get(record.level, {})

    def fresh(name: str, since: datetime) -> bool:
        return name not in said or said[name] < since

    def passed(name: str) -> bool:
        return name in clock and now >= record.level_at + clock[name]

    if record.is_told:
        if fresh("told", record.level_at):
            yield "told"
    elif passed("deliver") and fresh("not_told", record.level_at):
        yield "not_told"
    if passed("nobody") and not record.is_seen and fresh("nobody", record.level_at):
        yield "nobody"
    waits_for_person = "request_human" in record.categories and record.state not in CONTACTS
    if waits_for_person and passed("contact") and fresh("promise", record.level_at):
        yield "promise"
    if quiet_since and record.level in GRAVE and record.action == "page" and record.state != "contacted":
        yield from _silent(now, quiet_since, SILENCE_SAFETY, said)


def _silent(
    now: datetime, since: datetime, steps: tuple[tuple[str, timedelta], ...], said: Mapping[str, datetime]
) -> Iterator[str]:
    """The line of the longest silence that has passed, unless it was said in this silence or is too late."""
    for name, after in steps:
        if since + after <= now:
            if now < since + after + LATE and (name not in said or said[name] < since):
                yield name
            return


def _of_silence(tx: Transaction) -> Iterator[Line]:
    """Silence where nothing is wrong: asked about once or twice, by day, while a conversation is fresh."""
    longest = SILENCE[0][1] + LATE
    statement = sa.select(
        conversations_table.c.id, conversations_table.c.clinic_id, conversations_table.c.last_at
    ).where(
        conversations_table.c.last_at > tx.now - longest,
        conversations_table.c.last_at <= tx.now - SILENCE[-1][1],
        conversations_table.c.holder.is_(None),
        conversations_table.c.ended_at.is_(None),
        conversations_table.c.erased_at.is_(None),
        ~_grave_in(conversations_table.c.id),
        ~_owed_in(conversations_table.c.id),
    )
    rows = tx.rows(statement)
    said = _said(tx, [row.id for row in rows])
    known = {clinic.id: clinic for clinic in clinics.all(tx)} if rows else {}
    for row in rows:
        if is_quiet(tx.now, _zone(known[row.clinic_id])):
            continue
        for name in _silent(tx.now, row.last_at, SILENCE, said.get(row.id, {})):
            yield Line(clinic_id=row.clinic_id, conversation_id=row.id, name=name)


def _said(tx: Transaction, conversation_ids: list[str]) -> dict[str, dict[str, datetime]]:
    """For each conversation, when each line was owed last."""
    found: dict[str, dict[str, datetime]] = {}
    for row in tx.rows(_timed_of(conversation_ids)) if conversation_ids else ():
        found.setdefault(row.conversation_id, {})[row.name] = row.at
    return found


def _timed_of(conversation_ids: list[str]) -> sa.Select[Any]:
    last = sa.func.max(turns_table.c.created_at, type_=turns_table.c.created_at.type).label("at")
    mine = sa.select(turns_table.c.conversation_id, turns_table.c.name, last).where(
        turns_table.c.kind == KIND, turns_table.c.conversation_id.in_(conversation_ids)
    )
    return mine.group_by(turns_table.c.conversation_id, turns_table.c.name)


def _grave_in(conversation_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        escalations_table.c.conversation_id == conversation_id,
        escalations_table.c.closed_at.is_(None),
        escalations_table.c.level.in_(GRAVE),
        escalations_table.c.action.in_(ALERTING),
    )


def _owed_in(conversation_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The bot owes an answer: then it is not the patient who is silent."""
    return sa.exists().where(
        turns_table.c.conversation_id == conversation_id, turns_table.c.state.in_(WAITING), turns_table.c.kind != KIND
    )


def _zone(clinic: Clinic) -> ZoneInfo:
    return ZoneInfo(clinic.settings.timezone)
