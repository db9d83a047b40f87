"""The arrows between the rooms: who may import whom, read from the source of every module under ``bot/``.

``bot/cli.py``, ``bot/commands``, ``bot/settings.py`` and ``bot/errors.py`` put the rooms together, or are for all.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.settings import ROOT

FOR_ALL = {"bot.__version__", "bot.errors", "bot.settings", "bot.content"}
FREE = {"bot.cli", "bot.commands", *FOR_ALL}


class Room(NamedTuple):
    """What a room may import besides itself, the standard library and what is for all; and by which prefix."""

    ours: set[str]
    others: set[str]


ROOMS = {
    "bot.safety": Room(set(), {"spacy", "yaml", "confusable_homoglyphs", "rapidfuzz"}),
    "bot.reflection": Room(set(), {"yaml"}),
    "bot.store": Room(set(), {"sqlalchemy", "alembic", "cryptography", "argon2", "psycopg", "pyotp"}),
    "bot.alerts": Room({"bot.store"}, {"apprise", "httpx"}),
    "bot.actions": Room({"bot.store", "bot.safety", "bot.reflection"}, {"anyio", "rasa_sdk", "starlette", "yaml"}),
    "bot.engine": Room(
        {"bot.store.encryption"},
        {"rasa", "sanic", "sqlalchemy", "numpy", "scipy", "sklearn", "tensorflow", "transformers", "aiohttp", "yaml"}
        | {"jsonschema", "safetensors", "structlog", "joblib", "sentry_sdk"},
    ),
    "bot.web": Room(
        {"bot.store", "bot.safety", "bot.reflection"},
        {"starlette", "httpx", "jinja2", "markupsafe", "jwt", "pydantic", "segno", "sse_starlette", "anyio", "yaml"},
    ),
}
ONE_FILE_SPEAKS_TO_RASA = "bot.web.rasa"


class Import(NamedTuple):
    importer: str
    imported: str
    line: int


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, importer: str, *, is_package: bool = False) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(importer, name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                around = importer.split(".")[: len(importer.split(".")) - node.level + is_package]
                base = ".".join([*around, base] if base else around)
            # `from bot import store` imports a room as much as `import bot.store` does.
            yield from (Import(importer, f"{base}.{name.name}", node.lineno) for name in node.names)


def is_under(name: str, tops: set[str]) -> bool:
    return any(name == top or name.startswith(top + ".") for top in tops)


def verdict(found: Import) -> str | None:
    """What is wrong with an import, or None."""
    if is_under(found.importer, FREE):
        return None
    name = ".".join(found.importer.split(".")[:2])
    room = ROOMS.get(name)
    if room is None:
        return f"{found.importer}: {name} is not in the table of rooms"
    top = found.imported.split(".")[0]
    if top == "bot":
        allowed = is_under(found.imported, {name} | room.ours | FOR_ALL)
    else:
        allowed = top in sys.stdlib_module_names or top in room.others
    return None if allowed else f"{found.importer}:{found.line}: {name} may not import {found.imported}"


def every_import() -> list[Import]:
    paths = sorted((ROOT / "bot").rglob("*.py"))
    return [
        found
        for path in paths
        if "migrations" not in path.parts
        for found in imports_of(
            path.read_text(encoding="utf-8"), module_name(path), is_package=path.name == "__init__.py"
        )
    ]


def test_every_import_follows_the_table_of_rooms() -> None:
    wrong = [said for found in every_import() if (said := verdict(found))]

    assert wrong == []


def test_every_room_is_there() -> None:
    rooms = {name for name in ROOMS if (ROOT / name.replace(".", "/")).is_dir()}

    assert rooms == set(ROOMS)


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("bot.safety.screening", "from bot.store import messages"),
        ("bot.safety.screening", "from bot import store"),
        ("bot.safety.screening", "import sqlite3, httpx"),
        ("bot.store.turns", "import starlette"),
        ("bot.store.turns", "from ..web import rasa"),
        ("bot.actions.answers", "def use():\n    import sqlalchemy"),
        ("bot.engine.channel", "from bot.store import database"),
        ("bot.engine.channel", "import rasa_sdk"),
        ("bot.web.app", "from rasa.core import agent"),
        ("bot.web.app", "import bot.engine.channel"),
        ("bot.alerts.worker", "from bot.web.turns import TurnRunner"),
        ("bot.somewhere.new", "import os"),
    ],
)
def test_an_arrow_in_the_wrong_direction_is_seen(importer: str, line: str) -> None:
    assert [said for found in imports_of(line, importer) if (said := verdict(found))]


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("bot.web.app", "from bot.store import messages"),
        ("bot.engine.tracker", "from bot.store.encryption import Keyring"),
        ("bot.store.turns", "from . import messages"),
        ("bot.cli", "import bot.web.app"),
        ("bot.safety.rules", "import re\nfrom bot.errors import ContentError"),
    ],
)
def test_an_arrow_in_the_right_direction_passes(importer: str, line: str) -> None:
    assert [said for found in imports_of(line, importer) if (said := verdict(found))] == []


def test_one_file_of_the_web_room_speaks_to_rasa() -> None:
    speakers = [
        module_name(path)
        for path in sorted((ROOT / "bot/web").rglob("*.py"))
        if "webhooks/front_door" in path.read_text(encoding="utf-8")
    ]

    assert speakers == [ONE_FILE_SPEAKS_TO_RASA]
