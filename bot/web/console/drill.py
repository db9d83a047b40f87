"""The drill button: a marked test crisis comes in by the chat API as a patient's would, and each step is timed."""

from uuid import uuid4

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.errors import Conflict, Incomplete
from bot.store import audit, drills
from bot.store.database import Transaction
from bot.web import tokens
from bot.web.console.access import BadForm, Visit, anonymous, enter, error_page, guarded, read_form, signed_in
from bot.web.console.rendering import HEADERS, Failure, Page, page_words
from bot.web.security import is_same_origin
from bot.web.words import words

HERE = "/console/drill"
SEND_SECONDS = 30.0


def page(visit: Visit, tx: Transaction) -> Page:
    """The last drill, and the button for the next."""
    found = drills.last(tx, visit.clinic.id)
    is_open = found is not None and not found.is_over
    context = {"here": "drill", "said": page_words("drill", visit.clinic), "drill": found, "is_open": is_open}
    return Page(template="drill", context=context)


async def start(request: Request) -> Response:
    """Send the crisis through our own front door, as HTTP, with the token that its patient would have."""
    try:
        await read_form(request)
    except BadForm:
        return PlainTextResponse("", 413)
    begun: list[str] = []

    def begin() -> Response:
        if not is_same_origin(request.headers, request.app.state.settings):
            return error_page(request, "foreign", 403)
        member = signed_in(request)
        if member is None:
            return anonymous(request, {})
        visit = enter(request, member, {})
        with visit.db.write() as tx:
            conversation_id = drills.begin(tx, visit.clinic)
            actor, kind = member.id, "conversation"
            audit.write(tx, clinic_id=member.clinic_id, actor=actor, act="drill", kind=kind, subject=conversation_id)
            token, _ = tokens.issue(
                visit.db.keyring, clinic_id=member.clinic_id, conversation_id=conversation_id, now=tx.now
            )
        begun.append(token)
        return RedirectResponse(HERE, 303, HEADERS)

    answer = await run_in_threadpool(guarded, request, begin)
    if begun:
        await _say(request, begun[0])
    return answer


def stop(visit: Visit, tx: Transaction) -> str:
    """Close the record as a test. Raises NotFound for what is no drill: a real one is never closed like that."""
    drill, member = drills.find(tx, visit.clinic.id, visit.subject), visit.member
    drills.end(tx, drill, actor=member.id)
    audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act="end_drill", kind="conversation", subject=drill)
    return HERE


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:  # noqa: ARG001 - the form of every excuse.
    """Why it was not done."""
    return Failure(lines=(page_words("drill", visit.clinic)["failed"],)), 409


async def _say(request: Request, token: str) -> None:
    body = {"client_id": str(uuid4()), "text": words("en", "alerts")["drill_says"]}
    transport = httpx.ASGITransport(request.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://drill", timeout=SEND_SECONDS) as client:
        await client.post("/api/v1/messages", json=body, headers={"Authorization": f"Bearer {token}"})
