"""The audit trail as managers and administrators search it: who, what, when. Rows hold ids; no word of a patient."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.store import audit, members
from bot.store.audit import AuditRow
from bot.store.database import Transaction
from bot.web.console.access import Visit
from bot.web.console.rendering import Page, page_words

SHOWN = 100
ASKED = ("who", "act", "kind", "since", "until", "before")


def page(visit: Visit, tx: Transaction) -> Page:
    """The newest rows that fit, and where older ones begin."""
    asked = {name: visit.request.query_params.get(name, "").strip() for name in ASKED}
    zone = ZoneInfo(visit.clinic.settings.timezone)
    until = day(asked["until"], zone)
    rows = audit.search(
        tx,
        visit.clinic.id,
        actor=asked["who"] or None,
        act=asked["act"] or None,
        kind=asked["kind"] or None,
        since=day(asked["since"], zone),
        until=until + timedelta(days=1) if until else None,
        before=int(asked["before"]) if asked["before"].isdecimal() else None,
        limit=SHOWN + 1,
    )
    context = {
        "here": "audit",
        "said": page_words("audit", visit.clinic),
        "asked": asked,
        "rows": rows[:SHOWN],
        "older": _older(asked, rows),
        "members": members.of_clinic(tx, visit.clinic.id),
        "names": {one.id: one.name for one in members.of_clinic(tx, visit.clinic.id)},
    }
    return Page(template="audit", context=context)


def day(text: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day in the clinic's time; None for what is no day."""
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(), zone).astimezone(UTC)
    except ValueError:
        return None


def _older(asked: dict[str, str], rows: list[AuditRow]) -> dict[str, str] | None:
    return {**asked, "before": str(rows[SHOWN - 1].seq)} if len(rows) > SHOWN else None
