"""The rules as data: what a rule, a context and a look-alike are, frozen, with every pattern ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.safety.patterns import Pattern, Phrase
from bot.safety.words import Spelling

CONTEXTS = (
    "negation",
    "past",
    "other_person",
    "hypothetical",
    "quotation",
    "dream",
    "retraction",
    "laughter",
    "intrusive",
    "hyperbole",
    "idiom",
)
DIRECTIONS = ("forward", "backward", "both")
SCOPES = ("clause", "sentence", "message")
LAUGHTER = "laughter"


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """Who of the clinic read a rule, and when; ``by`` is ``none`` until somebody has."""

    by: str
    on: str | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One signal. Its numbers point into ``Rules.patterns``; a ``firm`` one is an act, plan, time, weapon or child."""

    id: str
    literal: str
    category: str
    level: str
    action: str
    reviewed: Reviewed
    language: str = "en"
    firm: bool = False
    keeps: frozenset[str] = frozenset()
    within: int = 30
    patterns: tuple[str, ...] = ()
    token_patterns: tuple[Any, ...] = ()
    exceptions: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_anywhere: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a context may do to a rule's finding: a level it becomes, or steps down to a floor, and an action cap."""

    becomes: str | None = None
    steps: int = 0
    floor: str = "none"
    action: str | None = None
    firm_too: bool = False
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class ContextRule:
    """Words that change what the words beside them mean, in the manner of ConText (Harkema and others 2009)."""

    id: str
    context: str
    direction: str
    scope: str
    within: int
    patterns: tuple[str, ...]
    exceptions: tuple[str, ...] = ()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class LookAlike:
    """Fixed phrases that are never a signal of the named categories (of any, if none is named)."""

    id: str
    patterns: tuple[str, ...]
    categories: frozenset[str]
    reviewed: Reviewed


@dataclass(frozen=True, kw_only=True)
class Example:
    """A sentence that a group of rules must flag, or must leave alone."""

    group: str
    category: str
    text: str
    flagged: bool
    place: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Everything that layer 1 knows."""

    version: str
    rules: tuple[Rule, ...]
    contexts: tuple[ContextRule, ...]
    effects: Mapping[str, Effect]
    look_alikes: tuple[LookAlike, ...]
    terminators: frozenset[str]
    turning: frozenset[str]
    spelling: Spelling
    classes: Mapping[str, frozenset[Phrase]]
    compiled: Mapping[str, tuple[Pattern, ...]]
    reach: Mapping[str, int]
    languages: Mapping[str, frozenset[str]]
    examples: tuple[Example, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Every rule under its id."""
        return {rule.id: rule for rule in self.rules}
