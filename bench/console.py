"""What the staff console costs when a clinic has been busy for years:

    python -m bench.console [--engine postgres] [--messages 100000 1000000] [--consoles 50]

For each size a history is made up (`bench.history`), then the real processes serve it: how long each page takes, and
whether that grows with the history; how long a message of danger takes to stand in 50 open consoles, and to be handed
to the channel of the alerts, while other patients write.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench import live
from bench.history import COMMON, DAYS, OTHER, RARE, RARE_CATEGORY, Clinic, History, Size
from bench.table import print_table
from bot.store import clinics, members
from tests.databases import Cluster
from tests.stack import CLINIC, Stack

ROUNDS = 60
STAFF = 9
ENGINES = ("sqlite", "postgres")

Fetch = Callable[[httpx.Client, History, int], httpx.Response]


def page(path: str) -> Fetch:
    """A page that is asked for by its address: {open} is one of the open records, {any} one of all conversations."""

    def fetch(client: httpx.Client, made: History, number: int) -> httpx.Response:
        own = {
            "open": made.open_records[number % len(made.open_records)],
            "any": made.conversations[number % len(made.conversations)],
            "longest": made.longest,
            "longest_record": made.longest_record,
        }
        return client.get(path.format(**own))

    return fetch


def search(**asked: str) -> Fetch:
    return lambda client, _made, _number: client.post("/console/search", data=asked)


PAGES: dict[str, Fetch] = {
    "queue": page("/console"),
    "record": page("/console/escalations/{open}"),
    "record of the longest conversation": page("/console/escalations/{longest_record}"),
    "conversation": page("/console/conversations/{any}"),
    "the longest conversation": page("/console/conversations/{longest}"),
    "weekly summary": page("/console/conversations/{any}/summary"),
    "weekly summary of the longest": page("/console/conversations/{longest}/summary"),
    "search, a common word": search(words=COMMON),
    "search, two common words": search(words=f"{COMMON} {OTHER}"),
    "search, a rare word": search(words=RARE),
    "search, a common and a rare word": search(words=f"{COMMON} {RARE}"),
    "search, a category": search(category="abrupt_stop"),
    "search, a rare category": search(category=RARE_CATEGORY),
    "closed records": page("/console/closed"),
    "shift handover": page("/console/shift"),
    "alerts and duty": page("/console/duty"),
    "statistics of four weeks": page("/console/statistics"),
    "audit trail": page("/console/audit"),
}


def pages(stack: Stack, made: History) -> dict[str, float]:
    """Milliseconds in which 95 of 100 requests of each page were answered, one at a time."""
    client = stack.login()
    found = {}
    for name, fetch in PAGES.items():
        took = []
        for number in range(ROUNDS):
            began = time.perf_counter()
            answer = fetch(client, made, number)
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, f"{name}: {answer.status_code}"
        found[name] = live.p95(took)
        print(f"  {name}: {found[name]:.0f} ms", file=sys.stderr, flush=True)
    return found


@contextmanager
def house(engine: str, folder: Path) -> Iterator[Stack]:
    """The processes on a database of that kind, not yet started."""
    cluster = Cluster() if engine == "postgres" else None
    if cluster:
        cluster.start()
        cluster.command("CREATE DATABASE bench")
    stack = Stack(folder, database_url=cluster.url("bench") if cluster else "")
    try:
        yield stack
    finally:
        stack.stop()
        if cluster:
            cluster.remove()


def measure(engine: str, size: Size, consoles: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="between-bench-") as folder, house(engine, Path(folder)) as stack:
        began = time.monotonic()
        with stack.database.write() as tx:
            clinics.change(tx, CLINIC, retention_days=DAYS + 30)  # Or the worker begins to erase the oldest of it.
            for number in range(STAFF):
                members.create(tx, CLINIC, f"{number}@demo.example", f"Nurse {number}", "clinician", "a long password")
        made = Clinic(stack.database, CLINIC, size).write()
        print(f"{size.messages} messages were made up in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        stack.start()
        found = pages(stack, made)
        reached = asyncio.run(live.measure(stack, consoles=consoles))
        for name, took in reached.items():
            print(f"  {name}: {took:.0f} ms", file=sys.stderr, flush=True)
        return found | reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    parser.add_argument("--messages", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--consoles", type=int, default=50)
    given = parser.parse_args()
    found = [measure(given.engine, Size(messages=count), given.consoles) for count in given.messages]
    head = [f"p95 in ms, {given.engine}", *(f"{count:,} messages" for count in given.messages)]
    rows = [[name, *(f"{one[name]:.0f}" for one in found)] for name in found[0]]
    if len(found) > 1:
        head.append("ratio")
        for row, name in zip(rows, found[0], strict=True):
            row.append(f"{found[-1][name] / found[0][name]:.2f}")
    print_table(head, rows)


if __name__ == "__main__":
    main()
