"""The watcher tells of other connections' commits, and of nothing else; also after a lost connection."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bot.store.changes import Watcher
from bot.store.database import Database
from tests.databases import Cluster
from tests.store.conftest import Cast

SECONDS = 5.0


@pytest.fixture
def watcher(cast: Cast) -> Iterator[Watcher]:
    watcher = Watcher(cast.db)
    yield watcher
    watcher.stop()


class Ear:
    """Counts what a watcher tells."""

    def __init__(self, watcher: Watcher) -> None:
        self.heard = threading.Event()
        self.stop = watcher.subscribe(self.heard.set)
        assert self.heard.wait(SECONDS)  # Once at the start: something may have changed before.
        self.heard.clear()


def test_a_commit_is_told(cast: Cast, watcher: Watcher) -> None:
    ear = Ear(watcher)

    cast.says("hello")

    assert ear.heard.wait(SECONDS)


def test_a_commit_of_another_process_is_told(cast: Cast, watcher: Watcher, connect: Callable[..., Database]) -> None:
    ear = Ear(watcher)

    Cast(**{**vars(cast), "db": connect()}).says("hello")

    assert ear.heard.wait(SECONDS)


def test_reading_and_rolling_back_are_not_told(cast: Cast, watcher: Watcher) -> None:
    ear = Ear(watcher)

    cast.shown()
    with pytest.raises(ZeroDivisionError), cast.db.write():
        raise ZeroDivisionError

    assert not ear.heard.wait(0.7)


def test_who_no_longer_listens_is_not_told(cast: Cast, watcher: Watcher) -> None:
    deaf, ear = Ear(watcher), Ear.__new__(Ear)
    ear.heard = threading.Event()
    watcher.subscribe(ear.heard.set)
    deaf.stop()

    cast.says("hello")

    assert ear.heard.wait(SECONDS)
    assert not deaf.heard.is_set()


def test_a_subscriber_that_fails_makes_the_others_not_deaf(
    cast: Cast, watcher: Watcher, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    heard = threading.Event()
    watcher.subscribe(fails)
    watcher.subscribe(heard.set)

    cast.says("hello")

    assert heard.wait(SECONDS)
    assert "ZeroDivisionError" in caplog.text


def test_an_event_loop_is_told(cast: Cast, watcher: Watcher) -> None:
    async def listen() -> int:
        told = 0
        async for _ in watcher:
            told += 1
            if told == 3:
                return told
            await asyncio.to_thread(cast.says, f"hello {told}")
        return told

    assert asyncio.run(asyncio.wait_for(listen(), SECONDS)) == 3
    assert watcher._callbacks == set()


def test_after_stop_nothing_is_told_and_no_thread_is_left(cast: Cast, watcher: Watcher) -> None:
    ear = Ear(watcher)

    watcher.stop()
    watcher.stop()
    cast.says("hello")

    assert not ear.heard.wait(0.5)
    assert "watcher" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_lost_connection_is_made_again(cast: Cast, watcher: Watcher, postgres: Cluster) -> None:
    ear = Ear(watcher)

    postgres.command("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE starts_with(query, 'LISTEN')")

    assert ear.heard.wait(SECONDS)  # Something may have changed meanwhile.
    time.sleep(0.1)
    ear.heard.clear()
    cast.says("hello")
    assert ear.heard.wait(SECONDS)
