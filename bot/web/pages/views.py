"""The chat page, the plain page with the crisis contacts, and the demonstration clinic's page.

The clinic is looked up within two seconds; when the database is away, what this process last knew of the clinic is
shown, or the contacts of the fallback country. These pages never fail for want of the database.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.content.reading import CONTENT
from bot.errors import NotFound, StoreError
from bot.store import clinics, rota
from bot.store.rows import Clinic
from bot.web.contacts import contacts_for
from bot.web.hours import hours_values
from bot.web.pages.rendering import render
from bot.web.security import may_be_framed_by
from bot.web.words import Words, words

DEMONSTRATION = "demo"
LOOK_UP_SECONDS = 2


async def chat(request: Request) -> Response:
    """The conversation's page, for a clinic's patients, or for the frame on that clinic's site."""
    name = request.query_params.get("clinic", DEMONSTRATION)
    clinic, status = await known_clinic(request, name)
    may_be_framed_by(request, clinic.settings.origins if clinic else ())
    if status == 404:
        return _page("unknown.html", clinic, status=status)
    return _page("chat.html", clinic, status=status, slug=name)


async def me(request: Request) -> Response:
    """A patient's own pages. The page is the same for everybody: its scripts ask for what is shown with the token."""
    name = request.query_params.get("clinic", DEMONSTRATION)
    clinic, status = await known_clinic(request, name)
    may_be_framed_by(request, clinic.settings.origins if clinic else ())
    if status == 404:
        return _page("unknown.html", clinic, status=status)
    return _page("me.html", clinic, status=status, slug=name, own="me")


async def help_now(request: Request) -> Response:
    """The contacts and the clinic's hours on one plain page without script."""
    name = request.query_params.get("clinic", DEMONSTRATION)
    clinic, status = await known_clinic(request, name)
    may_be_framed_by(request, clinic.settings.origins if clinic else ())
    return _page("help_now.html", clinic, status=200 if status == 404 else status, slug=name if clinic else None)


async def demonstration(request: Request) -> Response:
    """The page of an invented clinic with the widget. Where no such clinic is set up: the contacts."""
    clinic, status = await known_clinic(request, DEMONSTRATION)
    if status == 404:
        return _page("unknown.html", clinic, status=status)
    return _page("demonstration.html", clinic, status=status, slug=DEMONSTRATION)


async def known_clinic(request: Request, name: str) -> tuple[Clinic | None, int]:
    """The clinic, as far as it can be known, and the status that says how far."""
    known = _known(request)

    def look_up() -> Clinic:
        with request.app.state.db.read() as tx:
            found = clinics.get(tx, name)
            hours = hours_values(found, rota.presence(tx, found), None, language=language_of(found))
            return replace(found, settings=replace(found.settings, staff_hours=hours["staff_hours"]))

    try:
        with anyio.fail_after(LOOK_UP_SECONDS):
            clinic = await to_thread.run_sync(look_up, abandon_on_cancel=True)
    except NotFound:
        known.pop(name, None)
        return None, 404
    except (StoreError, TimeoutError):
        return known.get(name), 200 if name in known else 503
    known[name] = clinic
    return clinic, 200


def _known(request: Request) -> dict[str, Clinic]:
    """What this process last saw of each clinic."""
    state = request.app.state
    if not hasattr(state, "known_clinics"):
        state.known_clinics = {}
    known: dict[str, Clinic] = state.known_clinics
    return known


def _page(template: str, clinic: Clinic | None, *, status: int, slug: str | None = None, own: str = "") -> Response:
    language = language_of(clinic)
    wording = words(language, "pages")
    shown = {
        "words": wording,
        "data": {
            "clinic": slug,
            "language": language,
            "words": plain(wording["script"]),
            "help": plain(wording["help"]),
            "fixed": plain(wording["fixed"]),
            "origins": list(clinic.settings.origins) if clinic else [],
            **({own: plain(wording[own])} if own else {}),
        },
        "what_happens": words(language, "crisis")["lines"]["what_happens"],
        "language": language,
        "clinic": clinic.settings if clinic else None,
        "clinic_name": clinic.settings.name if clinic else wording["common"]["the_clinic"],
        "contacts": contacts_for(clinic),
        "slug": slug,
    }
    return HTMLResponse(render(template, shown), status)


def language_of(clinic: Clinic | None) -> str:
    """The language of a clinic's pages: its own where that is written, else English."""
    language = clinic.settings.language if clinic else "en"
    return language if (CONTENT / language / "pages.yml").exists() else "en"


def plain(wording: Mapping[str, Any]) -> dict[str, Any]:
    """Wording as a plain dict, for JSON."""
    return {key: plain(value) if isinstance(value, Words) else value for key, value in wording.items()}
