"""Trains layer 2: a linear model over the wording, and the network on ever new variants of the training sentences.

What says nearly the same as a held-out sentence is left out before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bot.content.examples import LEVELS, Example
from bot.engine.embeddings import sentence_encoder
from bot.engine.meaning.kept import remembered
from bot.engine.meaning.lessons import Lessons
from bot.engine.meaning.network import Network
from bot.engine.meaning.settings import Schedule
from bot.engine.meaning.surface import Surface

UNNAMED = -1
Tell = Callable[[str], None]


def learn_wording(learnt: Sequence[Example], names: Sequence[str]) -> Surface:
    """The linear model, in seconds; ``names`` are those of the categories."""
    return Surface.learn(
        [example.text for example in learnt],
        [example.flagged for example in learnt],
        [names.index(example.category) if example.level != "none" else UNNAMED for example in learnt],
    )


def tune(learnt: Sequence[Example], wording: Surface, schedule: Schedule, tell: Tell) -> Network:
    """The network, in minutes; ``tell`` hears of every epoch, with figures and without a sentence."""
    network, lessons = Network(len(LEVELS), schedule), Lessons(learnt, wording, schedule)
    for epoch in range(schedule.epochs):
        losses = network.learn(epoch, lessons.next())
        lessons.heard(losses)
        tell(f"epoch {epoch + 1} of {schedule.epochs}: {len(losses)} samples, loss {losses.mean():.3f}")
    return network


def near_held_out(learnt: Sequence[Example], held_out: Sequence[Example], too_near: float) -> np.ndarray:
    """The numbers of those among ``learnt`` that say what a held-out one says in nearly the same words (by cosine)."""
    if not held_out:
        return np.zeros(0, dtype=int)
    vectors = remembered(
        [example.text for example in (*learnt, *held_out)], lambda texts: sentence_encoder().encode(texts)
    )
    nearest = (vectors[: len(learnt)] @ vectors[len(learnt) :].T).max(axis=1)
    return np.flatnonzero(nearest >= too_near)
