"""Erasing a conversation everywhere, and giving a patient all that is stored about them.

What stays: the conversation's row with ids and times only, escalation records with their quoted phrase and notes
(clinical content, DR5), the audit trail, and a receipt by which an erasure is done again after an older backup was
restored.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.errors import Conflict, NotFound
from bot.store import (
    answers,
    audit,
    clinics,
    conversations,
    escalations,
    facts,
    formulations,
    members,
    messages,
    samples,
    turns,
)
from bot.store.connections import foreign_errors, make_engine
from bot.store.database import Database, Transaction
from bot.store.rows import Conversation, Turn
from bot.store.schema import answers as answers_table
from bot.store.schema import assessments, erasures, outbox, search_words
from bot.store.schema import conversations as conversations_table
from bot.store.schema import escalations as escalations_table
from bot.store.schema import facts as facts_table
from bot.store.schema import formulations as formulations_table
from bot.store.schema import messages as messages_table
from bot.store.schema import turns as turns_table

SWEEP_HOURS = 24
ERASED = (answers_table, formulations_table, facts_table, assessments, search_words, turns_table, messages_table)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """That a conversation was erased: ids and times. `tracker_erased_at` is None until Rasa's events are gone too."""

    id: str
    clinic_id: str
    conversation_id: str
    actor: str
    at: datetime
    tracker_erased_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody did with the conversation or a record of it, by name."""

    at: datetime
    by: str
    act: str
    kind: str


def erase(db: Database, clinic_id: str, conversation_id: str, *, actor: str) -> Receipt:
    """Erase a conversation here and in Rasa's tracker, and give the receipt.

    1. One commit: rows here are gone, the receipt says that the tracker's are still to go.
    2. The tracker's events are deleted. 3. The receipt says so.

    A stop between them is made good by `sweep`. Raises Conflict on legal hold, NotFound, StoreUnavailable.
    """
    with db.write() as tx:
        conversation = conversations.load(tx, clinic_id, conversation_id)
        if conversation.legal_hold or clinics.get(tx, clinic_id).settings.legal_hold:
            raise Conflict("this conversation is on legal hold", current="legal_hold")
        _erase_rows(tx, conversation_id)
        values: dict[str, Any] = {
            "id": uuid4().hex,
            "clinic_id": clinic_id,
            "conversation_id": conversation_id,
            "actor": actor,
            "at": tx.now,
        }
        tx.run(sa.insert(erasures), values)
        audit.write(tx, clinic_id=clinic_id, actor=actor, act="erase", kind="conversation", subject=conversation_id)
    _forget_pages(db)
    return _finish(db, Receipt(**values, tracker_erased_at=None))


def sweep(db: Database) -> int:
    """Delete the tracker's events again for erasures that are unfinished or younger than SWEEP_HOURS: a turn may
    have been running.

    Gives how many receipts were looked at. For the worker. Raises StoreUnavailable.
    """
    with db.read() as tx:
        young = erasures.c.at >= tx.now - timedelta(hours=SWEEP_HOURS)
        found = tx.rows(sa.select(erasures).where(young | erasures.c.tracker_erased_at.is_(None)))
    for row in found:
        _finish(db, _receipt(row))
    return len(found)


def receipts(tx: Transaction, *, since: datetime | None = None) -> list[Receipt]:
    """Every receipt, oldest first: what a restore must do again."""
    statement = sa.select(erasures).order_by(erasures.c.at, erasures.c.id)
    if since is not None:
        statement = statement.where(erasures.c.at >= since)
    return [_receipt(row) for row in tx.rows(statement)]


def replay(db: Database, done: Iterable[Receipt]) -> int:
    """Erase again, after a restore, what these receipts say was erased. Gives how many conversations had come back."""
    back = 0
    for receipt in done:
        try:
            erase(db, receipt.clinic_id, receipt.conversation_id, actor=receipt.actor)
        except NotFound:
            continue
        back += 1
    return back


def export(tx: Transaction, conversation_id: str) -> dict[str, Any]:
    """All that is stored about the conversation, as JSON: for the patient. Raises NotFound.

    Staff's own notes on a safety record are the clinic's to give: they are left out.
    """
    conversation = conversations.find(tx, conversation_id)
    about = _plain(asdict(replace(conversation, open_escalation=None)))
    del about["open_escalation"]
    return {
        "conversation": about,
        "messages": [_plain(asdict(message)) for message in messages.transcript(tx, conversation_id)],
        "assessments": messages.assessments_of(tx, conversation_id),
        "turns": [_turn(turn) for turn in turns.of_conversation(tx, conversation_id)],
        "answers": [_plain(asdict(answer)) for answer in answers.of(tx, conversation_id, taken_back=True)],
        "formulations": [_plain(asdict(found)) for found in formulations.of(tx, conversation_id)],
        "facts": facts.get(tx, conversation_id),
        "escalations": [_plain(asdict(found)) for found in escalations.of_conversation(tx, conversation_id)],
        "read_by": [_plain(asdict(act)) for act in _acts(tx, conversation)],
    }


def readings(tx: Transaction, conversation: Conversation) -> list[Act]:
    """When which member of staff opened the conversation or one of its records, oldest first."""
    known = {member.name for member in members.of_clinic(tx, conversation.clinic_id)}
    return [one for one in _acts(tx, conversation) if one.by in known]


def _acts(tx: Transaction, conversation: Conversation) -> list[Act]:
    """Who has looked at the conversation and its records, and done what, by name."""
    about = [("conversation", conversation.id), ("summary", conversation.id)]
    about += [("escalation", found.id) for found in escalations.of_conversation(tx, conversation.id)]
    about += [("sample", one) for one in samples.ids_of(tx, conversation.id)]
    rows = [row for kind, subject in about for row in audit.of(tx, conversation.clinic_id, kind=kind, subject=subject)]
    names = {member.id: member.name for member in members.of_clinic(tx, conversation.clinic_id)}
    return [
        Act(at=row.at, by=names.get(row.actor, row.actor), act=row.act, kind=row.kind)
        for row in sorted(rows, key=lambda row: row.seq)
    ]


def _erase_rows(tx: Transaction, conversation_id: str) -> None:
    mine = sa.select(escalations_table.c.id).where(escalations_table.c.conversation_id == conversation_id)
    still_owed = sa.and_(outbox.c.delivered_at.is_(None), outbox.c.escalation_id.is_not(None))
    tx.run(sa.delete(outbox).where(outbox.c.escalation_id.in_(mine) & ~still_owed))
    tx.run(sa.delete(outbox).where(outbox.c.conversation_id == conversation_id))
    for table in ERASED:
        tx.run(sa.delete(table).where(table.c.conversation_id == conversation_id))
    blank = {"identity": None, "identity_hash": None, "holder": None, "lease_owner": None, "lease_until": None}
    erased = sa.update(conversations_table).where(conversations_table.c.id == conversation_id)
    tx.run(erased.values(erased_at=tx.now, ended_at=sa.func.coalesce(conversations_table.c.ended_at, tx.now), **blank))


def _finish(db: Database, receipt: Receipt) -> Receipt:
    _erase_tracker(db, receipt.conversation_id)
    with db.write() as tx:
        done = receipt.tracker_erased_at or tx.now
        tx.run(sa.update(erasures).where(erasures.c.id == receipt.id).values(tracker_erased_at=done))
    return replace(receipt, tracker_erased_at=done)


def _erase_tracker(db: Database, conversation_id: str) -> None:
    if db.tracker_url is None:
        return
    engine = make_engine(db.tracker_url, db.busy_seconds)
    events = sa.table("events", sa.column("sender_id"))
    try:
        with foreign_errors(), engine.begin() as connection:
            if sa.inspect(connection).has_table("events"):
                connection.execute(sa.delete(events).where(events.c.sender_id == conversation_id))
    finally:
        engine.dispose()


def _forget_pages(db: Database) -> None:
    """Empty SQLite's log, in which the erased rows' pages still stand; a busy reader leaves that to the next time."""
    if db.is_sqlite:
        with foreign_errors(), db.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _receipt(row: sa.Row[Any]) -> Receipt:
    values: dict[str, Any] = dict(row._mapping)
    return Receipt(**values)


def _turn(turn: Turn) -> dict[str, Any]:
    return {**_plain(asdict(replace(turn, message=None))), "message": turn.message.id if turn.message else None}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value
