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
    found = tx.row(sa.select(processes).where(processes.c.name == name), lock=True)
    if found is None:
        tx.run(sa.insert(processes), {"name": name, "pid": pid, "starts": 1, "started_at": tx.now, "beat_at": tx.now})
    elif found.pid == pid:
        tx.run(sa.update(processes).where(processes.c.name == name).values(beat_at=tx.now))
    else:
        started = {"pid": pid, "starts": found.starts + 1, "started_at": tx.now, "beat_at": tx.now}
        tx.run(sa.update(processes).where(processes.c.name == name).values(**started))


def state(tx: Transaction) -> dict[str, Process]:
    """The last known state of every process, by name."""
    return {row.name: Process(**row._mapping) for row in tx.rows(sa.select(processes).order_by(processes.c.name))}
