"""`between serve worker`: the worker process put together, with the jobs that run in it."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.alerts import ladder, worker
from bot.alerts.dispatch import Dispatcher
from bot.alerts.worker import Job
from bot.errors import Conflict, NotFound
from bot.settings import Settings
from bot.store import conversations, erasure, escalations, timed
from bot.store.database import Database, Transaction, open_database
from bot.web.rasa import RasaClient
from bot.web.storing import Store
from bot.web.turns import TurnRunner

TURNS_SECONDS = 1.0
TIMED_SECONDS = 1.0
LADDER_SECONDS = 2.0
ALERTS_SECONDS = 0.5
PROVISIONAL_SECONDS = 60.0
CLAIMS_SECONDS = 15.0
RETENTION_SECONDS = 3600.0
SWEEP_SECONDS = 600.0
PROVISIONAL_IDLE = timedelta(minutes=60)
ACTOR = "system"


def run_worker(settings: Settings) -> None:
    """Run the jobs until SIGTERM or SIGINT."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("alembic", "httpx", "httpcore"):  # An address would tell who talked when.
        logging.getLogger(chatty).setLevel(logging.WARNING)
    database = open_database(settings)
    try:
        asyncio.run(_run(settings, database))
    finally:
        database.close()


async def _run(settings: Settings, database: Database) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    rasa = RasaClient(settings.rasa_url, settings.inner_secret)
    runner = TurnRunner(Store(database), rasa)
    dispatcher = Dispatcher(database, public_url=settings.public_url)
    jobs = (
        *safety_jobs(database, dispatcher, runner),
        Job(name="provisional", seconds=PROVISIONAL_SECONDS, run=_in_thread(erase_provisional, database)),
        Job(name="claims", seconds=CLAIMS_SECONDS, run=_in_thread(expire_claims, database)),
        Job(name="retention", seconds=RETENTION_SECONDS, run=_in_thread(erase_past_retention, database)),
        Job(name="sweep", seconds=SWEEP_SECONDS, run=_in_thread(erasure.sweep, database)),
    )
    try:
        await worker.run(database, jobs, stop=stop)
    finally:
        await dispatcher.aclose()
        await runner.aclose()
        await rasa.aclose()


def safety_jobs(database: Database, dispatcher: Dispatcher, runner: TurnRunner) -> tuple[Job, ...]:
    """What people's safety hangs on: the worker does it, and the web process while the worker is away."""
    return (
        Job(name="alerts", seconds=ALERTS_SECONDS, run=dispatcher.run_due),
        Job(name="ladder", seconds=LADDER_SECONDS, run=_in_thread(ladder.climb, database)),
        Job(name="timed", seconds=TIMED_SECONDS, run=_in_thread(owe_lines, database)),
        Job(name="turns", seconds=TURNS_SECONDS, run=runner.run_due),
    )


def owe_lines(database: Database) -> int:
    """Owe what the bot says because time has passed. Gives how many lines."""
    with database.read() as tx:
        if not timed.due(tx):
            return 0
    with database.write() as tx:
        return len(timed.owe(tx))


def erase_provisional(database: Database) -> int:
    """Erase what was said without consent, once it has ended or nobody wrote for an hour. Gives how many."""
    with database.read() as tx:
        due = _clinics_of(tx, conversations.provisional_before(tx, tx.now - PROVISIONAL_IDLE))
    return _erase_all(database, due)


def erase_past_retention(database: Database) -> int:
    """Erase what a clinic no longer keeps. Gives how many conversations."""
    with database.read() as tx:
        due = _clinics_of(tx, conversations.past_retention(tx))
    return _erase_all(database, due)


def expire_claims(database: Database) -> list[str]:
    """Free what somebody claimed and then left; gives the escalations' ids."""
    with database.write() as tx:
        return escalations.expire_claims(tx)


def _clinics_of(tx: Transaction, conversation_ids: list[str]) -> list[tuple[str, str]]:
    """Clinic and conversation for each id."""
    return [(conversations.find(tx, one).clinic_id, one) for one in conversation_ids]


def _erase_all(database: Database, due: list[tuple[str, str]]) -> int:
    return sum(_erase(database, clinic_id, conversation_id) for clinic_id, conversation_id in due)


def _erase(database: Database, clinic_id: str, conversation_id: str) -> bool:
    try:
        erasure.erase(database, clinic_id, conversation_id, actor=ACTOR)
    except (Conflict, NotFound):  # On legal hold, or erased by somebody else meanwhile.
        return False
    return True


def _in_thread(work: Callable[[Database], object], database: Database) -> Callable[[], Awaitable[object]]:
    return lambda: asyncio.to_thread(work, database)
