"""What every response carries, and who may ask: headers, same-origin checks, cookies.

The conversation runs in an iframe on our own origin, so no CORS header is ever sent and a foreign Origin is refused.
Only a patient's pages (``/chat``, ``/me``, ``/help-now``) may be framed, and only by the sites that the clinic names.
The same-origin check follows Fetch Metadata (https://web.dev/articles/fetch-metadata) with the Origin header as the
older sign.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.settings import Settings
from bot.web.problems import Refusal, log_failure, refuse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'"
)
# For the patients' pages, whose scripts make elements and set text, and never markup.
TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
YEAR_SECONDS = 31_536_000


def may_be_framed_by(request: Request, origins: Iterable[str]) -> None:
    """Let these sites, and our own, put the page that answers this request into a frame."""
    request.scope.setdefault("state", {})["frame_origins"] = tuple(origins)


def is_same_origin(headers: Headers, settings: Settings) -> bool:
    """Whether a browser sent this from one of our own pages, or no browser sent it."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    return origin == settings.public_url or urlsplit(origin).netloc == headers.get("host", "")


def set_cookie(response: Response, name: str, value: str, settings: Settings, *, max_age_seconds: int) -> None:
    """A cookie that scripts cannot read and that no other site can send."""
    response.set_cookie(
        name, value, max_age=max_age_seconds, httponly=True, samesite="strict", secure=settings.secure_cookies
    )


def clear_cookie(response: Response, name: str, settings: Settings) -> None:
    """Forget a cookie made by set_cookie."""
    response.delete_cookie(name, httponly=True, samesite="strict", secure=settings.secure_cookies)


class SecurityHeaders:
    """Adds the headers to every response, also to those of errors; what a route has set itself stays."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(scope, MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        static = scope["path"].startswith("/static/")
        headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if static else "same-origin")
        headers.setdefault("Cache-Control", "no-cache" if static else "no-store")
        if self.settings.secure_cookies:
            headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_SECONDS}")
        origins = scope.get("state", {}).get("frame_origins")
        if origins is None:
            headers.setdefault("X-Frame-Options", "DENY")
        ancestors = "'none'" if origins is None else " ".join(("'self'", *origins))
        trusted = "" if origins is None else TRUSTED_TYPES
        headers.setdefault("Content-Security-Policy", f"{POLICY}{trusted}; frame-ancestors {ancestors}")


class SameOriginOnly:
    """Refuses calls of the API that a page of another site has made, whatever the method."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        if is_api and not is_same_origin(Headers(scope=scope), self.settings):
            await refuse(Request(scope), Refusal("foreign_origin"))(scope, receive, send)
            return
        await self.app(scope, receive, send)


class Failures:
    """Turns an error that nobody expected into a problem; logs where it was, never what it said."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        except Exception as error:
            log_failure(f"{scope['method']} {scope['path']}", error)
            if not started:
                await refuse(Request(scope), Refusal("failed"))(scope, receive, send)
