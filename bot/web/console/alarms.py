"""What of the house is broken in a way that the person on duty must know: the queue says it above everything else."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from bot.errors import ContentError
from bot.safety import prepare
from bot.store import incidents, processes
from bot.store.database import Transaction
from bot.store.processes import Process

SILENT = timedelta(seconds=30)
CHECK_SECONDS = 60


def alarms(tx: Transaction, clinic_id: str) -> tuple[str, ...]:
    """The names of what is wrong now, as ``alarms`` of the console's wording explains them; none if all is well."""
    found = []
    if not _screen_works(int(tx.now.timestamp()) // CHECK_SECONDS):
        found.append("screen")
    if not _is_heard(processes.state(tx), tx.now):
        found.append("worker")
    wrong = {one.kind for one in incidents.open_of(tx, clinic_id)}
    found += [kind for kind in incidents.KINDS if kind in wrong and kind not in found]
    return tuple(found)


def troubles(tx: Transaction, clinic_id: str, escalation_id: str) -> tuple[str, ...]:
    """The same for one record: what went wrong with telling people about it."""
    return tuple(one.kind for one in incidents.open_of(tx, clinic_id) if one.subject == escalation_id)


def _is_heard(known: Mapping[str, Process], now: datetime) -> bool:
    return "worker" in known and now - known["worker"].beat_at < SILENT


@lru_cache(maxsize=2)
def _screen_works(period: int) -> bool:  # noqa: ARG001 - one look per period: reading the rules anew takes seconds.
    try:
        prepare()
    except ContentError:
        return False
    return True
