"""No sentence that a person can read stands in Python: it stands in ``bot/content/``, where clinicians own it.

Looked for: string constants that read like a sentence. Left out: docstrings, messages of errors, help of commands, log
lines, and the folders whose words only developers and administrators see.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT

FOR_ADMINISTRATORS = ("bot/commands/", "bot/cli.py", "bot/settings.py", "bot/errors.py", "bot/store/", "bot/alerts/")
FOR_DEVELOPERS = ("bot/web/api/openapi.py", "bot/web/api/schemas.py")  # The API's description.
# Four words, a capital at the beginning and a mark at the end: what a person would be shown.
SENTENCE = re.compile(r"^[A-Z][^{}<>=]*(?:\s+\S+){3,}[.?!]$", re.DOTALL)
SPEAKING = ("utter_message", "bot_say", "staff_say")


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string that reads like a sentence for people."""
    tree = ast.parse(source)
    left_out = {id(node) for parent in ast.walk(tree) for node in _not_for_people(parent)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in left_out:
            continue
        if SENTENCE.match(node.value.strip()):
            yield node.lineno, node.value


def _not_for_people(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr):
            yield from ast.walk(first)
    elif isinstance(node, ast.Raise | ast.Assert) or (isinstance(node, ast.Call) and _is_for_developers(node.func)):
        yield from ast.walk(node)


def _is_for_developers(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    of = getattr(function.value, "id", "") if isinstance(function, ast.Attribute) else ""
    return name.endswith("Error") or name in ("warn", "fail", "deprecated") or of in ("log", "logger", "structlogger")


def spoken(source: str) -> Iterator[int]:
    """Lines where a literal text is said to a patient."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            said = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "text")]
            if name in SPEAKING and any(
                isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and " " in str(one.value))
                for one in said
            ):
                yield node.lineno


def modules() -> list[Path]:
    found = [path.relative_to(ROOT) for path in sorted((ROOT / "bot").rglob("*.py"))]
    return [path for path in found if not str(path).startswith(FOR_ADMINISTRATORS + FOR_DEVELOPERS)]


def test_no_sentence_for_people_stands_in_python() -> None:
    strays = [
        f"{path}:{line}: {text[:60]}"
        for path in modules()
        for line, text in sentences((ROOT / path).read_text(encoding="utf-8"))
    ]

    assert strays == []


def test_nothing_is_said_to_a_patient_from_a_literal() -> None:
    strays = [
        f"{path}:{line}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for line in spoken(path.read_text(encoding="utf-8"))
    ]

    assert strays == []


@pytest.mark.parametrize(
    "source",
    [
        'REPLY = "Thank you, I have saved that."',
        'def ask():\n    """Doc."""\n    return {"text": "How are you feeling right now?"}',
        'title = "Something went wrong on our side."',
    ],
)
def test_a_stray_sentence_is_seen(source: str) -> None:
    assert list(sentences(source))


@pytest.mark.parametrize(
    "source",
    [
        '"""A module says what lives here."""',
        'raise ContentError("This key is not known to anybody.")',
        'log.warning("The database was away for a while.")',
        'NAME = "utter_greet"',
        'PATTERN = "I want to"',
    ],
)
def test_what_is_for_developers_is_left_alone(source: str) -> None:
    assert not list(sentences(source))


def test_a_literal_that_is_said_is_seen() -> None:
    assert list(spoken('dispatcher.utter_message(text=f"Hello {name}")'))
