"""The short language in which rules are written, and what it stands for.

``want to {DIE}`` words and named classes · ``(a|b c)`` one of these · ``word?`` may be missing · ``~3`` up to three
words in between, none of which denies or turns ("not", "but") · ``~~3`` the same with any word · ``<`` ``>`` begin and
end of the message · ``^`` ``$`` begin and end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

Phrase = tuple[str, ...]
Expand = Callable[[str], Phrase]

_TOKENS = re.compile(r"\s*(?:(\{[A-Z0-9_]+\})|(~~?)(\d+)|([()|])|(\?)|([<>^$])|([^\s(){}|?~<>^$]+))")
_BORDERS = {"<": (("<",),), ">": ((">",),), "^": (("<",), (".",)), "$": ((">",), (".",))}
MOST_PHRASES = 20_000
MOST_PATTERNS = 500


class PatternError(ValueError):
    """A pattern cannot be read; the message says why."""


@dataclass(frozen=True)
class Element:
    """One step of a pattern: any of ``phrases``, or, if there are none, any one word (``wide``: even a denying one)."""

    phrases: frozenset[Phrase] = frozenset()
    optional: bool = False
    wide: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether this step takes any word."""
        return not self.phrases


Pattern = tuple[Element, ...]


def parse(text: str, classes: Mapping[str, frozenset[Phrase]], expand: Expand) -> list[Pattern]:
    """The patterns that a line of content stands for: more than one if it has gaps in brackets or optional ends."""
    found = [pattern for whole in _whole(text, classes, expand) for pattern in _firm_ends(whole) if pattern]
    if not found or any(all(element.is_gap for element in pattern) for pattern in found):
        raise PatternError(f"{text!r} would match anything")
    return list(dict.fromkeys(found))


def phrases(text: str, classes: Mapping[str, frozenset[Phrase]], expand: Expand) -> frozenset[Phrase]:
    """Every fixed phrase that a line of a class stands for; gaps are not allowed there."""
    found: frozenset[Phrase] = frozenset()
    for elements in _whole(text, classes, expand):
        if any(element.is_gap for element in elements):
            raise PatternError(f"{text!r}: a gap cannot stand in a class")
        found |= _product(elements, text)
    return found


def _whole(text: str, classes: Mapping[str, frozenset[Phrase]], expand: Expand) -> list[Pattern]:
    reader = _Reader(text, classes, expand)
    choices = reader.sequence()
    if reader.at < len(reader.tokens):
        raise PatternError(f"{text!r} has a stray {reader.tokens[reader.at][1]!r}")
    return _combined(choices, text)


def gap_at_end(text: str) -> int:
    """The size of the gap that a line ends with: no words of a pattern, but an exception reaches over them."""
    found = re.search(r"~(\d+)\s*$", text)
    return int(found.group(1)) if found else 0


def class_names(text: str) -> set[str]:
    """The classes that a line names."""
    return set(re.findall(r"\{([A-Z0-9_]+)\}", text))


Choices = list[list[Pattern]]  # For each place of a pattern, what can stand there.


def _combined(choices: Choices, text: str) -> list[Pattern]:
    size = 1
    for options in choices:
        size *= len(options)
    if size > MOST_PATTERNS:
        raise PatternError(f"{text!r} stands for more than {MOST_PATTERNS} patterns")
    return [tuple(element for part in chosen for element in part) for chosen in product(*choices)]


def _product(elements: Pattern, text: str) -> frozenset[Phrase]:
    choices: list[list[Phrase]] = []
    size = 1
    for element in elements:
        choices.append([*element.phrases, ()] if element.optional else list(element.phrases))
        size *= len(choices[-1])
        if size > MOST_PHRASES:
            raise PatternError(f"{text!r} stands for more than {MOST_PHRASES} phrases")
    out = frozenset(tuple(word for phrase in chosen for word in phrase) for chosen in product(*choices))
    return out - {()}


def _firm_ends(elements: Pattern) -> list[Pattern]:
    """The same patterns, none of which begins or ends with something optional."""
    if not elements:
        return [()]
    if elements[0].optional:
        taken = [] if elements[0].is_gap else [(_firm(elements[0]), *rest) for rest in [elements[1:]]]
        return [p for option in taken for p in _firm_ends(option)] + _firm_ends(elements[1:])
    if elements[-1].optional:
        taken = [] if elements[-1].is_gap else [(*elements[:-1], _firm(elements[-1]))]
        return [p for option in taken for p in _firm_ends(option)] + _firm_ends(elements[:-1])
    return [elements]


def _firm(element: Element) -> Element:
    return Element(element.phrases, wide=element.wide)


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, text: str, classes: Mapping[str, frozenset[Phrase]], expand: Expand) -> None:
        self.text, self.classes, self.expand = text, classes, expand
        self.tokens = self._tokens()
        self.at = 0

    def _tokens(self) -> list[tuple[str, str]]:
        kinds = ("class", "gap", "size", "bracket", "optional", "border", "word")
        out: list[tuple[str, str]] = []
        at = 0
        text = self.text.strip()
        while at < len(text):
            found = _TOKENS.match(text, at)
            if found is None:
                raise PatternError(f"{self.text!r} cannot be read from {text[at:]!r} on")
            out += [(kind, part) for kind, part in zip(kinds, found.groups(), strict=True) if part]
            at = found.end()
        return out

    def sequence(self) -> Choices:
        choices: Choices = []
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind == "bracket" and text != "(":
                break
            self.at += 1
            if kind == "optional":
                raise PatternError(f"{self.text!r}: nothing stands before '?'")
            options = self._options(kind, text)
            if self.at < len(self.tokens) and self.tokens[self.at][0] == "optional":
                self.at += 1
                options = [_perhaps(pattern) for pattern in options]
                options += [()] if any(len(pattern) != 1 for pattern in options) else []
            choices.append(options)
        return choices

    def _options(self, kind: str, text: str) -> list[Pattern]:
        if kind == "gap":
            size = int(self.tokens[self.at][1])
            self.at += 1
            return [(Element(optional=True, wide=text == "~~"),) * size]
        if kind == "class":
            name = text[1:-1]
            if name not in self.classes:
                raise PatternError(f"{self.text!r}: there is no class {text}")
            return [(Element(self.classes[name]),)]
        if kind == "border":
            return [(Element(frozenset(_BORDERS[text])),)]
        if kind == "bracket":
            return self._group()
        if kind == "word":
            return [tuple(Element(frozenset({(word,)})) for word in self.expand(text.lower()))]
        raise PatternError(f"{self.text!r}: a stray {text!r}")

    def _group(self) -> list[Pattern]:
        """What stands in brackets: all fixed phrases as one step, and each alternative with a gap by itself."""
        fixed: set[Phrase] = set()
        gapped: list[Pattern] = []
        while True:
            for pattern in _combined(self.sequence(), self.text):
                if any(element.is_gap for element in pattern):
                    gapped.append(pattern)
                else:
                    fixed |= _product(pattern, self.text)
            if self.at >= len(self.tokens):
                raise PatternError(f"{self.text!r}: a bracket is not closed")
            closing = self.tokens[self.at][1]
            self.at += 1
            if closing == ")":
                step = [(Element(frozenset(fixed)),)] if fixed else []
                return step + gapped or [()]


def _perhaps(pattern: Pattern) -> Pattern:
    return (Element(pattern[0].phrases, optional=True),) if len(pattern) == 1 else pattern
