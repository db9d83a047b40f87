"""The second step of signing in: a code, the set-up of one, and asking a colleague on the night a phone is lost.

Who is here has given the password, and sees nothing of the clinic yet.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from math import ceil
from urllib.parse import quote

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.store import clinics, factors, members
from bot.store.database import Database
from bot.store.rows import Member
from bot.web.console.access import (
    COOKIE,
    FACTOR,
    HOME,
    BadForm,
    anonymous,
    error_page,
    guarded,
    home_of,
    read_form,
    safe_path,
    signed_in,
)
from bot.web.console.clocks import spell
from bot.web.console.rendering import HEADERS, Page, console_words, page_words, respond
from bot.web.security import is_same_origin

Step = Callable[[Request, Member, Mapping[str, str]], Response]


def show(request: Request) -> Response:
    """The page of the second step; who has passed goes on."""

    def answer() -> Response:
        member = _who(request)
        if member is not None:
            return _page(request, member)
        passed = signed_in(request)
        if passed is None:
            return anonymous(request, {})
        onward = safe_path(request.query_params.get("next", ""))
        return RedirectResponse(home_of(passed) if onward == HOME else onward, 303, HEADERS)

    return guarded(request, answer)


async def enter_code(request: Request) -> Response:
    """Pass with a code, or begin to use a second factor with the first one."""
    return await _post(request, _enter_code)


async def ask(request: Request) -> Response:
    """Ask a colleague to vouch."""
    return await _post(request, _ask)


async def _post(request: Request, step: Step) -> Response:
    try:
        values = await read_form(request)
    except BadForm:
        return PlainTextResponse("", 413)

    def answer() -> Response:
        if not is_same_origin(request.headers, request.app.state.settings):
            return error_page(request, "foreign", 403)
        member = _who(request)
        return anonymous(request, {}) if member is None else step(request, member, values)

    return await run_in_threadpool(guarded, request, answer)


def _who(request: Request) -> Member | None:
    """Who owes a second factor, or has none yet and sets one up of their own will."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    half = members.halfway(request.app.state.db, token)
    if half is not None:
        return half
    member = signed_in(request)
    return member if member is not None and not member.has_factor else None


def _enter_code(request: Request, member: Member, values: Mapping[str, str]) -> Response:
    db: Database = request.app.state.db
    token, code, onward = request.cookies[COOKIE], values.get("code", ""), safe_path(values.get("next", ""))
    onward = home_of(member) if onward == HOME else onward
    if member.has_factor:
        if factors.check(db, token, member, code):
            return RedirectResponse(onward, 303, HEADERS)
        return _page(request, member, onward=onward, wrong=True)
    codes = factors.confirm(db, token, member, code)
    if codes is None:
        return _page(request, member, onward=onward, wrong=True)
    return _respond(request, member, Page(template="codes", context={"codes": codes, "onward": onward}))


def _ask(request: Request, member: Member, values: Mapping[str, str]) -> Response:
    if member.has_factor:
        with request.app.state.db.write() as tx:
            factors.ask(tx, request.cookies[COOKIE], member)
    return RedirectResponse(f"{FACTOR}?next={quote(safe_path(values.get('next', '')))}", 303, HEADERS)


def _page(request: Request, member: Member, *, onward: str = "", wrong: bool = False) -> Response:
    db: Database = request.app.state.db
    with db.write() as tx:
        secret = "" if member.has_factor else factors.secret(tx, member)
        until, wait = factors.pending(tx, request.cookies[COOKIE]), factors.wait_seconds(tx, member)
    said = page_words("people")["factor"]
    span = spell(timedelta(seconds=ceil(wait)), console_words()["clock"]["units"])
    context = {
        "onward": onward or safe_path(request.query_params.get("next", "")),
        "secret": [secret[start : start + 4] for start in range(0, len(secret), 4)],
        "address": factors.address(member, secret) if secret else "",
        "picture": _picture(factors.address(member, secret), said["picture"]) if secret else "",
        "until": until,
        "wrong": (said["throttled"].format(wait=span) if wait > 0 else said["wrong"]) if wrong else "",
    }
    return _respond(request, member, Page(template="factor", context=context, status=401 if wrong else 200))


def _picture(address: str, title: str) -> Markup:
    """The address as a QR code (ISO/IEC 18004) that stands in the page itself: nobody else ever sees it."""
    drawn = segno.make(address, error="m", micro=False)
    return Markup(drawn.svg_inline(scale=5, dark="#000", light="#fff", title=title, svgclass="qr", lineclass=None))  # noqa: S704


def _respond(request: Request, member: Member, page: Page) -> Response:
    with request.app.state.db.read() as tx:
        clinic, now = clinics.get(tx, member.clinic_id), tx.now
    shown = Page(
        template=page.template, context={**page.context, "said": page_words("people", clinic)}, status=page.status
    )
    return respond(shown, now=now, clinic=clinic)
