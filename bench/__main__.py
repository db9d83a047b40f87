"""`make bench`: every benchmark, one after another."""

import subprocess
import sys

BENCHMARKS = ("front_door", "turn_cost", "run_time", "rules")


def main() -> int:
    """Run them all; the exit code is that of the worst."""
    codes = [subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode for name in BENCHMARKS]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
