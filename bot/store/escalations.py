"""Escalations: one open record per conversation, findings as its signals, claimed by compare-and-set, closed by
people only.

Protocol, states and outcome codes: clinical content, sections 5 and 7 and appendix D. Levels only rise here. Every
act of a member is written to the audit trail in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, conversations, members, messages, outbox
from bot.store.database import Transaction
from bot.store.findings import ALERTING, LEVELS, worse_action, worse_level
from bot.store.rows import Assessed, Conversation, Escalation, EscalationRecord, Member, Note, Signal, Spanned
from bot.store.schema import conversations as conversations_table
from bot.store.schema import escalations, notes, signals

CLAIM_SECONDS = 15 * 60
QUOTE_CHARS = 500
STORY_MESSAGES = 30
OUTCOMES = tuple(f"C{number}" for number in range(1, 11))
WITHOUT_NOTE = ("C10",)
CONTACTS = ("contact_tried", "contacted")
LAYERS = ("rules", "meaning", "answer", "unscreened")
UNNAMED = "not_screened"


def record(
    tx: Transaction, conversation: Conversation, *, message_id: str, assessment: Assessed, layer: str
) -> tuple[Escalation, bool] | None:
    """Record what a layer found in a message; the one function for the front door, `action_escalate` and answers.

    1. Nothing to record (action none), or the patient refused consent: None.
    2. The open escalation of the conversation takes the findings as signals; without one a new one is opened.
    3. A worse level or action raises it: its clocks start again and staff are alerted again, also if it is claimed.

    Idempotent per message, layer and category. Gives the escalation, and whether this opened or raised it. Raises
    NotFound.
    """
    if layer not in LAYERS:
        raise ValueError(f"layer={layer!r}: allowed is one of {', '.join(LAYERS)}")
    if assessment.action == "none" or assessment.level == "none":
        return None
    current = conversations.load(tx, conversation.clinic_id, conversation.id)
    if current.consent == "refused":
        return None
    text = messages.load(tx, current.id, message_id).text
    categories = assessment.categories or (UNNAMED,)
    fresh = _fresh(tx, message_id, layer, categories)
    if not fresh:
        known = of_message(tx, message_id)
        return None if known is None else (known, False)
    found = _open_row(tx, current.id)
    escalation_id, raised = (
        _open(tx, current, assessment) if found is None else (found.id, _raise(tx, found, assessment))
    )
    for category in fresh:
        _add_signal(tx, escalation_id, current.clinic_id, message_id, layer, category, assessment, text)
    if raised and _by_id(tx, escalation_id).action in ALERTING:
        kind = "opened" if found is None else "raised"
        outbox.add(tx, clinic_id=current.clinic_id, kind=kind, level=assessment.level, escalation_id=escalation_id)
    return _by_id(tx, escalation_id), raised


def queue(tx: Transaction, clinic_id: str) -> list[Escalation]:
    """The clinic's open escalations, the worst level first, then the oldest."""
    statement = sa.select(escalations).where(escalations.c.clinic_id == clinic_id, escalations.c.closed_at.is_(None))
    return _escalations(tx, tx.rows(statement.order_by(escalations.c.level_rank, escalations.c.opened_at)))


def closed(tx: Transaction, clinic_id: str, *, limit: int = 100) -> list[Escalation]:
    """The clinic's closed escalations, the last closed first."""
    statement = sa.select(escalations).where(escalations.c.clinic_id == clinic_id, escalations.c.closed_at.is_not(None))
    return _escalations(tx, tx.rows(statement.order_by(escalations.c.closed_at.desc()).limit(limit)))


def open_of(tx: Transaction, conversation_id: str) -> Escalation | None:
    """The conversation's open escalation, if there is one."""
    found = _open_row(tx, conversation_id)
    return None if found is None else _escalations(tx, [found])[0]


def open_in(conversation_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a conversation has an open escalation, for other modules' statements."""
    return sa.exists().where(escalations.c.conversation_id == conversation_id, escalations.c.closed_at.is_(None))


def of_conversation(tx: Transaction, conversation_id: str) -> list[Escalation]:
    """All of a conversation's escalations, oldest first."""
    statement = sa.select(escalations).where(escalations.c.conversation_id == conversation_id)
    return _escalations(tx, tx.rows(statement.order_by(escalations.c.opened_at)))


def of_message(tx: Transaction, message_id: str) -> Escalation | None:
    """The escalation that a message's findings went to."""
    mine = sa.select(signals.c.escalation_id).where(signals.c.message_id == message_id)
    found = tx.row(sa.select(escalations).where(escalations.c.id.in_(mine)).order_by(escalations.c.opened_at.desc()))
    return None if found is None else _escalations(tx, [found])[0]


def load(tx: Transaction, member: Member, escalation_id: str) -> EscalationRecord:
    """All that staff see of one escalation. Raises NotFound, also if it is another clinic's. The caller audits the
    view.
    """
    escalation = _load(tx, member, escalation_id)
    try:
        conversation = conversations.load(tx, member.clinic_id, escalation.conversation_id)
        story = tuple(messages.transcript(tx, conversation.id)[-STORY_MESSAGES:])
    except NotFound:
        conversation, story = None, ()
    return EscalationRecord(
        escalation=escalation, conversation=conversation, notes=notes_of(tx, escalation_id), messages=story
    )


def claim(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """Let one member answer for it, for CLAIM_SECONDS from the last contact. Claiming again what is yours renews it.

    Raises Conflict with the claimer's name as `current` for everybody but one; NotFound.
    """
    _load(tx, member, escalation_id)
    free = sa.or_(
        escalations.c.claimed_by.is_(None),
        escalations.c.claimed_by == member.id,
        escalations.c.claim_expires_at <= tx.now,
    )
    mine = sa.update(escalations).where(escalations.c.id == escalation_id, escalations.c.closed_at.is_(None), free)
    claimed = mine.values(
        state="claimed",
        claimed_by=member.id,
        claimed_at=tx.now,
        claim_expires_at=_expiry(tx),
        acknowledged_at=sa.func.coalesce(
            escalations.c.acknowledged_at, sa.bindparam(None, tx.now, escalations.c.level_at.type)
        ),
        acknowledged_by=sa.func.coalesce(escalations.c.acknowledged_by, member.id),
    )
    if tx.changed(claimed) == 0:
        now = _by_id(tx, escalation_id)
        raise Conflict("this escalation is claimed or closed", current=now.claimer_name or now.state)
    return _audited(tx, member, "claim", escalation_id)


def release(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """Give a claim back to the queue. Raises Conflict if it is not the member's, NotFound."""
    _need_claim(tx, member, escalation_id)
    _set(tx, escalation_id, state="acknowledged", claimed_by=None, claimed_at=None, claim_expires_at=None)
    return _audited(tx, member, "release", escalation_id)


def acknowledge(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """Say that a person has seen it: paging stops. The first one counts. Raises Conflict if it is closed, NotFound."""
    now = _load_open(tx, member, escalation_id)
    if now.acknowledged_at is None:
        state = "acknowledged" if now.state in ("open", "alerted") else now.state
        _set(tx, escalation_id, state=state, acknowledged_at=tx.now, acknowledged_by=member.id)
    return _audited(tx, member, "acknowledge", escalation_id)


def add_note(tx: Transaction, member: Member, escalation_id: str, text: str, shared: bool = False) -> Note:
    """Keep a note. A closed record takes notes too. The member's claim runs on. Raises NotFound."""
    now = _load(tx, member, escalation_id)
    keep_claim(tx, member, now.conversation_id)
    note = _write_note(tx, member, escalation_id, "note", text, shared)
    _audited(tx, member, "note", escalation_id)
    return note


def contact(tx: Transaction, member: Member, escalation_id: str, result: str, text: str = "") -> Escalation:
    """Record a try to reach the person; `result` is one of CONTACTS. The claim runs on. Raises Conflict if it is
    closed, NotFound.
    """
    if result not in CONTACTS:
        raise Incomplete(f"result={result!r}: allowed is one of {', '.join(CONTACTS)}")
    now = _load_open(tx, member, escalation_id)
    keep_claim(tx, member, now.conversation_id)
    if now.state != "contacted":
        _set(tx, escalation_id, state=result)
    _write_note(tx, member, escalation_id, result, text, False)
    return _audited(tx, member, result, escalation_id)


def close(
    tx: Transaction, member: Member, escalation_id: str, outcome: str, note: str, last_signal_seq: int
) -> Escalation:
    """Close it with an outcome code, having seen the signals up to `last_signal_seq`.

    Raises Conflict if a newer signal exists (`current` is its number), it is closed (the outcome), or another
    member has claimed it (their name); Incomplete for an unknown code, or a missing note where the code needs one;
    NotFound.
    """
    if outcome not in OUTCOMES:
        raise Incomplete(f"outcome={outcome!r}: allowed is one of {', '.join(OUTCOMES)}")
    if outcome not in WITHOUT_NOTE and not note.strip():
        raise Incomplete(f"outcome {outcome} needs a note")
    now = _load_open(tx, member, escalation_id)
    if now.claimed_by not in (None, member.id):
        raise Conflict("another member has claimed this escalation", current=now.claimer_name)
    if now.last_signal_seq > last_signal_seq:
        raise Conflict("there is a newer signal than the one you saw", current=now.last_signal_seq)
    if note.strip():
        _write_note(tx, member, escalation_id, "closing", note, False)
    _set(tx, escalation_id, state="closed", closed_at=tx.now, closed_by=member.id, outcome=outcome)
    outbox.cancel(tx, escalation_id)
    return _audited(tx, member, "close", escalation_id)


def alerted(tx: Transaction, escalation_id: str) -> None:
    """Note that an alert was delivered: only now may the patient be told that the team knows."""
    mine = sa.update(escalations).where(escalations.c.id == escalation_id, escalations.c.closed_at.is_(None))
    tx.run(mine.where(escalations.c.alerted_at.is_(None)).values(alerted_at=tx.now))
    tx.run(mine.where(escalations.c.state == "open").values(state="alerted"))


def keep_claim(tx: Transaction, member: Member, conversation_id: str) -> None:
    """A contact by the claimer lets the claim run on."""
    mine = sa.update(escalations).where(
        escalations.c.conversation_id == conversation_id,
        escalations.c.closed_at.is_(None),
        escalations.c.claimed_by == member.id,
        escalations.c.claim_expires_at > tx.now,
    )
    tx.run(mine.values(claim_expires_at=_expiry(tx)))


def expire_claims(tx: Transaction) -> list[str]:
    """Put claims that ran out back into the queue, and alert again. Gives the escalations' ids. For the worker."""
    ran_out = sa.select(escalations).where(escalations.c.closed_at.is_(None), escalations.c.claim_expires_at <= tx.now)
    freed = []
    for row in tx.rows(ran_out):
        free = sa.update(escalations).where(
            escalations.c.id == row.id, escalations.c.closed_at.is_(None), escalations.c.claim_expires_at <= tx.now
        )
        back = free.values(
            state="open",
            claimed_by=None,
            claimed_at=None,
            claim_expires_at=None,
            acknowledged_at=None,
            acknowledged_by=None,
        )
        if tx.changed(back):
            freed.append(row.id)
            if row.action in ALERTING:
                outbox.add(tx, clinic_id=row.clinic_id, kind="claim_expired", level=row.level, escalation_id=row.id)
    return freed


def notes_of(tx: Transaction, escalation_id: str) -> tuple[Note, ...]:
    """The notes, contacts and closing words, oldest first."""
    rows = tx.rows(sa.select(notes).where(notes.c.escalation_id == escalation_id).order_by(notes.c.at, notes.c.id))
    return tuple(_note(tx, row) for row in rows)


def _fresh(tx: Transaction, message_id: str, layer: str, categories: Sequence[str]) -> list[str]:
    known = sa.select(signals.c.category).where(signals.c.message_id == message_id, signals.c.layer == layer)
    had = {row.category for row in tx.rows(known)}
    return [category for category in dict.fromkeys(categories) if category not in had]


def _open(tx: Transaction, conversation: Conversation, assessment: Assessed) -> tuple[str, bool]:
    new = uuid4().hex
    values = {
        "id": new,
        "clinic_id": conversation.clinic_id,
        "conversation_id": conversation.id,
        "level": assessment.level,
        "level_rank": LEVELS.index(assessment.level),
        "action": assessment.action,
        "state": "open",
        "opened_at": tx.now,
        "level_at": tx.now,
        "last_signal_seq": 0,
    }
    tx.run(sa.insert(escalations), values)
    return new, True


def _raise(tx: Transaction, row: sa.Row[Any], assessment: Assessed) -> bool:
    level, action = worse_level(row.level, assessment.level), worse_action(row.action, assessment.action)
    if (level, action) == (row.level, row.action):
        return False
    claimed = row.claimed_by is not None and row.claim_expires_at > tx.now
    _set(
        tx,
        row.id,
        level=level,
        level_rank=LEVELS.index(level),
        action=action,
        level_at=tx.now,
        alerted_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        state=row.state if claimed else "open",
    )
    return True


def _add_signal(
    tx: Transaction,
    escalation_id: str,
    clinic_id: str,
    message_id: str,
    layer: str,
    category: str,
    assessment: Assessed,
    text: str,
) -> None:
    mine = [span for span in assessment.spans if span.category == category]
    span: Spanned | None = min(mine, key=lambda found: LEVELS.index(found.level)) if mine else None
    quote = (text if span is None else text[span.start : span.end])[:QUOTE_CHARS]
    count = sa.update(escalations).where(escalations.c.id == escalation_id)
    count = count.values(last_signal_seq=escalations.c.last_signal_seq + 1)
    seq = tx.run(count.returning(escalations.c.last_signal_seq)).scalar_one()
    new = uuid4().hex
    values = {
        "id": new,
        "escalation_id": escalation_id,
        "clinic_id": clinic_id,
        "seq": seq,
        "message_id": message_id,
        "layer": layer,
        "category": category,
        "level": assessment.level if span is None else span.level,
        "action": assessment.action,
        "rule": None if span is None else span.rule,
        "quote": tx.seal(quote, table="signals", row=new, column="quote", clinic=clinic_id),
        "start": None if span is None else span.start,
        "end": None if span is None else span.end,
        "at": tx.now,
    }
    tx.run(sa.insert(signals), values)


def _load(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """Check the clinic, then lock the conversation first and the record after it: one order for every writer."""
    found = tx.row(sa.select(escalations).where(escalations.c.id == escalation_id))
    if found is None or found.clinic_id != member.clinic_id:
        raise NotFound("no such escalation")
    tx.row(sa.select(conversations_table.c.id).where(conversations_table.c.id == found.conversation_id), lock=True)
    return _by_id(tx, escalation_id)


def _load_open(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    now = _load(tx, member, escalation_id)
    if now.closed_at is not None:
        raise Conflict("this escalation is closed", current=now.outcome)
    return now


def _need_claim(tx: Transaction, member: Member, escalation_id: str) -> None:
    now = _load_open(tx, member, escalation_id)
    if now.claimed_by != member.id:
        raise Conflict("this escalation is not claimed by you", current=now.claimer_name)


def _by_id(tx: Transaction, escalation_id: str) -> Escalation:
    return _escalations(tx, tx.rows(sa.select(escalations).where(escalations.c.id == escalation_id)))[0]


def _open_row(tx: Transaction, conversation_id: str) -> sa.Row[Any] | None:
    statement = sa.select(escalations).where(escalations.c.conversation_id == conversation_id)
    return tx.row(statement.where(escalations.c.closed_at.is_(None)))


def _set(tx: Transaction, escalation_id: str, **values: Any) -> None:
    tx.run(sa.update(escalations).where(escalations.c.id == escalation_id).values(**values))


def _audited(tx: Transaction, member: Member, act: str, escalation_id: str) -> Escalation:
    audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act=act, kind="escalation", subject=escalation_id)
    return _by_id(tx, escalation_id)


def _expiry(tx: Transaction) -> datetime:
    return tx.now + timedelta(seconds=CLAIM_SECONDS)


def _write_note(tx: Transaction, member: Member, escalation_id: str, kind: str, text: str, shared: bool) -> Note:
    new = uuid4().hex
    sealed = tx.seal(text, table="notes", row=new, column="text", clinic=member.clinic_id)
    values = {"id": new, "escalation_id": escalation_id, "clinic_id": member.clinic_id, "member_id": member.id}
    tx.run(sa.insert(notes), {**values, "kind": kind, "text": sealed, "shared": shared, "at": tx.now})
    return Note(id=new, member_id=member.id, member_name=member.name, kind=kind, text=text, shared=shared, at=tx.now)


def _note(tx: Transaction, row: sa.Row[Any]) -> Note:
    text = tx.open(row.text, table="notes", row=row.id, column="text", clinic=row.clinic_id)
    name = members.name(tx, row.member_id)
    return Note(
        id=row.id, member_id=row.member_id, member_name=name, kind=row.kind, text=text, shared=row.shared, at=row.at
    )


def _escalations(tx: Transaction, rows: Sequence[sa.Row[Any]]) -> list[Escalation]:
    ids = [row.id for row in rows]
    found: dict[str, list[Signal]] = {name: [] for name in ids}
    if ids:
        for row in tx.rows(sa.select(signals).where(signals.c.escalation_id.in_(ids)).order_by(signals.c.seq)):
            found[row.escalation_id].append(_signal(tx, row))
    return [_escalation(tx, row, tuple(found[row.id])) for row in rows]


def _escalation(tx: Transaction, row: sa.Row[Any], its_signals: tuple[Signal, ...]) -> Escalation:
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
