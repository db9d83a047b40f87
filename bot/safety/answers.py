"""Structured answers that are signals: a "yes" on the safety ladder needs no rule to be understood.

The table is content (``bot/content/risk_answers.yml``); a number answers as its digits, a button as its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.safety.assessment import ACTIONS, CATEGORIES, LEVELS, Assessment, Finding, assess
from bot.safety.lined_yaml import Entry, read_yaml

ANSWERS_FILE = Path(__file__).parents[1] / "content" / "risk_answers.yml"
ANY_OPTION = "*"
_KEYS = ("state", "option", "category", "level", "action")


@dataclass(frozen=True, kw_only=True)
class AnswerSignal:
    """What one option of one dialogue state means."""

    category: str
    level: str
    action: str


@dataclass(frozen=True, kw_only=True)
class AnswerTable:
    """Every answer that is a signal, under its state and option; ``*`` stands for any option not named."""

    version: str
    signals: Mapping[tuple[str, str], tuple[AnswerSignal, ...]]
    harmless: frozenset[tuple[str, str]]

    def screen(self, state: str, options: Sequence[str]) -> Assessment:
        """The assessment of the chosen options of a state: all of them, the worst counts."""
        findings = [
            Finding(category=found.category, level=found.level, action=found.action, reason=f"answer {state}: {option}")
            for option in options
            for found in self._of(state, option)
        ]
        return assess(findings, rules_version=self.version)

    def _of(self, state: str, option: str) -> tuple[AnswerSignal, ...]:
        if (state, option) in self.harmless:
            return ()
        return self.signals.get((state, option)) or self.signals.get((state, ANY_OPTION), ())


def load_answers(path: Path = ANSWERS_FILE) -> AnswerTable:
    """The table of signal answers; ContentError with ``file:line:`` if an entry is wrong."""
    given = read_yaml(path).mapping(allowed=("version", "answers", "harmless"), required=("version", "answers"))
    signals: dict[tuple[str, str], tuple[AnswerSignal, ...]] = {}
    for entry in given["answers"].entries():
        key, signal = _signal(entry)
        if signal in signals.get(key, ()):
            raise entry.place.error(f"state {key[0]!r}, option {key[1]!r} is there twice")
        signals[key] = (*signals.get(key, ()), signal)
    harmless = {
        (values["state"].text(), option.text())
        for item in (given["harmless"].entries() if "harmless" in given else [])
        for values in [item.mapping(allowed=("state", "options"), required=("state", "options"))]
        for option in values["options"].entries()
    }
    return AnswerTable(version=f"answers-{given['version'].text()}", signals=signals, harmless=frozenset(harmless))


def _signal(entry: Entry) -> tuple[tuple[str, str], AnswerSignal]:
    given = entry.mapping(allowed=_KEYS, required=_KEYS)
    signal = AnswerSignal(
        category=given["category"].one_of(CATEGORIES),
        level=given["level"].one_of(LEVELS),
        action=given["action"].one_of(ACTIONS),
    )
    return (given["state"].text(), given["option"].text()), signal
