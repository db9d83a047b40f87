"""Who the patient is and how it is safe to reach them, from the facts that the dialogues kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.store.rows import Conversation
from bot.web.console.rendering import named
from bot.web.words import Words

NUMBER = re.compile(r"\+?\(?\d[\d ()./-]{5,}\d")
BASIC = ("name", "age_band")
FIRST = (*BASIC, "emergency_person", "town", "place", "alone", "relation", "purpose", "med_word")
APART = ("contact", "safe_contact", "safe_time")
CALLED = ("emergency_person",)
NEVER = ("not_safe",)
TEXT_ONLY = ("text_no_name",)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of what is known; ``number`` is what a tap dials, where somebody may be called."""

    label: str
    value: str = field(repr=False)
    number: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """``safe`` is empty where nobody knows whether it is safe to call; ``number`` where none is known, or not safe.

    ``scheme`` is what a tap does with the number: "tel" or "sms".
    """

    safe: str
    contact: str = field(repr=False)
    number: str = field(repr=False)
    scheme: str
    safe_time: str = field(repr=False)
    facts: tuple[Fact, ...] = field(repr=False)


def reach(facts: Mapping[str, Any], conversation: Conversation | None, words: Words) -> Reach:
    """What the record shows of a person; nothing that is not known is left out in silence."""
    rule = facts.get("safe_contact")
    contact = _text("contact", facts.get("contact"), words)
    return Reach(
        safe=named(words["safe_contact"], rule) if isinstance(rule, str) and rule else "",
        contact=contact,
        number="" if rule in NEVER else number_in(contact),
        safe_time=_text("safe_time", facts.get("safe_time"), words),
        scheme="sms" if rule in TEXT_ONLY else "tel",
        facts=tuple(_facts(facts, words)) + tuple(_standing(conversation, words)),
    )


def number_in(text: str) -> str:
    """The first telephone number in a text, as a tap can dial it; empty if there is none."""
    found = NUMBER.search(text)
    return re.sub(r"[^\d+]", "", found.group()) if found else ""


def _facts(facts: Mapping[str, Any], words: Words) -> list[Fact]:
    others = [name for name in facts if name not in (*FIRST, *APART)]
    shown = [name for name in FIRST if name in facts or name in BASIC] + others
    return [_fact(name, _text(name, facts.get(name), words), words) for name in shown]


def _fact(name: str, value: str, words: Words) -> Fact:
    return Fact(
        label=named(words["facts"]["names"], name),
        value=value or str(words["facts"]["not_known"]),
        number=number_in(value) if name in CALLED else "",
    )


def _standing(conversation: Conversation | None, words: Words) -> list[Fact]:
    said = words["facts"]
    if conversation is None:
        return [Fact(label=said["kept"], value=said["erased"])]
    return [
        Fact(label=said["consent"], value=named(said["consents"], conversation.consent)),
        Fact(label=said["language"], value=conversation.language),
        Fact(label=said["holder"], value=said["person_holds" if conversation.holder else "bot_holds"]),
    ]


def _text(name: str, value: Any, words: Words) -> str:
    """A fact as staff read it: the words of an option that was chosen, or what the person typed."""
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_text(name, one, words) for one in value)
    if isinstance(value, bool):
        return str(words["facts"]["yes" if value else "no"])
    values = words["facts"]["chosen"]
    return str(values[name][value]) if name in values and str(value) in values[name] else str(value)
