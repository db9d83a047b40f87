"""From a message to a person, over the running processes: the alert goes out, and then the patient is told."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.store import channels, escalations
from tests.alerts.receivers import Hook, hook
from tests.chat import Chat, Message
from tests.stack import CLINIC, Stack

pytestmark = pytest.mark.stack

RISK = "I want to kill myself tonight"


@contextmanager
def channel(stack: Stack, box: Hook) -> Iterator[None]:
    """A webhook of the clinic, for as long as the block runs."""
    with stack.database.write() as tx:
        added = channels.add(tx, CLINIC, box.url, name="test")
    try:
        yield
    finally:
        with stack.database.write() as tx:
            channels.remove(tx, CLINIC, added.id)


def says_told(shown: list[Message]) -> bool:
    return any("I have told the team." in one["text"] for one in shown if one["from"] == "bot")


def in_crisis(stack: Stack) -> tuple[Chat, dict[str, Any]]:
    chat = stack.chat().onboard()
    return chat, chat.send(text=RISK)


def test_a_drill_goes_through_the_whole_chain_is_marked_and_closes_as_a_test(stack: Stack) -> None:
    with hook() as box, channel(stack, box):
        command = [sys.executable, "-m", "bot.cli", "drill", CLINIC, "--json"]
        done = subprocess.run(
            command, env=os.environ | stack.environment, capture_output=True, text=True, timeout=200, check=False
        )

    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout)
    assert [step["name"] for step in steps if step["seconds"] is None] == []
    assert len(steps) == 5
    [(_, body)] = box.posts
    assert json.loads(body)["type"] == "alert.drill"
    with stack.database.read() as tx:
        drills = [one for one in escalations.closed(tx, CLINIC) if one.drill]
    assert [one.outcome for one in drills] == ["C10"]


def test_an_alert_goes_out_and_then_the_patient_is_told_and_asked_again(stack: Stack) -> None:
    with hook() as box, channel(stack, box):
        chat, received = in_crisis(stack)

        shown = chat.wait_for(says_told)

    texts = [received["crisis"]["text"], *(one["text"] for one in shown)]
    telling, told = (
        next(number for number, text in enumerate(texts) if said in text)
        for said in ("I am telling the team now.", "I have told the team.")
    )
    assert telling < told
    [record] = [one for one in stack.queue() if one.conversation_id == chat.conversation]
    assert [record.id in body for _, body in box.posts].count(True) == 1
    asked = [choice["id"] for choice in shown[-1]["choices"]]
    assert asked == [choice["id"] for choice in received["replies"][-1]["choices"]]
