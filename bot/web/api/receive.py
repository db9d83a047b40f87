"""A patient's message, in the order that is the guarantee: understood, screened, stored in one commit, answered, asked.

Nothing is asked of Rasa before the message and what was found in it are durable. If they cannot be made durable, the
patient is told so at once, with the crisis text and contacts of this very message, from memory.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from anyio import fail_after, to_thread

from bot.errors import Conflict, NotFound
from bot.safety import ACTIONS, UNSCREENED, Assessment, screen, screen_answer, worse
from bot.store import clinics, conversations, messages, rota
from bot.store.database import Transaction
from bot.store.rows import Clinic, Conversation, Message, Received
from bot.web.asking import Ask, findings_of
from bot.web.crisis import crisis_for, unsaved
from bot.web.door import Door
from bot.web.offered import Meant, understand
from bot.web.problems import Refusal, log_failure
from bot.web.tokens import Token

SCREEN_SECONDS = 3.0
TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a message; ``crisis`` is what the answer carries."""

    received: Received
    conversation: Conversation
    clinic: Clinic
    crisis: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class _Known:
    conversation: Conversation | None
    clinic: Clinic | None
    question: Message | None
    history: tuple[str, ...]
    done: Outcome | None = None


class _Moved(Exception):
    """The question that was open when the answer was understood is not open any more."""


async def receive(
    door: Door, token: Token, *, client_id: str, body: dict[str, Any], question: str | None = None
) -> Outcome:
    """Screen, store and answer one message, and have its turn asked. Raises Refusal and NotFound.

    ``question``: the id of the message that a tapped answer was given to; it must be the question that is open.
    """
    for _ in range(TRIES):
        try:
            return await _receive(door, token, client_id, body, question)
        except _Moved:
            continue
    raise Refusal("not_offered", open=[])


async def _receive(door: Door, token: Token, client_id: str, body: dict[str, Any], answers: str | None) -> Outcome:
    known, failed = await _look(door, token, client_id, body, answers)
    if known.done is not None:
        return known.done
    meant = _understand(body, known.question, is_known=not failed)
    assessment, unscreened = await _assess(meant, known)
    if failed:
        raise _not_saved(known, assessment)
    work = partial(_store, door, token, client_id, body, known.question, meant, assessment, unscreened)
    try:
        outcome, ask = await door.store.write(work)
    except (NotFound, Refusal, _Moved):
        raise
    except Exception as error:
        log_failure("storing a message", error)
        raise _not_saved(known, assessment) from None
    _after(door, outcome, ask)
    return outcome


async def _look(
    door: Door, token: Token, client_id: str, body: dict[str, Any], answers: str | None
) -> tuple[_Known, bool]:
    """What the message is understood by; from memory, and True, if the store cannot say."""
    try:
        known = await door.store.read(partial(_read, token, client_id, body, answers))
    except (NotFound, Refusal):
        raise
    except Exception as error:
        log_failure("looking up a conversation", error)
        clinic, question = door.clinics.get(token.clinic_id), door.questions.get(token.conversation_id)
        return _Known(conversation=None, clinic=clinic, question=question, history=()), True
    if known.clinic is not None:
        door.clinics[token.clinic_id] = known.clinic
    door.questions.keep(token.conversation_id, [known.question] if known.question else [])
    return known, False


def _read(token: Token, client_id: str, body: dict[str, Any], answers: str | None, tx: Transaction) -> _Known:
    conversation = conversations.load(tx, token.clinic_id, token.conversation_id)
    clinic = clinics.get(tx, token.clinic_id)
    try:
        earlier = messages.duplicate(tx, conversation, client_id=client_id, body=body)
    except Conflict:
        raise Refusal("other_body") from None
    question = messages.open_question(tx, conversation.id)
    # What somebody writes is kept and screened whatever it was meant to answer.
    tapped = answers if "text" not in body and earlier is None else None
    if tapped is not None and not _is_open(tx, conversation, question, tapped):
        raise Refusal("not_offered", open=[dict(choice) for choice in question.choices] if question else [])
    return _Known(
        conversation=conversation,
        clinic=clinic,
        question=question,
        history=tuple(messages.recent_texts(tx, conversation.id)),
        done=_again(tx, conversation, clinic, earlier) if earlier else None,
    )


def _is_open(tx: Transaction, conversation: Conversation, question: Message | None, answers: str) -> bool:
    """Whether the message ``answers`` is the open question, or put the same one before: a second tab may be behind."""
    if question is None or question.id == answers:
        return question is not None
    try:
        older = messages.load(tx, conversation.id, answers)
    except NotFound:
        return False
    return older.state is not None and older.state == question.state


def _understand(body: dict[str, Any], question: Message | None, *, is_known: bool) -> Meant:
    try:
        return understand(body, question)
    except Refusal:
        if is_known:
            raise
        # What is open now cannot be seen. The answer will not be kept; its sender is told so.
        return Meant(text="", answer=None)


async def _assess(meant: Meant, known: _Known) -> tuple[Assessment, bool]:
    """What the screen finds, and whether it could not do all of its work. It never stops a message."""
    # A point of a scale says nothing together with what was said before: "can i take more?" and 8 are not "I took 8".
    history = () if "value" in (meant.answer or {}) else known.history
    assessment, failed = await _screened(partial(screen, meant.text, history))
    state = known.question.state if known.question else None
    if meant.answer is None or state is None:
        return assessment, failed
    answered, failed_too = await _screened(partial(screen_answer, state, meant.options))
    return _together(assessment, answered), failed or failed_too


async def _screened(work: partial[Assessment]) -> tuple[Assessment, bool]:
    try:
        with fail_after(SCREEN_SECONDS):
            return await to_thread.run_sync(work, abandon_on_cancel=True), False
    except Exception as error:
        log_failure("the risk screen", error)
        return UNSCREENED, True


def _together(one: Assessment, other: Assessment) -> Assessment:
    first, second = (one, other) if worse(one.level, other.level) == one.level else (other, one)
    return replace(
        first,
        action=min(first.action, second.action, key=ACTIONS.index),
        categories=tuple(dict.fromkeys((*first.categories, *second.categories))),
        spans=(*first.spans, *second.spans),
        reasons=tuple(dict.fromkeys((*first.reasons, *second.reasons))),
        not_screened_in_full=first.not_screened_in_full or second.not_screened_in_full,
    )


def _store(
    door: Door,
    token: Token,
    client_id: str,
    body: dict[str, Any],
    question: Message | None,
    meant: Meant,
    assessment: Assessment,
    unscreened: bool,
    tx: Transaction,
) -> tuple[Outcome, Ask | None]:
    """The one commit: message, assessment, signals, escalation, turn; and the lease to ask the turn, if it is free."""
    conversation = conversations.load(tx, token.clinic_id, token.conversation_id)
    clinic = clinics.get(tx, token.clinic_id)
    try:
        earlier = messages.duplicate(tx, conversation, client_id=client_id, body=body)
    except Conflict:
        raise Refusal("other_body") from None
    if earlier is not None:
        return _again(tx, conversation, clinic, earlier), None
    open_now = messages.open_question(tx, conversation.id)
    if meant.answer is not None and (open_now and open_now.id) != (question and question.id):
        raise _Moved
    received = messages.receive(
        tx,
        conversation,
        client_id=client_id,
        body=body,
        text=meant.text,
        assessment=assessment,
        unscreened=unscreened,
        counts_as=meant.answer,
    )
    crisis = crisis_for(
        assessment,
        clinic=clinic,
        escalation=received.escalation,
        language=conversation.language,
        consent=conversation.consent,
        presence=partial(rota.presence, tx, clinic),
    )
    ask = door.turns.lease(tx, conversation.id) if received.turn else None
    return Outcome(received=received, conversation=conversation, clinic=clinic, crisis=crisis), ask


def _again(tx: Transaction, conversation: Conversation, clinic: Clinic, earlier: Received) -> Outcome:
    """The same answer as the first time, by what was found then."""
    crisis = crisis_of(tx, conversation, clinic, earlier.message)
    return Outcome(received=earlier, conversation=conversation, clinic=clinic, crisis=crisis)


def crisis_of(tx: Transaction, conversation: Conversation, clinic: Clinic, message: Message) -> dict[str, Any] | None:
    """The crisis of a stored message, by what all layers have found in it so far."""
    return crisis_for(
        findings_of(tx, message),
        clinic=clinic,
        escalation=conversation.open_escalation,
        language=conversation.language,
        consent=conversation.consent,
        presence=partial(rota.presence, tx, clinic),
    )


def _after(door: Door, outcome: Outcome, ask: Ask | None) -> None:
    received = outcome.received
    if received.duplicate:
        return
    door.changes.tell(outcome.conversation.id)
    if received.turn is not None:
        door.turns.begin(ask, received.turn)
    else:
        door.turns.look(outcome.conversation, received.message)


def _not_saved(known: _Known, assessment: Assessment) -> Refusal:
    language = known.conversation.language if known.conversation else "en"
    crisis = crisis_for(assessment, clinic=known.clinic, language=language, saved=False)
    more: dict[str, Any] = {"detail": unsaved(known.clinic, language=language)}
    if crisis is not None:
        more |= {"detail": crisis["text"], "crisis": crisis, "crisis_contacts": crisis["contacts"]}
    return Refusal("unavailable", headers={"Retry-After": "5"}, **more)
