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
FIRST = (*BASIC, "safe_time", "town", "place", "alone", "emergency_person", "relation", "purpose", "med_word")
APART = ("contact", "safe_contact")
NEVER = ("not_safe",)
TEXT_ONLY = ("text_no_name",)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """``safe`` is empty where nobody knows whether it is safe to call; ``number`` where none is known, or not safe.

    ``scheme`` is what a tap does with the number: "tel" or "sms".
    """

    safe: str
    contact: str = field(repr=False)
    number: str = field(repr=False)
    scheme: str
    facts: tuple[tuple[str, str], ...] = field(repr=False)


def reach(facts: Mapping[str, Any], conversation: Conversation | None, words: Words) -> Reach:
    """What the record shows of a person; nothing that is not known is left out in silence."""
    rule = facts.get("safe_contact")
    contact = _text("contact", facts.get("contact"), words)
    return Reach(
        safe=named(words["safe_contact"], rule) if isinstance(rule, str) and rule else "",
        contact=contact,
        number="" if rule in NEVER else number_in(contact),
        scheme="sms" if rule in TEXT_ONLY else "tel",
        facts=tuple(_facts(facts, words)) + tuple(_standing(conversation, words)),
    )


def number_in(text: str) -> str:
    """The first telephone number in a text, as a tap can dial it; empty if there is none."""
    found = NUMBER.search(text)
    return re.sub(r"[^\d+]", "", found.group()) if found else ""


def _facts(facts: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    shown = [name for name in FIRST if name in facts] + [name for name in facts if name not in (*FIRST, *APART)]
    labels = words["facts"]["names"]
    lines = [(named(labels, name), _text(name, facts[name], words) or words["facts"]["not_known"]) for name in shown]
    unknown = [name for name in BASIC if name not in facts]
    return [(named(labels, name), str(words["facts"]["not_known"])) for name in unknown] + lines


def _standing(conversation: Conversation | None, words: Words) -> list[tuple[str, str]]:
    if conversation is None:
        return [(words["facts"]["kept"], words["facts"]["erased"])]
    voice = "person_holds" if conversation.holder else "bot_holds"
    return [
        (words["facts"]["consent"], named(words["facts"]["consents"], conversation.consent)),
        (words["facts"]["language"], conversation.language),
        (words["facts"]["holder"], words["facts"][voice]),
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
