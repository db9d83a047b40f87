"""The actions process: rasa-sdk's executor behind one route, with a secret and a thread for every call.

The SDK's own server has no authentication, and one slow action would hold up all others. The protocol is the SDK's:
400 says that an action declines to run; any other failure is a 500 that names the action and the error's type only.
"""

import asyncio
import hmac
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from anyio import CapacityLimiter, to_thread
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.actions import holder
from bot.errors import SettingError
from bot.settings import Settings
from bot.store.database import Database, open_database

THREADS = 32
MIN_SECRET = 16

logger = logging.getLogger(__name__)


def create_app(settings: Settings, database: Database | None = None) -> Starlette:
    """The application. Without a database it opens the one that the settings name, and closes it at the end.

    Raises KeyMismatch, NotMigrated, StoreUnavailable (database), ContentError (dialogues), SettingError (secret).
    """
    if len(settings.inner_secret) < MIN_SECRET:
        raise SettingError(f"INNER_SECRET has fewer than {MIN_SECRET} characters")
    opened = database or open_database(settings)
    holder.hold(opened)
    executor = ActionExecutor()
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    executor.register_package("bot.actions")
    expected = f"Bearer {settings.inner_secret}".encode()
    started_at = datetime.now(UTC).isoformat()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.limiter = CapacityLimiter(THREADS)
        yield
        if database is None:
            opened.close()

    async def webhook(request: Request) -> JSONResponse:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, expected):
            return JSONResponse({"error": "wrong secret"}, status_code=401)
        try:
            call = await request.json()
        except ValueError:
            return JSONResponse({"error": "the body must be JSON"}, status_code=422)
        if not isinstance(call, dict) or not isinstance(call.get("next_action"), str):
            return JSONResponse({"error": "next_action is missing"}, status_code=422)
        return await to_thread.run_sync(_run, executor, call, limiter=request.app.state.limiter)

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"pid": os.getpid(), "started_at": started_at, "actions": len(executor.actions)})

    return Starlette(
        routes=[Route("/webhook", webhook, methods=["POST"]), Route("/health", health)],
        lifespan=lifespan,
    )


def _run(executor: ActionExecutor, call: dict[str, Any]) -> JSONResponse:
    """One action, in a thread of its own with an event loop of its own."""
    name = call["next_action"]
    try:
        result = asyncio.run(
            executor.run({"domain": {}} | call)
        )  # Rasa sends no domain (endpoints.yml): none reads it.
    except ActionExecutionRejection as rejection:
        return JSONResponse({"error": rejection.message, "action_name": rejection.action_name}, status_code=400)
    except Exception as error:  # The caller must hear of every failure; the words of the patient must not be logged.
        logger.error("%s failed: %s at %s", name, type(error).__name__, _where(error))
        return JSONResponse({"error": type(error).__name__, "action_name": name}, status_code=500)
    if result is None:
        return JSONResponse({"error": "no such action", "action_name": name}, status_code=404)
    return JSONResponse(result.model_dump())


def _where(error: BaseException) -> str:
    """File and line of the innermost frame: enough to find it, without values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
