"""Read a content file so that every mistake in it can be named by file and line.

A mapping is read as an ``Entry``: a dict that knows the line of itself and of each of its keys. A key that stands
twice, or that nobody knows, is refused with the list of what is allowed. Runs on Python 3.10 too.
"""

from collections.abc import Collection, Hashable
from pathlib import Path
from typing import Any, NoReturn

import yaml

from bot.errors import ContentError

CONTENT = Path(__file__).resolve().parent


class Entry(dict[str, Any]):
    """A mapping of a content file, with the lines (counted from 1) of itself and of its keys."""

    path: Path
    line: int
    lines: dict[Hashable, int]
    item_lines: dict[Hashable, list[int]]

    def fail(self, message: str, key: str | None = None) -> NoReturn:
        """Raise ContentError for this entry, at the key's line if it has the key."""
        raise ContentError(f"{self.path}:{self.lines.get(key, self.line)}: {message}")

    def need(self, key: str, kind: type) -> Any:
        """The value of a key that must be there and be of a kind."""
        if key not in self:
            self.fail(f"missing key {key!r}")
        return self.have(key, kind)

    def have(self, key: str, kind: type, default: Any = None) -> Any:
        """The value of a key that may be there, and must then be of a kind."""
        value = self.get(key, default)
        if key in self and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            self.fail(f"{key!r} must be {kind.__name__}, not {type(value).__name__}", key)
        return value

    def texts(self, key: str) -> list[tuple[str, int]]:
        """The value of a key that must be a list of texts, each with its line; none may be empty."""
        found = list(zip(self.need(key, list), self.item_lines[key], strict=True))
        for text, line in found:
            if not isinstance(text, str) or not text.strip():
                raise ContentError(f"{self.path}:{line}: a text was expected, not {text!r}: put it in quotes")
        return found

    def only(self, allowed: Collection[str]) -> None:
        """Refuse every key that is not allowed."""
        for key in self:
            if key not in allowed:
                self.fail(f"unknown key {key!r}; allowed: {', '.join(sorted(allowed))}", key)

    def one_of(self, key: str, allowed: Collection[Any]) -> Any:
        """The value of a key that must be one of a few."""
        value = self.need(key, object)
        if value not in allowed:
            self.fail(f"{key!r} is {value!r}; allowed: {', '.join(map(str, allowed))}", key)
        return value


def read(path: Path) -> Entry:
    """The file's top mapping. Raises ContentError, with file and line, if it cannot be read as one."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}:1: cannot be read: {error}") from error
    loader.path = path
    try:
        content = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(f"{path}:{mark.line + 1 if mark else 1}: {error.problem}") from error
    finally:
        loader.dispose()
    if not isinstance(content, Entry):
        raise ContentError(f"{path}:1: the file must hold a mapping")
    return content


class _Loader(yaml.CSafeLoader):
    path: Path


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Entry:
    loader.flatten_mapping(node)
    entry = Entry()
    entry.path, entry.line, entry.lines, entry.item_lines = loader.path, node.start_mark.line + 1, {}, {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if key in entry:
            raise ContentError(
                f"{loader.path}:{line}: {key!r} stands here a second time; line {entry.lines[key]} has it"
            )
        entry.lines[key] = line
        if isinstance(value_node, yaml.SequenceNode):
            entry.item_lines[key] = [item.start_mark.line + 1 for item in value_node.value]
        entry[key] = loader.construct_object(value_node, deep=True)
    return entry


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
