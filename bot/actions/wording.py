"""The titles and scales that the reviewed wording offers, so that actions can check and recognise answers.

What is said, Rasa's own wording class says (``bot/engine/wording.py``); here nothing is put into words.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.content.reading import CONTENT, Entry, read

FALLBACK = "en"


@cache
def responses(language: str, folder: Path = CONTENT) -> Mapping[str, Entry]:
    """Every response of a language, the first variant of each. Raises ContentError for a file that cannot be read."""
    found: dict[str, Entry] = {}
    for path in sorted((folder / language).glob("*.yml")):
        content = read(path)
        for name, variants in content.get("responses", {}).items():
            found[name] = variants[0]
    return found


def response(name: str, language: str, folder: Path = CONTENT) -> Entry | None:
    """The first variant of a response, in English if the language has none."""
    return responses(language, folder).get(name) or responses(FALLBACK, folder).get(name)


def holds(name: str, placeholder: str, language: str) -> bool:
    """Whether the words of a response have this placeholder."""
    found = response(name, language)
    return found is not None and f"{{{placeholder}}}" in str(found["text"])


def variants(name: str, language: str, folder: Path = CONTENT) -> list[str]:
    """The response of a name, if it exists; of a name that ends in "_", all that begin with it."""
    if not name.endswith("_"):
        return [name] if response(name, language, folder) is not None else []
    return [known for known in responses(language, folder) if known.startswith(name)]


def titles(name: str, language: str, folder: Path = CONTENT) -> dict[str, str]:
    """Option id to title, in the order of the buttons; of a name that ends in "_", what any of its variants offers."""
    found = [response(one, language, folder) for one in variants(name, FALLBACK, folder)]
    buttons = [button for one in found if one is not None for button in one.get("buttons") or ()]
    return {str(button["payload"]): str(button["title"]) for button in buttons}


def scale(name: str, language: str, folder: Path = CONTENT) -> tuple[int, int] | None:
    """The ends of a response's scale."""
    ends = custom(name, language, folder).get("scale")
    return (int(ends["min"]), int(ends["max"])) if ends else None


def custom(name: str, language: str, folder: Path = CONTENT) -> Mapping[str, Any]:
    """What the page must draw for a response: scale, date or multiple."""
    found = response(name, language, folder)
    drawn: Mapping[str, Any] = {} if found is None else found.have("custom", Entry, {})
    return drawn


@cache
def vocabulary(language: str, folder: Path = CONTENT) -> Mapping[str, Any]:
    """The words by which typed answers are recognised; for what a language does not list, the English ones."""
    path = folder / language / "understanding.yml"
    own = read(path) if path.exists() else {}
    return {**read(folder / FALLBACK / "understanding.yml"), **own}


@cache
def table(name: str, language: str, folder: Path = CONTENT) -> Mapping[str, Any]:
    """Pieces of sentences that a content file keeps by name, in English if the language has none."""
    path = folder / language / f"{name}.yml"
    return read(path if path.exists() else folder / FALLBACK / f"{name}.yml")


def stand_in(placeholder: str, language: str) -> str:
    """The word that stands in for a placeholder that has no value."""
    return str(table("_placeholders", language)["placeholders"][placeholder].get("word", ""))
