"""`make conversations`: plays every whole conversation of tests/conversations/scripts/ and writes its transcript.

    python -m bench.conversations [--only NAME …] [--at-once 4]

Transcripts are for reading: as a clinician would, and as the person who wrote. They land in var/conversations (ignored
by git). Prints what is wrong, and ends with exit code 1 if anything is.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.table import print_table
from bot.settings import ROOT
from tests.conversations.playing import Played, Script, know_patients, play, scripts
from tests.stack import Stack

TRANSCRIPTS = ROOT / "var/conversations"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help="those whose name holds one of these")
    parser.add_argument("--at-once", type=int, default=4)
    given = parser.parse_args()
    chosen = [script for script in scripts() if any(part in script.name for part in given.only)]
    with tempfile.TemporaryDirectory(prefix="between-conversations-") as folder:
        stack = Stack(Path(folder))
        try:
            stack.start()
            played = play_all(stack, chosen, at_once=given.at_once)
        finally:
            stack.stop()
    wrong = [one for one in played if one.wrong]
    for one in wrong:
        print(f"{one.script.name}\n  " + "\n  ".join(one.wrong))
    print_table(
        ["conversations", "said by patients", "wrong", "transcripts"],
        [[str(len(played)), str(sum(script.said for script in chosen)), str(len(wrong)), str(TRANSCRIPTS)]],
    )
    return int(bool(wrong))


def play_all(stack: Stack, chosen: list[Script], *, at_once: int) -> list[Played]:
    know_patients(stack)
    with ThreadPoolExecutor(at_once) as threads:
        return [*threads.map(lambda script: _play(stack, script), chosen)]


def _play(stack: Stack, script: Script) -> Played:
    played = play(stack, script, TRANSCRIPTS)
    print(f"  {script.name}: {'wrong' if played.wrong else 'as it should be'}", file=sys.stderr, flush=True)
    return played


if __name__ == "__main__":
    sys.exit(main())
