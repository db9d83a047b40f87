"""Layer 2 as one thing: trained into a folder, loaded from it, asked for its findings."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bot.content import examples as example_files
from bot.engine import embeddings
from bot.engine.meaning import decision, network, settings, surface, training, units, variants
from bot.engine.meaning.kept import trained_once

WEIGHTS, FACTS, OWN_SETTINGS = "meaning.npz", "meaning.json", "meaning.yml"
LAYER = "meaning"
LEARNING = (example_files, embeddings, decision, network, settings, surface, training, units, variants)


class Read(NamedTuple):
    """What layer 2 makes of one message: its finding (level, action, categories, reasons, spans), None if there is
    none, and how sure it is that the message must be flagged, as log-odds of no particular zero."""

    finding: dict[str, Any] | None
    score: float


class Layer:
    """The trained network, its bars, and the settings that it was trained with."""

    def __init__(
        self, reader: training.Reader, names: Sequence[str], bar: decision.Bar, chosen: settings.Settings
    ) -> None:
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
        self, parts: Sequence[units.Unit], found: decision.Scores, read: training.Reading, rows: slice
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
        tuned = network.Network(len(example_files.LEVELS), chosen.schedule)
        with np.load(folder / WEIGHTS) as weights:
            tuned.load([weights[name].astype(np.float32) for name in sorted(weights.files)])
        reader = training.Reader(tuned, surface.Surface.load(folder), chosen.wording)
        layer = cls(reader, facts["categories"], decision.Bar.from_json(facts["bar"]), chosen)
        layer.read(["warm"])
        return layer


def fingerprint(examples: Path, settings_file: Path) -> str:
    """Of everything that a training depends on: sentences, settings, code."""
    digest = hashlib.sha256()
    code = [Path(str(module.__file__)) for module in LEARNING]
    for path in [*sorted(examples.glob("*.yml")), settings_file, *code]:
        digest.update(f"{path.name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def train_into(folder: Path, examples: Path, settings_file: Path, *, tell: Callable[[str], None]) -> None:
    """Train, unless the same training was done before. Raises ContentError and SettingError."""
    key = fingerprint(examples, settings_file)
    trained_once(key, folder, lambda place: _train(place, examples, settings_file, tell))


def _train(folder: Path, examples: Path, settings_file: Path, tell: Callable[[str], None]) -> None:
    chosen = settings.read_settings(settings_file)
    sentences = example_files.read_examples(examples)
    names = sorted({example.category for example in sentences} - {example_files.ORDINARY})
    trained = training.train(sentences, names, chosen, tell)
    save(folder, trained, names, settings_file)


def save(folder: Path, trained: training.Trained, names: Sequence[str], settings_file: Path) -> None:
    """Write what ``Layer.load`` reads: the weights in half precision, which changes no finding."""
    weights = trained.reader.network.weights()
    np.savez(folder / WEIGHTS, **{f"{number:03}": value.astype(np.float16) for number, value in enumerate(weights)})
    trained.reader.surface.save(folder)
    shutil.copy(settings_file, folder / OWN_SETTINGS)
    facts = {"categories": list(names), "bar": trained.bar.to_json()}
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")
