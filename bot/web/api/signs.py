"""Signs of a patient whom a person talks to: that they are writing, and how far they have read."""

from starlette.requests import Request
from starlette.responses import Response

from bot.store import conversations, messages
from bot.store.database import Transaction
from bot.web.api import bodies, schemas
from bot.web.door import authenticate, door_of


async def sign(request: Request) -> Response:
    """POST /api/v1/signs: 204. Only what a person has written can be marked as read, and is marked once."""
    door = door_of(request)
    token = authenticate(request)
    sent, _ = await bodies.read(request, schemas.Sign)

    def write(tx: Transaction) -> None:
        conversation = conversations.load(tx, token.clinic_id, token.conversation_id)
        if sent.read is not None:
            messages.mark_as_read(tx, conversation, sent.read)

    if sent.read is not None:
        await door.store.write(write)
    if sent.writing:
        door.writing.show(token.conversation_id)
    return Response(status_code=204)
