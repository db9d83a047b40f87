"""Escalations: one open record per conversation, findings as its signals, claimed by compare-and-set, closed by
people only (`bot.store.closing`).

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
from bot.store.records import (
    anonymous_emergencies,
    by_id,
    closed,
    find,
    is_anonymous,
    last_notes,
    notes_of,
    of_conversation,
    of_message,
    open_of,
    open_row,
    queue,
)  # fmt: skip
from bot.store.rows import Assessed, Conversation, Escalation, EscalationRecord, Member, Note, Spanned
from bot.store.schema import conversations as conversations_table
from bot.store.schema import escalations, notes, signals

__all__ = [
    "acknowledge", "add_note", "alerted", "anonymous_emergencies", "audited", "by_id", "claim", "closed",
    "contact", "expire_claims", "find", "hand_over", "is_anonymous", "keep_claim", "last_notes", "load", "load_open",
    "notes_of", "of_conversation", "of_message", "open_of", "queue", "record", "release", "update",
    "write_note",
]  # fmt: skip

CLAIM_SECONDS = 15 * 60
QUOTE_CHARS = 500
STORY_MESSAGES = 30
CONTACTS = ("contact_tried", "contacted")
LAYERS = ("rules", "meaning", "answer", "unscreened", "review")
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
    found = open_row(tx, current.id)
    fresh = _fresh(tx, message_id, layer, assessment.categories or (UNNAMED,))
    if not fresh and not _worsens(tx, found, message_id, layer, assessment):
        known = of_message(tx, message_id)
        return None if known is None else (known, False)
    if found is None:
        escalation_id, raised = _open(tx, current, assessment), True
    else:
        escalation_id, raised = found.id, _raise(tx, found, assessment)
    for category in fresh:
        _add_signal(tx, escalation_id, current.clinic_id, message_id, layer, category, assessment, text)
    now = by_id(tx, escalation_id)
    if raised and now.action in ALERTING:
        kind = "opened" if found is None else "raised"
        outbox.add(tx, clinic_id=now.clinic_id, kind=kind, level=now.level, escalation_id=escalation_id)
    return now, raised


def load(tx: Transaction, member: Member, escalation_id: str) -> EscalationRecord:
    """All that staff see of one escalation. Raises NotFound, also if it is another clinic's. The caller audits the
    view.
    """
    escalation = _load(tx, member, escalation_id)
    try:
        conversation = conversations.load(tx, member.clinic_id, escalation.conversation_id)
        story = tuple(messages.transcript(tx, conversation.id, limit=STORY_MESSAGES))
    except NotFound:
        conversation, story = None, ()
    return EscalationRecord(
        escalation=escalation, conversation=conversation, notes=notes_of(tx, escalation_id), messages=story
    )


def claim(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """Let one member answer for it, for CLAIM_SECONDS from the last contact. Claiming again what is yours renews it.

    Raises Conflict with the claimer's name as `current` for everybody but one; NotFound.
    """
    now = _load(tx, member, escalation_id)
    if now.claimed_by == member.id and now.closed_at is None:
        keep_claim(tx, member, now.conversation_id)
        return by_id(tx, escalation_id)
    free = sa.or_(escalations.c.claimed_by.is_(None), escalations.c.claim_expires_at <= tx.now)
    mine = sa.update(escalations).where(escalations.c.id == escalation_id, escalations.c.closed_at.is_(None), free)
    claimed = mine.values(
        state="claimed",
        claimed_by=member.id,
        claimed_at=tx.now,
        claim_expires_at=_expiry(tx),
        acknowledged_at=now.acknowledged_at or tx.now,
        acknowledged_by=sa.func.coalesce(escalations.c.acknowledged_by, member.id),
    )
    if tx.changed(claimed) == 0:
        now = by_id(tx, escalation_id)
        raise Conflict("this escalation is claimed or closed", current=now.claimer_name or now.state)
    return audited(tx, member, "claim", escalation_id)


def release(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """Give a claim back to the queue. Raises Conflict if it is not the member's, NotFound."""
    _need_claim(tx, member, escalation_id)
    update(tx, escalation_id, state="acknowledged", claimed_by=None, claimed_at=None, claim_expires_at=None)
    return audited(tx, member, "release", escalation_id)


def hand_over(tx: Transaction, member: Member, escalation_id: str, colleague: str, reason: str) -> Escalation:
    """Give a claim to a colleague, with the reason; it is never unclaimed in between, and its time starts anew.

    Raises Conflict if it is not the member's, Incomplete without a reason or for nobody of the clinic, NotFound.
    """
    _need_claim(tx, member, escalation_id)
    able = [one.id for one in members.of_clinic(tx, member.clinic_id) if one.disabled_at is None]
    if not reason.strip() or colleague not in able or colleague == member.id:
        raise Incomplete("a record is handed over to a colleague, with a reason")
    write_note(tx, member, escalation_id, "handover", reason, False)
    update(tx, escalation_id, claimed_by=colleague, claimed_at=tx.now, claim_expires_at=_expiry(tx))
    return audited(tx, member, "hand_over", escalation_id)


def acknowledge(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """Say that a person has seen it: paging stops. The first one counts. Raises Conflict if it is closed, NotFound."""
    now = load_open(tx, member, escalation_id)
    if now.acknowledged_at is None:
        state = "acknowledged" if now.state in ("open", "alerted") else now.state
        update(tx, escalation_id, state=state, acknowledged_at=tx.now, acknowledged_by=member.id)
    return audited(tx, member, "acknowledge", escalation_id)


def add_note(tx: Transaction, member: Member, escalation_id: str, text: str, shared: bool = False) -> Note:
    """Keep a note. A closed record takes notes too. The member's claim runs on. Raises NotFound."""
    now = _load(tx, member, escalation_id)
    keep_claim(tx, member, now.conversation_id)
    note = write_note(tx, member, escalation_id, "note", text, shared)
    audited(tx, member, "note", escalation_id)
    return note


def contact(tx: Transaction, member: Member, escalation_id: str, result: str, text: str = "") -> Escalation:
    """Record a try to reach the person; `result` is one of CONTACTS. It claims an unclaimed one; a claim runs on.

    Raises Conflict if it is closed, Incomplete for another result, NotFound.
    """
    if result not in CONTACTS:
        raise Incomplete(f"result={result!r}: allowed is one of {', '.join(CONTACTS)}")
    now = load_open(tx, member, escalation_id)
    if now.claimed_by is None:
        now = claim(tx, member, escalation_id)
    keep_claim(tx, member, now.conversation_id)
    if now.state != "contacted":
        update(tx, escalation_id, state=result)
    write_note(tx, member, escalation_id, result, text, False)
    return audited(tx, member, result, escalation_id)


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


def _fresh(tx: Transaction, message_id: str, layer: str, categories: Sequence[str]) -> list[str]:
    known = sa.select(signals.c.category).where(signals.c.message_id == message_id, signals.c.layer == layer)
    had = {row.category for row in tx.rows(known)}
    return [category for category in dict.fromkeys(categories) if category not in had]


def _worsens(tx: Transaction, found: sa.Row[Any] | None, message_id: str, layer: str, assessment: Assessed) -> bool:
    """The same finding came again, worse than it was: its signals of the open escalation are raised."""
    if found is None:
        return False
    mine = (signals.c.escalation_id == found.id, signals.c.message_id == message_id, signals.c.layer == layer)
    milder = [
        row
        for row in tx.rows(sa.select(signals).where(*mine))
        if (row.level, row.action)
        != (worse_level(row.level, assessment.level), worse_action(row.action, assessment.action))
    ]
    for row in milder:
        raised = {
            "level": worse_level(row.level, assessment.level),
            "action": worse_action(row.action, assessment.action),
        }
        tx.run(sa.update(signals).where(signals.c.id == row.id).values(**raised))
    return bool(milder)


def _open(tx: Transaction, conversation: Conversation, assessment: Assessed) -> str:
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
    return new


def _raise(tx: Transaction, row: sa.Row[Any], assessment: Assessed) -> bool:
    """What is for review only joins a record that people were alerted to: it raises nothing and pages nobody again."""
    if row.action in ALERTING and assessment.action not in ALERTING:
        return False
    level, action = worse_level(row.level, assessment.level), worse_action(row.action, assessment.action)
    if (level, action) == (row.level, row.action):
        return False
    claimed = row.claimed_by is not None and row.claim_expires_at > tx.now
    update(
        tx,
        row.id,
        level=level,
        level_rank=LEVELS.index(level),
        action=action,
        level_at=tx.now,
        alerted_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        proposed_by=None,
        proposed_at=None,
        proposed_outcome=None,
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
    return by_id(tx, escalation_id)


def load_open(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    """The member's open escalation, locked. Raises Conflict if it is closed, NotFound."""
    now = _load(tx, member, escalation_id)
    if now.closed_at is not None:
        raise Conflict("this escalation is closed", current=now.outcome)
    return now


def _need_claim(tx: Transaction, member: Member, escalation_id: str) -> None:
    now = load_open(tx, member, escalation_id)
    if now.claimed_by != member.id:
        raise Conflict("this escalation is not claimed by you", current=now.claimer_name)


def update(tx: Transaction, escalation_id: str, **values: Any) -> None:
    """Change columns of a record."""
    tx.run(sa.update(escalations).where(escalations.c.id == escalation_id).values(**values))


def audited(tx: Transaction, member: Member, act: str, escalation_id: str) -> Escalation:
    """Write down what a member did, and give the record as it is now."""
    audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act=act, kind="escalation", subject=escalation_id)
    return by_id(tx, escalation_id)


def _expiry(tx: Transaction) -> datetime:
    return tx.now + timedelta(seconds=CLAIM_SECONDS)


def write_note(tx: Transaction, member: Member, escalation_id: str, kind: str, text: str, shared: bool) -> Note:
    """Keep a text of a member with the record."""
    new = uuid4().hex
    sealed = tx.seal(text, table="notes", row=new, column="text", clinic=member.clinic_id)
    values: dict[str, Any] = {"id": new, "escalation_id": escalation_id, "clinic_id": member.clinic_id}
    values["seq"] = tx.next_number(notes.c.seq, notes.c.escalation_id == escalation_id)
    tx.run(
        sa.insert(notes),
        {**values, "member_id": member.id, "kind": kind, "text": sealed, "shared": shared, "at": tx.now},
    )
    return Note(id=new, member_id=member.id, member_name=member.name, kind=kind, text=text, shared=shared, at=tx.now)
