"""From what the network makes of the parts of a message to level, action and categories. Pure.

A score is the log of odds: of being flagged at all against not, of being urgent or worse against not, of being worth
a note against not. The worst part of a message counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from bot.content.examples import LEVELS

URGENT, SAME_DAY, NOTE = 2, 3, 4  # How many levels are at least so bad.
TAIL = 50


@dataclass(frozen=True)
class Scores:
    """Of one message: how bad its worst part is. ``worst`` is the number of the part that is likeliest flagged."""

    urgent: float
    flagged: float
    noted: float
    worst: int


@dataclass(frozen=True, kw_only=True)
class Bar:
    """From which score on an action is taken. ``slope`` and ``offset`` make a probability of a score (Platt 1999)."""

    page: float
    ask: float
    review: float
    note: float
    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, float]) -> Bar:
        return cls(**{name: float(value) for name, value in data.items()})

    def to_json(self) -> dict[str, float]:
        return asdict(self)

    def certainty(self, score: float) -> float:
        return float(1 / (1 + np.exp(-(self.slope * score + self.offset))))


def scores(levels: np.ndarray, crowd: float) -> Scores:
    """The scores of a message from those of its parts, one row each."""
    off = crowd * float(np.log(len(levels)))
    flagged = odds(levels, SAME_DAY)
    return Scores(
        urgent=float(odds(levels, URGENT).max()) - off,
        flagged=float(flagged.max()) - off,
        noted=float(odds(levels, NOTE).max()) - off,
        worst=int(flagged.argmax()),
    )


def odds(levels: np.ndarray, worse_than: int) -> np.ndarray:
    """For each row the log-odds of the first so many levels against the rest."""
    return _log_sum(levels[:, :worse_than]) - _log_sum(levels[:, worse_than:])


def bar_for(found: Sequence[float], rate: float) -> float:
    """The score that no more than this share of harmless messages reach. Where these would be fewer than ``TAIL``, it
    is read off the shape of the tail (Davison and Smith 1990): the one or two highest are chance."""
    ordered = sorted(found, reverse=True)
    allowed = rate * len(ordered)
    if allowed >= TAIL or len(ordered) <= TAIL:
        return ordered[int(allowed)] + 1e-6
    foot = ordered[TAIL]
    excess = sum(ordered[:TAIL]) / TAIL - foot
    return foot + excess * float(np.log(TAIL / max(allowed, 0.5)))


def action_of(found: Scores, bar: Bar) -> str:
    if found.flagged >= bar.ask:
        return "page" if found.urgent >= bar.page else "ask"
    return "review" if found.flagged >= bar.review or found.noted >= bar.note else "none"


def level_of(found: Scores, row: np.ndarray, action: str, bar: Bar, worse_from: float) -> str:
    """The level of the worst part, at least urgent where it pages."""
    if action == "review" and found.flagged < bar.review:
        return "note"
    shares = np.exp(row[:SAME_DAY] - row[:SAME_DAY].max())
    so_bad = np.cumsum(shares / shares.sum())
    named = LEVELS[int((so_bad >= worse_from).argmax())]
    return "urgent" if action == "page" and named == "same_day" else named


def categories_of(row: np.ndarray, names: Sequence[str], share: float) -> list[str]:
    """The likeliest category, and every other one that has so large a share, likeliest first."""
    order = np.argsort(-row, kind="stable")
    return [names[number] for place, number in enumerate(order) if place == 0 or row[number] >= share]


def _log_sum(rows: np.ndarray) -> np.ndarray:
    top = rows.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(rows - top).sum(axis=1, keepdims=True)))[:, 0]
