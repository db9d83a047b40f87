"""Every worked case of the reflective session over the chat API: by choices, in typed words, and 40 with detours.

    python -m bench.reflections --seed 1 [--ways chosen typed detours] [--cases V01 V02] [--database-url URL]

Prints a table with what differs from the file, and how the guesses at typed words came out; ends with exit code 1 if
anything that was stored or shown is not what the case expects.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from bench.table import print_table
from tests.actions.sessions import VIGNETTES
from tests.conversations.reflecting import DETOURS, Reflecting
from tests.stack import Stack

AT_ONCE = 3
WITH_DETOURS = 40
DETOURS_EACH = 4
WAYS = ("chosen", "typed", "detours")
ALONE = "restart"  # What stops every process is played by itself.


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--cases", nargs="+", default=[case["id"] for case in VIGNETTES])
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; without it SQLite")
    given = parser.parse_args()
    plans = [one for one in planned(given.ways, seed=given.seed) if one.case in given.cases]
    with tempfile.TemporaryDirectory(prefix="between-reflections-") as folder:
        stack = Stack(Path(folder), database_url=given.database_url)
        try:
            stack.start()
            wrong, guesses = play_all(stack, plans)
        finally:
            stack.stop()
    print_table(["played", "wrong", *guesses], [[str(len(plans)), str(len(wrong)), *map(str, guesses.values())]])
    for line in wrong:
        print(line)
    return int(bool(wrong))


def planned(ways: Sequence[str], *, seed: int) -> list["Plan"]:
    plans = [Plan(case["id"], way == "typed", ()) for way in ways if way != "detours" for case in VIGNETTES]
    return plans + (detoured(seed) if "detours" in ways else [])


def play_all(stack: Stack, plans: Sequence["Plan"]) -> tuple[list[str], Counter[str]]:
    """What differs, one line each, and what came of the guesses at typed words."""
    guesses: Counter[str] = Counter()
    wrong: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        together = [plan for plan in plans if ALONE not in plan.detours]
        results = [*threads.map(lambda plan: play(stack, plan, guesses), together)]
    results += [play(stack, plan, guesses) for plan in plans if ALONE in plan.detours]
    wrong += [result for result in results if result]
    return wrong, guesses


class Plan:
    """One session to be played."""

    def __init__(self, case: str, typed: bool, detours: tuple[str, ...], seed: int = 0) -> None:
        self.case, self.typed, self.detours, self.seed = case, typed, detours, seed


def detoured(seed: int) -> list[Plan]:
    choose = random.Random(seed)
    others = [one for one in DETOURS if one != ALONE]
    plans = []
    for number in range(WITH_DETOURS):
        detours = choose.sample(others, k=DETOURS_EACH)
        detours[:1] = [ALONE] if number % 10 == 0 else detours[:1]
        plans.append(Plan(choose.choice(VIGNETTES)["id"], choose.random() < 0.5, tuple(detours), seed + number))
    return plans


def play(stack: Stack, plan: Plan, guesses: Counter[str]) -> str:
    """Play one; gives what is wrong with it, or nothing."""
    case = next(one for one in VIGNETTES if one["id"] == plan.case)
    name = f"{plan.case} {'typed' if plan.typed else 'chosen'} {' '.join(plan.detours)}".strip()
    try:
        chat = stack.chat().onboard()
        session = Reflecting(stack, chat, case, typed=plan.typed, detours=list(plan.detours), seed=plan.seed).play()
    except (AssertionError, httpx.HTTPError) as error:
        print(f"  {name}: {error}", file=sys.stderr, flush=True)
        return f"{name}: {error!r}"
    guesses.update(session.guesses)
    differ = session.difference()
    print(f"  {name}: {differ or 'as in the file'}", file=sys.stderr, flush=True)
    return f"{name}: {differ}" if differ else ""


if __name__ == "__main__":
    sys.exit(main())
