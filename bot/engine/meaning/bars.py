"""What both models together make of a text, and the bars that the development part sets.

The bars are the lowest with which no more harmless development messages reach an action than content allows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.content.examples import ORDINARY, Example
from bot.engine.meaning.decision import SAME_DAY, Bar, Scores, bar_for, scores
from bot.engine.meaning.network import Network
from bot.engine.meaning.settings import KINDS, Settings
from bot.engine.meaning.surface import Surface
from bot.engine.meaning.units import units
from bot.engine.meaning.variants import surrounded


class Reading(NamedTuple):
    """A row for each text: scores of the levels, and the share of each category."""

    levels: np.ndarray
    categories: np.ndarray


@dataclass(frozen=True)
class Reader:
    """Meaning and wording together: the network says how bad, to which ``weight`` times the wording is added; the
    category comes of the wording alone, which knows it better (64 % against 34 % on development sentences)."""

    network: Network
    surface: Surface
    weight: float

    def read(self, texts: Sequence[str]) -> Reading:
        levels, worded = self.network.read(texts), self.surface.read(texts)
        levels[:, :SAME_DAY] += self.weight * worded.flagged[:, np.newaxis]
        return Reading(levels, worded.categories)


def message_scores(reader: Reader, texts: Sequence[str], crowd: float) -> list[Scores]:
    """The scores of whole messages, all parts read in one go."""
    parts = [units(text) for text in texts]
    read = reader.read([part.text for some in parts for part in some]).levels
    ends = np.cumsum([len(some) for some in parts])
    return [scores(read[end - len(some) : end], crowd) for some, end in zip(parts, ends, strict=True)]


def set_bar(reader: Reader, development: Sequence[Example], settings: Settings) -> Bar:
    """The lowest bars that the stated false-alarm rates allow, alone and among other harmless sentences."""
    chance = random.Random(settings.schedule.seed)  # noqa: S311 - Variants, no secrets.
    harmless = [example for example in development if example.level == "none"]
    ordinary = [example.text for example in harmless if example.category == ORDINARY]
    look_alikes = [example.text for example in harmless if example.category != ORDINARY]
    company = ordinary or look_alikes
    of_kind: dict[str, list[Scores]] = {}
    for kind, texts in zip(KINDS, (ordinary, look_alikes), strict=True):
        padded = [surrounded(text, chance.sample(company, min(2, len(company))), chance) for text in texts]
        of_kind[kind] = message_scores(reader, [*texts, *padded], settings.crowd)
    flagged = message_scores(reader, [one.text for one in development if one.flagged], settings.crowd)
    rates = settings.false_alarms
    ask = _bar(of_kind, rates["ask"], "flagged")
    review = min(_bar(of_kind, rates["review"], "flagged"), ask)
    slope, offset = _platt([one.flagged for one in flagged], [one.flagged for some in of_kind.values() for one in some])
    return Bar(
        page=_bar(of_kind, rates["page"], "urgent"),
        ask=ask,
        review=review,
        note=_bar(of_kind, rates["review"], "noted"),
        slope=slope,
        offset=offset,
    )


def _bar(of_kind: dict[str, list[Scores]], rates: dict[str, float], name: str) -> float:
    """What suits both kinds: the higher bar of the two."""
    found = {kind: [float(getattr(one, name)) for one in some] for kind, some in of_kind.items()}
    return max([0.0, *(bar_for(some, rates[kind]) for kind, some in found.items() if some)])


def _platt(flagged: Sequence[float], harmless: Sequence[float]) -> tuple[float, float]:
    if not flagged or not harmless:
        return 1.0, 0.0
    found = np.array([*flagged, *harmless])[:, np.newaxis]
    fitted = LogisticRegression().fit(found, [1] * len(flagged) + [0] * len(harmless))
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
