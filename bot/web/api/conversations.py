"""Conversations: starting one, resuming a patient's own, and keeping its token fresh."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import Conflict, NotFound
from bot.store import clinics, conversations, identities, messages
from bot.store.database import Transaction
from bot.store.rows import Clinic, Conversation, Message, Turn
from bot.web import tokens
from bot.web.api import bodies, schemas
from bot.web.api.messages import PAGE, replies_of, wait_seconds, waited
from bot.web.asking import Ask
from bot.web.contacts import contacts_for
from bot.web.door import Door, authenticate, door_of
from bot.web.problems import Refusal

LOOPBACK = ("127.0.0.1", "::1")


async def start(request: Request) -> Response:
    """POST /api/v1/conversations: a new conversation, or the open one of the patient that the identity names."""
    door = door_of(request)
    _limit(request, door)
    wanted, _ = await bodies.read(request, schemas.StartConversation)
    request.state.clinic = door.clinics.get(wanted.clinic)
    clinic = await _clinic(door, wanted.clinic)
    request.state.clinic = door.clinics[clinic.id] = clinic
    now = door.store.db.clock()
    if clinic.settings.identity_required and not wanted.identity:
        raise Refusal("no_identity")
    known = tokens.identity_of(wanted.identity, clinic, now=now) if wanted.identity else None
    language = wanted.language or clinic.settings.language

    def begin(tx: Transaction) -> tuple[Conversation, Turn | None, Ask | None, bool]:
        if known and wanted.identity:
            identities.use(tx, clinic.id, wanted.identity, known.expires_at)
        patient = known.patient if known else None
        conversation, turn = conversations.start(tx, clinic, language=language, identity=patient)
        ask = door.turns.lease(tx, conversation.id) if turn else None
        return conversation, turn, ask, conversation.created_at < tx.now

    try:
        conversation, turn, ask, resumed = await door.store.write(begin)
    except Conflict:
        raise Refusal("used_identity") from None
    seconds = wait_seconds(request)
    if turn is not None:
        door.turns.begin(ask, turn)
        if seconds:
            await replies_of(door, turn, seconds)

    def read(tx: Transaction) -> list[Message]:
        return messages.after(tx, conversation.id, 0, PAGE)

    said = await door.store.read(read)
    answer = {
        "conversation": conversation.id,
        **_token(door, conversation),
        "resumed": resumed,
        "messages": [one.public() for one in said],
        "cursor": said[-1].seq if said else 0,
        "crisis_contacts": contacts_for(clinic),
    }
    return JSONResponse(answer, 201, waited(seconds))


async def refresh(request: Request) -> Response:
    """POST /api/v1/token: a fresh token, also for one that has expired, as long as the clinic lets a device resume."""
    door = door_of(request)
    token = authenticate(request, expired_too=True)

    def read(tx: Transaction) -> tuple[Conversation, Clinic]:
        return conversations.load(tx, token.clinic_id, token.conversation_id), clinics.get(tx, token.clinic_id)

    conversation, clinic = await door.store.read(read)
    request.state.clinic = door.clinics[clinic.id] = clinic
    if door.store.db.clock() - token.issued_at > timedelta(days=clinic.settings.resume_days):
        raise Refusal("expired_token")
    return JSONResponse(_token(door, conversation))


def _token(door: Door, conversation: Conversation) -> dict[str, str]:
    token, expires_at = tokens.issue(
        door.store.db.keyring,
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        now=door.store.db.clock(),
    )
    return {"token": token, "expires_at": expires_at.isoformat()}


async def _clinic(door: Door, clinic_id: str) -> Clinic:
    try:
        return await door.store.read(lambda tx: clinics.get(tx, clinic_id))
    except NotFound:
        raise Refusal("unknown_clinic") from None


def _limit(request: Request, door: Door) -> None:
    # A proxy on this machine that does not name its clients must not lock all of them out together.
    address = request.client.host if request.client else LOOPBACK[0]
    wait = 0.0 if address in LOOPBACK else door.starts.wait_seconds(address)
    if wait:
        raise Refusal("too_many", headers={"Retry-After": str(int(wait) + 1)})
