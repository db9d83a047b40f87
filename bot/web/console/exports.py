"""Exports: a file for a person who has shown just now, by the password, that it is them. Each is a row of the trail.

The form is the same wherever something can be taken away; a page that has it includes ``console/export.html``.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.store.database import Transaction
from bot.web.console.access import (
    BadForm,
    View,
    Visit,
    anonymous,
    enter,
    error_page,
    guarded,
    look,
    note,
    prove,
    read_form,
    refusals_noted,
    signed_in,
)
from bot.web.console.rendering import HEADERS, Failure, page_words
from bot.web.security import is_same_origin

JSON = "application/json"
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class File:
    """What is taken away."""

    name: str
    media_type: str
    text: str = field(repr=False)


Write = Callable[[Visit, Transaction], File]


def asked(visit: Visit, tx: Transaction) -> dict[str, Any]:
    """What the form needs beside the page's own context."""
    words = page_words("people", visit.clinic)
    return {"asks_proof": not visit.is_proved(tx), "proof": words["proof"], "exporting": words["exporting"]}


def as_json(name: str, value: Any) -> File:
    return File(name=f"{name}.json", media_type=JSON, text=json.dumps(value, default=str, indent=2, ensure_ascii=False))


def export(write: Write, *, view: View, kind: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of an export; without proof the page ``view`` is shown again, and says what is missing."""

    async def endpoint(request: Request) -> Response:
        try:
            values = await read_form(request)
        except BadForm:
            return PlainTextResponse("", 413)
        return await run_in_threadpool(guarded, request, lambda: _answer(request, values, write, view, kind))

    return endpoint


def _answer(request: Request, values: Mapping[str, str], write: Write, view: View, kind: str) -> Response:
    if not is_same_origin(request.headers, request.app.state.settings):
        return error_page(request, "foreign", 403)
    member = signed_in(request)
    if member is None:
        return anonymous(request, values)
    visit = enter(request, member, values)
    prove(visit)
    with refusals_noted(visit, kind), visit.db.read() as tx:
        file = write(visit, tx) if visit.is_proved(tx) else None
    if file is None:
        said = page_words("people", visit.clinic)["proof"]
        failure = Failure(lines=(said["missing"],), link="#export", link_words=said["password"])
        return look(request, view, kind=kind, form=values, failure=failure, status=422)
    note(visit, "export", kind)
    disposition = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return Response(file.text, media_type=file.media_type, headers={**HEADERS, **disposition})
