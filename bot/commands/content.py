"""`between content`: checks everything that clinicians own, and prints all wording as one page for their sign-off.

The page has a version (a hash of every sentence on it). Signing it is committing `bot/content/signed.json`, which
``--sign`` writes: who, when, and the hash of each response; the next page then marks what has changed since.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot import safety
from bot.actions.dialogue import book
from bot.content import clocks, examples
from bot.content.reading import CONTENT, Entry, read
from bot.engine.responses import Responses
from bot.errors import ContentError
from bot.reflection import load_model
from bot.safety.answers import load_answers
from bot.safety.loading import load_rules
from bot.settings import ROOT

SIGNED = CONTENT / "signed.json"
TEMPLATES = Path(__file__).parent
SHORT_HASH = 12


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One response on the page: its variants with their buttons, where it stands, and whether it was signed so."""

    name: str
    place: str
    variants: tuple[Mapping[str, Any], ...]
    hash: str
    change: str


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One dialogue on the page: its states in order, then what else is said in it."""

    name: str
    states: tuple[Mapping[str, Any], ...]
    sentences: tuple[Sentence, ...]


def content(
    page: Annotated[Path | None, typer.Option(help="Write all wording into this HTML page.")] = None,
    language: Annotated[str, typer.Option(help="The language of the page.")] = "en",
    sign: Annotated[str, typer.Option(help="Who has read and signed this wording; writes signed.json.")] = "",
) -> None:
    """Check all content, naming file and line of the first mistake; print wording for a clinician's sign-off."""
    check()
    sentences = wording(language)
    version = _hash([one.hash for one in sentences.values()])
    signed = _signed().get(language) or {}
    changed = sum(one.change != "" for one in sentences.values())
    if page is not None:
        page.write_text(_page(language, version, signed, sentences), encoding="utf-8")
    if sign:
        _sign(language, version, sign, sentences)
    count = f"{len(sentences)} responses in {language}, version {version}"
    typer.echo(f"content is whole: {count}; {changed} changed since the last signed version" if signed else
               f"content is whole: {count}; nobody has signed a version yet")  # fmt: skip


def check() -> None:
    """Read every content file with the code that uses it. Raises ContentError, with file and line."""
    for path in sorted(CONTENT.rglob("*.yml")):
        read(path)
    book()
    Responses()
    load_rules()
    load_answers()
    load_model()
    clocks.limits()
    examples.read_examples(categories=safety.CATEGORIES)


def wording(language: str) -> dict[str, Sentence]:
    """Every response of a language, by name, in the order of the files."""
    folder = CONTENT / language
    if not folder.is_dir():
        raise ContentError(f"{folder}:1: there is no language {language!r}")
    signed = (_signed().get(language) or {}).get("hashes")
    return {one.name: one for path in sorted(folder.glob("*.yml")) for one in _sentences(path, signed)}


def _sentences(path: Path, signed: Mapping[str, str] | None) -> Iterator[Sentence]:
    entry = read(path)
    section = entry.get("responses")
    if not isinstance(section, Entry):
        return
    for name, variants in section.items():
        shown = tuple(
            {
                "text": one["text"],
                "style": (one.get("metadata") or {}).get("style", "standard"),
                "buttons": [button["title"] for button in one.get("buttons") or ()],
            }
            for one in variants
        )
        found = _hash(shown)
        change = "" if signed is None or signed.get(name) == found else "changed" if name in signed else "new"
        place = f"{path.relative_to(ROOT)}:{section.lines[name]}"
        yield Sentence(name=name, place=place, variants=shown, hash=found, change=change)


def _page(language: str, version: str, signed: Mapping[str, Any], sentences: Mapping[str, Sentence]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    gone = sorted(set(signed.get("hashes") or ()) - set(sentences))
    return environment.get_template("content.html").render(
        language=language, version=version, signed=signed, flows=list(_flows(sentences)), gone=gone
    )


def _flows(sentences: Mapping[str, Sentence]) -> Iterator[Flow]:
    """The dialogues, each with its states and their sentences; at the end what belongs to no one dialogue."""
    known = book()
    left = dict(sentences)
    for dialogue in known.dialogues.values():
        states = [state for state in known.states.values() if state.dialogue == dialogue.name]
        named = [
            name
            for state in states
            for told in (*state.say, *([state.wording] if state.input else []), *_said_after(state))
            for name in (_completed(told, left) if told.endswith("_") else [told])
        ]
        mine = tuple(left.pop(name) for name in dict.fromkeys(named) if name in left)
        shown = tuple({"code": one.code, "next": one.next, "options": list(one.options.values())} for one in states)
        yield Flow(name=dialogue.name, states=shown, sentences=mine)
    for place in dict.fromkeys(one.place.rsplit(":", 1)[0] for one in left.values()):
        rest = tuple(one for one in left.values() if one.place.startswith(f"{place}:"))
        yield Flow(name=f"elsewhere: {place}", states=(), sentences=rest)


def _said_after(state: Any) -> list[str]:
    return [line for option in state.options.values() for line in option.say]


def _completed(begin: str, sentences: Mapping[str, Sentence]) -> list[str]:
    return [name for name in sentences if name.startswith(begin)]


def _signed() -> dict[str, Any]:
    """The last signed version of each language; nothing if nobody has signed yet."""
    if not SIGNED.exists():
        return {}
    try:
        found: dict[str, Any] = json.loads(SIGNED.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ContentError(f"{SIGNED}:1: cannot be read: {error}") from error
    return found


def _sign(language: str, version: str, who: str, sentences: Mapping[str, Sentence]) -> None:
    hashes = {name: one.hash for name, one in sentences.items()}
    entry = {"version": version, "by": who, "on": datetime.now(UTC).date().isoformat(), "hashes": hashes}
    SIGNED.write_text(json.dumps({**_signed(), language: entry}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _hash(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:SHORT_HASH]
