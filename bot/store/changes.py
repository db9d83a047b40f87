"""Noticing commits of other connections, of this process or another: what live pages and the worker wake up by.

SQLite: `PRAGMA data_version` on a connection of its own, every POLL_SECONDS. PostgreSQL: LISTEN on a connection of
its own; every write transaction ends with NOTIFY. A watcher says only *that* something changed: who is told reads
what is new from its cursor.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.errors import StoreError
from bot.store.connections import foreign_errors
from bot.store.database import CHANNEL, Database, Transaction
from bot.store.schema import conversations, escalations

POLL_SECONDS = 0.1
LISTEN_SECONDS = 0.5
RECONNECT_SECONDS = 1.0

MARKS_AT_ONCE = 500

Callback = Callable[[], None]
logger = logging.getLogger(__name__)


def marks(tx: Transaction, conversation_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """For each conversation a value that changes when something that its page shows has changed: one look for many."""
    joined = conversations.outerjoin(
        escalations, sa.and_(escalations.c.conversation_id == conversations.c.id, escalations.c.closed_at.is_(None))
    )
    shown = sa.select(
        conversations.c.id,
        conversations.c.last_seq,
        conversations.c.holder,
        conversations.c.erased_at,
        escalations.c.id.label("escalation_id"),
        escalations.c.last_signal_seq,
        escalations.c.claimed_by,
        escalations.c.alerted_at,
        escalations.c.acknowledged_at,
    ).select_from(joined)
    found: dict[str, tuple[Any, ...]] = {}
    for start in range(0, len(conversation_ids), MARKS_AT_ONCE):
        some = conversation_ids[start : start + MARKS_AT_ONCE]
        found |= {row.id: tuple(row)[1:] for row in tx.rows(shown.where(conversations.c.id.in_(some)))}
    return found


class Watcher:
    """Calls its subscribers after other connections commit. Changes close to each other are told once.

    After the connection was lost, subscribers are called too: something may have changed meanwhile.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._callbacks: set[Callback] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> "Watcher":
        """Begin watching, in a thread. Starting twice changes nothing."""
        with self._lock:
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
                self._thread.start()
        return self

    def stop(self) -> None:
        """End watching and wait for the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        self._stop.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def subscribe(self, callback: Callback) -> Callback:
        """Call `callback`, in the watcher's thread, after every change; starts watching. Gives the function that ends
        this.
        """
        entry = _Entry(callback)
        with self._lock:
            self._callbacks.add(entry)
        self.start()

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.discard(entry)

        return unsubscribe

    async def changes(self) -> AsyncIterator[None]:
        """Yield after every change, for the running event loop; several changes meanwhile yield once."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # The loop was closed.
                loop.call_soon_threadsafe(changed.set)

        unsubscribe = self.subscribe(tell)
        try:
            while True:
                await changed.wait()
                changed.clear()
                yield
        finally:
            unsubscribe()

    def __aiter__(self) -> AsyncIterator[None]:
        return self.changes()

    def _run(self) -> None:
        watch = self._watch_sqlite if self._db.is_sqlite else self._watch_postgres
        while not self._stop.is_set():
            try:
                with foreign_errors():
                    watch()
            except StoreError:
                self._stop.wait(RECONNECT_SECONDS)

    def _watch_sqlite(self) -> None:
        raw = self._db.engine.raw_connection()
        try:
            last: Any = None
            while not self._stop.is_set():
                version = raw.cursor().execute("PRAGMA data_version").fetchone()
                if version != last:
                    last = version
                    self._tell()
                self._stop.wait(POLL_SECONDS)
        finally:
            raw.close()

    def _watch_postgres(self) -> None:
        raw = self._db.engine.raw_connection()
        driver: Any = raw.driver_connection
        raw.detach()  # It listens, so it never goes back to the pool.
        try:
            driver.autocommit = True
            driver.execute(f"LISTEN {CHANNEL}")
            self._tell()
            while not self._stop.is_set():
                if list(driver.notifies(timeout=LISTEN_SECONDS, stop_after=1)):
                    self._tell()
        finally:
            raw.close()

    def _tell(self) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback()
            except Exception:  # One subscriber's failure must not make the others deaf.
                logger.exception("a subscriber failed")


class _Entry:
    """One subscription; the same function may be subscribed twice."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback

    def __call__(self) -> None:
        self._callback()
