"""`make evaluate-answers`: how well free text is understood as an answer, a number, or inner language.

python -m bench.evaluate_answers [--model FILE]      the sentences: tests/understanding
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.table import print_table
from bench.understanding import NONE, OFFERED, answers, confusions, lines, macro_f1, numbers, understand, whole
from bot import settings
from bot.actions.guesses import are_apart
from bot.commands.train import train

THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a trained model; without it the one for the present files")
    model = parser.parse_args().model or train(settings.load())
    about_answers(model)
    about_numbers()
    about_inner_language(model)


def about_answers(model: Path) -> None:
    rows = lines("answers_test.jsonl")
    found = understand([row["text"] for row in rows], model)
    first, offered = answers(rows, found, 1), answers(rows, found, OFFERED)
    table = [
        [code, str(first[code].of), f"{first[code].value:.2f}", f"{offered[code].value:.2f}"] for code in sorted(first)
    ]
    table.append(["all", str(len(rows)), f"{whole(first):.3f}", f"{whole(offered):.3f}"])
    print_table(["question", "answers", "right option first", "among the two offered"], table)
    print_missed(missed for share in first.values() for missed in share.missed)
    about_thresholds(rows, found)


def about_thresholds(rows: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> None:
    """How a guess would be offered from each threshold on: alone, or with the next; and whether it is right."""
    table = []
    for sure in THRESHOLDS:
        alone, right_alone, right_of_two = 0, 0, 0
        for row, one in zip(rows, found, strict=True):
            best = [(name, chance) for name, chance in one["closest"][row["question"]] if name != "skip"]
            if are_apart(best, sure=sure):
                alone += 1
                right_alone += best[0][0] in row["options"]
            else:
                right_of_two += bool({name for name, _ in best[:OFFERED]} & set(row["options"]))
        table.append([f"{sure:.1f}", str(alone), str(alone - right_alone), str(len(rows) - alone),
                      str(len(rows) - alone - right_of_two)])  # fmt: skip
    print_table(["sure from", "offered alone", "of them wrong", "offered with the next", "of them neither"], table)


def about_numbers() -> None:
    share = numbers(lines("numbers_test.jsonl"))
    print_table(["numbers in words and digits", "read right"], [[str(share.of), f"{share.value:.3f}"]])
    print_missed(share.missed)


def about_inner_language(model: Path) -> None:
    rows = lines("inner_test.jsonl")
    found = understand([row["text"] for row in rows], model)
    best = [[name for name, _ in one["inner"]] for one in found]
    pairs = [(row["category"], names[0]) for row, names in zip(rows, best, strict=True)]
    kept = [found for wanted, found in pairs if wanted == NONE]
    inner = [(row["category"], names) for row, names in zip(rows, best, strict=True) if row["category"] != NONE]
    table = [
        ["macro-F1 over 16 categories and none", f"{macro_f1(pairs):.3f}"],
        ["right category among the first three", f"{sum(name in names for name, names in inner) / len(inner):.3f}"],
        ["none kept as none", f"{kept.count(NONE) / len(kept):.3f}"],
    ]
    print_table(["inner language", f"{len(rows)} sentences"], table)
    print_table(["is", "taken for", "times"], [[a, b, str(count)] for a, b, count in confusions(pairs)])


def print_missed(missed: Iterable[str]) -> None:
    for line in missed:
        print(f"  {line}")
    print(flush=True)


if __name__ == "__main__":
    main()
