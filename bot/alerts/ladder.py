"""The ladder: a record that nobody acknowledges is paged again, to the next person, the managers, the clinic's contact.

The limits stand in ``bot/content/clocks.yml`` and count from the newest first page (opened, raised, claim run out). It
stands in the outbox: a restart forgets nothing, and a level that rises begins anew. What is overdue is paged at once,
each step once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.content.clocks import WORKING, limits_of
from bot.store import clinics, escalations, incidents, outbox, rota
from bot.store.database import Database, Transaction
from bot.store.findings import ALERTING, GRAVE
from bot.store.rows import Clinic, Escalation
from bot.store.shifts import Rota

STEPS = ("second", "manager", "clinic")
FIRST = ("opened", "raised", "claim_expired")
KIND = "unacknowledged"
NO_DUTY = "no_duty"


@dataclass(frozen=True, kw_only=True)
class _Moves:
    """What is to be done for one clinic: pages to owe, incidents (kind, subject) to open and to close."""

    pages: tuple[tuple[Escalation, str], ...]
    begun: frozenset[tuple[str, str]]
    over: frozenset[tuple[str, str]]

    @property
    def any(self) -> bool:
        return bool(self.pages or self.begun or self.over)


def climb(db: Database) -> int:
    """Owe every page that is due now, and open or close the incidents that go with it. Gives how many pages.

    Mostly there is nothing to do: that is seen in a transaction that only reads, so that no console wakes up for it.
    """
    with db.read() as tx:
        if not any(_moves(tx, clinic).any for clinic in clinics.all(tx)):
            return 0
    with db.write() as tx:
        return sum(_climb(tx, clinic) for clinic in clinics.all(tx))


def _climb(tx: Transaction, clinic: Clinic) -> int:
    clinics.lock(tx, clinic.id)
    moves = _moves(tx, clinic)
    for record, step in moves.pages:
        outbox.add(
            tx, clinic_id=clinic.id, kind=KIND, level=record.level, escalation_id=record.id, step=step
        )  # fmt: skip
    for kind, subject in moves.begun:
        incidents.opened(tx, clinic.id, kind, subject)
    for kind, subject in moves.over:
        incidents.closed(tx, clinic.id, kind, subject)
    return len(moves.pages)


def _moves(tx: Transaction, clinic: Clinic) -> _Moves:
    rota_ = rota.load(tx, clinic)
    records = escalations.queue(tx, clinic.id)
    waiting = [one for one in records if one.action in ALERTING and one.acknowledged_at is None and one.level != "note"]
    pages = tuple((record, step) for record in waiting for step in _due(tx, clinic, rota_, record))
    wrong = {(KIND, one.id) for one in waiting if _is_overdue(tx, clinic, rota_, one)}
    if rota_.is_set and not rota_.is_open(tx.now) and any(one.level in GRAVE for one in waiting):
        wrong.add((NO_DUTY, clinic.id))
    known = {(one.kind, one.subject) for one in incidents.open_of(tx, clinic.id)}
    left = {("undelivered", one.id) for one in records} | {("undelivered", clinic.id)}
    ours = {one for one in known if one[0] in (KIND, NO_DUTY)}
    gone = {one for one in known if one[0] == "undelivered"} - left
    return _Moves(pages=pages, begun=frozenset(wrong - known), over=frozenset((ours - wrong) | gone))


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
    clock = limits_of(level, clinic.settings.clocks)
    if name in clock:
        return begun + clock[name]
    working = f"{name}_working"
    if working not in WORKING or working not in clock:
        return None
    return rota_.after_working(begun, clock[working]) if rota_.is_set else begun + clock[working]


def _is_overdue(tx: Transaction, clinic: Clinic, rota_: Rota, record: Escalation) -> bool:
    at = _moment(clinic, rota_, record.level, "acknowledge", record.level_at)
    return at is not None and at <= tx.now
