"""The property tests of the rules in large: any text gives an assessment and none costs more than its length.

    python -m bench.fuzz --inputs 1000000 --seed 1

Runs the properties of tests/safety/any_text.py on so many inputs; ends with exit code 1 at the first that fails.
"""

import argparse
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.safety.any_text import is_assessed, is_assessed_after, texts

PROPERTIES = (given(texts())(is_assessed), given(texts(), texts())(is_assessed_after))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    many = settings(
        max_examples=chosen.inputs // len(PROPERTIES),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    for run in PROPERTIES:
        started = time.monotonic()
        try:
            seed(chosen.seed)(many(run))()
        except Exception:
            traceback.print_exc()
            return 1
        print(f"{run.__name__}: {many.max_examples} inputs, {time.monotonic() - started:.0f} s, seed {chosen.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
