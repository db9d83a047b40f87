"""What the queues of a clinic show, read once for everybody who looks at the same moment: fifty open consoles cost
hardly more than one.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from bot.store.database import Database
from bot.web.console.board import Gathered, gather

FRESH_SECONDS = 1.0  # Limits pass and people leave without anybody committing anything.


@dataclass(frozen=True, kw_only=True)
class _Kept:
    found: Gathered
    version: int
    read_at: float
    drawn: dict[Hashable, str] = field(default_factory=dict)


class Gathering:
    """Shared by the streams of a process; `stir` after every commit."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._version = 0
        self._kept: dict[str, _Kept] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def stir(self) -> None:
        """Somebody has committed something; safe to call from any thread."""
        self._version += 1

    def of(self, clinic_id: str) -> Gathered:
        """What is there now, at most FRESH_SECONDS old and never older than the last commit that was told."""
        with self._locks[clinic_id]:
            kept = self._kept.get(clinic_id)
            if kept and kept.version == self._version and time.monotonic() - kept.read_at < FRESH_SECONDS:
                return kept.found
            version, read_at = self._version, time.monotonic()
            with self._db.read() as tx:
                found = gather(tx, clinic_id)
            self._kept[clinic_id] = _Kept(found=found, version=version, read_at=read_at)
            return found

    def drawn(self, clinic_id: str, found: Gathered, key: Hashable, draw: Callable[[], str]) -> str:
        """What ``draw`` makes of what was gathered, made once for all who see the same."""
        with self._locks[clinic_id]:
            kept = self._kept[clinic_id]
            if kept.found is not found:
                return draw()
            if key not in kept.drawn:
                kept.drawn[key] = draw()
            return kept.drawn[key]
