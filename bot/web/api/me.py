"""What is stored about the patient who asks: to read, to take away, to erase."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.content.reading import CONTENT
from bot.errors import Conflict, NotFound, StoreUnavailable
from bot.store import answers, audit, conversations, erasure
from bot.store.database import Transaction
from bot.store.erasure import Receipt
from bot.store.rows import Answer
from bot.web.door import Door, authenticate, door_of
from bot.web.problems import Refusal
from bot.web.tokens import Token
from bot.web.words import words

# The answers of the check-in (clinical content 4.2) that are the patient's own ratings.
RATINGS = ("pull", "anxiety", "sleep")
NO_CHANGE = ("no", "skip")
# Where a moment with a pull is told, and which answer says how strong it was (4.4 and 4.5).
PULLS = {"urge": "before", "trigger": "pull"}
PLAN = "plan"
NOTE = "note"
# What a patient may take out alone. A reflection's picture and a safety answer go with the whole chat only.
ENTRIES = ("check_in", "note", "urge", "slip", "trigger", "thought", "plan")


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
    """GET /api/v1/me/progress: the patient's own ratings, and the moments of a pull, oldest first."""
    given = await _answers(request)
    check_ins = [_check_in(session) for session in _sessions(given, "check_in") if any(map(_is_rating, session))]
    moments = [_moment(session) for dialogue in PULLS for session in _sessions(given, dialogue)]
    return JSONResponse({"check_ins": check_ins, "moments": sorted(moments, key=lambda one: str(one["at"]))})


async def mine(request: Request) -> Response:
    """GET /api/v1/me: the plan as it stands, the notes, what entries there are, and who has read the conversation."""
    door = door_of(request)
    token = authenticate(request)

    def read(tx: Transaction) -> tuple[list[Answer], list[erasure.Act]]:
        conversation = conversations.load(tx, token.clinic_id, token.conversation_id)
        return answers.of(tx, conversation.id), erasure.readings(tx, conversation)

    given, acts = await door.store.read(read)
    readers = {(act.at.date().isoformat(), act.by): act for act in acts}
    return JSONResponse(
        {
            "plan": list({one.step: _said(one) for one in given if one.dialogue == PLAN and _is_typed(one)}.values()),
            "notes": [_note(session) for session in _sessions(given, NOTE)],
            "entries": [
                {"dialogue": kind, "session": session[0].session, "at": session[0].at.isoformat()}
                for kind in ENTRIES
                for session in _sessions(given, kind)
            ],
            "readers": [{"at": act.at.isoformat(), "by": act.by} for act in readers.values()],
        }
    )


async def delete_entry(request: Request) -> Response:
    """DELETE /api/v1/me/entries/{dialogue}/{session}: take one entry out of the logs. Again: not found."""
    door = door_of(request)
    token = authenticate(request)
    kind, session = request.path_params["dialogue"], request.path_params["session"]

    def take_out(tx: Transaction) -> int:
        conversation = conversations.load(tx, token.clinic_id, token.conversation_id)
        number = answers.delete(tx, conversation.id, dialogue=kind, session=session) if kind in ENTRIES else 0
        if number:
            about = {"kind": "conversation", "subject": conversation.id}
            audit.write(tx, clinic_id=token.clinic_id, actor="patient", act="delete entry", **about)
        return number

    if not await door.store.write(take_out):
        raise Refusal("not_found")
    return JSONResponse({"deleted": {"dialogue": kind, "session": session}})


async def _answers(request: Request) -> list[Answer]:
    token = authenticate(request)

    def read(tx: Transaction) -> list[Answer]:
        return answers.of(tx, conversations.load(tx, token.clinic_id, token.conversation_id).id)

    return await door_of(request).store.read(read)


def _sessions(given: list[Answer], dialogue: str) -> list[list[Answer]]:
    """The answers of a dialogue, session by session, oldest first."""
    found: dict[str, list[Answer]] = {}
    for answer in given:
        if answer.dialogue == dialogue:
            found.setdefault(answer.session, []).append(answer)
    return list(found.values())


def _check_in(session: list[Answer]) -> dict[str, Any]:
    values = {answer.step: answer.value for answer in session}
    changed = values.get("dose_change")
    return {
        "at": session[0].at.isoformat(),
        **{name: _number(values.get(name)) for name in RATINGS},
        "dose_change": str(changed) if changed and changed not in NO_CHANGE else None,
    }


def _moment(session: list[Answer]) -> dict[str, Any]:
    strength = next((one.value for one in session if one.step == PULLS[one.dialogue]), None)
    return {"at": session[0].at.isoformat(), "pull": _number(strength)}


def _note(session: list[Answer]) -> dict[str, Any]:
    """The note in the patient's words as it stands, and whether it went to the team."""
    last = {answer.step: answer for answer in session}
    written = last.get(NOTE)
    sent = last.get("note_sent")
    return {
        "at": session[0].at.isoformat(),
        "text": (written.text or "") if written else "",
        "sent": sent is not None and sent.value == "send",
    }


def _said(answer: Answer) -> dict[str, str]:
    return {"asked": answer.wording, "text": answer.text or "", "at": answer.at.isoformat()}


def _is_typed(answer: Answer) -> bool:
    return bool(answer.text) and answer.value == answer.text


def _is_rating(answer: Answer) -> bool:
    return answer.step in RATINGS


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


async def _receipt(door: Door, token: Token) -> Receipt | None:
    found = await door.store.read(erasure.receipts)
    mine = [one for one in found if (one.clinic_id, one.conversation_id) == (token.clinic_id, token.conversation_id)]
    return mine[-1] if mine else None
