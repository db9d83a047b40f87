"""Statistics for the monthly review: plots with the table behind each, and the same as CSV and JSON."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from bot.store import statistics
from bot.store.database import Transaction
from bot.store.statistics import Figures
from bot.web.console.access import Visit, anonymous, enter, guarded, note, signed_in
from bot.web.console.rendering import HEADERS, Page, page_words

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
        "span": _span(visit.request),
        "spans": SPANS,
        "longest": longest or 1,
        "busiest": max((one.opened for one in found.days), default=0) or 1,
    }
    return Page(template="figures", context=context)


def as_json(request: Request) -> Response:
    """All tables at once."""
    return _export(request, lambda found: (json.dumps(asdict(found), default=str, indent=2), "application/json"))


def as_csv(request: Request) -> Response:
    """One table: times, precision or days."""
    table = request.query_params.get("table", "")

    def written(found: Figures) -> tuple[str, str]:
        rows = [asdict(one) for one in getattr(found, table if table in TABLES else TABLES[0])]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue(), "text/csv; charset=utf-8"

    return _export(request, written)


def _export(request: Request, written: Callable[[Figures], tuple[str, str]]) -> Response:
    def answer() -> Response:
        member = signed_in(request)
        if member is None:
            return anonymous(request, {})
        visit = enter(request, member, {})
        with visit.db.read() as tx:
            text, kind = written(_figures(visit, tx))
        note(visit, "export", "figures")
        return Response(text, media_type=kind, headers={**HEADERS, "Content-Disposition": "attachment"})

    return guarded(request, answer)


def _figures(visit: Visit, tx: Transaction) -> Figures:
    zone = ZoneInfo(visit.clinic.settings.timezone)
    return statistics.figures(tx, visit.clinic.id, days=_span(visit.request), zone=zone)


def _span(request: Request) -> int:
    asked = request.query_params.get("days", "")
    return int(asked) if asked in map(str, SPANS) else SPANS[0]
