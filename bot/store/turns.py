"""Turns: what the dialogue owes a reply to, in order within a conversation, under a lease that another process can
take over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.errors import Conflict, NotFound
from bot.store import audit, conversations, escalations, messages
from bot.store.database import Transaction
from bot.store.findings import Finding
from bot.store.rows import Conversation, Member, Message, Turn
from bot.store.schema import conversations as conversations_table
from bot.store.schema import messages as messages_table
from bot.store.schema import turns

LEASE_SECONDS = 20
PAUSES = (2, 5, 15, 30, 60)
ATTEMPTS = 8
WAITING_SECONDS = 30
OWED = ("pending", "unanswered")


def _is_due(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """A new turn is due whatever the clocks of the process that wrote it and of the one that asks it say."""
    new = sa.and_(table.c.state == "pending", table.c.kind != "timed")
    return sa.or_(table.c.next_at <= sa.bindparam("now"), new)


def _in_line(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Not a timed turn whose moment has not come."""
    return sa.or_(table.c.kind != "timed", table.c.attempts > 0, table.c.next_at <= sa.bindparam("now"))


BY_ID = sa.select(turns).where(turns.c.id == sa.bindparam("id"))
STATE = sa.select(turns.c.state).where(turns.c.id == sa.bindparam("id"))
HELD = sa.select(conversations_table.c.id).where(conversations_table.c.holder.is_not(None))
OLDEST_OWED = sa.select(turns, _is_due(turns).label("is_due")).where(
    turns.c.conversation_id == sa.bindparam("conversation"),
    turns.c.state.in_(OWED),
    turns.c.conversation_id.not_in(HELD),
    _in_line(turns),
)
OLDEST_OWED = OLDEST_OWED.order_by(turns.c.seq).limit(1)


def add(
    tx: Transaction,
    conversation: Conversation,
    *,
    kind: str,
    message: Message | None = None,
    name: str | None = None,
    at: datetime | None = None,
) -> Turn:
    """Owe a turn: of a message, "open", or "timed" (`name` says which line) from the moment `at`."""
    new = uuid4().hex
    values = {
        "id": new,
        "conversation_id": conversation.id,
        "clinic_id": conversation.clinic_id,
        "seq": message.seq if message else conversations.next_seq(tx, conversation.id),
        "kind": kind,
        "name": name,
        "message_id": message.id if message else None,
        "state": "pending",
        "attempts": 0,
        "created_at": tx.now,
        "next_at": at or tx.now,
    }
    tx.run(sa.insert(turns), values)
    return _turn(SimpleNamespace(**values), message)


def load(tx: Transaction, turn_id: str) -> Turn:
    """Give the turn as it is now. Raises NotFound."""
    return from_row(tx, _row(tx, turn_id))


def state(tx: Transaction, turn_id: str) -> str:
    """Give the turn's state alone, for those who look often. Raises NotFound."""
    found = tx.row(STATE, {"id": turn_id})
    if found is None:
        raise NotFound("no such turn")
    return str(found.state)


def lease(tx: Transaction, conversation_id: str, owner: str, seconds: float = LEASE_SECONDS) -> bool:
    """Let one owner (a name that no other runner has, task by task) run the conversation's turns. Compare-and-set.

    False while anybody's lease is alive, also the owner's own (see `renew`); a lease that ended is taken over.
    """
    free = sa.or_(conversations_table.c.lease_until.is_(None), conversations_table.c.lease_until <= tx.now)
    statement = _conversation(conversation_id).where(free, conversations_table.c.erased_at.is_(None))
    return tx.changed(statement.values(lease_owner=owner, lease_until=tx.now + timedelta(seconds=seconds))) == 1


def renew(tx: Transaction, conversation_id: str, owner: str, seconds: float = LEASE_SECONDS) -> bool:
    """Let the owner's lease run on; False if it was lost."""
    statement = _conversation(conversation_id).where(conversations_table.c.lease_owner == owner)
    return tx.changed(statement.values(lease_until=tx.now + timedelta(seconds=seconds))) == 1


def release(tx: Transaction, conversation_id: str, owner: str) -> None:
    """Give the lease back; somebody else's is left alone."""
    statement = _conversation(conversation_id).where(conversations_table.c.lease_owner == owner)
    tx.run(statement.values(lease_owner=None, lease_until=None))


def next(tx: Transaction, conversation_id: str) -> Turn | None:  # noqa: A001 - reads well as turns.next(tx, …).
    """The oldest turn that is owed, if it is due; a later one never overtakes it.

    Timed turns stand in line from their moment on. None while a person holds the conversation.
    """
    found = tx.row(OLDEST_OWED, {"conversation": conversation_id, "now": tx.now})
    return from_row(tx, found) if found is not None and found.is_due else None


def settle(
    tx: Transaction, turn: Turn, owner: str, replies: Sequence[Mapping[str, Any]], *, meaning: Mapping[str, Any] | None
) -> list[Message]:
    """Store the replies of a turn, once, and what layer 2 found. Gives the visible messages; settling again gives
    the same.

    Replies are stored hidden if a person holds (or took over) the conversation, or if they are late (the patient
    was told to wait, or the turn was asked again) and the patient has written since. Raises Conflict if the lease
    was lost, NotFound if the conversation was erased.
    """
    conversation = conversations.find(tx, turn.conversation_id)
    now = _row(tx, turn.id)
    if now.state == "answered":
        return _replies(tx, turn.id)
    _need_lease(tx, turn.conversation_id, owner)
    if meaning is not None and turn.message is not None:
        finding = Finding.from_json(meaning)
        messages.assess(tx, conversation, message_id=turn.message.id, assessment=finding, layer="meaning")
        escalations.record(tx, conversation, message_id=turn.message.id, assessment=finding, layer="meaning")
    silent = conversation.holder is not None or now.state == "dropped"
    is_late = now.attempts > 0 or now.holding_id is not None
    hidden = silent or (is_late and _is_overtaken(tx, turn))
    said = [
        messages.bot_say(tx, conversation, reply, turn_id=turn.id, kind="reply", hidden=hidden) for reply in replies
    ]
    tx.run(sa.update(turns).where(turns.c.id == turn.id).values(state="answered", settled_at=tx.now))
    return [] if hidden else said


def hold(tx: Transaction, turn: Turn, text: str) -> Message | None:
    """Store the holding reply while the dialogue is still asked; once per turn, and not after its end or during a
    takeover.
    """
    conversation = conversations.find(tx, turn.conversation_id)
    row = tx.row(sa.select(turns).where(turns.c.id == turn.id))
    if (
        row is None
        or row.state not in (*OWED, "handed_over")
        or row.holding_id is not None
        or conversation.holder is not None
    ):
        return None
    message = messages.bot_say(tx, conversation, {"text": text}, turn_id=turn.id, kind="holding", hidden=False)
    tx.run(sa.update(turns).where(turns.c.id == turn.id).values(holding_id=message.id))
    return message


def fail(tx: Transaction, turn: Turn, owner: str, reason: str, *, holding: str | None) -> Message | None:
    """Note that the dialogue gave no answer: "unanswered", due again after a growing pause, "handed_over" after
    ATTEMPTS.

    Gives the holding reply if this stored it. Changes nothing if the lease was lost or the turn ended meanwhile.
    `reason` is for staff and developers and holds no patient's words.
    """
    conversations.find(tx, turn.conversation_id)
    now = load(tx, turn.id)
    if now.state not in OWED or not _has_lease(tx, turn.conversation_id, owner):
        return None
    attempts = now.attempts + 1
    state = "handed_over" if attempts >= ATTEMPTS else "unanswered"
    next_at = tx.now + timedelta(seconds=PAUSES[min(now.attempts, len(PAUSES) - 1)])
    values = {"state": state, "attempts": attempts, "next_at": next_at, "reason": reason[:200]}
    tx.run(sa.update(turns).where(turns.c.id == turn.id).values(**values))
    return None if holding is None else hold(tx, turn, holding)


def due(tx: Transaction, *, limit: int = 100) -> list[str]:
    """Ids of conversations whose oldest owed turn is due and that nobody runs now, the longest waiting first."""
    older = turns.alias()
    blocked = sa.exists().where(
        older.c.conversation_id == turns.c.conversation_id,
        older.c.state.in_(OWED),
        older.c.seq < turns.c.seq,
        _in_line(older),
    )
    statement = (
        sa.select(turns.c.conversation_id)
        .join(conversations_table, conversations_table.c.id == turns.c.conversation_id)
        .where(turns.c.state.in_(OWED), _is_due(turns), ~blocked, conversations_table.c.holder.is_(None))
        .where(
            sa.or_(
                conversations_table.c.lease_until.is_(None), conversations_table.c.lease_until <= sa.bindparam("now")
            )
        )
    )
    return [
        row.conversation_id
        for row in tx.rows(statement.order_by(turns.c.next_at, turns.c.conversation_id).limit(limit), {"now": tx.now})
    ]


def unanswered(tx: Transaction, clinic_id: str) -> list[Turn]:
    """What staff must see: turns that failed, were handed over, or have waited for WAITING_SECONDS; oldest first."""
    # By the states first, which an index finds: SQLite would look through every turn for an "or" of two conditions.
    mine = (turns.c.clinic_id == clinic_id, turns.c.state.in_(("pending", "unanswered", "handed_over")))
    waits = sa.or_(turns.c.state != "pending", turns.c.next_at <= tx.now - timedelta(seconds=WAITING_SECONDS))
    statement = sa.select(turns).where(*mine, waits).order_by(turns.c.created_at, turns.c.seq)
    return [from_row(tx, row) for row in tx.rows(statement)]


def of_conversation(tx: Transaction, conversation_id: str) -> list[Turn]:
    """Every turn of the conversation, oldest first."""
    statement = sa.select(turns).where(turns.c.conversation_id == conversation_id).order_by(turns.c.seq)
    return [from_row(tx, row) for row in tx.rows(statement)]


def seen_by_staff(tx: Transaction, conversation_id: str) -> None:
    """A person wrote to the patient: turns that were handed over to people are done."""
    mine = sa.update(turns).where(turns.c.conversation_id == conversation_id, turns.c.state == "handed_over")
    tx.run(mine.values(state="dropped", settled_at=tx.now))


def schedule(tx: Transaction, conversation: Conversation, *, name: str, at: datetime) -> Turn:
    """Owe a timed line once: one of that name that waits already is replaced."""
    cancel_timed(tx, conversation.id, name=name)
    return add(tx, conversation, kind="timed", name=name, at=at)


def cancel_timed(tx: Transaction, conversation_id: str, *, name: str | None = None) -> None:
    """Drop the timed lines that still wait for their moment, all or those of a name."""
    mine = sa.update(turns).where(turns.c.conversation_id == conversation_id, turns.c.kind == "timed")
    if name is not None:
        mine = mine.where(turns.c.name == name)
    waiting = (turns.c.state == "pending", turns.c.next_at > tx.now)
    tx.run(mine.where(*waiting).values(state="dropped", settled_at=tx.now))


def dismiss(tx: Transaction, member: Member, turn_id: str) -> Turn:
    """A member says that a turn which was handed over needs nothing more. Raises Conflict for another state,
    NotFound.
    """
    turn = load(tx, turn_id)
    conversations.load(tx, member.clinic_id, turn.conversation_id)
    mine = sa.update(turns).where(turns.c.id == turn_id, turns.c.state == "handed_over")
    if tx.changed(mine.values(state="dropped", settled_at=tx.now)) == 0:
        raise Conflict("only a turn that was handed over can be dismissed", current=load(tx, turn_id).state)
    audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act="dismiss", kind="turn", subject=turn_id)
    return load(tx, turn_id)


def from_row(tx: Transaction, row: sa.Row[Any]) -> Turn:
    """Give one row of the table with its message."""
    return _turn(row, messages.load(tx, row.conversation_id, row.message_id) if row.message_id else None)


def _turn(row: Any, message: Message | None) -> Turn:
    return Turn(
        id=row.id,
        seq=row.seq,
        conversation_id=row.conversation_id,
        clinic_id=row.clinic_id,
        kind=row.kind,
        name=row.name,
        message=message,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        created_at=row.created_at,
    )


def _row(tx: Transaction, turn_id: str) -> sa.Row[Any]:
    found = tx.row(BY_ID, {"id": turn_id})
    if found is None:
        raise NotFound("no such turn")
    return found


def _replies(tx: Transaction, turn_id: str) -> list[Message]:
    mine = sa.select(messages_table).where(
        messages_table.c.turn_id == turn_id, messages_table.c.kind == "reply", messages_table.c.hidden.is_(False)
    )
    return [messages.from_row(tx, row) for row in tx.rows(mine.order_by(messages_table.c.seq))]


def _is_overtaken(tx: Transaction, turn: Turn) -> bool:
    newer = sa.select(messages_table.c.id).where(
        messages_table.c.conversation_id == turn.conversation_id,
        messages_table.c.sender == "patient",
        messages_table.c.seq > turn.seq,
    )
    return tx.row(newer.limit(1)) is not None


def _has_lease(tx: Transaction, conversation_id: str, owner: str) -> bool:
    found = tx.row(sa.select(conversations_table.c.lease_owner).where(conversations_table.c.id == conversation_id))
    return found is not None and found.lease_owner == owner


def _need_lease(tx: Transaction, conversation_id: str, owner: str) -> None:
    if not _has_lease(tx, conversation_id, owner):
        raise Conflict("the lease was lost: another process runs this conversation's turns")


def _conversation(conversation_id: str) -> sa.Update:
    return sa.update(conversations_table).where(conversations_table.c.id == conversation_id)
