"""A member of staff joins a conversation, writes in it and gives it back; the patient always reads who speaks.

Each is one transaction. What the patient reads when somebody joins and leaves is stored like every message: it stands
in the transcript, and a page that is loaded again shows it. `bot.store.conversations` says who holds it: one at most.
"""

from bot.errors import Conflict
from bot.store import audit, conversations, escalations, members, messages, turns
from bot.store.database import Transaction
from bot.store.rows import Conversation, Member, Message

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


def holder_name(tx: Transaction, conversation: Conversation) -> str | None:
    """The name of who holds it, as colleagues read it."""
    return None if conversation.holder is None else members.name(tx, conversation.holder)
