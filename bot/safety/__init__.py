"""Layer 1 of the risk screen: rules as data over plain words. Pure: no clock, no network, no store.

``screen`` reads free text, ``screen_answer`` a structured answer. Both always give an ``Assessment``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bot.safety.answers import AnswerTable, load_answers
from bot.safety.assessment import (
    ACTIONS,
    CATEGORIES,
    LEVELS,
    NONE_ASSESSMENT,
    UNSCREENED,
    Assessment,
    Span,
    stronger,
    worse,
)
from bot.safety.loading import load_rules
from bot.safety.rules import Rules
from bot.safety.screening import Screen

__all__ = [
    "ACTIONS",
    "CATEGORIES",
    "LEVELS",
    "NONE_ASSESSMENT",
    "UNSCREENED",
    "Assessment",
    "Rules",
    "Span",
    "load_rules",
    "prepare",
    "screen",
    "screen_answer",
    "stronger",
    "worse",
]


@cache
def _ready() -> Screen:
    return Screen(load_rules())


@cache
def _answers() -> AnswerTable:
    return load_answers()


def prepare() -> str:
    """Read all rules now rather than at the first message; gives their version. ContentError if one is wrong."""
    _answers()
    return _ready().rules.version


def screen(text: str, history: Sequence[str] = ()) -> Assessment:
    """What the rules find in a message; ``history`` holds the patient's messages of the last minutes, oldest first.

    Deterministic, never raises for any text, and its cost grows linearly with the length.
    """
    return _ready().screen(text, history)


def screen_answer(state: str, options: Sequence[str]) -> Assessment:
    """What the chosen option ids (or the value as text) of a dialogue state mean."""
    return _answers().screen(state, options)
