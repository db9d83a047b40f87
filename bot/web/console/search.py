"""Search by exact words, category and time. What is asked is posted, so that no word stands in an address or a log."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.store import escalations, search
from bot.store.database import Transaction
from bot.web.console.access import BadForm, Visit, error_page, guarded, look, read_form
from bot.web.console.lines import line
from bot.web.console.rendering import Page, console_words
from bot.web.console.trail import day
from bot.web.security import is_same_origin

SHOWN = 100
ASKED = ("words", "category", "since", "until")


def page(visit: Visit, tx: Transaction) -> Page:
    """The form, and what was found if something was asked for."""
    asked = {name: visit.form.get(name, "").strip() for name in ASKED}
    wording = console_words(visit.clinic)
    zone = ZoneInfo(visit.clinic.settings.timezone)
    since, until = day(asked["since"], zone), day(asked["until"], zone)
    until = until + timedelta(days=1) if until else None
    category = asked["category"] if asked["category"] in wording["categories"] else None
    messages = (
        search.find(tx, visit.clinic.id, asked["words"], since=since, until=until, limit=SHOWN)
        if asked["words"]
        else []
    )
    by_record = bool(category or ((since or until) and not asked["words"]))
    records = (
        escalations.find(tx, visit.clinic.id, category=category, since=since, until=until, limit=SHOWN)
        if by_record
        else []
    )
    context = {
        "here": "search",
        "asked": asked,
        "is_asked": bool(asked["words"] or by_record),
        "is_posted": visit.request.method == "POST",
        "found": [line(message, "", ()) for message in messages],
        "records": records,
        "shown": SHOWN,
        "categories": list(wording["categories"]),
    }
    return Page(template="search", context=context)


async def results(request: Request) -> Response:
    """What was found; a search is one row of the audit trail, which names none of its words."""
    try:
        values = await read_form(request)
    except BadForm:
        return PlainTextResponse("", 413)
    return await run_in_threadpool(guarded, request, lambda: _results(request, values))


def _results(request: Request, values: Mapping[str, str]) -> Response:
    if not is_same_origin(request.headers, request.app.state.settings):
        return error_page(request, "foreign", 403)
    return look(request, page, kind="search", act="search", form=values)
