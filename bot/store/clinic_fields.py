"""What a clinic's settings may be: one table of fields, read from text, for the console's forms and for scripts alike.

A text that cannot be used gives a problem by its name; its words are the console's and the command line's own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.content.reading import CONTENT, read
from bot.errors import Incomplete

TEXT_CHARACTERS = 200
SECRET_CHARACTERS = 32
DAYS = {"resume_days": (1, 365), "retention_days": (1, 3650)}
CONTACT_TEXTS = {"name": 80, "number": 60, "tel": 20, "text_to": 60, "hours": 80, "verified_by": 80}
DIALLED = re.compile(r"[+*#0-9]{2,20}")
COLOUR = re.compile(r"#[0-9a-f]{6}")
WRITTEN_TO = re.compile(r"[+0-9]{2,20}(\?body=\S{1,40})?")

Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Problem(Exception):
    """Why a text cannot be a field's value, by the name of the sentence that says so."""

    name: str


def _text(text: str) -> str:
    if len(text) > TEXT_CHARACTERS:
        raise Problem("too_long")
    return text


def _name(text: str) -> str:
    if not text:
        raise Problem("empty")
    return _text(text)


def _country(text: str) -> str:
    if text not in countries():
        raise Problem("country")
    return text


def _language(text: str) -> str:
    if text not in languages():
        raise Problem("language")
    return text


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError) as error:  # Not there, no name of one, or a folder of them.
        raise Problem("timezone") from error


def _flag(text: str) -> bool:
    if text not in ("yes", "no", ""):
        raise Problem("flag")
    return text == "yes"


def _days(name: str) -> Reader:
    least, most = DAYS[name]

    def reader(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise Problem(name)
        return int(text)

    return reader


def _origins(text: str) -> tuple[str, ...]:
    """Sites, by commas or lines: a scheme, a host, perhaps a port, and nothing behind it."""
    found = tuple(one.rstrip("/") for one in re.split(r"[,\s]+", text) if one)
    for one in found:
        parts = urlsplit(one)
        is_local = parts.hostname in ("localhost", "127.0.0.1")
        allowed = ("http", "https") if is_local else ("https",)
        if parts.scheme not in allowed or not parts.hostname or one != f"{parts.scheme}://{parts.netloc}":
            raise Problem("origins")
    return found


def _secret(text: str) -> str:
    if text and len(text) < SECRET_CHARACTERS:
        raise Problem("secret")
    return text


def _consent(text: str) -> str:
    """Whole sentences that can stand behind ours: no question, and nothing that a placeholder would fill."""
    if text and (text[-1] not in ".!" or any(sign in text for sign in "{}?\n\r")):
        raise Problem("consent_text")
    return _text(text)


def _colour(text: str) -> str:
    if text and not COLOUR.fullmatch(text.lower()):
        raise Problem("colour")
    return text.lower()


FIELDS: Mapping[str, Reader] = {
    "name": _name,
    "country": _country,
    "language": _language,
    "timezone": _zone,
    "staff_hours": _text,
    "therapist": _name,
    "resume_days": _days("resume_days"),
    "retention_days": _days("retention_days"),
    "legal_hold": _flag,
    "gad7": _flag,
    "two_person_close": _flag,
    "consent_text": _consent,
    "colour": _colour,
    "origins": _origins,
    "identity_required": _flag,
    "identity_secret": _secret,
}

FLAGS = tuple(name for name, reader in FIELDS.items() if reader is _flag)


def parse(name: str, text: str) -> Any:
    """The value of a field. Raises Problem, or KeyError for a field that nobody sets."""
    return FIELDS[name](text.strip())


def problems(given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each of these fields, by the names of fields and of sentences."""
    found = {}
    for name, text in given.items():
        try:
            parse(name, text)
        except Problem as problem:
            found[name] = problem.name
    return found


def countries() -> tuple[str, ...]:
    """The countries for which crisis contacts are known."""
    return tuple(sorted(read(CONTENT / "crisis_contacts.yml")["countries"]))


def languages() -> tuple[str, ...]:
    """The languages in which the dialogues are written."""
    return tuple(sorted(folder.name for folder in CONTENT.iterdir() if (folder / "onboarding.yml").is_file()))


def contact_problems(given: Mapping[str, str], today: date) -> dict[str, str]:
    """What is wrong with a crisis contact that a clinic enters; who has checked it, and when, belongs to it."""
    found = {name: "too_long" for name, most in CONTACT_TEXTS.items() if len(given.get(name, "")) > most}
    found |= {name: "empty" for name in ("name", "number", "verified_by") if not given.get(name, "").strip()}
    if given.get("tel") and not DIALLED.fullmatch(given["tel"]):
        found["tel"] = "tel"
    if given.get("text_to") and not WRITTEN_TO.fullmatch(given["text_to"]):
        found["text_to"] = "text_to"
    try:
        is_future = date.fromisoformat(given.get("verified_on", "")) > today
    except ValueError:
        is_future = True
    return found | ({"verified_on": "verified_on"} if is_future else {})


def need(found: Mapping[str, str]) -> None:
    """Raises Incomplete if there are problems."""
    if found:
        raise Incomplete(", ".join(f"{name}: {problem}" for name, problem in found.items()))
