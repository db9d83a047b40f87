"""A database that is locked, full or unreadable, and keys that do not fit: refused in time, and told truthfully."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from bot.commands.ports import free_port
from bot.settings import ROOT
from bot.store import messages, turns
from bot.store.encryption import Keyring
from tests.chat import Chat
from tests.stack import CLINIC, Stack

pytestmark = pytest.mark.stack

RISK = "I have taken all my tablets, I want to die tonight"
LOCKED_SECONDS = 20


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a SQLite file's write lock from outside."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as file:
        file.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            file.execute("ROLLBACK")


@contextmanager
def no_room(pid: int) -> Iterator[None]:
    """Let every write of a process to a file fail, as on a full disk."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def texts_of(stack: Stack, chat: Chat) -> list[str]:
    with stack.database.read() as tx:
        return [one.text for one in messages.transcript(tx, chat.conversation) if one.sender == "patient"]


def assert_crisis_from_memory(answer: httpx.Response) -> None:
    """Not stored, and said so; but the crisis text for this very message, and the numbers, are there."""
    assert answer.status_code == 503
    assert answer.json()["crisis"]["level"] == "emergency"
    assert answer.json()["crisis"]["contacts"]
    assert answer.json()["crisis_contacts"]


def test_a_database_that_is_locked_for_long_is_told_truthfully(stack: Stack) -> None:
    chat = stack.chat().onboard()
    free = threading.Event()

    with locked(stack.settings.data_dir / "between.db"):
        unlock = threading.Timer(LOCKED_SECONDS, free.set)
        unlock.start()
        answer = chat.post({"text": RISK})
        health = chat.client.get("/health")
        free.wait()
    sent_again = chat.post({"text": RISK}, wait=None)

    assert_crisis_from_memory(answer)
    assert health.status_code == 503
    assert sent_again.status_code == 201
    assert texts_of(stack, chat).count(RISK) == 1
    assert chat.client.get("/health").status_code == 200


def test_a_full_disk_is_told_truthfully(stack: Stack) -> None:
    chat = stack.chat().onboard()

    with no_room(stack.pid("web")):
        answer = chat.post({"text": RISK})
        health = chat.client.get("/health")
    sent_again = chat.post({"text": RISK}, wait=None)

    assert_crisis_from_memory(answer)
    assert health.status_code == 503
    assert sent_again.status_code == 201
    assert texts_of(stack, chat).count(RISK) == 1


def test_while_the_tracker_is_locked_nobody_is_greeted_as_new(stack: Stack) -> None:
    chat = stack.chat()
    greeting = chat.messages[0]["text"]
    chat.onboard()

    with locked(stack.settings.data_dir / "tracker.db"):
        replies = chat.say("hello")
        with stack.database.read() as tx:
            waiting = [turn.conversation_id for turn in turns.unanswered(tx, CLINIC)]

    assert len(replies) == 1
    assert replies[0]["text"] != greeting
    assert replies[0]["choices"] == []
    assert chat.conversation in waiting
    # Once it can be read again, the patient is answered as the one he is.
    shown = chat.wait_for(lambda shown: shown[-1]["from"] == "bot" and shown[-1]["id"] != replies[0]["id"], seconds=90)
    assert [one["text"] for one in shown].count(greeting) == 1


def test_a_tracker_that_cannot_be_read_greets_nobody_as_new(stack: Stack) -> None:
    chat = stack.chat()
    greeting = chat.messages[0]["text"]
    chat.onboard()
    tracker = stack.settings.data_dir / "tracker.db"
    query = "SELECT id, data FROM events WHERE sender_id = ?"
    with closing(sqlite3.connect(tracker, timeout=10)) as file, file:
        events = file.execute(query, (chat.conversation,)).fetchall()
        file.execute("UPDATE events SET data = 'unreadable' WHERE sender_id = ?", (chat.conversation,))

    replies = chat.say("hello")

    with closing(sqlite3.connect(tracker, timeout=10)) as file, file:
        file.executemany("UPDATE events SET data = ? WHERE id = ?", [(data, number) for number, data in events])
    assert len(events) > 0
    assert len(replies) == 1
    assert replies[0]["text"] != greeting
    shown = chat.wait_for(lambda shown: shown[-1]["from"] == "bot" and shown[-1]["id"] != replies[0]["id"], seconds=90)
    assert [one["text"] for one in shown].count(greeting) == 1


@pytest.mark.parametrize("name", ["web", "rasa", "actions", "worker"])
@pytest.mark.parametrize("fault", ["missing key", "wrong key", "unmigrated"])
def test_what_does_not_fit_refuses_to_start_and_says_why(stack: Stack, tmp_path: Path, name: str, fault: str) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    if fault != "unmigrated":
        for suffix in ("between.db", "tracker.db", "keys.json"):
            copy_database(stack.settings.data_dir / suffix, folder / suffix)
    if fault == "missing key":
        (folder / "keys.json").unlink()
    if fault == "wrong key":
        (folder / "keys.json").unlink()
        Keyring.create(folder / "keys.json")

    done = start_alone(stack, folder, name)

    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert ("between migrate" if fault == "unmigrated" else "key") in said


def copy_database(source: Path, target: Path) -> None:
    if source.suffix != ".db":
        shutil.copy(source, target)
        return
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def start_alone(stack: Stack, folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Start one process on a data folder, which must end by itself."""
    environment = os.environ | stack.environment | {"DATA_DIR": str(folder), "PORT": str(free_port())}
    environment |= {"RASA_URL": f"http://127.0.0.1:{free_port()}", "ACTIONS_URL": f"http://127.0.0.1:{free_port()}"}
    command = [sys.executable, "-m", "bot.cli", "serve", name]
    command += ["--model", str(stack.model)] if name == "rasa" else []
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)


def test_a_screen_that_cannot_read_its_rules_lets_nobody_slip_by(stack: Stack, tmp_path: Path) -> None:
    """A copy of the product whose rules are broken: patients are answered, and staff see that nothing was screened."""
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("models", "__pycache__"))
    for file in (tmp_path / "bot/content/risk_rules").glob("*.yml"):
        file.write_text("rules: [", encoding="utf-8")
    stack.start_elsewhere("web2", tmp_path)
    chat = stack.chat("web2")

    received = chat.post({"text": "good morning"})

    assert received.status_code == 201
    assert received.json()["replies"]
    (found,) = [one for one in stack.queue() if one.conversation_id == chat.conversation]
    assert {signal.layer for signal in found.signals} == {"unscreened"}
