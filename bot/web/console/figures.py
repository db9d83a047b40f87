"""Statistics for the monthly review: plots with the table behind each, and the same as CSV and JSON."""

import csv
import io
from dataclasses import asdict
from zoneinfo import ZoneInfo

from bot.store import statistics
from bot.store.database import Transaction
from bot.store.statistics import Figures
from bot.web.console import exports
from bot.web.console.access import Visit
from bot.web.console.exports import CSV, File
from bot.web.console.rendering import Page, page_words

SPANS = (28, 91, 365)
TABLES = ("times", "precision", "days")


def page(visit: Visit, tx: Transaction) -> Page:
    """The figures of the span that was asked for."""
    found = _figures(visit, tx)
    longest = max((one.ninetieth or 0 for one in found.times), default=0)
    context = {
        "here": "figures",
        "said": page_words("figures", visit.clinic),
        "figures": found,
        "span": _span(visit),
        "spans": SPANS,
        "longest": longest or 1,
        "busiest": max((one.opened for one in found.days), default=0) or 1,
        **exports.asked(visit, tx),
    }
    return Page(template="figures", context=context)


def write(visit: Visit, tx: Transaction) -> File:
    """All tables as JSON, or one of them as CSV."""
    found, table = _figures(visit, tx), visit.form.get("what", "")
    if table not in TABLES:
        return exports.as_json("statistics", asdict(found))
    rows = [asdict(one) for one in getattr(found, table)]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return File(name=f"{table}.csv", media_type=CSV, text=text.getvalue())


def _figures(visit: Visit, tx: Transaction) -> Figures:
    zone = ZoneInfo(visit.clinic.settings.timezone)
    return statistics.figures(tx, visit.clinic.id, days=_span(visit), zone=zone)


def _span(visit: Visit) -> int:
    asked = visit.form.get("days") or visit.request.query_params.get("days", "")
    return int(asked) if asked in map(str, SPANS) else SPANS[0]
