"""The whole conversation as staff read it, with what was flagged in it, and the desk from which they answer.

The part that changes while people write, who holds it and what was said, is sent again by `live`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.content.reading import CONTENT
from bot.store import conversations, escalations, facts, messages, presence
from bot.store.database import Transaction
from bot.store.rows import Conversation, Message
from bot.web.console import exports
from bot.web.console.access import Visit
from bot.web.console.exports import File
from bot.web.console.lines import lines, marks_of
from bot.web.console.reaching import reach
from bot.web.console.rendering import Page, console_words, named, page_words, reference
from bot.web.console.sessions import changes_of_dose, sessions
from bot.web.console.takeover import desk
from bot.web.console.trend import trend

SHOWN = 200
LONGEST_NUMBER = 10  # More digits are no message of ours.


def page(visit: Visit, tx: Transaction) -> Page:
    """The newest messages, or those before ``?before=<number>``. Raises NotFound, also if it is another clinic's."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    words = console_words(visit.clinic)
    before = visit.request.query_params.get("before", "")
    before = before if before.isdecimal() and len(before) < LONGEST_NUMBER else ""
    found = messages.transcript(tx, conversation.id, before=int(before) if before else None, limit=SHOWN + 1)
    shown = found[-SHOWN:]
    reflected = sessions(tx, conversation.id, _written(conversation.language))
    done = visit.request.query_params.get("done", "")
    context = {
        **_said(visit, tx, conversation, shown),
        "sessions": reflected[::-1],
        "trend": trend(reflected, changes_of_dose(tx, conversation.id, reflected)) if reflected else None,
        "earlier": shown[0].seq if len(found) > SHOWN else 0,
        "alarm": page_words("alarm", visit.clinic),
        "partly": bool(before),
        "reach": reach(facts.get(tx, conversation.id), conversation, words),
        "done": named(words["takeover"]["done"], done) if done in words["takeover"]["done"] else "",
        **exports.asked(visit, tx),
    }
    return Page(template="conversation", context=context)


def write(visit: Visit, tx: Transaction) -> File:
    """Everything that was said, and the records of it, as JSON for the clinical record. Raises NotFound."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    said = [
        {
            "at": one.at,
            "from": one.sender,
            "name": one.name,
            "text": one.text,
            "shown_to_the_patient": not one.hidden,
            "taken_back_at": one.taken_back_at,
        }
        for one in messages.transcript(tx, conversation.id)
    ]
    records = [
        {
            "id": record.id,
            "level": record.level,
            "categories": record.categories,
            "opened_at": record.opened_at,
            "closed_at": record.closed_at,
            "outcome": record.outcome,
            "flagged": [{"at": one.at, "words": one.quote, "rule": one.rule} for one in record.signals],
            "notes": [asdict(one) for one in escalations.notes_of(tx, record.id)],
        }
        for record in escalations.of_conversation(tx, conversation.id)
    ]
    found = {"conversation": conversation.id, "clinic": visit.clinic.settings.name, "said": said, "records": records}
    return exports.as_json(f"conversation-{reference(conversation.id)}", found)


def talk(visit: Visit, tx: Transaction) -> Page:
    """The part of the page that changes while people write. Raises NotFound, also if it is another clinic's."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    shown = messages.transcript(tx, conversation.id, limit=SHOWN)
    return Page(template="talk", context=_said(visit, tx, conversation, shown))


def _said(visit: Visit, tx: Transaction, conversation: Conversation, shown: Sequence[Message]) -> dict[str, Any]:
    ids = {message.id for message in shown}
    records = escalations.of_conversation(tx, conversation.id)
    signals = [signal for record in records for signal in record.signals if signal.message_id in ids]
    return {
        "conversation": conversation,
        "records": records,
        "open_record": conversation.open_escalation,
        "lines": lines(shown, signals, marks_of(tx, conversation.id, signals)),
        "language": conversation.language,
        "desk": desk(visit, tx, conversation),
        "read_at": max((one.read_at for one in shown if one.read_at), default=None),
        "writing": visit.request.app.state.door.writing.is_on(conversation.id),
        "lookers": presence.others(
            presence.lookers(tx, visit.clinic.id), visit.member, conversation.id, *(record.id for record in records)
        ),
    }


def _written(language: str) -> str:
    """The language, if somebody has written the questions in it."""
    return language if (CONTENT / language / "reflection_questions.yml").is_file() else "en"
