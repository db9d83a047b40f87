"""Problems as RFC 9457 has them: what was wrong, what is allowed, and always the crisis contacts.

The wording stands in ``bot/content/en/crisis.yml``. No problem, and no log line about one, carries a patient's words.
"""

import logging
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import BetweenSessionsError, Conflict, NotFound, StoreUnavailable
from bot.store.rows import Clinic
from bot.web.contacts import contacts_for, crisis_words

log = logging.getLogger(__name__)

STATUS = {
    "not_json": 400,
    "too_large": 413,
    "too_long": 422,
    "empty": 422,
    "unreadable": 422,
    "wrong_fields": 422,
    "one_kind": 422,
    "not_offered": 409,
    "other_body": 409,
    "no_token": 401,
    "wrong_token": 401,
    "expired_token": 401,
    "wrong_identity": 401,
    "used_identity": 401,
    "no_identity": 401,
    "unknown_clinic": 404,
    "foreign_origin": 403,
    "not_found": 404,
    "wrong_method": 405,
    "too_many": 429,
    "on_hold": 409,
    "unavailable": 503,
    "failed": 500,
}


class Refusal(BetweenSessionsError):
    """A request that is answered with a problem; ``code`` is one of STATUS, ``more`` are further members."""

    def __init__(self, code: str, *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers or {}
        self.more = more


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    clinic: Clinic | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """A problem details response with the crisis contacts of the clinic, or of the fallback country."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "crisis_contacts": contacts_for(clinic),
    }
    return JSONResponse(body | more, status, headers, media_type="application/problem+json")


def refuse(request: Request, refusal: Refusal) -> Response:
    """The problem that a refusal becomes, in the clinic's contacts if the request has shown which clinic it is."""
    text = crisis_words("en")["problems"][refusal.code]
    headers = dict(refusal.headers)
    if STATUS[refusal.code] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    more = dict(refusal.more)
    return problem(
        STATUS[refusal.code],
        str(text["title"]),
        more.pop("detail", str(text["detail"])),
        clinic=getattr(request.state, "clinic", None),
        headers=headers,
        type=f"urn:between:problem:{refusal.code}",
        **more,
    )


async def on_refusal(request: Request, error: Exception) -> Response:
    """Handler for Refusal."""
    if not isinstance(error, Refusal):
        raise error
    return refuse(request, error)


async def on_not_found(request: Request, error: Exception) -> Response:
    """Handler for NotFound of the store: what belongs to somebody else is not there."""
    if not isinstance(error, NotFound):
        raise error
    return refuse(request, Refusal("not_found"))


async def on_unavailable(request: Request, error: Exception) -> Response:
    """Handler for StoreUnavailable outside the path of a message."""
    if not isinstance(error, StoreUnavailable):
        raise error
    log_failure(f"{request.method} {request.url.path}", error)
    return refuse(request, Refusal("unavailable", headers={"Retry-After": "5"}))


async def on_conflict(request: Request, error: Exception) -> Response:
    """Handler for a Conflict that no route has explained."""
    if not isinstance(error, Conflict):
        raise error
    return refuse(request, Refusal("other_body"))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Handler for what routing refuses: unknown paths and methods."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 405:
        return refuse(request, Refusal("wrong_method", headers=dict(error.headers or {})))
    if error.status_code == 404:
        return refuse(request, Refusal("not_found"))
    phrase = HTTPStatus(error.status_code).phrase
    return problem(error.status_code, phrase, phrase, headers=dict(error.headers or {}))


def log_failure(what: str, error: BaseException) -> None:
    """Log where an error came from, without its message: messages of foreign errors may quote a patient."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("%s failed: %s at %s", what, type(error).__name__, " > ".join(frames[-6:]))
