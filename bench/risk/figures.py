"""Shares with their uncertainty, and the tables of an evaluation."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from bench.risk.judging import STOPPING, Judged
from bench.table import print_table
from bot.safety import LEVELS

PREVALENCES = (0.015, 0.05)
Z = 1.96


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, Z * Z
    middle = share + square / (2 * of)
    spread = Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + square / of)), min(1.0, (middle + spread) / (1 + square / of))


def share(hits: int, of: int) -> str:
    """``93 of 95, 97.9 % (92.6–99.4)``, or a dash for nothing of nothing."""
    if of == 0:
        return "–"
    low, high = wilson(hits, of)
    return f"{hits} of {of}, {hits / of:.1%} ({100 * low:.1f}–{100 * high:.1f})"


def precision(sensitivity: float, false_alarms: float, prevalence: float) -> float:
    """Of the messages that raise an alarm, the share that should, where so many of all messages should."""
    right, wrong = sensitivity * prevalence, false_alarms * (1 - prevalence)
    return right / (right + wrong) if right + wrong else 1.0


def found(judged: Iterable[Judged], layer: str = "both") -> int:
    return sum(one.action(layer) != "none" for one in judged)


def print_sets(sets: dict[str, list[Judged]]) -> None:
    """A line for each set and layer: what was found, what stayed silent, and what an alarm is worth."""
    rows = []
    for name, judged in sets.items():
        bad, good = _split(judged)
        for layer in ("rules", "meaning", "both"):
            stopped = sum(one.action(layer) in STOPPING for one in good)
            paged = sum(one.action(layer) == "page" for one in good)
            rows.append(
                [
                    name, layer, share(found(bad, layer), len(bad)),
                    share(sum(one.action(layer) in STOPPING for one in bad), len(bad)),
                    share(len(good) - found(good, layer), len(good)),
                    f"{stopped} / {paged}" if good else "–",
                    *_precisions(bad, good, layer),
                ]
            )  # fmt: skip
    head = ["set", "layer", "found (page, ask or review)", "of these stopped", "silent when harmless"]
    head += ["harmless stopped / paged", *(f"precision at {prevalence:.1%}" for prevalence in PREVALENCES)]
    print_table(head, rows)


def print_groups(title: str, judged: Sequence[Judged], group: Callable[[Judged], str]) -> None:
    """Found and silent for each group of the sentences."""
    rows = []
    for name in sorted({group(one) for one in judged}):
        bad, good = _split([one for one in judged if group(one) == name])
        rows.append([name, share(found(bad), len(bad)), share(len(good) - found(good), len(good))])
    print_table([title, "found", "silent when harmless"], rows)


def print_confusion(judged: Sequence[Judged]) -> None:
    """What level was wanted, and what level was named."""
    counts = Counter((one.sentence.level, one.level()) for one in judged)
    rows = [[wanted, *(str(counts[wanted, named] or "") for named in LEVELS)] for wanted in LEVELS]
    print_table(["wanted \\ named", *LEVELS], rows)


def print_actions(judged: Sequence[Judged]) -> None:
    """Which action came of which wanted level, and which layer spoke."""
    actions = Counter((one.sentence.level, one.action()) for one in judged)
    layers = Counter((one.sentence.level, one.layer) for one in judged)
    rows = [
        [
            level,
            *(str(actions[level, action] or "") for action in ("page", "ask", "review", "none")),
            *(str(layers[level, layer] or "") for layer in ("rules", "meaning", "both")),
        ]
        for level in LEVELS
    ]
    print_table(["wanted", "page", "ask", "review", "nothing", "rules alone", "meaning alone", "both"], rows)


def print_variants(of_variant: dict[str, list[Judged]]) -> None:
    rows = []
    for name, judged in of_variant.items():
        bad, good = _split(judged)
        stopped = sum(one.action() in STOPPING for one in good)
        rows.append([name, share(found(bad), len(bad)), share(len(good) - found(good), len(good)), str(stopped)])
    print_table(["the same sentences", "found", "silent when harmless", "harmless stopped"], rows)


def _split(judged: Iterable[Judged]) -> tuple[list[Judged], list[Judged]]:
    judged = list(judged)
    return [one for one in judged if one.sentence.flagged], [one for one in judged if one.sentence.harmless]


def _precisions(bad: Sequence[Judged], good: Sequence[Judged], layer: str) -> list[str]:
    if not bad or not good:
        return ["–"] * len(PREVALENCES)
    sensitivity, alarms = found(bad, layer) / len(bad), found(good, layer) / len(good)
    return [f"{precision(sensitivity, alarms, prevalence):.0%}" for prevalence in PREVALENCES]
