"""How long `make run` takes the first and the second time, in a fresh clone, and what the four processes weigh.

python -m bench.run_time [--cold]       --cold: without pip's cache
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.table import print_table
from bot.commands.ports import free_port
from bot.settings import ROOT

READY = "Ctrl-C stops everything."
KINDS = ("web", "rasa", "actions", "worker")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true", help="without pip's cache")
    cold = parser.parse_args().cold
    with tempfile.TemporaryDirectory(prefix="between-bench-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        first, weights = run(clone, {"PIP_NO_CACHE_DIR": "1"} if cold else {})
        second, _ = run(clone, {})
    print_table(
        ["make run", "seconds until it is ready"],
        [["first", f"{first:.0f}"], ["second", f"{second:.0f}"], ["second : first", f"{second / first:.2f}"]],
    )
    total = sum(weights.values())
    rows = [[name, f"{weight:.0f}", f"{weight / total:.0%}"] for name, weight in weights.items()]
    print_table(["process", "MB (its share of shared pages)", "share"], [*rows, ["all", f"{total:.0f}", "100%"]])


def run(clone: Path, more: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Start, wait until it says that it is ready, weigh, stop. Gives seconds, and MB for each process."""
    started = time.monotonic()
    environment = os.environ | more | {"PORT": str(free_port())}
    make = subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert make.stdout is not None
    for line in make.stdout:
        print(line, end="", file=sys.stderr)
        if READY in line:
            break
    seconds = time.monotonic() - started
    if make.poll() is not None:
        raise SystemExit("make run ended before it was ready")
    weights = weigh(clone)
    os.killpg(make.pid, signal.SIGINT)
    make.wait()
    left = list(processes_of(clone))
    if left:
        raise SystemExit(f"processes are left: {left}")
    return seconds, weights


def weigh(clone: Path) -> dict[str, float]:
    found = dict.fromkeys(KINDS, 0.0)
    for pid, command in processes_of(clone):
        kind = next((name for name in KINDS if f"serve {name}" in command), "rasa" if " rasa run " in command else "")
        if kind:
            found[kind] += megabytes(pid)
    return found


def processes_of(clone: Path) -> Iterator[tuple[int, str]]:
    """Process ids and command lines of everything that runs out of a clone."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(clone) in command and "run_time" not in command:
            yield int(folder.name), command


def megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
