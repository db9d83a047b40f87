"""What each epoch of layer 2's training learns from: ever new variants, and more of what it finds hard.

A long text counts because of one line in it, and the network reads it in runs: of a long text that must be flagged, the
run with the worst wording is learnt from, of a harmless one any (multiple instances: Dietterich and others 1997).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from bot.content.examples import LEVELS, Example
from bot.engine.meaning.network import Sample
from bot.engine.meaning.settings import Schedule
from bot.engine.meaning.surface import Surface
from bot.engine.meaning.units import SHORT_WORDS, units
from bot.engine.meaning.variants import careless, misspelt, surrounded

ROOM_WORDS = 25  # Only what is shorter is put among other sentences: the network reads no further than 64 tokens.


class Lessons:
    """Chooses and varies the samples of an epoch, and hears how hard each was."""

    def __init__(self, examples: Sequence[Example], surface: Surface, schedule: Schedule) -> None:
        self._chance = random.Random(schedule.seed)  # noqa: S311 - Variants, no secrets.
        self._examples, self._schedule = examples, schedule
        self._company = [one.text for one in examples if one.level == "none" and _is_short(one.text)]
        self._parts = [_parts(example, surface) for example in examples]
        self._losses: dict[int, float] = {}
        self._chosen: list[int] = []

    def next(self) -> list[Sample]:
        """All that is worth a note and a share of the rest; of what was easy the last time, a smaller share
        (Qin and others 2024, "InfoBatch")."""
        easy = float(np.mean(list(self._losses.values()))) if self._losses else 0.0
        self._chosen = [
            number for number in range(len(self._examples)) if self._chance.random() < self._share(number, easy)
        ]
        return [
            Sample(self._variant(self._chance.choice(self._parts[number])), LEVELS.index(self._examples[number].level))
            for number in self._chosen
        ]

    def heard(self, losses: np.ndarray) -> None:
        """The loss of each sample that ``next`` gave."""
        self._losses.update(zip(self._chosen, map(float, losses), strict=True))

    def _share(self, number: int, easy: float) -> float:
        if number in self._losses:
            return 1.0 if self._losses[number] >= easy else self._schedule.easy_share
        return self._schedule.harmless_share if self._examples[number].level == "none" else 1.0

    def _variant(self, text: str) -> str:
        """As it stands (half of the time), as a careless hand would type it, or among other sentences."""
        chance = self._chance
        if chance.random() < 0.4:
            text = misspelt(careless(text), chance.choice((0, 1, 1, 2)), chance)
        if self._company and chance.random() < 0.2 and len(text.split()) <= ROOM_WORDS:
            others = chance.sample(self._company, min(chance.choice((1, 1, 2)), len(self._company)))
            text = surrounded(text, others, chance)
        return text


def _parts(example: Example, surface: Surface) -> list[str]:
    """What may be learnt from instead of the whole."""
    if _is_short(example.text):
        return [example.text]
    runs = [part.text for part in units(example.text)]
    return [runs[int(surface.read(runs).flagged.argmax())]] if example.flagged else runs


def _is_short(text: str) -> bool:
    return len(text.split()) <= SHORT_WORDS
