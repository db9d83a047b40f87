"""The stream of a conversation: server-sent events that tell what is new, and resume where a client broke off.

``message`` events carry the cursor as their id, so Last-Event-ID says where to go on. ``handover``, ``crisis`` and
``typing`` tell a state, and are told again to whoever connects anew. Everything is read from the store: an event that
another process caused is told as well. The stream ends with the token, or with the conversation.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import NotFound, StoreUnavailable
from bot.store import clinics, conversations, members, messages, rota
from bot.store.database import Transaction
from bot.store.rows import Conversation, Message
from bot.web.api.messages import cursor_of
from bot.web.crisis import crisis_for
from bot.web.door import Door, authenticate, door_of
from bot.web.tokens import Token

HEARTBEAT_SECONDS = 15
LOOK_SECONDS = 5.0
AWAY_SECONDS = 1.0
PAGE = 100

# This library writes what it sends, and so patients' words, into its debug log.
logging.getLogger("sse_starlette").setLevel(logging.WARNING)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    messages: list[Message]
    handover: dict[str, Any]
    crisis: dict[str, Any] | None
    signal: tuple[str, int] | None


async def stream(request: Request) -> Response:
    """GET /api/v1/stream."""
    door = door_of(request)
    token = authenticate(request)
    cursor = cursor_of(request.headers.get("last-event-id") or "0")
    await door.store.read(lambda tx: conversations.load(tx, token.clinic_id, token.conversation_id))
    return EventSourceResponse(_events(door, token, cursor), ping=HEARTBEAT_SECONDS, sep="\n")


async def _events(door: Door, token: Token, cursor: int) -> AsyncIterator[ServerSentEvent]:
    handover, crisis, typing = {"held": False}, None, False
    with door.changes.listening(token.conversation_id) as listener:
        listener.tell()
        while (left := (token.expires_at - door.store.db.clock()).total_seconds()) > 0:
            # Looked at now and then as well: a timer of the store's may have changed what is shown.
            await listener.wait(min(left, LOOK_SECONDS))
            try:
                seen = await door.store.read(_look(token, cursor))
            except NotFound:
                return
            except StoreUnavailable:
                await listener.wait(AWAY_SECONDS)
                continue
            if seen.crisis is not None and (seen.signal, seen.crisis["text"]) != crisis:
                yield _event("crisis", seen.crisis)
            crisis = (seen.signal, seen.crisis["text"]) if seen.crisis is not None else None
            door.questions.keep(token.conversation_id, seen.messages)
            for message in seen.messages:
                cursor = message.seq
                yield _event("message", message.public(), cursor)
            if seen.handover != handover:
                handover = seen.handover
                yield _event("handover", handover)
            if door.changes.is_typing(token.conversation_id) != typing:
                typing = not typing
                yield _event("typing", {"typing": typing})
            if len(seen.messages) == PAGE:
                listener.tell()


def _look(token: Token, cursor: int) -> Callable[[Transaction], _Seen]:
    def read(tx: Transaction) -> _Seen:
        conversation = conversations.load(tx, token.clinic_id, token.conversation_id)
        escalation = conversation.open_escalation
        clinic = clinics.get(tx, token.clinic_id)
        crisis = None
        if escalation is not None:
            crisis = crisis_for(
                escalation,
                clinic=clinic,
                escalation=escalation,
                language=conversation.language,
                consent=conversation.consent,
                presence=partial(rota.presence, tx, clinic),
            )
        return _Seen(
            messages=messages.after(tx, conversation.id, cursor, PAGE),
            handover=_handover(tx, conversation),
            crisis=crisis,
            signal=(escalation.id, escalation.last_signal_seq) if escalation else None,
        )

    return read


def _handover(tx: Transaction, conversation: Conversation) -> dict[str, Any]:
    """Who holds the conversation, as the patient may read it."""
    if conversation.holder is None:
        return {"held": False}
    return {"held": True, "name": members.get(tx, conversation.holder).public_name}


def _event(kind: str, data: dict[str, Any], cursor: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(
        json.dumps(data, ensure_ascii=False), event=kind, id=None if cursor is None else str(cursor), sep="\n"
    )
