"""Messages. `receive` is the one commit of a patient's message: message, assessment, signals, escalation, outbox
row and turn.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.errors import Conflict, NotFound
from bot.store import conversations, escalations, search, turns
from bot.store.database import Transaction
from bot.store.rows import Assessed, Conversation, Member, Message, Received
from bot.store.schema import assessments, messages
from bot.store.schema import conversations as conversations_table
from bot.store.schema import turns as turns_table

PatientBody = Mapping[str, Any]
KINDS = ("text", "choice", "choices", "value", "date")
INPUTS = ("choices", "scale", "date", "state")

MINE = sa.select(messages).where(messages.c.conversation_id == sa.bindparam("conversation"))
BY_ID = MINE.where(messages.c.id == sa.bindparam("id"))
SENT = MINE.where(messages.c.client_id == sa.bindparam("client"))
AFTER = MINE.where(messages.c.seq > sa.bindparam("cursor"), messages.c.hidden.is_(False)).order_by(messages.c.seq)
AFTER = AFTER.limit(sa.bindparam("at_most"))
TYPED = MINE.where(messages.c.sender == "patient", messages.c.kind == "text", messages.c.at >= sa.bindparam("since"))
TYPED = TYPED.order_by(messages.c.seq.desc()).limit(sa.bindparam("at_most"))
ASKED = MINE.where(messages.c.hidden.is_(False), messages.c.sender == "bot", messages.c.offers)
ASKED = ASKED.order_by(messages.c.seq.desc()).limit(1)
SAID = MINE.where(messages.c.hidden.is_(False), messages.c.sender == "bot").order_by(messages.c.seq.desc()).limit(1)
ANSWERED = sa.select(messages.c.id).where(
    messages.c.conversation_id == sa.bindparam("conversation"),
    messages.c.answers_id == sa.bindparam("question"),
    messages.c.kind.in_(sa.bindparam("kinds", expanding=True)),
)
ASSESSED = sa.select(assessments).where(assessments.c.conversation_id == sa.bindparam("conversation"))
ASSESSED = ASSESSED.order_by(assessments.c.at, assessments.c.layer)
ASSESSED_ONE = ASSESSED.where(assessments.c.message_id == sa.bindparam("message"))


def receive(
    tx: Transaction,
    conversation: Conversation,
    *,
    client_id: str,
    body: PatientBody,
    text: str,
    assessment: Assessed,
    unscreened: bool = False,
    counts_as: PatientBody | None = None,
) -> Received:
    """Store a patient's message with everything that hangs on it; the caller's commit makes it durable.

    `body` is what was sent, one of KINDS; `text` is what is shown and was screened; `counts_as` is the answer that
    a typed text counts as, if it does. The same `client_id` and body again give the stored message with `duplicate`
    and change nothing. Without consent ("refused") it is assessed and not escalated; while a person holds the
    conversation there is no turn, and nothing answers a question of the bot. Raises Conflict for a known `client_id`
    with another body, NotFound.
    """
    current = conversations.load(tx, conversation.clinic_id, conversation.id)
    known = duplicate(tx, current, client_id=client_id, body=body)
    if known is not None:
        return known
    question = open_question(tx, current.id) if current.holder is None else None
    message = _insert(
        tx,
        current,
        sender="patient",
        kind=_kind(counts_as or body),
        text=text,
        details={"body": dict(body)},
        client_id=client_id,
        body_hash=_body_hash(tx, body),
        answers_id=question.id if question else None,
    )
    layer = "unscreened" if unscreened else "rules" if message.kind == "text" else "answer"
    assess(tx, current, message_id=message.id, assessment=assessment, layer=layer)
    recorded = escalations.record(tx, current, message_id=message.id, assessment=assessment, layer=layer)
    turn = turns.add(tx, current, kind="message", message=message) if current.holder is None else None
    _touch(tx, current)
    escalation, raised = recorded or (current.open_escalation, False)
    return Received(message=message, duplicate=False, turn=turn, escalation=escalation, raised=raised)


def duplicate(tx: Transaction, conversation: Conversation, *, client_id: str, body: PatientBody) -> Received | None:
    """What `receive` gave for this `client_id`, or None if it is new. Raises Conflict if it came with another body."""
    found = _sent(tx, conversation.id, client_id)
    if found is None:
        return None
    if found.body_hash != _body_hash(tx, body):
        raise Conflict("this client_id was used for another message", current=found.id)
    message = from_row(tx, found)
    turn = tx.row(sa.select(turns_table).where(turns_table.c.message_id == message.id))
    return Received(
        message=message,
        duplicate=True,
        turn=turns.from_row(tx, turn) if turn else None,
        escalation=escalations.of_message(tx, message.id) or conversation.open_escalation,
        raised=False,
    )


def after(tx: Transaction, conversation_id: str, cursor: int, limit: int = 200) -> list[Message]:
    """The visible messages with a `seq` greater than `cursor`, oldest first."""
    return [
        from_row(tx, row)
        for row in tx.rows(AFTER, {"conversation": conversation_id, "cursor": cursor, "at_most": limit})
    ]


def load(tx: Transaction, conversation_id: str, message_id: str) -> Message:
    """One message of the conversation. Raises NotFound."""
    found = tx.row(BY_ID, {"id": message_id, "conversation": conversation_id})
    if found is None:
        raise NotFound("no such message")
    return from_row(tx, found)


def transcript(
    tx: Transaction, conversation_id: str, *, before: int | None = None, limit: int | None = None
) -> list[Message]:
    """Every message, hidden ones too, oldest first: for staff and for the export. Of those with a number less than
    `before` the last `limit`, where these are given.
    """
    statement = sa.select(messages).where(messages.c.conversation_id == conversation_id)
    if before is not None:
        statement = statement.where(messages.c.seq < before)
    newest = tx.rows(statement.order_by(messages.c.seq.desc()).limit(limit))
    return [from_row(tx, row) for row in reversed(newest)]


def recent_texts(tx: Transaction, conversation_id: str, *, minutes: float = 5, limit: int = 6) -> list[str]:
    """What the patient typed in the last minutes, oldest first: the history that a new message is screened with."""
    since = tx.now - timedelta(minutes=minutes)
    rows = tx.rows(TYPED, {"conversation": conversation_id, "since": since, "at_most": limit})
    return [from_row(tx, row).text for row in reversed(rows)]


def open_question(tx: Transaction, conversation_id: str) -> Message | None:
    """The newest visible bot message that offers an input, while it is unanswered.

    Holding replies and replies that offer nothing do not close it. An answer of the offered kind closes it at once;
    typed text closes a question that expects text, and leaves one with choices, a scale or a date open (it may be
    an interruption).
    """
    found = tx.row(ASKED, {"conversation": conversation_id})
    if found is None:
        return None
    question = from_row(tx, found)
    closing = KINDS if expects(question) == "text" else KINDS[1:]
    answered = tx.row(ANSWERED, {"conversation": conversation_id, "question": question.id, "kinds": closing})
    return None if answered is not None else question


def last_said(tx: Transaction, conversation_id: str) -> Message | None:
    """The newest visible message of the bot."""
    found = tx.row(SAID, {"conversation": conversation_id})
    return from_row(tx, found) if found is not None else None


def expects(question: Message) -> str:
    """The kind of input that a question offers: choice, choices, scale, date or text."""
    if question.choices:
        return "choices" if question.multiple else "choice"
    if question.scale is not None:
        return "scale"
    return "date" if question.date else "text"


def question_of(tx: Transaction, message: Message) -> Message | None:
    """The question that was open when the patient wrote this, also if it was answered or overtaken since."""
    return None if message.answers is None else load(tx, message.conversation_id, message.answers)


def take_back(tx: Transaction, conversation: Conversation, message_id: str) -> Message:
    """The patient takes a message back: a mistaken tap, words that were not meant. Again is harmless.

    Their own pages show it no more and its answer counts no more (`answers.of`). Staff see it, with a mark; what was
    found in it and what that started stay as they are. Raises NotFound, also for what somebody else wrote.
    """
    message = load(tx, conversation.id, message_id)
    if message.sender != "patient":
        raise NotFound("no such message of the patient")
    if message.taken_back_at is None:
        tx.run(sa.update(messages).where(messages.c.id == message.id).values(taken_back_at=tx.now))
    return load(tx, conversation.id, message.id)


def mark_as_read(tx: Transaction, conversation: Conversation, message_id: str) -> None:
    """The patient's page has shown what a person wrote, up to this message. Again is harmless. Raises NotFound."""
    message = load(tx, conversation.id, message_id)
    unread = sa.update(messages).where(
        messages.c.conversation_id == conversation.id,
        messages.c.sender == "staff",
        messages.c.seq <= message.seq,
        messages.c.read_at.is_(None),
    )
    tx.run(unread.values(read_at=tx.now))


def staff_say(
    tx: Transaction,
    conversation: Conversation,
    member: Member,
    text: str,
    *,
    kind: str = "staff",
    client_id: str | None = None,
) -> Message:
    """Store what a member writes to the patient. Who writes holds the conversation, and a claim of theirs runs on.

    The same `client_id` and text again give the stored message. Raises Conflict with the holder's name if somebody
    else holds it, or for a known `client_id` with another text; NotFound if it is another clinic's.
    """
    current = conversations.take_over(tx, member, conversation.id)
    body_hash = client_id and _body_hash(tx, {"text": text})
    if client_id and (known := _sent(tx, current.id, client_id)) is not None:
        if known.body_hash != body_hash:
            raise Conflict("this client_id was used for another message", current=known.id)
        return from_row(tx, known)
    turns.seen_by_staff(tx, current.id)
    escalations.keep_claim(tx, member, current.id)
    return _insert(
        tx,
        current,
        sender="staff",
        kind=kind,
        text=text,
        details={"name": member.public_name},
        member_id=member.id,
        client_id=client_id,
        body_hash=body_hash,
    )


def bot_say(
    tx: Transaction, conversation: Conversation, reply: Mapping[str, Any], *, turn_id: str, kind: str, hidden: bool
) -> Message:
    """Store one reply of the bot (the shape of the Rasa channel's replies)."""
    details = {name: reply[name] for name in ("choices", "multiple", "scale", "date", "state") if reply.get(name)}
    return _insert(
        tx, conversation, sender="bot", kind=kind, text=reply["text"], details=details, turn_id=turn_id, hidden=hidden
    )


def assess(tx: Transaction, conversation: Conversation, *, message_id: str, assessment: Assessed, layer: str) -> None:
    """Keep what a layer found in a message, whatever it was; once per message and layer."""
    key = (assessments.c.message_id == message_id, assessments.c.layer == layer)
    if tx.row(sa.select(assessments.c.layer).where(*key)) is not None:
        return
    detail = tx.seal_json(
        assessment.to_json(),
        table="assessments",
        row=f"{message_id}/{layer}",
        column="detail",
        clinic=conversation.clinic_id,
    )
    values = {
        "message_id": message_id,
        "layer": layer,
        "conversation_id": conversation.id,
        "detail": detail,
        "at": tx.now,
    }
    tx.run(sa.insert(assessments), {**values, "clinic_id": conversation.clinic_id})


def assessments_of(tx: Transaction, conversation_id: str, *, message_id: str | None = None) -> list[dict[str, Any]]:
    """Every assessment (of one message, if it is named): ``{"message_id", "layer", "at", …}`` and what the layer
    found.
    """
    if message_id is None:
        rows = tx.rows(ASSESSED, {"conversation": conversation_id})
    else:
        rows = tx.rows(ASSESSED_ONE, {"conversation": conversation_id, "message": message_id})
    return [
        {
            "message_id": row.message_id,
            "layer": row.layer,
            "at": row.at.isoformat(),
            **tx.open_json(
                row.detail,
                table="assessments",
                row=f"{row.message_id}/{row.layer}",
                column="detail",
                clinic=row.clinic_id,
            ),
        }
        for row in rows
    ]


def from_row(tx: Transaction, row: sa.Row[Any]) -> Message:
    """Open one row of the table."""
    text = tx.open(row.text, table="messages", row=row.id, column="text", clinic=row.clinic_id)
    details = tx.open_json(row.body, table="messages", row=row.id, column="body", clinic=row.clinic_id)
    return _message(row, text, details)


def _message(row: Any, text: str, details: dict[str, Any]) -> Message:
    return Message(
        id=row.id,
        seq=row.seq,
        conversation_id=row.conversation_id,
        sender=row.sender,
        name=details.get("name"),
        text=text,
        kind=row.kind,
        choices=tuple(details.get("choices", ())),
        multiple=bool(details.get("multiple")),
        scale=details.get("scale"),
        date=bool(details.get("date")),
        state=details.get("state"),
        body=details.get("body"),
        answers=row.answers_id,
        hidden=row.hidden,
        client_id=row.client_id,
        turn_id=row.turn_id,
        taken_back_at=row.taken_back_at,
        read_at=row.read_at,
        at=row.at,
    )


def _insert(
    tx: Transaction,
    conversation: Conversation,
    *,
    sender: str,
    kind: str,
    text: str,
    details: dict[str, Any],
    **columns: Any,
) -> Message:
    new = uuid4().hex
    place = {"table": "messages", "row": new, "clinic": conversation.clinic_id}
    values = {
        "id": new,
        "conversation_id": conversation.id,
        "clinic_id": conversation.clinic_id,
        "seq": conversations.next_seq(tx, conversation.id),
        "sender": sender,
        "kind": kind,
        "text": tx.seal(text, column="text", **place),
        "body": tx.seal_json(details, column="body", **place),
        "offers": any(details.get(name) for name in INPUTS),
        "at": tx.now,
        "answers_id": None,
        "client_id": None,
        "turn_id": None,
        "hidden": False,
        "taken_back_at": None,
        "read_at": None,
        **columns,
    }
    tx.run(sa.insert(messages), values)
    if not values["hidden"]:
        search.index(tx, clinic_id=conversation.clinic_id, conversation_id=conversation.id, message_id=new, text=text)
    return _message(SimpleNamespace(**values), text, details)


def _sent(tx: Transaction, conversation_id: str, client_id: str) -> sa.Row[Any] | None:
    return tx.row(SENT, {"conversation": conversation_id, "client": client_id})


def _touch(tx: Transaction, conversation: Conversation) -> None:
    """Note when the patient last wrote; an ended conversation is open again, unless its patient has a new one."""
    mine = conversations_table.c.id == conversation.id
    tx.run(sa.update(conversations_table).where(mine).values(last_at=tx.now))
    if conversation.ended_at is None:
        return
    other = conversations_table.alias()
    newer = sa.select(other.c.id).where(
        other.c.clinic_id == conversation.clinic_id,
        other.c.identity_hash == conversations_table.c.identity_hash,
        other.c.ended_at.is_(None),
    )
    tx.run(sa.update(conversations_table).where(mine, ~newer.exists()).values(ended_at=None))


def _kind(body: PatientBody) -> str:
    found = [kind for kind in KINDS if kind in body]
    if len(found) != 1:
        raise ValueError(f"a message's body has exactly one of {', '.join(KINDS)}")
    return found[0]


def _body_hash(tx: Transaction, body: PatientBody) -> str:
    return tx.keyring.keyed_hash("message body", json.dumps(dict(body), sort_keys=True, ensure_ascii=True))
