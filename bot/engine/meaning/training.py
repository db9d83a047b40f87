"""Trains layer 2: variants of the training sentences, the network, and the bars that the development part sets.

Steps: leave out what says nearly the same as a held-out sentence; in each epoch write every sentence as another hand
would, and learn; set the bars so that no more harmless development messages reach an action than content allows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.content.examples import LEVELS, ORDINARY, Example
from bot.engine.embeddings import sentence_encoder
from bot.engine.meaning.decision import SAME_DAY, Bar, Scores, scores
from bot.engine.meaning.network import Network, Sample
from bot.engine.meaning.settings import KINDS, Settings
from bot.engine.meaning.surface import Surface
from bot.engine.meaning.units import units
from bot.engine.meaning.variants import careless, misspelt, surrounded

UNNAMED = -1
Tell = Callable[[str], None]


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


@dataclass(frozen=True)
class Trained:
    reader: Reader
    bar: Bar


def train(examples: Sequence[Example], names: Sequence[str], settings: Settings, tell: Tell) -> Trained:
    """Raises nothing of its own; ``tell`` hears of every step, with figures and without a sentence."""
    chance = random.Random(settings.schedule.seed)  # noqa: S311 - Variants, no secrets.
    held_out = [example for example in examples if example.part != "train"]
    learnt = without_near([example for example in examples if example.part == "train"], held_out, settings.too_near)
    development = [example for example in held_out if example.part == "development"]
    tell(f"{len(learnt)} sentences to learn from, {len(development)} to set the bars with")

    network = Network(len(LEVELS), settings.schedule)
    network.train(lambda _: _samples(learnt, settings.harmless_share, chance), tell)
    surface = Surface.learn(
        [example.text for example in learnt],
        [example.flagged for example in learnt],
        [_category(example, names) for example in learnt],
    )
    reader = Reader(network, surface, settings.wording)
    bar = set_bar(reader, development, settings)
    tell(f"bars: page {bar.page:.2f}, ask {bar.ask:.2f}, review {bar.review:.2f}")
    return Trained(reader, bar)


def without_near(learnt: Sequence[Example], held_out: Sequence[Example], too_near: float) -> list[Example]:
    """The examples that say nothing that a held-out one says in nearly the same words (by cosine)."""
    if not held_out:
        return list(learnt)
    encoder = sentence_encoder()
    kept_away = encoder.encode([example.text for example in held_out])
    nearest = (encoder.encode([example.text for example in learnt]) @ kept_away.T).max(axis=1)
    return [example for example, near in zip(learnt, nearest, strict=True) if near < too_near]


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
    """Just above the scores that too many harmless messages of one kind or the other would reach."""
    bars = [0.0]
    for kind, found in of_kind.items():
        ordered = sorted((float(getattr(one, name)) for one in found), reverse=True)
        if ordered:
            bars.append(ordered[int(rates[kind] * len(ordered))] + 1e-6)
    return max(bars)


def _platt(flagged: Sequence[float], harmless: Sequence[float]) -> tuple[float, float]:
    if not flagged or not harmless:
        return 1.0, 0.0
    found = np.array([*flagged, *harmless])[:, np.newaxis]
    fitted = LogisticRegression().fit(found, [1] * len(flagged) + [0] * len(harmless))
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _samples(examples: Sequence[Example], share: float, chance: random.Random) -> list[Sample]:
    """What one epoch learns from: all that is worth a note or more, and a share of the rest, each in some variant."""
    company = [example.text for example in examples if example.level == "none"]
    return [
        Sample(_variant(example.text, company, chance), LEVELS.index(example.level))
        for example in examples
        if example.level != "none" or chance.random() < share
    ]


def _category(example: Example, names: Sequence[str]) -> int:
    return names.index(example.category) if example.level != "none" else UNNAMED


def _variant(text: str, company: Sequence[str], chance: random.Random) -> str:
    """As it stands (half of the time), as a careless hand would type it, or among other sentences."""
    if chance.random() < 0.4:
        text = misspelt(careless(text), chance.choice((0, 1, 1, 2)), chance)
    if company and chance.random() < 0.25:
        text = surrounded(text, chance.sample(company, min(chance.choice((1, 1, 2, 3)), len(company))), chance)
    return text
