"""The ladder: a record that nobody acknowledges is paged again, to the next person, the managers, the clinic's contact.

The limits stand in ``bot/content/clocks.yml`` and count from the newest first page (opened, raised, claim run out). It
stands in the outbox: a restart forgets nothing, and a level that rises begins anew. What is overdue is paged at once,
each step once.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.content.clocks import WORKING, limits
from bot.store import clinics, escalations, incidents, outbox, rota
from bot.store.database import Database, Transaction
from bot.store.findings import ALERTING, GRAVE
from bot.store.rows import Clinic, Escalation
from bot.store.shifts import Rota

STEPS = ("second", "manager", "clinic")
FIRST = ("opened", "raised", "claim_expired")
KIND = "unacknowledged"


def climb(db: Database) -> int:
    """Owe every page that is due now, and open or close the incidents that go with it. Gives how many pages."""
    with db.read() as tx:
        if not any(_looks(tx, clinic) for clinic in clinics.all(tx)):
            return 0
    with db.write() as tx:
        return sum(_climb(tx, clinic) for clinic in clinics.all(tx))


def _looks(tx: Transaction, clinic: Clinic) -> bool:
    """Whether there is anything to look at: a record that waits, or an incident that may be over."""
    return bool(_waiting(tx, clinic) or incidents.open_of(tx, clinic.id))


def _climb(tx: Transaction, clinic: Clinic) -> int:
    rota_ = rota.load(tx, clinic)
    waiting = _waiting(tx, clinic)
    pages = 0
    for record in waiting:
        for step in _due(tx, clinic, rota_, record):
            outbox.add(
                tx, clinic_id=clinic.id, kind=KIND, level=record.level, escalation_id=record.id, step=step
            )  # fmt: skip
            pages += 1
    _note(tx, clinic, rota_, waiting)
    return pages


def _waiting(tx: Transaction, clinic: Clinic) -> list[Escalation]:
    queue = escalations.queue(tx, clinic.id)
    return [one for one in queue if one.action in ALERTING and one.acknowledged_at is None and one.level != "note"]


def _due(tx: Transaction, clinic: Clinic, rota_: Rota, record: Escalation) -> Iterator[str]:
    """The steps whose moment has come and that were not paged since the first page."""
    owed = outbox.of_escalation(tx, record.id)
    begun = max((one.created_at for one in owed if one.kind in FIRST), default=record.level_at)
    paged = {one.step for one in owed if one.kind == KIND and one.created_at >= begun}
    for step in STEPS:
        at = _moment(clinic, rota_, record.level, step, begun)
        if step not in paged and at is not None and at <= tx.now:
            yield step


def _moment(clinic: Clinic, rota_: Rota, level: str, name: str, begun: datetime) -> datetime | None:
    """When a limit has passed, in working time where it is one and there is a rota; None if the level has none."""
    clock = limits(clinic.settings.clocks).get(level, {})
    if name in clock:
        return begun + clock[name]
    working = f"{name}_working"
    if working not in WORKING or working not in clock:
        return None
    return rota_.after_working(begun, clock[working]) if rota_.is_set else begun + clock[working]


def _note(tx: Transaction, clinic: Clinic, rota_: Rota, waiting: list[Escalation]) -> None:
    """Incidents: records overdue, emergencies while nobody is on duty; and those that are over."""
    overdue = {one.id for one in waiting if _is_overdue(tx, clinic, rota_, one)}
    for record_id in overdue:
        incidents.opened(tx, clinic.id, KIND, record_id)
    alone = rota_.is_set and not rota_.is_open(tx.now) and any(one.level in GRAVE for one in waiting)
    if alone:
        incidents.opened(tx, clinic.id, "no_duty", clinic.id)
    still = {one.id for one in escalations.queue(tx, clinic.id)}
    for one in incidents.open_of(tx, clinic.id):
        seen = one.kind == KIND and one.subject not in overdue
        gone = one.kind == "undelivered" and one.subject != clinic.id and one.subject not in still
        if seen or gone or (one.kind == "no_duty" and not alone):
            incidents.closed(tx, clinic.id, one.kind, one.subject)


def _is_overdue(tx: Transaction, clinic: Clinic, rota_: Rota, record: Escalation) -> bool:
    at = _moment(clinic, rota_, record.level, "acknowledge", record.level_at)
    return at is not None and at <= tx.now
