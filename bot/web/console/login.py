"""Signing in and out. Passwords, throttling and sessions are the store's; here are the pages and the cookie."""

from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.store import audit, members
from bot.store.database import Database
from bot.web.console.access import (
    COOKIE,
    FACTOR,
    HOME,
    LOGIN,
    BadForm,
    address_of,
    error_page,
    guarded,
    home_of,
    read_form,
    safe_path,
    sign_in_page,
    signed_in,
)
from bot.web.console.clocks import spell
from bot.web.console.rendering import HEADERS, console_words
from bot.web.security import clear_cookie, is_same_origin, set_cookie


def show(request: Request) -> Response:
    """The page to sign in; who is signed in already goes on."""
    query = request.query_params
    onward = safe_path(query.get("next", ""))

    def answer() -> Response:
        member = signed_in(request)
        if member is not None:
            return RedirectResponse(home_of(member) if onward == HOME else onward, 303, HEADERS)
        said = next((str(console_words()["login"][name]) for name in ("out", "welcome") if name in query), "")
        return sign_in_page(request, onward=onward, ended="ended" in query, said=said)

    return guarded(request, answer)


async def sign_in(request: Request) -> Response:
    """Start a session and go where the link led."""
    try:
        values = await read_form(request)
    except BadForm:
        return PlainTextResponse("", 413)
    return await run_in_threadpool(guarded, request, lambda: _sign_in(request, values))


def _sign_in(request: Request, values: Mapping[str, str]) -> Response:
    db: Database = request.app.state.db
    if not is_same_origin(request.headers, request.app.state.settings):
        return error_page(request, "foreign", 403)
    email, onward = values.get("email", ""), safe_path(values.get("next", ""))
    address = address_of(request)
    with db.read() as tx:
        wait = members.wait_seconds(tx, email, address)
    words = console_words()
    if wait > 0:
        span = spell(timedelta(seconds=ceil(wait)), words["clock"]["units"])
        throttled = str(words["login"]["throttled"]).format(wait=span)
        return sign_in_page(request, onward=onward, email=email, failure=throttled, status=429)
    session = members.login(db, email, values.get("password", ""), address)
    if session is None:
        wrong = str(words["login"]["wrong"])
        return sign_in_page(request, onward=onward, email=email, failure=wrong, status=401)
    member = session.member
    act = "login" if session.passed else "password"
    with db.write() as tx:
        audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act=act, kind="member", subject=member.id)
        life = session.expires_at - tx.now
    onward = home_of(member) if onward == HOME else onward
    response = RedirectResponse(onward if session.passed else f"{FACTOR}?next={quote(onward)}", 303, HEADERS)
    set_cookie(response, COOKIE, session.token, request.app.state.settings, max_age_seconds=int(life.total_seconds()))
    return response


def sign_out(request: Request) -> Response:
    """End the session."""
    return guarded(request, lambda: _sign_out(request))


def _sign_out(request: Request) -> Response:
    if not is_same_origin(request.headers, request.app.state.settings):
        return error_page(request, "foreign", 403)
    db: Database = request.app.state.db
    member = signed_in(request)
    if member is not None:
        with db.write() as tx:
            members.logout(tx, request.cookies[COOKIE])
            audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act="logout", kind="member", subject=member.id)
    response = RedirectResponse(f"{LOGIN}?out=1", 303, HEADERS)
    clear_cookie(response, COOKIE, request.app.state.settings)
    return response
