"""What a patient is shown at once when a finding is serious: level, text and contacts, without database or bot.

Shown for the action ``page``, and for ``ask`` at the levels emergency and urgent.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.store.rota import Presence
from bot.store.rows import Clinic, Escalation
from bot.web.contacts import contacts_for, crisis_words, fill, placeholders_for

GRAVE = ("emergency", "urgent")


class Found(Protocol):
    """An assessment, a finding of layer 2 or an escalation."""

    @property
    def level(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def categories(self) -> tuple[str, ...]: ...


def is_crisis(found: Found) -> bool:
    """Whether the patient is shown a crisis for this."""
    return found.level != "none" and (found.action == "page" or (found.action == "ask" and found.level in GRAVE))


def crisis_for(
    found: Found,
    *,
    clinic: Clinic | None,
    escalation: Escalation | None = None,
    language: str = "en",
    consent: str = "given",
    presence: Callable[[], Presence] | None = None,
    saved: bool = True,
) -> dict[str, Any] | None:
    """``{"level", "text", "contacts"}``, or None. Not ``saved``: nobody was told, and the text says so. ``presence`` is
    asked for only if there is a crisis."""
    if not is_crisis(found):
        return None
    values = placeholders_for(clinic, escalation, language=language, consent=consent, presence=presence and presence())
    if not saved:
        values["team_told"] = ""
    text = fill(_wording(crisis_words(language)["crisis"][found.level], found.categories), values)
    if not saved:
        text = f"{text} {fill(crisis_words(language)['unsaved']['crisis'], values)}"
    return {"level": found.level, "text": text, "contacts": contacts_for(clinic, found.categories)}


def holding(clinic: Clinic | None, *, language: str = "en", said: str = "") -> str:
    """The reply that is given while there is no other; never the words that were ``said`` last."""
    values = placeholders_for(clinic, None, language=language)
    replies = [fill(one, values) for one in crisis_words(language)["holding"]]
    return next(one for one in replies if one != said)


def unsaved(clinic: Clinic | None, *, language: str = "en") -> str:
    """What is said about a message that could not be stored and was no crisis."""
    return fill(crisis_words(language)["unsaved"]["any"], placeholders_for(clinic, None, language=language))


def _wording(by_category: Mapping[str, Any], categories: Sequence[str]) -> str:
    # Categories stand worst first; the first has the word.
    first = categories[0] if categories else "any"
    return str(by_category[first] if first in by_category else by_category["any"])
