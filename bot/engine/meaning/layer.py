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
from bot.engine import embeddings, ngrams
from bot.engine.meaning import bars, decision, lessons, network, settings, surface, training, units, variants, weights
from bot.engine.meaning.kept import trained_once

FACTS, OWN_SETTINGS = "meaning.json", "meaning.yml"
LAYER = "meaning"
Examples = Sequence[example_files.Example]


def _files(*modules: ModuleType) -> tuple[Path, ...]:
    return tuple(Path(str(module.__file__)) for module in modules)


# What a training depends on besides sentences and settings: to learn, and to set the bars.
LEARNING = (
    weights.SHIPPED,
    *_files(example_files, embeddings, lessons, network, ngrams, surface, training, units, variants, weights),
)
JUDGING = (*LEARNING, *_files(bars, decision, settings))


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

    def digest(self, chosen: bytes, *others: Path) -> str:
        digest = hashlib.sha256(chosen)
        own = [self.own] if self.own and self.own.exists() else []
        for path in [*sorted(self.examples.glob("*.yml")), *own, *filter(Path.exists, others)]:
            digest.update(f"{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]


def fingerprint(sources: Sources) -> str:
    """Of everything that a trained layer depends on: sentences, settings, code."""
    return sources.digest(sources.settings.read_bytes(), *JUDGING)


def train_into(folder: Path, sources: Sources, *, tell: Callable[[str], None]) -> None:
    """Train, unless the same training was done before, and set the bars. Raises ContentError and SettingError.

    Another bar or rate of false alarms needs no other training: what is learnt does not depend on it.
    """
    chosen = settings.read_settings(sources.settings)
    sentences = cache(sources.sentences)  # Read once, and only if something is to be done.
    learnt = sources.digest(repr(chosen.schedule).encode(), *LEARNING)
    trained_once(f"learnt-{learnt}", folder, lambda place: _learn(place, sources, sentences(), chosen, tell))
    trained_once(fingerprint(sources), folder, lambda place: _set_bars(place, folder, sentences(), chosen, tell))
    shutil.copy(sources.settings, folder / OWN_SETTINGS)


def tune_into(path: Path, sources: Sources, *, tell: Callable[[str], None]) -> None:
    """Tune the network and write its weights. Raises ContentError and SettingError."""
    chosen = settings.read_settings(sources.settings)
    sentences = sources.sentences()
    part = _to_learn(sentences)
    held_out = [example for example in sentences if example.part != "train"]
    left_out = training.near_held_out(part, held_out, chosen.schedule.too_near)
    learnt = _without(part, left_out)
    tell(f"{len(learnt)} sentences to learn from")
    wording = training.learn_wording(learnt, _names(sentences))
    tuned = training.tune(learnt, wording, chosen.schedule, tell).weights()
    weights.write(path, tuned, learnt_from=matter(sources, chosen), left_out=left_out)


def _learn(
    folder: Path, sources: Sources, sentences: Examples, chosen: settings.Settings, tell: Callable[[str], None]
) -> None:
    """Write the weights, tuned now if they did not come with the program, and the model of the wording."""
    path = folder / weights.FILE
    if weights.came_with_the_program(matter(sources, chosen)):
        shutil.copy(weights.SHIPPED, path)
        tell("the network's weights came with the program")
    else:
        tune_into(path, sources, tell=tell)
    learnt = _without(_to_learn(sentences), weights.left_out(path))
    training.learn_wording(learnt, _names(sentences)).save(folder)


def matter(sources: Sources, chosen: settings.Settings) -> str:
    """What the weights depend on, apart from code: to put code in order must not cost half an hour."""
    return sources.digest(repr(chosen.schedule).encode())


def _to_learn(sentences: Examples) -> Examples:
    return [example for example in sentences if example.part == "train"]


def _without(sentences: Examples, left_out: np.ndarray) -> Examples:
    gone = set(left_out.tolist())
    return [example for number, example in enumerate(sentences) if number not in gone]


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
    tuned.load(weights.values(folder / weights.FILE))
    return bars.Reader(tuned, surface.Surface.load(folder), chosen.wording)


def _names(sentences: Examples) -> list[str]:
    return sorted({example.category for example in sentences} - {example_files.ORDINARY})
