"""Renders the console's pages: one Jinja environment that escapes everything, and the few filters that pages need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from bot.content.reading import CONTENT
from bot.store.roles import MAY, may
from bot.store.rows import Clinic, Member
from bot.web.console.clocks import spell
from bot.web.words import Words, words

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
HEADERS = {"Referrer-Policy": "same-origin"}  # With "no-referrer" a browser posts our own forms with "Origin: null".
UTC = "UTC"
CONSOLE = ("console", "console_record", "console_patient")  # Files of wording that the templates share.


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a view gives: a template, what it shows, and the status. ``seen`` is what the audit trail names."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict, repr=False)
    status: int = 200


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why an act was not done, in sentences, with a link to what helps."""

    lines: tuple[str, ...]
    link: str = ""
    link_words: str = ""


def console_words(clinic: Clinic | None = None) -> Words:
    """What every page of the console says."""
    return words(_written(clinic, *CONSOLE), *CONSOLE)


def page_words(name: str, clinic: Clinic | None = None) -> Words:
    """The wording of some pages in the clinic's language, or in English where nobody has written it yet."""
    return words(_written(clinic, name), name)


def _written(clinic: Clinic | None, *files: str) -> str:
    language = clinic.settings.language if clinic else "en"
    return language if all((CONTENT / language / f"{name}.yml").is_file() for name in files) else "en"


def respond(
    page: Page, *, now: datetime, clinic: Clinic | None = None, member: Member | None = None, demo: bool = False
) -> HTMLResponse:
    """The page as a response, for a member of a clinic or for nobody yet."""
    html = render(page, now=now, clinic=clinic, member=member, demo=demo)
    return HTMLResponse(html, page.status, HEADERS)


def render(
    page: Page, *, now: datetime, clinic: Clinic | None = None, member: Member | None = None, demo: bool = False
) -> str:
    """The page's HTML, or that of a part of a page."""
    context = {
        "words": console_words(clinic),
        "now": now,
        "clinic": clinic,
        "member": member,
        "demo": demo or (clinic is not None and clinic.settings.demo),
        "zone": ZoneInfo(clinic.settings.timezone if clinic else UTC),
        "can": frozenset(right for right in MAY if member and may(member.role, right)),
        "here": "",
        "failure": None,
    }
    return _environment().get_template(f"console/{page.template}.html").render(context | dict(page.context))


def named(table: Words, name: str) -> str:
    """The wording of an identifier; one that nobody has worded yet is shown as it is: a page must not fail for it."""
    return str(table[name]) if name in table else name.replace("_", " ")


def local(at: datetime, now: datetime, zone: ZoneInfo, words: Words) -> str:
    """A moment in the clinic's time; the day only if it is not today, the year only if it is not this one."""
    there, today = at.astimezone(zone), now.astimezone(zone)
    form = "today" if there.date() == today.date() else "year" if there.year == today.year else "other"
    return there.strftime(str(words["moments"][form]))


def reference(row_id: str) -> str:
    """What people say on the telephone for a row: the first six signs of its id."""
    return f"{row_id[:3]}-{row_id[3:6]}".upper()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "fill": _fill,
        "local": _local,
        "spell": _spell,
        "seconds": lambda count: timedelta(seconds=count),
        "named": named,
        "category": _category,
        "reference": reference,
    }
    return environment


def _fill(sentence: str, **values: object) -> Markup:
    """A sentence with its {words} filled in; values that are not markup already are escaped."""
    return Markup(escape(sentence)).format(**values)  # noqa: S704 - the sentence is escaped here, the values by format.


@pass_context
def _local(context: Context, at: datetime) -> str:
    return local(at, context["now"], context["zone"], context["words"])


@pass_context
def _spell(context: Context, span: timedelta) -> str:
    return spell(span, context["words"]["clock"]["units"])


@pass_context
def _category(context: Context, name: str) -> str:
    return named(context["words"]["categories"], name)
