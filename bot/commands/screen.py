"""`between screen`: the risk screen over standard input; clinics audit the rules with it on their own transcripts."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from bot.errors import SettingError
from bot.safety import Assessment
from bot.safety import screen as screen_text

PROGRESS_EVERY = 1000


def screen(
    rules_only: Annotated[bool, typer.Option("--rules-only", help="Layer 1, the rules, alone.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='Read objects: {"id": …, "text": …}.')] = False,
) -> None:
    """Read one message per line, write one JSON object per line: id, level, action, categories, layer, spans.

    Nothing is stored. Exit code 2 if a line cannot be read; what came before it has been written.
    """
    if not rules_only:
        raise SettingError("say --rules-only: layer 2 is not reached from the command line in this version")
    done = 0
    for number, (name, text) in enumerate(_messages(jsonl), start=1):
        typer.echo(json.dumps({"id": name, **_found(screen_text(text))}, ensure_ascii=False))
        done = number
        if done % PROGRESS_EVERY == 0:
            print(f"screened {done}", file=sys.stderr, flush=True)
    if done >= PROGRESS_EVERY:
        print(f"screened {done} in all", file=sys.stderr, flush=True)


def _found(assessment: Assessment) -> dict[str, Any]:
    return {
        "level": assessment.level,
        "action": assessment.action,
        "categories": list(assessment.categories),
        "layer": "rules",
        "spans": [
            {"start": span.start, "end": span.end, "rule": span.rule, "category": span.category, "level": span.level}
            for span in assessment.spans
        ],
    }


def _messages(jsonl: bool) -> Iterator[tuple[Any, str]]:
    sys.stdin.reconfigure(encoding="utf-8", errors="strict")  # type: ignore[union-attr]
    lines = enumerate(sys.stdin, start=1)
    while True:
        try:
            number, line = next(lines)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise SettingError("standard input is not UTF-8") from error
        line = line.rstrip("\n")
        if line:
            yield _object(line, number) if jsonl else (number, line)


def _object(line: str, number: int) -> tuple[Any, str]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise SettingError(f'standard input, line {number}: must be an object {{"id": …, "text": "…"}}')
    return found.get("id", number), found["text"]
