"""The store, used from the event loop: transactions run in threads, and this process writes one at a time to SQLite.

SQLite has one writer; threads that wait for it inside SQLite sleep longer and longer. Here they stand in line instead,
before those of the console, and who has stood too long is told that the store is unavailable, while a patient still
waits for an answer.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from bot.errors import StoreUnavailable
from bot.store.database import Database, Transaction

T = TypeVar("T")

THREADS = 24
POSTGRES_WRITERS = 16
LINE_SECONDS = 2.0


class Store:
    """A database for coroutines; make it inside the running event loop."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._writers = asyncio.Semaphore(1 if db.is_sqlite else POSTGRES_WRITERS)
        self._threads = CapacityLimiter(THREADS)

    async def read(self, use: Callable[[Transaction], T]) -> T:
        """What ``use`` makes of one read transaction. Raises StoreUnavailable and what ``use`` raises."""

        def work() -> T:
            with self.db.read() as tx:
                return use(tx)

        return await to_thread.run_sync(work, limiter=self._threads)

    async def write(self, use: Callable[[Transaction], T]) -> T:
        """What ``use`` makes of one write transaction, committed when this returns. Raises as ``read`` does."""

        def work() -> T:
            with self.db.write(first=True) as tx:
                return use(tx)

        try:
            async with asyncio.timeout(LINE_SECONDS):
                await self._writers.acquire()
        except TimeoutError:
            raise StoreUnavailable(f"no turn to write came within {LINE_SECONDS:g} s") from None
        # A caller that goes away must not give up the place in line while its thread still writes.
        writing = asyncio.ensure_future(to_thread.run_sync(work, limiter=self._threads))
        writing.add_done_callback(self._written)
        return await asyncio.shield(writing)

    def _written(self, writing: asyncio.Future[T]) -> None:
        self._writers.release()
        if not writing.cancelled():
            writing.exception()  # Looked at here, so that nobody logs it if the caller has gone away.

    async def run(self, work: Callable[[], T]) -> T:
        """Anything else that blocks: screening, or a verb that opens its own transactions."""
        return await to_thread.run_sync(work, limiter=self._threads)
