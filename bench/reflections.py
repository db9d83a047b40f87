"""Every worked case of the reflective session over the chat API: by choices, in typed words, and 40 with detours.

    python -m bench.reflections [--ways chosen typed detours] [--cases V01 V02] [--part 1/3] [--engine postgres]

Prints what differs from the file, and a table of how many came out as they should and how the guesses at typed words
did; ends with exit code 1 if anything that was stored or told is not what the case expects.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.table import print_table
from tests.conversations.detours import detoured
from tests.conversations.playing import know_patients
from tests.conversations.reflecting import CASES, OUTCOMES, Reflecting
from tests.databases import Cluster
from tests.stack import Stack

AT_ONCE = 5
WAYS = ("chosen", "typed", "detours")
DATABASE = "reflections"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One session to be played; ``is_alone``: it stops processes that others need."""

    way: str
    case: str
    typed: bool = False
    detours: Mapping[str, Sequence[str]] = field(default_factory=dict)
    name: str = ""
    is_alone: bool = False


@dataclass(frozen=True, kw_only=True)
class Played:
    plan: Plan
    wrong: str
    outcomes: Counter[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES), metavar="CASE")
    parser.add_argument("--part", default="1/1", help="2/3: the second of three parts of what was chosen")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    number, of = map(int, given.part.split("/"))
    plans = [plan for plan in planned(given.ways) if plan.case in given.cases][number - 1 :: of]
    with running(given.engine) as stack:
        played = play_all(stack, plans)
    for one in played:
        if one.wrong:
            print(f"{one.plan.way} {one.plan.case} {one.plan.name}: {one.wrong}")
    print_table(["played", "sessions", "as they should", *OUTCOMES], [_row(way, played) for way in given.ways])
    return int(any(one.wrong for one in played))


@contextmanager
def running(engine: str) -> Iterator[Stack]:
    """The four processes, on SQLite or on a PostgreSQL server of their own."""
    cluster = Cluster() if engine == "postgres" else None
    with tempfile.TemporaryDirectory(prefix="between-reflections-") as folder:
        if cluster is not None:
            cluster.start()
            cluster.command(f"CREATE DATABASE {DATABASE}")
        stack = Stack(Path(folder), database_url=cluster.url(DATABASE) if cluster else "")
        try:
            stack.start()
            know_patients(stack)
            yield stack
        finally:
            stack.stop()
            if cluster is not None:
                cluster.remove()


def planned(ways: Sequence[str]) -> list[Plan]:
    plans = [Plan(way=way, case=case, typed=way == "typed") for way in ways if way != "detours" for case in CASES]
    if "detours" in ways:
        plans += [
            Plan(way="detours", case=one.case, typed=one.typed, detours=one.at, name=one.name, is_alone=one.is_alone)
            for one in detoured()
        ]
    return plans


def play_all(stack: Stack, plans: Sequence[Plan]) -> list[Played]:
    """Play some at once, and those that stop processes one after the other."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        played = [*threads.map(lambda plan: play(stack, plan), [plan for plan in plans if not plan.is_alone])]
    return played + [play(stack, plan) for plan in plans if plan.is_alone]


def play(stack: Stack, plan: Plan) -> Played:
    outcomes: Counter[str] = Counter()
    case = CASES[plan.case]
    try:
        session = Reflecting(stack, case, typed=plan.typed, detours=plan.detours, outcomes=outcomes)
        differ = session.play().difference()
        wrong = str(differ) if differ else ""
    except (AssertionError, httpx.HTTPError) as error:
        wrong = repr(error)
    print(f"  {plan.way} {plan.case} {plan.name}: {wrong or 'as it should be'}", file=sys.stderr, flush=True)
    return Played(plan=plan, wrong=wrong, outcomes=outcomes)


def _row(way: str, played: Sequence[Played]) -> list[str]:
    mine = [one for one in played if one.plan.way == way]
    outcomes = sum((one.outcomes for one in mine), Counter[str]())
    right = sum(not one.wrong for one in mine)
    return [way, str(len(mine)), str(right), *(str(outcomes[name]) for name in OUTCOMES)]


if __name__ == "__main__":
    sys.exit(main())
