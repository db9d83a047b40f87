"""The documents are held to what is there: paths, settings, make targets, commands, tests."""

import re
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from bot.cli import app
from bot.settings import ROOT, SETTINGS

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/operations.md",
    "docs/reflection.md",
)
WITHIN = re.compile(r"`([\w./-]+)`")
LOOKS_LIKE_A_PATH = re.compile(r"[\w.-]+/[\w./-]*|[\w-]+\.(?:yml|md|toml|conf|py)")
# Made while it runs, in the data folder or by the person who reads.
MADE_LATER = ("var/", "DATA_DIR/", "keys.json")


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def paths_in(text: str) -> list[str]:
    found = [name for name in WITHIN.findall(text) if LOOKS_LIKE_A_PATH.fullmatch(name)]
    return [name for name in found if not name.startswith(MADE_LATER)]


def tree() -> list[str]:
    """The paths in the README's tree, nested ones with their folder."""
    block = text_of("README.md").split("## Where things are")[1].split("```")[1]
    found: list[str] = []
    folder = ""
    for line in block.strip().splitlines():
        names = re.split(r"\s{2,}", line.strip())[0].split()
        if not line.startswith(" "):
            folder = names[0] if names[0].endswith("/") else ""
            found += names
        else:
            found += [folder + name for name in names]
    return found


def commands() -> set[str]:
    """Every command as it is typed: "clinic add"."""

    def walk(group: TyperGroup, before: str) -> set[str]:
        found: set[str] = set()
        for name, command in group.commands.items():
            typed = f"{before}{name}"
            found |= walk(command, f"{typed} ") | {typed} if isinstance(command, TyperGroup) else {typed}
        return found

    top = typer.main.get_command(app)
    assert isinstance(top, TyperGroup)
    return walk(top, "")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    paths = paths_in(text_of(document))

    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_i_want_to_table_names_only_what_exists() -> None:
    table = text_of("README.md").split("## I want to…")[1].split("\n## ")[0]

    paths = paths_in(table)

    assert len(paths) >= 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_path_of_the_tree_exists() -> None:
    paths = tree()

    assert "bot/store/" in paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_room_stands_in_the_tree() -> None:
    rooms = {f"bot/{path.name}/" for path in (ROOT / "bot").iterdir() if path.is_dir() and path.name[0] not in "_."}

    assert rooms <= set(tree())


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{document}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)#]+)\)", text_of(document))
        if "://" not in target and not (ROOT / Path(document).parent / target).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("setting", [setting.name for setting in SETTINGS])
def test_every_setting_is_explained(setting: str) -> None:
    assert f"| `{setting}` |" in text_of("docs/operations.md")


def test_no_setting_is_explained_that_is_gone() -> None:
    table = text_of("docs/operations.md").split("## Settings")[1].split("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == {setting.name for setting in SETTINGS}


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.MULTILINE))
    named = {
        name for document in DOCUMENTS for name in re.findall(r"(?:`|^|=\S+ )make ([a-z-]+)", text_of(document), re.M)
    }

    assert "run" in named
    assert named - targets == set()


def test_every_make_target_has_its_line_of_help() -> None:
    lines = [line for line in text_of("Makefile").splitlines() if re.match(r"[a-z][a-z-]*:", line)]

    assert [line for line in lines if "## " not in line] == []


def test_every_command_that_is_named_exists() -> None:
    known = commands()
    groups = {name.split()[0] for name in known if " " in name}

    named = {
        name if name.split()[0] in groups else name.split()[0]
        for document in DOCUMENTS
        for name in re.findall(r"`between ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", text_of(document))
    }

    assert "serve all" in named
    assert named - known == set()


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_stands_in_the_operations_guide(command: str) -> None:
    *group, name = command.split()
    table = text_of("docs/operations.md").split("## Commands")[1].split("\n## ")[0]

    rows = [row for row in table.splitlines() if row.startswith(f"| `between {' '.join(group or [name])}")]

    assert any(f"`{name}`" in row or f"between {command}`" in row or command == name for row in rows)


def test_every_guarantee_names_tests_that_exist() -> None:
    section = text_of("docs/architecture.md").split("## What is guaranteed")[1].split("\n## ")[0]
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", section)

    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or (name and f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]

    assert len(named) >= 10
    assert missing == []


def test_the_lock_of_the_tests_holds_all_that_runs() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+)", text_of(f"requirements/{name}.lock"), flags=re.MULTILINE))

    assert pins("app") - pins("dev") == set()


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.name)
def test_a_lock_names_no_address_and_has_a_hash_for_every_package(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]

    assert "://" not in text
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
