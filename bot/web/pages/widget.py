"""The loader that clinics put on their own pages: ``<script src="…/widget.js?clinic=demo" async></script>``.

One file holds all that it needs, the clinic's crisis contacts among it: the host's content policy has to allow one
script and one frame, and the contacts are in the browser's cache when this server is away.
"""

import json
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.store.rows import Clinic
from bot.web.contacts import contacts_for
from bot.web.pages.assets import FOLDER
from bot.web.pages.theme import DARK, LIGHT, accents
from bot.web.pages.views import DEMONSTRATION, known_clinic, language_of, plain
from bot.web.words import words

# Old contacts are shown at most once after five minutes, and for a week where this server cannot be reached.
KEEP = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
OUR_ACCENTS = ("#1f6470", "#7cc3cd")  # In css/widget.css: light and dark.
SHOWN = ("name", "number", "tel", "text_to", "hours")


async def loader(request: Request) -> Response:
    """The loader with the clinic's data. An unknown clinic has none: the plain HTML on its page stays."""
    name = request.query_params.get("clinic", DEMONSTRATION)
    clinic, status = await known_clinic(request, name)
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    if clinic is None:
        return Response("", status, headers, "text/javascript")
    return Response(_script(given(clinic)), 200, headers | {"Cache-Control": KEEP}, "text/javascript")


def given(clinic: Clinic) -> dict[str, Any]:
    """What the loader knows of a clinic: no more than everybody may know."""
    wording = words(language_of(clinic), "pages")
    return {
        "clinic": clinic.id,
        "words": plain(wording["widget"])
        | {name: wording["fixed"][name] for name in ("help", "leave_to")}
        | {name: wording["help"][name] for name in ("lead", "call", "close")},
        "contacts": [{name: one[name] for name in SHOWN if one[name]} for one in contacts_for(clinic)],
        "style": _style(clinic.settings.colour),
    }


def _style(colour: str) -> str:
    """The loader's rules, with the clinic's own colour in the place of ours if it has one."""
    style = _source("css/widget.css")
    for look, ours in ((LIGHT, OUR_ACCENTS[0]), (DARK, OUR_ACCENTS[1])) if colour else ():
        style = style.replace(ours, accents(colour, look)["accent"])
    return style


def _script(data: dict[str, Any]) -> str:
    code = _source("js/widget/loader.js")
    return f'(function () {{\n"use strict";\nconst given = {json.dumps(data)};\n{code}}})();\n'


@lru_cache
def _source(path: str) -> str:
    return (FOLDER / path).read_text(encoding="utf-8")
