"""Servers for these tests: applications on real loopback ports, and a Rasa that can be slow, failing or away."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

SECRET = "a-secret-of-the-tests"
CHANNEL = "/webhooks/front_door"
START_SECONDS = 240  # Reading every risk rule takes its time on a busy machine.

Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Served:
    """An application behind a real socket, in a thread of its own."""

    def __init__(self, app: ASGIApp, *, port: int = 0) -> None:
        self.port = port or free_port()
        config = uvicorn.Config(
            app, port=self.port, log_level="critical", access_log=False, timeout_graceful_shutdown=1, lifespan="on"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            assert time.monotonic() < deadline, "the application does not start"
            assert self._thread.is_alive(), "the application did not start"
            time.sleep(0.01)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


class FakeRasa:
    """Speaks the protocol of our Rasa channel; answers a message id that it knows from memory, as the real one does."""

    def __init__(self) -> None:
        self.asked: list[Json] = []
        self.parsed: list[str] = []
        self._known: dict[str, Json] = {}
        self._served: Served | None = None
        self.port = free_port()
        self._be_well()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def heal(self) -> None:
        """Up, quick and sound, with nothing asked so far."""
        self._be_well()
        self.asked.clear()
        self.parsed.clear()
        if self._served is None:
            self.start()

    def _be_well(self) -> None:
        self.seconds = 0.0
        self.status = 200
        self.meaning: Json | None = None
        self.reply: Callable[[Json], list[Json]] = lambda body: [{"text": f"re: {body['text'] or 'hello'}"}]

    def start(self) -> None:
        routes = [
            Route(f"{CHANNEL}/turn", self._turn, methods=["POST"]),
            Route(f"{CHANNEL}/parse", self._parse, methods=["POST"]),
            Route(f"{CHANNEL}/health", self._health),
        ]
        self._served = Served(Starlette(routes=routes), port=self.port)

    def stop(self) -> None:
        if self._served is not None:
            self._served.stop()
            self._served = None

    def texts(self) -> list[str]:
        return [body["text"] for body in self.asked]

    async def _turn(self, request: Request) -> Response:
        assert request.headers["authorization"] == f"Bearer {SECRET}"
        body = await request.json()
        self.asked.append(body)
        reply = self.reply  # Of the test that runs now, also if the answer comes after its end.
        await asyncio.sleep(self.seconds)
        if self.status != 200:
            return JSONResponse({"failed": ["actions"]}, self.status)
        if body["message_id"] not in self._known:
            said = {"replies": reply(body), "meaning": self.meaning, "intent": "any", "confidence": 0.9}
            self._known[body["message_id"]] = said
        return JSONResponse(self._known[body["message_id"]])

    async def _parse(self, request: Request) -> Response:
        self.parsed.append((await request.json())["text"])
        return JSONResponse({"meaning": self.meaning, "intent": "any", "confidence": 0.9})

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"pid": 1, "started_at": "2026-11-22T10:00:00+00:00", "model": "small"})
