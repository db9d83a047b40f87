"""What is stored about the patient who asks: to read, to take away, to erase."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.content.reading import CONTENT
from bot.errors import Conflict, NotFound, StoreUnavailable
from bot.store import answers, conversations, erasure
from bot.store.database import Transaction
from bot.store.erasure import Receipt
from bot.store.rows import Answer
from bot.web.door import Door, authenticate, door_of
from bot.web.problems import Refusal
from bot.web.tokens import Token
from bot.web.words import words

# The answers of the check-in (clinical content 4.2) that are the patient's own ratings.
RATINGS = ("pull", "anxiety", "sleep")


async def export(request: Request) -> Response:
    """GET /api/v1/me/export: everything that is stored, as one file."""
    door = door_of(request)
    token = authenticate(request)

    def read(tx: Transaction) -> dict[str, Any]:
        conversations.load(tx, token.clinic_id, token.conversation_id)
        return {"note": export_note(tx, token.conversation_id), **erasure.export(tx, token.conversation_id)}

    found = await door.store.read(read)
    return JSONResponse(found, headers={"Content-Disposition": 'attachment; filename="my-conversation.json"'})


def export_note(tx: Transaction, conversation_id: str) -> str:
    """What the numbers in an export are, and are not (clinical content 7.3), in the conversation's language."""
    language = conversations.find(tx, conversation_id).language
    return str(words(language if (CONTENT / language / "pages.yml").is_file() else "en", "pages")["export_note"])


async def erase(request: Request) -> Response:
    """DELETE /api/v1/me: everything but safety reports is erased; the receipt says so. Asking again gives it again."""
    door = door_of(request)
    token = authenticate(request)
    try:
        receipt = await door.store.run(
            lambda: erasure.erase(door.store.db, token.clinic_id, token.conversation_id, actor="patient")
        )
    except Conflict:
        raise Refusal("on_hold") from None
    except (NotFound, StoreUnavailable) as error:
        earlier = await _receipt(door, token)
        if earlier is None:
            raise error
        receipt = earlier
    door.changes.tell(token.conversation_id)
    complete = receipt.tracker_erased_at is not None
    return JSONResponse({"reference": receipt.id, "at": receipt.at.isoformat(), "complete": complete})


async def progress(request: Request) -> Response:
    """GET /api/v1/me/progress: the patient's own ratings, check-in by check-in, oldest first."""
    door = door_of(request)
    token = authenticate(request)

    def read(tx: Transaction) -> list[Answer]:
        conversations.load(tx, token.clinic_id, token.conversation_id)
        return answers.of(tx, token.conversation_id, "check_in")

    return JSONResponse({"check_ins": _by_session(await door.store.read(read))})


def _by_session(given: list[Answer]) -> list[dict[str, Any]]:
    sessions: dict[str, dict[str, Any]] = {}
    for answer in given:
        if answer.step in RATINGS:
            session = sessions.setdefault(answer.session, {"at": answer.at.isoformat(), **dict.fromkeys(RATINGS)})
            session[answer.step] = answer.value if isinstance(answer.value, int) else None
    return list(sessions.values())


async def _receipt(door: Door, token: Token) -> Receipt | None:
    found = await door.store.read(erasure.receipts)
    mine = [one for one in found if (one.clinic_id, one.conversation_id) == (token.clinic_id, token.conversation_id)]
    return mine[-1] if mine else None
