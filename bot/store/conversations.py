"""Conversations: starting, loading (the one function for patients' access), consent, taking over, ending."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.errors import Conflict, NotFound
from bot.store import audit, clinics, escalations, members, records, turns
from bot.store.database import Transaction
from bot.store.rows import Clinic, Conversation, Member, Turn
from bot.store.schema import conversations, messages
from bot.store.schema import turns as turns_table
from bot.store.schema_staff import clinics as clinics_table

CONSENTS = ("unasked", "given", "refused")
AWAY_MINUTES = 60

# The table, and whether an escalation is open: most conversations have none, and need no second look.
EACH = sa.select(conversations, records.open_in(conversations.c.id).label("is_escalated"))
ONE = EACH.where(conversations.c.id == sa.bindparam("id"), conversations.c.erased_at.is_(None))


def start(
    tx: Transaction, clinic: Clinic, *, language: str, identity: str | None = None
) -> tuple[Conversation, Turn | None]:
    """Give the patient's open conversation if `identity` has one, else a new one; and the "open" turn that is owed.

    A resumed conversation owes an opening only after AWAY_MINUTES, or if the bot never spoke in it; never while
    a turn is waiting or a person holds it. `last_at` still tells when the patient last wrote.
    """
    identity_hash = identity and tx.keyring.keyed_hash("identity", clinic.id, identity)
    if identity_hash:
        tx.row(sa.select(clinics_table.c.id).where(clinics_table.c.id == clinic.id), lock=True)
        found = tx.row(
            sa.select(conversations.c.id).where(
                conversations.c.clinic_id == clinic.id,
                conversations.c.identity_hash == identity_hash,
                conversations.c.ended_at.is_(None),
            )
        )
        if found is not None:
            return _resume(tx, load(tx, clinic.id, found.id))
    new = uuid4().hex
    sealed = identity and tx.seal(identity, table="conversations", row=new, column="identity", clinic=clinic.id)
    values = {"id": new, "clinic_id": clinic.id, "language": language, "consent": "unasked", "created_at": tx.now}
    tx.run(
        sa.insert(conversations),
        {
            **values,
            "last_at": tx.now,
            "identity_hash": identity_hash or None,
            "identity": sealed or None,
            "last_seq": 0,
        },
    )
    conversation = load(tx, clinic.id, new)
    return conversation, turns.add(tx, conversation, kind="open")


def load(tx: Transaction, clinic_id: str, conversation_id: str) -> Conversation:
    """Give the conversation if it is this clinic's; in a write transaction it is locked until the end.

    Raises NotFound if there is none, it was erased, or it belongs to another clinic.
    """
    found = _row(tx, conversation_id)
    if found is None or found.clinic_id != clinic_id:
        raise NotFound("no such conversation")
    return _conversation(tx, found)


def find(tx: Transaction, conversation_id: str) -> Conversation:
    """The same for our inner processes, which are given a conversation's id and no clinic. Raises NotFound."""
    found = _row(tx, conversation_id)
    if found is None:
        raise NotFound("no such conversation")
    return _conversation(tx, found)


def of_clinic(tx: Transaction, clinic_id: str, *, limit: int = 200) -> list[Conversation]:
    """The clinic's conversations, the last written in first."""
    statement = EACH.where(conversations.c.clinic_id == clinic_id, conversations.c.erased_at.is_(None))
    return [
        _conversation(tx, row)
        for row in tx.rows(statement.order_by(conversations.c.last_at.desc(), conversations.c.id).limit(limit))
    ]


def set_consent(tx: Transaction, conversation_id: str, consent: str, text_version: str) -> None:
    """Keep the patient's answer and the version of the text that was answered."""
    if consent not in CONSENTS:
        raise ValueError(f"consent={consent!r}: allowed is one of {', '.join(CONSENTS)}")
    _set(tx, conversation_id, consent=consent, consent_version=text_version, consent_at=tx.now)


def consent_of(tx: Transaction, conversation_id: str) -> tuple[str | None, datetime | None]:
    """Give the version of the text that was answered last, and when. Raises NotFound."""
    found = _row(tx, conversation_id)
    if found is None:
        raise NotFound("no such conversation")
    return found.consent_version, found.consent_at


def set_language(tx: Transaction, conversation_id: str, language: str) -> None:
    _set(tx, conversation_id, language=language)


def set_legal_hold(tx: Transaction, conversation_id: str, held: bool) -> None:
    """A conversation on legal hold cannot be erased."""
    _set(tx, conversation_id, legal_hold=held)


def end(tx: Transaction, conversation_id: str) -> None:
    """End it; a provisional one is then due for erasure. A message that still comes opens it again."""
    _set(tx, conversation_id, ended_at=tx.now)


def take_over(tx: Transaction, member: Member, conversation_id: str) -> Conversation:
    """Let a member hold the conversation: the bot is mute, waiting turns are dropped. Compare-and-set.

    Raises NotFound; Conflict with the holder's name if somebody else holds it.
    """
    conversation = load(tx, member.clinic_id, conversation_id)
    if conversation.holder not in (None, member.id):
        raise Conflict("somebody else holds this conversation", current=members.name(tx, conversation.holder))
    if conversation.holder is None:
        _set(tx, conversation_id, holder=member.id)
        waiting = (turns_table.c.conversation_id == conversation_id, turns_table.c.state.in_(turns.OWED))
        tx.run(sa.update(turns_table).where(*waiting).values(state="dropped", settled_at=tx.now))
        audit.write(
            tx,
            clinic_id=member.clinic_id,
            actor=member.id,
            act="take_over",
            kind="conversation",
            subject=conversation_id,
        )
    return load(tx, member.clinic_id, conversation_id)


def hand_back(tx: Transaction, member: Member, conversation_id: str) -> Conversation:
    """Give the conversation back to the bot. Any member of the clinic may: a holder can be away. Raises NotFound."""
    conversation = load(tx, member.clinic_id, conversation_id)
    if conversation.holder is not None:
        _set(tx, conversation_id, holder=None)
        audit.write(
            tx,
            clinic_id=member.clinic_id,
            actor=member.id,
            act="hand_back",
            kind="conversation",
            subject=conversation_id,
        )
    return load(tx, member.clinic_id, conversation_id)


def provisional_before(tx: Transaction, moment: datetime) -> list[str]:
    """Ids of conversations without consent that ended, or where nothing was written since `moment`: due for erasure.

    Not those that staff still work on: an escalation is open, or a person holds it.
    """
    statement = sa.select(conversations.c.id, conversations.c.clinic_id).where(
        conversations.c.consent != "given",
        conversations.c.erased_at.is_(None),
        conversations.c.holder.is_(None),
        conversations.c.legal_hold.is_(False),
        (conversations.c.last_at < moment) | conversations.c.ended_at.is_not(None),
        ~records.open_in(conversations.c.id),
    )
    return [row.id for row in _unheld(tx, statement)]


def past_retention(tx: Transaction) -> list[str]:
    """Ids of conversations that nobody wrote in for longer than their clinic keeps them: due for erasure.

    Not those that staff still work on, nor any on legal hold.
    """
    days = {clinic.id: clinic.settings.retention_days for clinic in clinics.all(tx)}
    statement = sa.select(conversations.c.id, conversations.c.clinic_id, conversations.c.last_at).where(
        conversations.c.last_at < tx.now - timedelta(days=min(days.values(), default=0)),
        conversations.c.erased_at.is_(None),
        conversations.c.holder.is_(None),
        conversations.c.legal_hold.is_(False),
        ~records.open_in(conversations.c.id),
    )
    old = [row for row in _unheld(tx, statement) if tx.now - row.last_at > timedelta(days=days[row.clinic_id])]
    return [row.id for row in old]


def mark_as_drill(tx: Transaction, conversation_id: str) -> None:
    """Nobody is behind it: staff see that, and no figure counts it."""
    _set(tx, conversation_id, drill=True)


def is_drill(tx: Transaction, conversation_id: str) -> bool:
    """Whether nobody is behind it: a marked test of the whole chain."""
    found = tx.row(sa.select(conversations.c.drill).where(conversations.c.id == conversation_id))
    return found is not None and bool(found.drill)


def next_seq(tx: Transaction, conversation_id: str) -> int:
    """Give the next number of the conversation. The row stays locked, so numbers become visible in their order."""
    statement = sa.update(conversations).where(conversations.c.id == conversation_id)
    statement = statement.values(last_seq=conversations.c.last_seq + 1)
    return int(tx.run(statement.returning(conversations.c.last_seq)).scalar_one())


def _resume(tx: Transaction, conversation: Conversation) -> tuple[Conversation, Turn | None]:
    waiting = sa.select(turns_table.c.id).where(
        turns_table.c.conversation_id == conversation.id,
        turns_table.c.state.in_(turns.OWED),
        turns_table.c.kind != "timed",
    )
    if conversation.holder is not None or tx.row(waiting) is not None:
        return conversation, None
    last = sa.select(messages.c.offers).where(
        messages.c.conversation_id == conversation.id, messages.c.sender == "bot", messages.c.hidden.is_(False)
    )
    newest = tx.row(last.order_by(messages.c.seq.desc()).limit(1))
    away = tx.now - conversation.last_at >= timedelta(minutes=AWAY_MINUTES)
    if not away and newest is not None:
        return conversation, None
    return conversation, turns.add(tx, conversation, kind="open")


def _unheld(tx: Transaction, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
    held = {clinic.id for clinic in clinics.all(tx) if clinic.settings.legal_hold}
    return [
        row
        for row in tx.rows(statement.order_by(conversations.c.last_at, conversations.c.id))
        if row.clinic_id not in held
    ]


def _row(tx: Transaction, conversation_id: str) -> sa.Row[Any] | None:
    return tx.row(ONE, {"id": conversation_id}, lock=True)


def _set(tx: Transaction, conversation_id: str, **values: Any) -> None:
    statement = sa.update(conversations).where(
        conversations.c.id == conversation_id, conversations.c.erased_at.is_(None)
    )
    if tx.changed(statement.values(**values)) == 0:
        raise NotFound("no such conversation")


def _conversation(tx: Transaction, row: sa.Row[Any]) -> Conversation:
    identity = row.identity and tx.open(
        row.identity, table="conversations", row=row.id, column="identity", clinic=row.clinic_id
    )
    return Conversation(
        id=row.id,
        clinic_id=row.clinic_id,
        language=row.language,
        consent=row.consent,
        holder=row.holder,
        identity=identity,
        created_at=row.created_at,
        last_at=row.last_at,
        ended_at=row.ended_at,
        legal_hold=row.legal_hold,
        open_escalation=escalations.open_of(tx, row.id) if row.is_escalated else None,
    )
