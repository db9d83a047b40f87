"""How well the risk screen reads, on the project's own test parts or on any JSONL file.

python -m bench.risk [FILE.jsonl ...] [--part development] [--rules-only] [--out FOLDER]

A file holds a message a line, {"id", "text", "level"?, "category"?, "register"?}; a clinic can run it on its own.
Every miss and every false alarm goes to FOLDER (var/risk), with the plot. Nothing leaves the machine.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from bench.risk import figures
from bench.risk.curve import draw
from bench.risk.judging import STOPPING, Judged, judge, judge_halves
from bench.risk.listing import write_listing
from bench.risk.sets import Sentence, Talk, own_sets, own_talks, read_file
from bot.commands.meaning import ScoringReader, own_process
from bot.engine.meaning.variants import misspelt, surrounded
from bot.settings import ROOT

SEED = 1
SLIPS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--part", choices=("test", "development"), default="test", help="development: to tune on")
    parser.add_argument("--rules-only", action="store_true", help="layer 1 alone")
    parser.add_argument("--quick", action="store_true", help="without the five variants of each sentence")
    parser.add_argument("--out", type=Path, default=ROOT / "var/risk", help="where misses, false alarms and plot go")
    chosen = parser.parse_args()
    sets = {path.stem: read_file(path) for path in chosen.files} if chosen.files else own_sets(chosen.part)
    talks = [] if chosen.files else own_talks(chosen.part)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with nullcontext() if chosen.rules_only else own_process() as read:
        report(sets, talks, read, chosen.out, variants=not chosen.quick)


def report(
    sets: dict[str, list[Sentence]], talks: Sequence[Talk], read: ScoringReader | None, out: Path, *, variants: bool
) -> None:
    judged = {
        name: judge(sentences, read, lambda done, name=name: _tell(name, done)) for name, sentences in sets.items()
    }
    everything = [one for some in judged.values() for one in some]
    figures.print_sets(judged)
    known = [one for one in everything if one.sentence.level is not None]
    if known:
        for name, some in judged.items():
            figures.print_groups(f"{name}, by category", some, lambda one: one.sentence.category)
            figures.print_groups(f"{name}, by level", some, lambda one: str(one.sentence.level))
            figures.print_groups(f"{name}, by register", some, lambda one: one.sentence.register)
        figures.print_confusion(known)
        figures.print_actions(known)
        if variants:
            figures.print_variants(_variants([one.sentence for one in known], read))
    if talks:
        _print_talks(talks, read)
    _write(out, everything)
    write_listing(judged, out / "misses.md")
    bad, good = (any(one.sentence.flagged for one in known), any(one.sentence.harmless for one in known))
    if read and bad and good:
        draw(known, out / "curve.svg")
    print(f"misses, false alarms{', plot' if read and bad and good else ''}: {out}")


def _variants(sentences: Sequence[Sentence], read: ScoringReader | None) -> dict[str, list[Judged]]:
    """The same sentences as they may also arrive. In a form nothing is read differently: the screen does not know."""
    chance = random.Random(SEED)
    company = [one.text for one in sentences if one.harmless and len(one.text.split()) > 3]
    changed = {
        "as they stand": [one.text for one in sentences],
        "in capitals": [one.text.upper() for one in sentences],
        "with two typing errors": [misspelt(one.text, SLIPS, chance) for one in sentences],
        "inside a longer harmless message": [
            surrounded(one.text, chance.sample(company, min(3, len(company))), chance) for one in sentences
        ],
    }
    of_variant = {
        name: judge([replace(one, text=text) for one, text in zip(sentences, texts, strict=True)], read)
        for name, texts in changed.items()
    }
    return {**of_variant, "split over two messages": judge_halves(sentences, read)}


def _print_talks(talks: Sequence[Talk], read: ScoringReader | None) -> None:
    """Whole harmless conversations: how many are stopped at least once."""
    stopped = []
    for talk in talks:
        sentences = [
            Sentence(id=f"{talk.id}/{number}", text=text, level="none") for number, text in enumerate(talk.messages)
        ]
        stopped += [talk.id] if any(one.action() in STOPPING for one in judge(sentences, read)) else []
    print(f"harmless conversations stopped: {figures.share(len(stopped), len(talks))} {', '.join(stopped)}\n")


def _write(out: Path, judged: Sequence[Judged]) -> None:
    wrong = {
        "misses": [one for one in judged if one.sentence.flagged and one.action() == "none"],
        "false_alarms": [one for one in judged if one.sentence.harmless and one.action() != "none"],
    }
    for name, some in wrong.items():
        lines = [json.dumps(_row(one), ensure_ascii=False) for one in sorted(some, key=lambda each: each.action())]
        (out / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _row(one: Judged) -> dict[str, object]:
    sentence = one.sentence
    return {
        "id": sentence.id, "text": sentence.text, "wanted": sentence.level, "category": sentence.category,
        "level": one.level(), "action": one.action(), "layer": one.layer, "categories": one.categories,
        "score": one.score, "reasons": [*one.rules.reasons, *one.meaning.reasons],
    }  # fmt: skip


def _tell(name: str, done: int) -> None:
    print(f"{name}: {done}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
