"""Trains layer 2: a linear model over the wording, and the network on ever new variants of the training sentences.

What says nearly the same as a held-out sentence is left out before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.content.examples import LEVELS, Example
from bot.engine.embeddings import sentence_encoder
from bot.engine.meaning.kept import remembered
from bot.engine.meaning.lessons import Lessons
from bot.engine.meaning.network import Network
from bot.engine.meaning.settings import Schedule
from bot.engine.meaning.surface import Surface

UNNAMED = -1
Tell = Callable[[str], None]


def train(examples: Sequence[Example], names: Sequence[str], schedule: Schedule, tell: Tell) -> tuple[Network, Surface]:
    """Raises nothing of its own; ``tell`` hears of every step, with figures and without a sentence."""
    held_out = [example for example in examples if example.part != "train"]
    learnt = without_near([example for example in examples if example.part == "train"], held_out, schedule.too_near)
    tell(f"{len(learnt)} sentences to learn from")
    surface = Surface.learn(
        [example.text for example in learnt],
        [example.flagged for example in learnt],
        [_category(example, names) for example in learnt],
    )
    network, lessons = Network(len(LEVELS), schedule), Lessons(learnt, surface, schedule)
    for epoch in range(schedule.epochs):
        losses = network.learn(epoch, lessons.next())
        lessons.heard(losses)
        tell(f"epoch {epoch + 1} of {schedule.epochs}: {len(losses)} samples, loss {losses.mean():.3f}")
    return network, surface


def without_near(learnt: Sequence[Example], held_out: Sequence[Example], too_near: float) -> list[Example]:
    """The examples that say nothing that a held-out one says in nearly the same words (by cosine)."""
    if not held_out:
        return list(learnt)
    vectors = remembered(
        [example.text for example in (*learnt, *held_out)], lambda texts: sentence_encoder().encode(texts)
    )
    nearest = (vectors[: len(learnt)] @ vectors[len(learnt) :].T).max(axis=1)
    return [example for example, near in zip(learnt, nearest, strict=True) if near < too_near]


def _category(example: Example, names: Sequence[str]) -> int:
    return names.index(example.category) if example.level != "none" else UNNAMED
