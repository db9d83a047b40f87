"""Talking to the patient: a member joins the conversation, writes in it, and gives it back to the bot.

While a member holds it the bot is mute: the store asks it nothing and shows nothing of it. The risk screen is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.errors import Conflict, Incomplete, NotAllowed, NotFound
from bot.store import conversations, members, takeovers
from bot.store.database import Transaction
from bot.store.rows import Conversation
from bot.web.console.access import Visit, enter, note, signed_in
from bot.web.console.rendering import HEADERS, Failure, console_words
from bot.web.contacts import fill, patient_words, placeholders_for
from bot.web.security import is_same_origin
from bot.web.words import Words

TYPING_SECONDS = 6.0
TEXT_CHARACTERS = 4000


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the page needs to let a member join, write or leave; ``once`` makes a form that is sent twice one message.

    ``holder`` is the name of who holds the conversation, ``greeting`` what the patient reads when this member joins.
    """

    mine: bool
    holder: str | None
    once: str
    ready: Mapping[str, tuple[str, str]] = field(repr=False)
    greeting: str = field(repr=False)
    farewell: str = field(repr=False)
    draft: str = field(repr=False)


def desk(visit: Visit, tx: Transaction, conversation: Conversation) -> Desk:
    """The desk of this member for this conversation; ``?ready=<name>`` puts a ready-made reply into the box."""
    said = patient_words(conversation.language, "takeover")
    values = placeholders_for(visit.clinic, None, language=conversation.language)
    ready = {name: (str(one["title"]), fill(str(one["text"]), values)) for name, one in said["ready"].items()}
    chosen = visit.request.query_params.get("ready", "")
    return Desk(
        mine=conversation.holder == visit.member.id,
        holder=takeovers.holder_name(tx, conversation),
        once=uuid4().hex,
        ready=ready,
        greeting=_greeting(visit, said),
        farewell=_farewell(visit, tx, conversation, said) if conversation.holder else "",
        draft=visit.form.get("text", "") or (ready[chosen][1] if chosen in ready else ""),
    )


def join(visit: Visit, tx: Transaction) -> str:
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    takeovers.join(tx, visit.member, visit.subject, _greeting(visit, _words(conversation)))
    return _page(visit, "joined")


def say(visit: Visit, tx: Transaction) -> str:
    """Raises Incomplete without a text, or with one that is too long for a chat."""
    text = visit.form.get("text", "").strip()
    if not text or len(text) > TEXT_CHARACTERS:
        raise Incomplete(f"a message has 1 to {TEXT_CHARACTERS} characters")
    takeovers.say(tx, visit.member, visit.subject, text, client_id=f"staff-{_once(visit)}")
    return _page(visit, "sent")


def leave(visit: Visit, tx: Transaction) -> str:
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    takeovers.leave(tx, visit.member, visit.subject, _farewell(visit, tx, conversation, _words(conversation)))
    return _page(visit, "left")


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:
    """Why it was not done; what was typed stands in the box again."""
    said = console_words(visit.clinic)["takeover"]["failed"]
    if isinstance(error, Incomplete):
        line = said["too_long" if visit.form.get("text", "").strip() else "empty"].format(count=TEXT_CHARACTERS)
        return Failure(lines=(line,), link="#reply", link_words=said["reply"]), 422
    with visit.db.read() as tx:
        conversation = conversations.load(tx, visit.clinic.id, visit.subject)
        holder = takeovers.holder_name(tx, conversation)
    if holder is None:
        return Failure(lines=(said["nobody"],)), 409
    line = said["sent_before"] if conversation.holder == visit.member.id else said["other"].format(name=holder)
    return Failure(lines=(line,)), 409


async def typing(request: Request) -> Response:
    """The member is writing: the patient's page shows it for a few seconds. Nothing is stored.

    Only patients whose page is open in this process see it: a sign of life, not a message.
    """

    def is_holder() -> bool | None:
        member = signed_in(request)
        if member is None:
            return None
        visit = enter(request, member, {})
        try:
            with visit.db.read() as tx:
                held = conversations.load(tx, member.clinic_id, visit.subject).holder == member.id
        except NotFound:
            note(visit, "refused", "conversation")
            raise
        return held

    if not is_same_origin(request.headers, request.app.state.settings):
        return PlainTextResponse("", 403, HEADERS)
    try:
        held = await run_in_threadpool(is_holder)
    except NotFound:
        return PlainTextResponse("", 404, HEADERS)
    except NotAllowed:
        return PlainTextResponse("", 403, HEADERS)
    if held is None:
        return PlainTextResponse("", 401, HEADERS)
    if held:
        request.app.state.door.changes.show_typing(request.path_params["id"], TYPING_SECONDS)
    return PlainTextResponse("", 204, HEADERS)


def _words(conversation: Conversation) -> Words:
    return patient_words(conversation.language, "takeover")


def _greeting(visit: Visit, said: Words) -> str:
    return str(said["joined"]).format(name=visit.member.public_name, clinic=visit.clinic.settings.name)


def _farewell(visit: Visit, tx: Transaction, conversation: Conversation, said: Words) -> str:
    if conversation.holder in (None, visit.member.id):
        return str(said["left"])
    other = members.get(tx, conversation.holder).public_name
    return str(said["left_for"]).format(name=visit.member.public_name, other=other)


def _once(visit: Visit) -> str:
    try:
        return UUID(visit.form.get("once", "")).hex
    except ValueError:
        return uuid4().hex


def _page(visit: Visit, done: str) -> str:
    return f"/console/conversations/{visit.subject}?done={done}#reply"
