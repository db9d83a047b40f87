"""Fills the placeholders of reviewed sentences, after the table in section 0.6 of the clinical content.

What is missing never leaves a hole: by the placeholder's rule in ``_placeholders.yml`` another word stands in, the
sentence is replaced, the word is left out, or (where no rule is given) the whole sentence is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.content.reading import Entry

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_ ]*)\}")
# A sentence ends after . ! ? or …, perhaps a closing quote, before white space; and at the end of a line.
BETWEEN_SENTENCES = re.compile(r"((?<=[.!?…])\s+|(?<=[.!?…][\"”’)])\s+|\n+)")
RULES = ("word", "sentence", "leave_out")


@dataclass(frozen=True)
class Rule:
    """What happens when a placeholder is empty. Everything None: the sentence is left out."""

    word: str | None = None
    sentence: str | None = None
    leave_out: bool = False


def read_rules(entry: Entry) -> dict[str, Rule]:
    """The ``placeholders:`` of a language. Raises ContentError."""
    rules = {}
    for name in entry:
        rule = entry.need(name, Entry)
        rule.only(RULES)
        if len(rule) > 1:
            rule.fail(f"{name!r} has {len(rule)} rules; allowed is at most one of {', '.join(RULES)}")
        rules[name] = Rule(rule.have("word", str), rule.have("sentence", str), rule.have("leave_out", bool, False))
    return rules


def placeholders_in(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> str:
    """The text with its placeholders filled; empty if no sentence could be."""
    parts = BETWEEN_SENTENCES.split(text)
    sentences, gaps = parts[0::2], [*parts[1::2], ""]
    filled = ""
    for sentence, gap in zip(sentences, gaps, strict=True):
        said = _sentence(sentence, values, rules)
        if said is None:
            said = _replacement(sentence, text, values, rules)
        filled += said + gap if said else ""
    return filled.strip()


def _sentence(sentence: str, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> str | None:
    """One sentence, or None if something that it needs is missing."""
    said = _filled(sentence, values, rules)
    return said[:1].upper() + said[1:] if said and sentence.startswith("{") else said


def _filled(text: str, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> str | None:
    for name in placeholders_in(text):
        if _value(name, values, rules) is None:
            if not rules.get(name, Rule()).leave_out:
                return None
            text = re.sub(rf"^\{{{name}\}},?\s*|,?\s*\{{{name}\}}", "", text)
    return PLACEHOLDER.sub(lambda found: str(_value(found.group(1), values, rules)), text)


def _value(name: str, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> str | None:
    given = values.get(name)
    if given is not None and str(given).strip():
        return str(given)
    word = rules.get(name, Rule()).word
    return None if word is None else _filled(word, values, rules)


def _replacement(sentence: str, text: str, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> str:
    """What is said in place of a sentence that could not be filled, unless the text says it already."""
    for name in PLACEHOLDER.findall(sentence):
        instead = rules.get(name, Rule()).sentence
        if instead and _value(name, values, rules) is None:
            needs = placeholders_in(instead)
            if needs and needs <= placeholders_in(text.replace(sentence, "")):
                return ""
            return _sentence(instead, values, rules) or ""
    return ""
