"""The monthly sample: conversations in which nothing was flagged, to be read by a person for what was missed.

A reader sees one month of a conversation and nothing of who it is. Each reading is in the audit trail, and its patient
can see it.
"""

from zoneinfo import ZoneInfo

from bot.errors import Conflict, Incomplete
from bot.safety import CATEGORIES
from bot.store import samples
from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.web.console.access import Visit
from bot.web.console.lines import lines
from bot.web.console.rendering import Failure, Page, page_words

HERE = "/console/sample"
DONE = ("drawn", "none", "nothing", "missed")


def page(visit: Visit, tx: Transaction) -> Page:
    """The sample of the last month, or of one that was drawn before."""
    last = samples.last_month(tx.now, _zone(visit))
    drawn = samples.months(tx, visit.clinic.id)
    asked = visit.request.query_params.get("month", "")
    month = asked if asked in drawn else last.name
    said, done = page_words("sample", visit.clinic), visit.request.query_params.get("done", "")
    context = {
        "here": "sample",
        "said": said,
        "month": month,
        "months": drawn,
        "is_drawn": month in drawn,
        "size": samples.SIZE,
        "rows": samples.of_month(tx, visit.clinic.id, month),
        "done": said["done"][done] if done in DONE else "",
    }
    return Page(template="sample", context=context)


def reading(visit: Visit, tx: Transaction) -> Page:
    """One month of one conversation. Raises NotFound."""
    sampled = samples.load(tx, visit.member, visit.subject)
    shown = samples.written(tx, sampled, _zone(visit))
    context = {
        "here": "sample",
        "said": page_words("sample", visit.clinic),
        "sampled": sampled,
        "lines": lines(shown, (), {}),
        "patients": [one for one in shown if one.sender == "patient"],
        "language": visit.clinic.settings.language,
        "categories": CATEGORIES,
        "levels": LEVELS[:-1],
        "kept": {name: visit.form.get(name, "") for name in ("message", "category", "level")},
    }
    return Page(template="sampled", context=context)


def draw(visit: Visit, tx: Transaction) -> str:
    count = samples.draw(tx, visit.member)
    return f"{HERE}?done={'drawn' if count else 'none'}"


def nothing(visit: Visit, tx: Transaction) -> str:
    sampled = samples.nothing_missed(tx, visit.member, visit.subject)
    return f"{HERE}?month={sampled.month}&done=nothing"


def missed(visit: Visit, tx: Transaction) -> str:
    """Raises NotFound, Incomplete, Conflict: see `bot.store.samples`."""
    category, message = visit.form.get("category", ""), visit.form.get("message", "")
    if category not in CATEGORIES or not message:
        raise Incomplete("what was missed is a message, and has a category")
    record = samples.missed(
        tx, visit.member, visit.subject, message_id=message, category=category, level=visit.form.get("level", "")
    )
    return f"/console/escalations/{record.id}"


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:
    said = page_words("sample", visit.clinic)["failed"]
    if isinstance(error, Incomplete):
        return Failure(lines=(said["missing"],), link="#missed", link_words=said["missing_link"]), 422
    return Failure(lines=(said["drawn" if visit.request.url.path == HERE else "read"],)), 409


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.clinic.settings.timezone)
