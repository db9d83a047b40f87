"""What the queues of a clinic show, read once for everybody who looks at the same moment: fifty open consoles cost
hardly more than one.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from bot.store.database import Database
from bot.store.rows import Clinic
from bot.web.console.board import Gathered, gather

FRESH_SECONDS = 1.0  # Limits pass and people leave without anybody committing anything.


@dataclass(frozen=True, kw_only=True)
class _Kept:
    found: Gathered
    version: int
    read_at: float


@dataclass(kw_only=True)
class _Room:
    """What one clinic's streams share."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: _Kept | None = None
    drawn: dict[Hashable, tuple[float, str]] = field(default_factory=dict)


class Gathering:
    """Shared by the streams of a process; `stir` after every commit."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._version = 0
        self._rooms: defaultdict[str, _Room] = defaultdict(_Room)

    def stir(self) -> None:
        """Somebody has committed something; safe to call from any thread."""
        self._version += 1

    def of(self, clinic: Clinic) -> Gathered:
        """What is there now, at most FRESH_SECONDS old, with everything in it that was told before this was called.

        Of those who come while one reads, the next reads for all.
        """
        asked_at, room = time.monotonic(), self._rooms[clinic.id]
        with room.lock:
            now, kept = time.monotonic(), room.kept
            if kept and (kept.read_at >= asked_at or (kept.version == self._version and _is_fresh(kept.read_at, now))):
                return kept.found
            version = self._version
            with self._db.read() as tx:
                found = gather(tx, clinic)
            room.kept = _Kept(found=found, version=version, read_at=now)
            return found

    def drawn(self, clinic_id: str, key: Hashable, draw: Callable[[], str]) -> str:
        """What ``draw`` makes, made once for all who see the same at nearly the same time."""
        room = self._rooms[clinic_id]
        with room.lock:
            now = time.monotonic()
            room.drawn = {known: one for known, one in room.drawn.items() if _is_fresh(one[0], now)}
            if key not in room.drawn:
                room.drawn[key] = now, draw()
            return room.drawn[key][1]


def _is_fresh(since: float, now: float) -> bool:
    return now - since < FRESH_SECONDS
