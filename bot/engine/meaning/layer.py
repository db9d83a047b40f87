"""Layer 2 as one thing: trained into a folder, loaded from it, asked for its findings."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from bot.content import examples as example_files
from bot.content.own_examples import read_own
from bot.engine import embeddings
from bot.engine.meaning import bars, decision, lessons, network, settings, surface, training, units, variants
from bot.engine.meaning.kept import trained_once

WEIGHTS, FACTS, OWN_SETTINGS = "meaning.npz", "meaning.json", "meaning.yml"
LAYER = "meaning"
Examples = Sequence[example_files.Example]
LEARNING = (example_files, embeddings, lessons, network, surface, training, units, variants)
JUDGING = (*LEARNING, bars, decision, settings)


class Read(NamedTuple):
    """What layer 2 makes of one message: its finding (level, action, categories, reasons, spans), None if there is
    none, and how sure it is that the message must be flagged, as log-odds of no particular zero."""

    finding: dict[str, Any] | None
    score: float


class Layer:
    """The trained network, its bars, and the settings that it was trained with."""

    def __init__(self, reader: bars.Reader, names: Sequence[str], bar: decision.Bar, chosen: settings.Settings) -> None:
        self._reader, self._names, self._bar, self._settings = reader, tuple(names), bar, chosen

    def read(self, texts: Sequence[str]) -> list[Read]:
        """What it makes of each message; all parts of all of them are read in one go."""
        parts = [units.units(text) for text in texts]
        read = self._reader.read([part.text for some in parts for part in some])
        results, start = [], 0
        for some in parts:
            rows = slice(start, start + len(some))
            start = rows.stop
            found = decision.scores(read.levels[rows], self._settings.crowd)
            results.append(Read(self._finding(some, found, read, rows), round(found.flagged, 3)))
        return results

    def _finding(
        self, parts: Sequence[units.Unit], found: decision.Scores, read: bars.Reading, rows: slice
    ) -> dict[str, Any] | None:
        action = decision.action_of(found, self._bar)
        if action == "none":
            return None
        row, part = rows.start + found.worst, parts[found.worst]
        names = decision.categories_of(read.categories[row], self._names, self._settings.category_from)
        if names[0] in self._settings.review_only:
            action = "review"
        level = decision.level_of(found, read.levels[row], action, self._bar, self._settings.worse_level_from)
        place = {"start": part.start, "end": part.end, "rule": LAYER, "category": names[0], "level": level}
        return {
            "level": level,
            "action": action,
            "categories": names,
            "reasons": [f"{LAYER}: {names[0]} {self._bar.certainty(found.flagged):.2f}"],
            "spans": [place],
        }

    @classmethod
    def load(cls, folder: Path) -> Layer:
        """Read back what was trained, and read once with it: the first call traces for seconds."""
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        chosen = settings.read_settings(folder / OWN_SETTINGS)
        layer = cls(_reader(folder, chosen), facts["categories"], decision.Bar.from_json(facts["bar"]), chosen)
        layer.read(["warm"])
        return layer


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a training reads: the folder of examples, the file with the clinics' own, the settings."""

    examples: Path
    own: Path | None
    settings: Path

    def sentences(self) -> tuple[example_files.Example, ...]:
        """All examples. A sentence of a clinic's that the project has too stays in the project's part."""
        found = example_files.read_examples(self.examples)
        own = read_own(self.own) if self.own else ()
        known = {example_files.normal(example.text) for example in found}
        return (*found, *(one for one in own if example_files.normal(one.text) not in known))

    def digest(self, chosen: bytes, code: Sequence[ModuleType]) -> str:
        digest = hashlib.sha256(chosen)
        own = [self.own] if self.own and self.own.exists() else []
        for path in [*sorted(self.examples.glob("*.yml")), *own, *(Path(str(module.__file__)) for module in code)]:
            digest.update(f"{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]


def fingerprint(sources: Sources) -> str:
    """Of everything that a trained layer depends on: sentences, settings, code."""
    return sources.digest(sources.settings.read_bytes(), JUDGING)


def train_into(folder: Path, sources: Sources, *, tell: Callable[[str], None]) -> None:
    """Train, unless the same training was done before, and set the bars. Raises ContentError and SettingError.

    Another bar or rate of false alarms needs no other training: what is learnt does not depend on it.
    """
    chosen = settings.read_settings(sources.settings)
    sentences = cache(sources.sentences)  # Read once, and only if something is to be done.
    learnt = sources.digest(repr(chosen.schedule).encode(), LEARNING)
    trained_once(f"learnt-{learnt}", folder, lambda place: _learn(place, sentences(), chosen, tell))
    trained_once(fingerprint(sources), folder, lambda place: _set_bars(place, folder, sentences(), chosen, tell))
    shutil.copy(sources.settings, folder / OWN_SETTINGS)


def _learn(folder: Path, sentences: Examples, chosen: settings.Settings, tell: Callable[[str], None]) -> None:
    """Write the weights in half precision, which changes no finding, and the model of the wording."""
    tuned, wording = training.train(sentences, _names(sentences), chosen.schedule, tell)
    weights = {f"{number:03}": value.astype(np.float16) for number, value in enumerate(tuned.weights())}
    np.savez(folder / WEIGHTS, **weights)
    wording.save(folder)


def _set_bars(
    folder: Path, learnt: Path, sentences: Examples, chosen: settings.Settings, tell: Callable[[str], None]
) -> None:
    development = [example for example in sentences if example.part == "development"]
    bar = bars.set_bar(_reader(learnt, chosen), development, chosen)
    tell(f"bars from {len(development)} sentences: page {bar.page:.2f}, ask {bar.ask:.2f}, review {bar.review:.2f}")
    facts = {"categories": _names(sentences), "bar": bar.to_json()}
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _reader(folder: Path, chosen: settings.Settings) -> bars.Reader:
    tuned = network.Network(len(example_files.LEVELS), chosen.schedule)
    with np.load(folder / WEIGHTS) as weights:
        tuned.load([weights[name].astype(np.float32) for name in sorted(weights.files)])
    return bars.Reader(tuned, surface.Surface.load(folder), chosen.wording)


def _names(sentences: Examples) -> list[str]:
    return sorted({example.category for example in sentences} - {example_files.ORDINARY})
