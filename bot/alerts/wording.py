"""What an alert says, from ``bot/content/<language>/alerts.yml``: a kind and a link, and nothing about a patient."""

from dataclasses import dataclass
from functools import cache

from bot.content.reading import CONTENT, Entry, read

FALLBACK = "en"


@dataclass(frozen=True, kw_only=True)
class Message:
    """An alert as it leaves the house. `id` is the same for every try, so that a receiver can tell a repetition."""

    id: str
    kind: str
    title: str
    body: str
    link: str


def message(kind: str, *, id: str, link: str, language: str, drill: bool = False) -> Message:  # noqa: A002
    """The alert of a kind. Raises ContentError for a kind without words."""
    words = _words(language if (CONTENT / language / "alerts.yml").is_file() else FALLBACK)
    name = "drill" if drill else words.need("kinds", dict).need(kind, str)
    body = words["bodies"].need(name, str).format(link=link)
    return Message(id=id, kind=name, title=words["titles"].need(name, str), body=body, link=link)


def drill_sentence() -> str:
    """What the invented patient of a drill writes: a sentence that the risk rules find to be an emergency."""
    return str(_words(FALLBACK).need("drill_says", str))


@cache
def _words(language: str) -> Entry:
    words = read(CONTENT / language / "alerts.yml")
    words.only(("titles", "bodies", "kinds", "drill_says"))
    return words
