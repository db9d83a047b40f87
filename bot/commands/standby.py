"""What the web process does when the worker is dead: it takes over everything that people's safety hangs on.

A flagged message must reach staff whatever else is down (guarantee G3). The front door is what a message comes in by,
so it is there whenever something has to be told. It looks at the worker's heartbeat; once that is late, it does the
same jobs (alerts, ladder, timed lines, owed turns) until the worker is back. Leases in the database keep the two apart.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.alerts import worker
from bot.alerts.dispatch import Dispatcher
from bot.commands.work import safety_jobs
from bot.errors import StoreError
from bot.settings import Settings
from bot.store import clinics, incidents, outbox, processes
from bot.store.database import Database, Transaction
from bot.web.turns import TurnRunner

LOOK_SECONDS = 5.0
LATE = timedelta(seconds=20)  # Four heartbeats.
INCIDENT = "worker"

log = logging.getLogger(__name__)


async def stand_by(settings: Settings, database: Database, runner: TurnRunner) -> None:
    """For ever: look at the worker, and do its urgent work while it is away."""
    begun = database.clock()
    dispatcher = Dispatcher(database, public_url=settings.public_url)
    working: list[asyncio.Task[None]] = []
    try:
        while True:
            away = await asyncio.to_thread(_is_away, database, begun)
            if away and not working:
                log.warning("the worker is away: this process sends alerts and timed lines until it is back")
                working = [
                    asyncio.create_task(worker.repeat(job)) for job in safety_jobs(database, dispatcher, runner)
                ]  # fmt: skip
            elif away is False and working:
                log.warning("the worker is back")
                working = await _stopped(working)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await _stopped(working)
        await dispatcher.aclose()


def _is_away(database: Database, begun: datetime) -> bool | None:
    """Whether the worker is away, with the incident that says so; None while the database cannot say."""
    try:
        with database.read() as tx:
            away = is_late(tx, begun)
            known = any(one.kind == INCIDENT for clinic in clinics.all(tx) for one in incidents.open_of(tx, clinic.id))
        if away != known:
            with database.write() as tx:
                _note(tx, away)
    except StoreError as error:
        log.warning("the worker's heartbeat cannot be read (%s)", type(error).__name__)
        return None
    return away


def is_late(tx: Transaction, begun: datetime) -> bool:
    """Whether the last heartbeat is too old, and this process is old enough to say so: both may have just begun."""
    found = processes.state(tx).get(worker.NAME)
    last = begun if found is None else max(found.beat_at, begun)
    return tx.now - last > LATE


def _note(tx: Transaction, away: bool) -> None:
    """Open the incident of every clinic and page its managers, once; or close it."""
    for clinic in clinics.all(tx):
        if not away:
            incidents.closed(tx, clinic.id, INCIDENT, worker.NAME)
        elif incidents.opened(tx, clinic.id, INCIDENT, worker.NAME):
            outbox.add(tx, clinic_id=clinic.id, kind="worker_down", level="urgent", step="manager")


async def _stopped(tasks: list[asyncio.Task[None]]) -> list[asyncio.Task[None]]:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return []
