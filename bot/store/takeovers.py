"""A member of staff joins a conversation, writes in it and gives it back; the patient always reads who speaks.

Each is one transaction. What the patient reads when somebody joins and leaves is stored like every message: it stands
in the transcript, and a page that is loaded again shows it. `bot.store.conversations` says who holds it: one at most.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.errors import Conflict
from bot.store import audit, conversations, escalations, members, messages, turns
from bot.store.database import Transaction
from bot.store.rows import Conversation, Member, Message
from bot.store.schema import conversations as conversations_table
from bot.store.schema import messages as messages_table

JOINED, LEFT = "joined", "left"
HANDED_BACK = "handed_back"  # The timed line by which the bot says that it is there again.


def join(tx: Transaction, member: Member, conversation_id: str, text: str) -> Conversation:
    """Let the member hold the conversation and say so to the patient, once; a record that nobody has claimed is theirs.

    Raises Conflict with the holder's name if somebody else holds it, NotFound.
    """
    before = conversations.load(tx, member.clinic_id, conversation_id)
    record = before.open_escalation
    if before.holder != member.id:
        messages.staff_say(tx, before, member, text, kind=JOINED)
    if record is not None and record.claimed_by is None:
        escalations.claim(tx, member, record.id)
    return conversations.load(tx, member.clinic_id, conversation_id)


def say(tx: Transaction, member: Member, conversation_id: str, text: str, *, client_id: str) -> Message:
    """Store what the holder writes; the same `client_id` again stores nothing twice.

    Raises Conflict for everybody who does not hold it (`current`: the holder's name or None), NotFound.
    """
    conversation = conversations.load(tx, member.clinic_id, conversation_id)
    if conversation.holder != member.id:
        raise Conflict("you do not hold this conversation", current=holder_name(tx, conversation))
    said = messages.staff_say(tx, conversation, member, text, client_id=client_id)
    audit.write(
        tx, clinic_id=member.clinic_id, actor=member.id, act="say", kind="conversation", subject=conversation_id
    )
    return said


def leave(tx: Transaction, member: Member, conversation_id: str, text: str) -> Conversation:
    """Say goodbye, give the conversation back, and let the bot say that it is there again.

    A colleague may do it for a holder who is away, and is then the one who speaks last. Raises Conflict if nobody
    holds it, NotFound.
    """
    conversation = conversations.load(tx, member.clinic_id, conversation_id)
    if conversation.holder is None:
        raise Conflict("nobody holds this conversation")
    if conversation.holder != member.id:
        conversations.hand_back(tx, member, conversation_id)
    messages.staff_say(tx, conversation, member, text, kind=LEFT)
    conversation = conversations.hand_back(tx, member, conversation_id)
    turns.add(tx, conversation, kind="timed", name=HANDED_BACK)
    return conversation


@dataclass(frozen=True, kw_only=True)
class Held:
    """A conversation that a member holds; ``waiting_since``: when the patient wrote what is not answered yet."""

    conversation_id: str
    holder: str
    holder_name: str
    waiting_since: datetime | None


def held(tx: Transaction, clinic_id: str) -> list[Held]:
    """The clinic's conversations that a person holds: nobody but that person answers in them."""
    mine = (conversations_table.c.clinic_id == clinic_id, conversations_table.c.holder.is_not(None))
    table = conversations_table.c
    found = tx.rows(sa.select(table.id, table.holder, table.last_at).where(*mine, table.erased_at.is_(None)))
    return [
        Held(
            conversation_id=row.id,
            holder=row.holder,
            holder_name=members.name(tx, row.holder),
            waiting_since=_waiting_since(tx, row.id),
        )
        # Put in order here: SQLite would go through every conversation in its order rather than through the held.
        for row in sorted(found, key=lambda row: (row.last_at, row.id))
    ]


def _waiting_since(tx: Transaction, conversation_id: str) -> datetime | None:
    mine = messages_table.c.conversation_id == conversation_id
    answered = sa.select(sa.func.max(messages_table.c.seq)).where(mine, messages_table.c.sender == "staff")
    since = sa.select(messages_table.c.at).where(
        mine,
        messages_table.c.sender == "patient",
        messages_table.c.seq > sa.func.coalesce(answered.scalar_subquery(), 0),
    )
    found = tx.row(since.order_by(messages_table.c.seq).limit(1))
    return None if found is None else found.at


def holder_name(tx: Transaction, conversation: Conversation) -> str | None:
    """The name of who holds it, as colleagues read it."""
    return None if conversation.holder is None else members.name(tx, conversation.holder)
