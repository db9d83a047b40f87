"""`between screen`: the risk screen over standard input; clinics audit it with their own transcripts."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Annotated, Any

import typer

from bot.commands import parts
from bot.commands.meaning import NOTHING, Reader, reader
from bot.commands.surroundings import load_settings
from bot.errors import SettingError
from bot.safety import Assessment
from bot.safety import screen as screen_text
from bot.store.findings import Finding, worse_action, worse_level

PROGRESS_EVERY = 1000
AT_ONCE = 250
Message = tuple[Any, str]


def screen(
    rules_only: Annotated[bool, typer.Option("--rules-only", help="Layer 1, the rules, alone.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='Read objects: {"id": …, "text": …}.')] = False,
) -> None:
    """Read one message per line, write one JSON object per line: id, level, action, categories, layer, spans.

    Both layers as deployed. Nothing is stored. Exit code 2 if a line cannot be read; what came before it is written.
    """
    batches = _batches(_messages(jsonl))
    if rules_only:
        _screen_all(batches, None)
        return
    first = next(batches, None)
    if first is not None:
        with reader(parts.where_running(load_settings()), few=len(first) < AT_ONCE) as read:
            _screen_all(chain([first], batches), read)


def _screen_all(batches: Iterable[list[Message]], read: Reader | None) -> None:
    done = 0
    for some in batches:
        rules = [screen_text(text) for _, text in some]
        meanings: Sequence[Finding] = read([text for _, text in some]) if read else [NOTHING] * len(some)
        for (name, _), by_rules, meaning in zip(some, rules, meanings, strict=True):
            typer.echo(json.dumps({"id": name, **_found(by_rules, meaning)}, ensure_ascii=False))
        if (done + len(some)) // PROGRESS_EVERY > done // PROGRESS_EVERY:
            print(f"screened {done + len(some)}", file=sys.stderr, flush=True)
        done += len(some)
    if done >= PROGRESS_EVERY:
        print(f"screened {done} in all", file=sys.stderr, flush=True)


def _found(rules: Assessment, meaning: Finding) -> dict[str, Any]:
    """What both layers say: the worse level, the stronger action, all categories, and which of them said anything."""
    found: dict[str, Assessment | Finding] = {"rules": rules, "meaning": meaning}
    spoke = [name for name, each in found.items() if each.level != "none"]
    return {
        "level": worse_level(*(each.level for each in found.values())),
        "action": worse_action(*(each.action for each in found.values())),
        "categories": list(dict.fromkeys(name for each in found.values() for name in each.categories)),
        "layer": "both" if len(spoke) == 2 else spoke[0] if spoke else "none",
        "spans": [asdict(span) for each in found.values() for span in each.spans],
    }


def _batches(messages: Iterator[Message]) -> Iterator[list[Message]]:
    """Messages in lists; those before a line that cannot be read come out before its error."""
    some: list[Message] = []
    try:
        for message in messages:
            some.append(message)
            if len(some) == AT_ONCE:
                yield some
                some = []
    except SettingError:
        yield some
        raise
    if some:
        yield some


def _messages(jsonl: bool) -> Iterator[Message]:
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


def _object(line: str, number: int) -> Message:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise SettingError(f'standard input, line {number}: must be an object {{"id": …, "text": "…"}}')
    return found.get("id", number), found["text"]
