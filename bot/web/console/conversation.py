"""The whole conversation as staff read it, with what was flagged in it, and the desk from which they answer.

The part that changes while people write, who holds it and what was said, is sent again by `live`.
"""

from collections.abc import Sequence
from typing import Any

from bot.content.reading import CONTENT
from bot.store import conversations, escalations, facts, messages
from bot.store.database import Transaction
from bot.store.rows import Conversation, Message
from bot.web.console.access import Visit
from bot.web.console.lines import lines, marks_of
from bot.web.console.reaching import reach
from bot.web.console.rendering import Page, console_words, named
from bot.web.console.sessions import changes_of_dose, sessions
from bot.web.console.takeover import desk
from bot.web.console.trend import trend

SHOWN = 200


def page(visit: Visit, tx: Transaction) -> Page:
    """The newest messages, or those before ``?before=<number>``. Raises NotFound, also if it is another clinic's."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    words = console_words(visit.clinic)
    before = visit.request.query_params.get("before", "")
    everything = messages.transcript(tx, conversation.id)
    if before.isdecimal():
        everything = [message for message in everything if message.seq < int(before)]
    shown = everything[-SHOWN:]
    reflected = sessions(tx, conversation.id, _written(conversation.language))
    done = visit.request.query_params.get("done", "")
    context = {
        **_said(visit, tx, conversation, shown),
        "sessions": reflected[::-1],
        "trend": trend(reflected, changes_of_dose(tx, conversation.id, reflected)) if reflected else None,
        "earlier": shown[0].seq if len(everything) > len(shown) else 0,
        "partly": before.isdecimal(),
        "reach": reach(facts.get(tx, conversation.id), conversation, words),
        "done": named(words["takeover"]["done"], done) if done in words["takeover"]["done"] else "",
    }
    return Page(template="conversation", context=context)


def talk(visit: Visit, tx: Transaction) -> Page:
    """The part of the page that changes while people write. Raises NotFound, also if it is another clinic's."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    shown = messages.transcript(tx, conversation.id)[-SHOWN:]
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
    }


def _written(language: str) -> str:
    """The language, if somebody has written the questions in it."""
    return language if (CONTENT / language / "reflection_questions.yml").is_file() else "en"
