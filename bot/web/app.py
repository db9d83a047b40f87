"""The web process as a value: settings in, application out. What it shares opens at its start and closes at its end."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from bot.errors import Conflict, ContentError, NotFound, StoreUnavailable
from bot.safety import prepare
from bot.settings import Settings
from bot.store import clinics, processes
from bot.store.changes import Watcher, marks
from bot.store.database import Database, Transaction, open_database
from bot.web import console, pages, problems
from bot.web.api.routes import routes as api_routes
from bot.web.changes import Changes
from bot.web.console.gathering import Gathering
from bot.web.door import Door, Questions
from bot.web.rasa import RasaClient
from bot.web.rates import Rate
from bot.web.security import Failures, SameOriginOnly, SecurityHeaders
from bot.web.storing import Store
from bot.web.turns import TurnRunner

log = logging.getLogger(__name__)

STARTS_PER_MINUTE = 20


Alongside = Callable[[Settings, Database, TurnRunner], Coroutine[Any, Any, None]]


def create_app(
    settings: Settings, database: Database | None = None, *, alongside: Alongside | None = None
) -> Starlette:
    """The application. A database that is given stays open when the application ends.

    ``alongside`` runs beside it for as long as it does (a worker's stand-in; this room may not know about alerts).
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        db = database or open_database(settings)
        door = _open_door(settings, db)
        watcher = Watcher(db)
        gathering = Gathering(db)
        unsubscribe = [watcher.subscribe(told) for told in (door.changes.stir, gathering.stir)]
        tasks = [asyncio.create_task(door.changes.follow(partial(_marks, door.store)))]
        if alongside is not None:
            tasks.append(asyncio.create_task(alongside(settings, db, door.turns)))
        app.state.db, app.state.rasa, app.state.turns, app.state.watcher = db, door.rasa, door.turns, watcher
        app.state.gathering = gathering
        app.state.door, app.state.known_clinics = door, door.clinics
        await _remember(door)
        if database is None:
            gc.freeze()  # The rules are 200,000 objects, which the collector need not walk through again and again.
        try:
            yield
        finally:
            for end in unsubscribe:
                end()
            watcher.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await door.turns.aclose()
            await door.rasa.aclose()
            if database is None:
                db.close()

    app = Starlette(
        routes=[*api_routes, *console.routes, *pages.routes],
        middleware=[
            Middleware(SecurityHeaders, settings=settings),
            Middleware(Failures),
            Middleware(SameOriginOnly, settings=settings),
        ],
        exception_handlers={
            problems.Refusal: problems.on_refusal,
            NotFound: problems.on_not_found,
            Conflict: problems.on_conflict,
            StoreUnavailable: problems.on_unavailable,
            HTTPException: problems.on_http_error,
        },
        lifespan=lifespan,
    )
    app.state.settings = settings
    return app


def _open_door(settings: Settings, db: Database) -> Door:
    store, changes, questions = Store(db), Changes(), Questions()
    rasa = RasaClient(settings.rasa_url, settings.inner_secret)
    return Door(
        settings=settings,
        store=store,
        rasa=rasa,
        turns=TurnRunner(store, rasa, changes, on_replies=questions.keep),
        changes=changes,
        questions=questions,
        starts=Rate(events=STARTS_PER_MINUTE, seconds=60),
    )


async def _marks(store: Store, conversation_ids: list[str]) -> dict[str, tuple[object, ...]]:
    return await store.read(lambda tx: marks(tx, conversation_ids))


async def _remember(door: Door) -> None:
    """Read what must be there when nothing else is, rules and clinics, and say that this process has started.

    Rules that cannot be read stop no start: every message is then flagged as not screened, and /health says so.
    """

    def read(tx: Transaction) -> None:
        door.clinics.update({clinic.id: clinic for clinic in clinics.all(tx)})

    try:
        await door.store.read(read)
        await door.store.write(lambda tx: processes.beat(tx, "web", os.getpid()))
    except StoreUnavailable as error:
        problems.log_failure("remembering the clinics", error)
    try:
        await door.store.run(prepare)
    except ContentError as error:
        log.critical("no message can be screened: %s", error)
