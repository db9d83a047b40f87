"""YAML that remembers its lines, so that a mistake in content is reported as ``file:line: what is wrong``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError

_SCALARS = yaml.CSafeLoader("")


@dataclass(frozen=True)
class Place:
    """A line of a content file."""

    file: str
    line: int

    def error(self, message: str) -> ContentError:
        """An error that begins with this place."""
        return ContentError(f"{self.file}:{self.line}: {message}")


@dataclass(frozen=True)
class Entry:
    """One YAML value and where it stands. ``value`` is a plain scalar, a list of entries or a dict of entries."""

    value: Any
    place: Place

    def mapping(self, *, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Entry]:
        """This value as a mapping with only the allowed keys and all the required ones; ContentError otherwise."""
        if not isinstance(self.value, dict):
            raise self.place.error(f"a mapping was expected, with the keys: {', '.join(allowed)}")
        for key, entry in self.value.items():
            if key not in allowed:
                raise entry.place.error(f"unknown key {key!r}; allowed: {', '.join(allowed)}")
        for key in required:
            if key not in self.value:
                raise self.place.error(f"the key {key!r} is missing")
        return self.value

    def items(self) -> Iterator[tuple[str, Entry]]:
        """The pairs of a mapping whose keys are free; ContentError if it is no mapping."""
        if not isinstance(self.value, dict):
            raise self.place.error("a mapping was expected")
        yield from self.value.items()

    def entries(self) -> list[Entry]:
        """This value as a list; a single value counts as a list of one."""
        return self.value if isinstance(self.value, list) else [self]

    def text(self) -> str:
        """This value as text; ContentError if it is none."""
        if not isinstance(self.value, str):
            raise self.place.error(f"text was expected, not {self.value!r}: put it in quotes")
        return self.value

    def one_of(self, allowed: Collection[str]) -> str:
        """This value as one of the allowed words; ContentError otherwise."""
        if self.value not in allowed:
            raise self.place.error(f"{self.value!r} is not one of: {', '.join(allowed)}")
        return str(self.value)

    def whole_number(self) -> int:
        """This value as a whole number of zero or more; ContentError otherwise."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.place.error(f"a whole number was expected, not {self.value!r}")
        return self.value

    def flag(self) -> bool:
        """This value as true or false; ContentError otherwise."""
        if not isinstance(self.value, bool):
            raise self.place.error(f"true or false was expected, not {self.value!r}")
        return self.value

    def plain(self) -> Any:
        """This value without its places."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [entry.plain() for entry in self.value]
        return self.value


def read_yaml(path: Path) -> Entry:
    """The content of a YAML file with lines; ContentError if it cannot be read or is not YAML."""
    name = _name(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(f"{name}:1: the file cannot be read: {error.strerror}") from error
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"{name}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ContentError(f"{name}:1: not valid YAML: {error}") from error
    if node is None:
        raise ContentError(f"{name}:1: the file is empty")
    return _entry(node, name)


def _name(path: Path) -> str:
    parts = path.resolve().parts
    return "/".join(parts[parts.index("bot") :]) if "bot" in parts else path.name


def _entry(node: yaml.Node, name: str) -> Entry:
    place = Place(name, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        pairs: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key = str(_SCALARS.construct_object(key_node))
            key_place = Place(name, key_node.start_mark.line + 1)
            if key in pairs:
                raise key_place.error(f"the key {key!r} stands here twice")
            pairs[key] = Entry(_entry(value_node, name).value, key_place)
        return Entry(pairs, place)
    if isinstance(node, yaml.SequenceNode):
        return Entry([_entry(item, name) for item in node.value], place)
    return Entry(_SCALARS.construct_object(node), place)
