"""The handover of a shift: what is open and who holds it, what is late and still without an outcome, who comes next."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.store import escalations, incidents, members, rota, takeovers, turns
from bot.store.database import Transaction
from bot.store.rows import Escalation, Note
from bot.web.console.access import Visit
from bot.web.console.clocks import Due, due
from bot.web.console.rendering import Page, page_words

NEXT_HOURS = 8


@dataclass(frozen=True, kw_only=True)
class Open:
    """An open record, with the last thing that staff wrote about it; ``is_late``: past a limit, so without a code."""

    record: Escalation
    due: Due | None
    is_late: bool
    note: Note | None = field(repr=False)


def page(visit: Visit, tx: Transaction) -> Page:
    """All that the next person must know, on a page that can be printed."""
    here = rota.presence(tx, visit.clinic)
    records = escalations.queue(tx, visit.clinic.id)
    notes = escalations.last_notes(tx, [one.id for one in records])
    rows = [_open(visit, tx, one, notes.get(one.id)) for one in records]
    next_at = tx.now + timedelta(hours=NEXT_HOURS)
    context = {
        "here": "shift",
        "said": page_words("shift", visit.clinic),
        "duty": page_words("duty", visit.clinic),
        "late": [row for row in rows if row.is_late],
        "rows": [row for row in rows if not row.is_late],
        "held": takeovers.held(tx, visit.clinic.id),
        "unanswered": len(turns.unanswered(tx, visit.clinic.id)),
        "on_duty": here.rota.on_duty(tx.now),
        "comes": here.rota.on_duty(next_at),
        "next_at": next_at,
        "names": {one.id: one.name for one in members.of_clinic(tx, visit.clinic.id)},
        "incidents": incidents.open_of(tx, visit.clinic.id),
    }
    return Page(template="shift", context=context)


def _open(visit: Visit, tx: Transaction, record: Escalation, note: Note | None) -> Open:
    limit = due(record, visit.clinic.settings.clocks)
    is_late = limit is not None and limit.at <= tx.now
    return Open(record=record, due=limit, is_late=is_late, note=note)
