"""Every miss and every false alarm as a page of Markdown, to be read by people: docs/risk-misses.md is one of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.risk.judging import Judged


def write_listing(sets: dict[str, list[Judged]], path: Path) -> None:
    """The sentences of each set that were missed, worst first, and those that gave a false alarm, strongest first."""
    path.write_text("\n".join(_lines(sets)) + "\n", encoding="utf-8")


def _lines(sets: dict[str, list[Judged]]) -> Iterator[str]:
    yield "# What the risk screen missed, and what it wrongly flagged"
    yield ""
    yield "Made by `make evaluate-risk` (var/risk/misses.md). Nothing may be chosen by looking at these sentences."
    for name, judged in sets.items():
        missed = [one for one in judged if one.sentence.flagged and one.action() == "none"]
        alarms = [one for one in judged if one.sentence.harmless and one.action() != "none"]
        yield from _table(f"{name}: {len(missed)} missed", "wanted", [(str(one.sentence.level), one) for one in missed])
        yield from _table(f"{name}: {len(alarms)} false alarms", "action", [(one.action(), one) for one in alarms])


def _table(title: str, head: str, rows: Sequence[tuple[str, Judged]]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"## {title}", "", f"| {head} | category | layer | sentence |", "|---|---|---|---|")
    for first, one in sorted(rows, key=lambda row: (row[0], row[1].sentence.category)):
        category = one.sentence.category if one.sentence.flagged else ", ".join(one.categories)
        text = " ".join(one.sentence.text.split()).replace("|", "\\|")
        yield f"| {first} | {category} | {one.layer} | {text} |"
