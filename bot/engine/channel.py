"""The one way into Rasa. Only our own web process comes in here, with a secret; nothing from a browser is a command.

A known message id is answered from the tracker and not run again. A turn that fails anywhere answers 503 and leaves
nothing behind. One whose caller hangs up goes on: when it is asked again, its answer is there. What a patient typed is
text, whatever it looks like; an offered answer that was chosen arrives as data.
"""

import asyncio
import gc
import hmac
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from functools import wraps
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.engine import quiet
from bot.engine.incoming import NAME, BadRequest, parse_message, turn_message
from bot.engine.turn import StrictProcessor, Turn, TurnFailed
from bot.errors import BetweenSessionsError, SettingError

MIN_SECRET = 16

logger = logging.getLogger(__name__)
Handler = Callable[[Request], Awaitable[HTTPResponse]]


class FrontDoor(InputChannel):
    """``credentials.yml``: ``bot.engine.channel.FrontDoor: {secret: …}`` and nothing else."""

    def __init__(self, *, secret: str) -> None:
        self._secret = secret
        self._processor: StrictProcessor | None = None
        self._started_at = ""
        self._running: set[asyncio.Task[Turn]] = set()  # The event loop itself holds a task weakly.

    @classmethod
    def name(cls) -> str:
        return NAME

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "FrontDoor":
        secret = str((credentials or {}).get("secret") or "")
        if len(secret) < MIN_SECRET:
            raise SettingError(
                f"credentials.yml: the secret of bot.engine.channel.FrontDoor needs at least {MIN_SECRET} characters"
            )
        quiet.install()
        return cls(secret=secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        front_door = Blueprint(NAME)
        front_door.add_route(self._answering(self._turn), "/turn", methods=["POST"], name="turn")
        front_door.add_route(self._answering(self._parse), "/parse", methods=["POST"], name="parse")
        front_door.add_route(self._answering(self._health, for_all=True), "/health", methods=["GET"], name="health")
        front_door.listener("after_server_start")(self._prepare)
        return front_door

    async def _prepare(self, app: Sanic, _loop: Any) -> None:
        """Take over Rasa's processor, or end the process with one sentence: a bot that forgets must not answer."""
        try:
            self._processor = StrictProcessor.of(app.ctx.agent)
        except BetweenSessionsError as error:
            print(f"Rasa does not start: {error}", file=sys.stderr, flush=True)
            os._exit(1)  # Sanic would go on serving without us.
        gc.freeze()  # Else the collector now and then walks through all that Rasa has loaded, in the middle of a turn.
        self._started_at = datetime.now(timezone.utc).isoformat()

    async def _turn(self, request: Request) -> HTTPResponse:
        message = turn_message(request.json)
        running = asyncio.ensure_future(self._ready().turn(message))
        self._running.add(running)
        running.add_done_callback(self._ended)
        turn = await asyncio.shield(running)  # Sanic cancels the handler of a caller that hangs up.
        logger.info(
            "turn of %s: %s replies%s", message.message_id, len(turn.replies), ", replayed" if turn.replayed else ""
        )
        return response.json({"replies": turn.replies, **_understood(turn.parse)})

    def _ended(self, running: "asyncio.Task[Turn]") -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # Looked at, or asyncio would log it, words and all, where nobody waits any more.

    async def _parse(self, request: Request) -> HTTPResponse:
        return response.json(_understood(await self._ready().parse_message(parse_message(request.json))))

    async def _health(self, _request: Request) -> HTTPResponse:
        model = self._processor.model_filename if self._processor else None
        body = {"pid": os.getpid(), "started_at": self._started_at, "model": model}
        return response.json(body, status=200 if model else 503)

    def _ready(self) -> StrictProcessor:
        if self._processor is None:
            raise TurnFailed("starting")
        return self._processor

    def _answering(self, handle: Handler, *, for_all: bool = False) -> Handler:
        """Check the secret, keep the logs quiet, and give every failure its HTTP answer."""
        expected = f"Bearer {self._secret}".encode()

        @wraps(handle)
        async def answering(request: Request) -> HTTPResponse:
            given = request.headers.get("authorization", "").encode("utf-8", "replace")
            if not for_all and not hmac.compare_digest(given, expected):
                return response.json({"failed": ["wrong secret"]}, status=401)
            with quiet.turn():
                try:
                    return await handle(request)
                except InvalidUsage:
                    return response.json({"failed": ["the body must be JSON"]}, status=422)
                except BadRequest as error:
                    return response.json({"failed": [str(error)]}, status=422)
                except TurnFailed as error:
                    reasons = error.reasons
                except Exception as error:  # Whatever fails, the caller hears it: silence would lose a patient's turn.
                    reasons = [type(error).__name__]
                    logger.error("turn failed: %s", quiet.where(error))
                logger.warning("turn failed, nothing kept: %s", "; ".join(reasons))
                return response.json({"failed": reasons}, status=503)

        return answering


def _understood(parse: dict[str, Any]) -> dict[str, Any]:
    intent = parse.get("intent") or {}
    confidence = float(intent.get("confidence") or 0.0)
    return {"meaning": parse.get("meaning"), "intent": intent.get("name"), "confidence": confidence}
