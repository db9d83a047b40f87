"""What Rasa is asked for one turn: the message, and all that the dialogue needs to know about clinic and patient."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.store import clinics, conversations, facts, messages, rota
from bot.store.database import Transaction
from bot.store.findings import LEVELS, Finding, worse_action, worse_level
from bot.store.rows import Conversation, Message, Turn
from bot.web.contacts import placeholders_for
from bot.web.offered import answer_of

SAID = ("name", "med_word", "simpler_words")
NOTHING = Finding(level="none", action="none", categories=())


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One turn to be asked, by the owner of its conversation's lease."""

    turn: Turn
    owner: str
    body: dict[str, Any] = field(repr=False)


def ask_for(tx: Transaction, turn: Turn, owner: str) -> Ask:
    """The request of a turn, from what is stored: any process can ask it, at any time."""
    conversation = conversations.find(tx, turn.conversation_id)
    clinic = clinics.get(tx, turn.clinic_id)
    message = turn.message
    question = messages.question_of(tx, message) if message else _left_open(tx, turn)
    answer = answer_of(message.body, question) if message and message.body else None
    found = findings_of(tx, message) if message else NOTHING
    known = facts.get(tx, conversation.id)
    message_id = message.id if message else turn.id
    metadata = {
        "message_id": message_id,
        "language": conversation.language,
        "clinic": placeholders_for(
            clinic,
            conversation.open_escalation,
            language=conversation.language,
            consent=conversation.consent,
            presence=rota.presence(tx, clinic),
        ),
        "facts": {name: known[name] for name in SAID if name in known},
        "consent": conversation.consent,
        "assessment": {"level": found.level, "action": found.action, "categories": list(found.categories)},
        "open_escalation": _escalation(conversation),
        "expects": _expects(question),
        "state": question.state if question else None,
        "resumed": _is_resumed(conversation, turn),
        "away_minutes": max(0, int((turn.created_at - conversation.last_at).total_seconds() // 60)),
        "answer": answer,
        "now": tx.now.isoformat(),
    }
    if turn.name is not None:
        metadata["timed"] = turn.name
    body = {
        "conversation": conversation.id,
        "message_id": message_id,
        "text": message.text if message else "",
        "open": turn.kind == "open",
        "answer": answer,
        "metadata": metadata,
    }
    return Ask(turn=turn, owner=owner, body=body)


def findings_of(tx: Transaction, message: Message) -> Finding:
    """What all layers together have found in one message so far."""
    found = messages.assessments_of(tx, message.conversation_id, message_id=message.id)
    return combined([Finding.from_json(one) for one in found])


def combined(found: list[Finding]) -> Finding:
    """The worst level, the strongest action and every category of several findings, the worst finding's first."""
    level, action = "none", "none"
    categories: dict[str, None] = {}
    for one in sorted(found, key=lambda each: LEVELS.index(each.level)):
        level, action = worse_level(level, one.level), worse_action(action, one.action)
        categories |= dict.fromkeys(one.categories)
    return Finding(level=level, action=action, categories=tuple(categories))


def _left_open(tx: Transaction, turn: Turn) -> Message | None:
    """The question that a timed line may have to put again."""
    return messages.open_question(tx, turn.conversation_id) if turn.kind == "timed" else None


def _expects(question: Message | None) -> str | None:
    if question is None:
        return None
    # A scale that can be skipped is a scale.
    return "scale" if question.scale else messages.expects(question)


def _escalation(conversation: Conversation) -> Mapping[str, Any] | None:
    escalation = conversation.open_escalation
    if escalation is None:
        return None
    return {"level": escalation.level, "action": escalation.action, "categories": list(escalation.categories)}


def _is_resumed(conversation: Conversation, turn: Turn) -> bool:
    # A new conversation and its first opening are of one transaction.
    return turn.kind == "open" and turn.created_at > conversation.created_at
