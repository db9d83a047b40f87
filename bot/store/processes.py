"""Heartbeats of our processes: who is alive, since when, and how often it was started."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Transaction
from bot.store.schema import processes


@dataclass(frozen=True, kw_only=True)
class Process:
    name: str
    pid: int
    starts: int
    started_at: datetime
    beat_at: datetime


def beat(tx: Transaction, name: str, pid: int) -> None:
    """Say that a process is alive; another pid than before counts as a start."""
    tx.ensure(processes, {"name": name, "pid": pid, "starts": 1, "started_at": tx.now, "beat_at": tx.now})
    mine = sa.update(processes).where(processes.c.name == name)
    if tx.changed(mine.where(processes.c.pid == pid).values(beat_at=tx.now)) == 0:
        tx.run(mine.values(pid=pid, starts=processes.c.starts + 1, started_at=tx.now, beat_at=tx.now))


def state(tx: Transaction) -> dict[str, Process]:
    """The last known state of every process, by name."""
    return {row.name: Process(**row._mapping) for row in tx.rows(sa.select(processes).order_by(processes.c.name))}
