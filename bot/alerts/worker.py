"""The worker process: a few jobs, each run again and again for as long as the process lives.

What the jobs do is decided where the process is put together (``bot/commands/work.py``); here is only how they are run:
each on its own, so that a slow or failing one does not hold up the others, with a growing pause after a failure, and
with log lines that name the job and the kind of error but never carry what the error says of a patient.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.errors import BetweenSessionsError
from bot.store import processes
from bot.store.database import Database

BEAT_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
NAME = "worker"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something to do every ``seconds``; after a failure the pause doubles, up to a minute."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[object]]


async def run(db: Database, jobs: Sequence[Job], *, stop: asyncio.Event) -> None:
    """Run the jobs and the heartbeat until ``stop`` is set; a job that is running then is cancelled."""
    beat = Job(name="heartbeat", seconds=BEAT_SECONDS, run=lambda: asyncio.to_thread(_beat, db))
    running = [asyncio.create_task(repeat(job), name=job.name) for job in (beat, *jobs)]
    await stop.wait()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def repeat(job: Job) -> None:
    """Run one job for ever."""
    failures = 0
    while True:
        try:
            await job.run()
        except Exception as error:  # A job that fails in a way that nobody thought of must not stop the worker.
            failures += 1
            log.warning("job %s failed (%s), failure %d in a row", job.name, _said(error), failures)
        else:
            failures = 0
        await asyncio.sleep(pause(job, failures))


def pause(job: Job, failures: int) -> float:
    """Seconds until the job runs again: its own rhythm, or 1, 2, 4 … 60 after failures if that is longer."""
    if failures == 0:
        return job.seconds
    # The exponent is bounded too: a database that is away for a day is thousands of failures.
    return max(job.seconds, min(2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS))


def _said(error: Exception) -> str:
    """Only our own errors have messages that are known to carry no patient's words."""
    return str(error) if isinstance(error, BetweenSessionsError) else type(error).__name__


def _beat(db: Database) -> None:
    with db.write() as tx:
        processes.beat(tx, NAME, os.getpid())
