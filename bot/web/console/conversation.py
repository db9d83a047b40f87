"""The whole conversation as staff read it, with what was flagged in it."""

from bot.content.reading import CONTENT
from bot.store import conversations, escalations, facts, messages
from bot.store.database import Transaction
from bot.web.console.access import Visit
from bot.web.console.lines import lines, marks_of
from bot.web.console.reaching import reach
from bot.web.console.rendering import Page, console_words
from bot.web.console.sessions import changes_of_dose, sessions
from bot.web.console.trend import trend

SHOWN = 200


def page(visit: Visit, tx: Transaction) -> Page:
    """The newest messages, or those before ``?before=<number>``. Raises NotFound, also if it is another clinic's."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    before = visit.request.query_params.get("before", "")
    everything = messages.transcript(tx, conversation.id)
    if before.isdecimal():
        everything = [message for message in everything if message.seq < int(before)]
    shown = everything[-SHOWN:]
    ids = {message.id for message in shown}
    records = escalations.of_conversation(tx, conversation.id)
    signals = [signal for record in records for signal in record.signals if signal.message_id in ids]
    reflected = sessions(tx, conversation.id, _written(conversation.language))
    context = {
        "sessions": reflected[::-1],
        "trend": trend(reflected, changes_of_dose(tx, conversation.id, reflected)) if reflected else None,
        "conversation": conversation,
        "records": records,
        "lines": lines(shown, signals, marks_of(tx, conversation.id, signals)),
        "language": conversation.language,
        "earlier": shown[0].seq if len(everything) > len(shown) else 0,
        "partly": before.isdecimal(),
        "reach": reach(facts.get(tx, conversation.id), conversation, console_words(visit.clinic)),
    }
    return Page(template="conversation", context=context)


def _written(language: str) -> str:
    """The language, if somebody has written the questions in it."""
    return language if (CONTENT / language / "reflection_questions.yml").is_file() else "en"
