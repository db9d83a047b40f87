"""A clinic's own site for the tests: one page on another origin, with the headers and rules that a test gives it."""

from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.web.api.servers import Served

# As docs/embedding.md has it, and nothing else.
STRICT_POLICY = "default-src 'none'; script-src {ours}; frame-src {ours}; connect-src 'self'"
SCRIPT = '<script src="{ours}/widget.js?clinic=demo" async></script>'


class HostSite:
    """Serves ``body`` with ``policy``; ``identities`` are what its login gives out, one for each time it is asked."""

    def __init__(self, ours: str) -> None:
        self.ours = ours
        self.policy = STRICT_POLICY
        self.body = SCRIPT
        self.identities: list[str] = []
        self._served = Served(
            Starlette(routes=[Route("/chat-identity", self._identity), Route("/{path:path}", self._page)])
        )

    @property
    def origin(self) -> str:
        return self._served.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._served.stop()

    async def _page(self, request: Request) -> Response:
        html = f'<!doctype html><html lang="en"><title>A clinic</title><main><h1>A clinic</h1></main>{self.body}</html>'
        headers = {"Content-Security-Policy": self.policy.format(ours=self.ours)}
        return Response(html.replace("{ours}", self.ours), media_type="text/html", headers=headers)

    async def _identity(self, request: Request) -> Response:
        return JSONResponse({"identity": self.identities.pop(0)})
