"""Messages: sending one, waiting for its replies, and reading what is new."""

import re
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import NotFound, StoreUnavailable
from bot.store import audit, conversations, messages, turns
from bot.store.database import Transaction
from bot.store.rows import Message, Turn
from bot.web.api import bodies, schemas
from bot.web.api.receive import Outcome, crisis_of, receive
from bot.web.door import Door, authenticate, door_of
from bot.web.problems import Refusal

T = TypeVar("T")

WAIT_SECONDS = 10.0  # The longest that a client may ask to wait.
LOOK_SECONDS = 1.0
PAGE = 200
WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,4}(?:\.\d+)?)\"?\s*(?:$|[,;])", re.IGNORECASE)


async def send(request: Request) -> Response:
    """POST /api/v1/messages: 201 once it is durable, 200 if it was sent before."""
    door = door_of(request)
    token = authenticate(request)
    sent, raw = await bodies.read(request, schemas.SendMessage)
    body = {kind: raw[kind] for kind in bodies.KINDS if raw.get(kind) is not None}
    outcome = await receive(door, token, client_id=str(sent.client_id), body=body, question=sent.question)
    seconds = wait_seconds(request)
    crisis, replies = outcome.crisis, list[Message]()
    received = outcome.received
    if seconds and received.turn is not None:
        # With the replies, layer 2 may have found something too.
        replies, found = await replies_of(door, received.turn, seconds, read=partial(_crisis_of, outcome))
        crisis = found or crisis
    answer = {
        "message": outcome.received.message.public(),
        "crisis": crisis,
        "replies": [reply.public() for reply in replies],
    }
    return JSONResponse(answer, 200 if outcome.received.duplicate else 201, waited(seconds))


async def news(request: Request) -> Response:
    """GET /api/v1/messages?after=<cursor>: what is new, oldest first."""
    door = door_of(request)
    token = authenticate(request)
    cursor = cursor_of(request.query_params.get("after") or "0")

    def read(tx: Transaction) -> list[Message]:
        conversations.load(tx, token.clinic_id, token.conversation_id)
        return messages.after(tx, token.conversation_id, cursor, PAGE)

    found = await door.store.read(read)
    return JSONResponse({"messages": [one.public() for one in found], "cursor": found[-1].seq if found else cursor})


async def take_back(request: Request) -> Response:
    """POST /api/v1/messages/{id}/take-back: the patient sees it no more, staff see that it was taken back."""
    door = door_of(request)
    token = authenticate(request)
    message_id = request.path_params["id"]

    def write(tx: Transaction) -> Message:
        conversation = conversations.load(tx, token.clinic_id, token.conversation_id)
        before = messages.load(tx, conversation.id, message_id)
        message = messages.take_back(tx, conversation, message_id)
        if before.taken_back_at is None:
            about = {"kind": "conversation", "subject": conversation.id}
            audit.write(tx, clinic_id=token.clinic_id, actor="patient", act="take back message", **about)
        return message

    message = await door.store.write(write)
    door.changes.tell(token.conversation_id)
    return JSONResponse({"message": message.public()})


def _crisis_of(outcome: Outcome, tx: Transaction) -> dict[str, Any] | None:
    conversation = conversations.find(tx, outcome.conversation.id)
    return crisis_of(tx, conversation, outcome.clinic, outcome.received.message)


def wait_seconds(request: Request) -> float:
    """How long the client asks to wait for replies (`Prefer: wait=8`, RFC 7240); 0 if it does not."""
    found = WAIT.search(request.headers.get("prefer", ""))
    return min(float(found[1]), WAIT_SECONDS) if found else 0.0


def waited(seconds: float) -> dict[str, str]:
    """The header that says that the wish to wait was heard."""
    return {"Preference-Applied": f"wait={seconds:g}"} if seconds else {}


def cursor_of(text: str) -> int:
    """A cursor that a client sent back. Raises Refusal."""
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Refusal("wrong_fields", errors=[{"field": "after", "allowed": "the cursor of an earlier answer"}])
    return int(text)


async def replies_of(
    door: Door, turn: Turn, seconds: float, *, read: Callable[[Transaction], T] | None = None
) -> tuple[list[Message], T | None]:
    """The replies of a turn, waiting for them at most so long, and what ``read`` gives then; a holding reply is one.

    Call it for a turn that has just begun before anything else is awaited: its replies are news then.
    """

    def look(tx: Transaction) -> tuple[list[Message], T | None] | None:
        found = [one for one in messages.after(tx, turn.conversation_id, turn.seq) if one.turn_id == turn.id]
        if not found and turns.state(tx, turn.id) in turns.OWED:
            return None
        return found, read(tx) if read else None

    deadline = monotonic() + seconds
    with door.changes.listening(turn.conversation_id, typing=False) as listener:
        if turn.state != "pending":
            listener.tell()
        while (left := deadline - monotonic()) > 0:
            # Looked at now and then as well: another process may answer, and its news can be lost.
            await listener.wait(min(left, LOOK_SECONDS))
            try:
                seen = await door.store.read(look)
            except StoreUnavailable:
                continue
            except NotFound:
                break
            if seen:
                return seen
    return [], None
