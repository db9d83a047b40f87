"""The worker runs each job for itself, waits longer after failures, and logs nothing that a patient said."""

import asyncio
import logging

import pytest

from bot.alerts import worker
from bot.alerts.worker import Job
from bot.errors import StoreUnavailable
from bot.store import processes
from bot.store.database import Database

CANARY = "heliotrope"


async def run_until(database: Database, jobs: list[Job], enough: asyncio.Event) -> None:
    """Run the jobs until enough has happened, then stop as SIGTERM does."""
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(database, jobs, stop=stop))
    await asyncio.wait_for(enough.wait(), 20)
    stop.set()
    await asyncio.wait_for(running, 10)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 2), (1, 2), (2, 2), (3, 4), (4, 8), (7, 60), (8, 60), (2000, 60)]
)
def test_the_pause_grows_after_failures_up_to_a_minute(failures: int, seconds: float) -> None:
    job = Job(name="job", seconds=2, run=lambda: asyncio.sleep(0))

    assert worker.pause(job, failures) == seconds


def test_a_job_that_fails_holds_up_no_other_and_its_words_are_not_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> int:
        enough, ran = asyncio.Event(), 0

        async def fails() -> None:
            raise RuntimeError(f"the patient said {CANARY}")

        async def works() -> None:
            nonlocal ran
            ran += 1
            if ran == 3:
                enough.set()

        jobs = [Job(name="fails", seconds=0.01, run=fails), Job(name="works", seconds=0.01, run=works)]
        await run_until(database, jobs, enough)
        return ran

    with caplog.at_level(logging.DEBUG):
        ran = asyncio.run(scene())

    assert ran >= 3
    assert "job fails failed (RuntimeError)" in caplog.text
    assert CANARY not in caplog.text


def test_an_error_of_ours_is_logged_with_its_message(caplog: pytest.LogCaptureFixture, database: Database) -> None:
    async def scene() -> None:
        enough = asyncio.Event()

        async def fails() -> None:
            enough.set()
            raise StoreUnavailable("the database cannot be used now")

        await run_until(database, [Job(name="fails", seconds=0.01, run=fails)], enough)

    asyncio.run(scene())

    assert "the database cannot be used now" in caplog.text


def test_a_job_that_never_ends_does_not_keep_the_worker_from_stopping(database: Database) -> None:
    async def scene() -> None:
        enough = asyncio.Event()

        async def hangs() -> None:
            enough.set()
            await asyncio.Event().wait()

        await run_until(database, [Job(name="hangs", seconds=1, run=hangs)], enough)

    asyncio.run(scene())


def test_the_worker_says_that_it_lives(database: Database) -> None:
    async def scene() -> None:
        enough = asyncio.Event()

        async def looks() -> None:
            with database.read() as tx:
                if worker.NAME in processes.state(tx):
                    enough.set()

        await run_until(database, [Job(name="looks", seconds=0.05, run=looks)], enough)

    asyncio.run(scene())

    with database.read() as tx:
        assert processes.state(tx)[worker.NAME].starts == 1
