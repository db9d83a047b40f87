"""A clinic's own examples for layer 2, in the data directory: what `between train` writes and the training reads.

A JSON object on each line: text, category, level. All of them are learnt from; bars and figures stand on the
project's own sentences. Runs on Python 3.10 too.
"""

import json
from pathlib import Path

from bot.content.examples import LEVELS, Example
from bot.errors import ContentError

FILE = "risk_examples.jsonl"
SETTING = "OWN_EXAMPLES"  # Where the file is, for the process that trains.
KEYS = ("text", "category", "level")


def read_own(path: Path) -> tuple[Example, ...]:
    """The examples of the file, none if there is no file. Raises ContentError with file and line."""
    if not path.exists():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_example(path, number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _example(path: Path, number: int, line: str) -> Example:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ContentError(f"{path}:{number}: not JSON: {error}") from error
    if not isinstance(row, dict) or any(not isinstance(row.get(key), str) or not row[key].strip() for key in KEYS):
        raise ContentError(f"{path}:{number}: an object with the texts {', '.join(KEYS)} was expected")
    if row["level"] not in LEVELS:
        raise ContentError(f"{path}:{number}: 'level' is {row['level']!r}; allowed: {', '.join(LEVELS)}")
    place = f"{path.name}:{number}"
    return Example(row["text"], row["category"], row["level"], register="own", part="train", place=place)
