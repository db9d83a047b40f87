"""What breaks, and what then: each of the processes killed or slow, at the moment when it hurts.

Nothing here is staged inside the product: the processes get signals.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar
from uuid import uuid4

import pytest

from bot.store import answers, clinics, turns
from bot.store.database import Transaction
from bot.store.rows import Escalation
from bot.web.crisis import holding
from tests.chat import Chat, Message
from tests.stack import CLINIC, Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.stack

T = TypeVar("T")
RISK = "I have taken all my tablets, I want to die tonight"
ARE_YOU_HUMAN = "are you human?"


def read(stack: Stack, use: Callable[[Transaction], T]) -> T:
    with stack.database.read() as tx:
        return use(tx)


def open_escalations(stack: Stack, chat: Chat) -> list[Escalation]:
    return [one for one in stack.queue() if one.conversation_id == chat.conversation]


def is_unanswered(stack: Stack, chat: Chat) -> bool:
    waiting = read(stack, lambda tx: turns.unanswered(tx, CLINIC))
    return chat.conversation in [turn.conversation_id for turn in waiting]


def owed(stack: Stack, chat: Chat) -> list[str]:
    """The states of a conversation's turns that are not settled."""
    found = read(stack, lambda tx: turns.of_conversation(tx, chat.conversation))
    return [turn.state for turn in found if turn.state in turns.OWED]


def bot_after_last_patient(shown: list[Message]) -> list[Message]:
    last = max(index for index, one in enumerate(shown) if one["from"] == "patient")
    return [one for one in shown[last + 1 :] if one["from"] == "bot"]


def holding_text(stack: Stack) -> str:
    return holding(read(stack, lambda tx: clinics.get(tx, CLINIC)), language="en")


def test_rasa_makes_way_for_the_front_door(stack: Stack) -> None:
    nice = {name: os.getpriority(os.PRIO_PROCESS, stack.pid(name)) for name in ("web", "rasa")}

    assert nice["rasa"] > nice["web"]


def test_a_risk_message_while_rasa_is_dead_reaches_patient_and_staff(stack: Stack) -> None:
    chat = stack.chat().onboard()
    stack.kill("rasa")

    at_once = chat.post({"text": RISK}, wait=None)
    later = chat.wait_for(lambda shown: bool(bot_after_last_patient(shown)), seconds=15)

    # The patient has the numbers at once, and a holding reply in place of an answer.
    assert at_once.status_code == 201
    assert at_once.json()["crisis"]["level"] == "emergency"
    assert at_once.json()["crisis"]["contacts"]
    assert [one["text"] for one in bot_after_last_patient(later)] == [holding_text(stack)]
    # Staff have the record, and see that the turn stays unanswered.
    assert [one.level for one in open_escalations(stack, chat)] == ["emergency"]
    assert is_unanswered(stack, chat)
    # When Rasa is back, the patient is answered, once.
    stack.start("rasa")
    chat.wait_for(lambda shown: len(bot_after_last_patient(shown)) > 1, seconds=90)
    wait_until(lambda: not owed(stack, chat))
    assert len(open_escalations(stack, chat)) == 1


@pytest.mark.parametrize(
    "said", [{"choice": "go_on"}, {"text": RISK}, {"text": "please save this note: the bus was hard"}]
)
def test_while_the_actions_are_dead_nothing_is_claimed_and_nothing_is_lost(stack: Stack, said: dict[str, str]) -> None:
    chat = stack.chat()
    stack.kill("actions")

    chat.post(said)
    shown = chat.wait_for(lambda shown: bool(bot_after_last_patient(shown)), seconds=15)

    # Only the holding reply: no next question, no "I have saved that", and not silence.
    assert [one["text"] for one in bot_after_last_patient(shown)] == [holding_text(stack)]
    assert is_unanswered(stack, chat)
    assert bool(open_escalations(stack, chat)) == (said.get("text") == RISK)
    # When they are back, the same turn is answered.
    stack.start("actions")
    wait_until(lambda: not owed(stack, chat), seconds=90)
    assert len(bot_after_last_patient(chat.history())) > 1


def test_an_answer_is_stored_once_although_the_actions_were_slow(stack: Stack) -> None:
    chat = stack.chat().onboard()
    chat.choose("check_in")
    chat.wait_for(lambda shown: "scale" in shown[-1])  # The actions may have just started, and be slow for that.
    stack.suspend("actions")

    assert chat.post({"value": 7}, wait=None).status_code == 201
    shown = chat.wait_for(lambda shown: bool(bot_after_last_patient(shown)), seconds=15)
    time.sleep(2)  # Nine seconds in all: the actions then go on with calls that nobody waits for any more.
    stack.resume("actions")
    wait_until(lambda: not owed(stack, chat), seconds=60)

    assert [one["text"] for one in bot_after_last_patient(shown)] == [holding_text(stack)]
    stored = read(stack, lambda tx: answers.of(tx, chat.conversation, "check_in"))
    assert [(one.step, one.value) for one in stored] == [("pull", 7)]


def test_a_message_survives_web_being_killed_before_rasa_has_answered(stack: Stack) -> None:
    chat = stack.chat().onboard()
    stack.suspend("rasa")
    sent = chat.post({"text": ARE_YOU_HUMAN}, wait=None)

    stack.kill("web")
    stack.resume("rasa")
    stack.start("web")
    shown = chat.wait_for(lambda shown: bool(bot_after_last_patient(shown)))

    assert sent.status_code == 201
    assert [one["text"] for one in shown if one["from"] == "patient"].count(ARE_YOU_HUMAN) == 1
    wait_until(lambda: not owed(stack, chat))
    replies = [one["text"] for one in bot_after_last_patient(chat.history())]
    assert len(replies) == len(set(replies))


def test_a_reply_survives_web_being_killed_between_rasas_answer_and_storing_it(stack: Stack) -> None:
    chat = stack.chat().onboard()
    tracker = str(stack.settings.data_dir / "tracker.db")
    stack.suspend("rasa")
    chat.post({"text": ARE_YOU_HUMAN}, wait=None)
    before = count_events(tracker, chat)
    wait_until(stack.waits_for_rasa)
    stack.suspend("web")
    stack.resume("rasa")

    # Rasa keeps the turn, and its answer waits for a web process that will never read it.
    wait_until(lambda: count_events(tracker, chat) > before)
    stack.kill("web")
    kept = count_events(tracker, chat)
    stack.start("web")
    wait_until(lambda: not owed(stack, chat))

    shown = chat.history()
    assert [one["text"] for one in shown if one["from"] == "patient"].count(ARE_YOU_HUMAN) == 1
    replies = [one["text"] for one in bot_after_last_patient(shown)]
    assert len(replies) == len(set(replies)) > 0
    # It was asked twice, and answered from memory the second time: the dialogue has heard it once.
    assert count_events(tracker, chat) == kept > before


def count_events(path: str, chat: Chat) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
        query = "SELECT count(*) FROM events WHERE sender_id = ?"
        return int(file.execute(query, (chat.conversation,)).fetchone()[0])


def test_the_same_message_five_times_at_once_is_one_message_with_one_reply(stack: Stack) -> None:
    chat = stack.chat().onboard()
    client_id = str(uuid4())

    with ThreadPoolExecutor(5) as pool:
        posts = list(pool.map(lambda _: chat.post({"text": ARE_YOU_HUMAN}, client_id=client_id), range(5)))

    assert sorted(post.status_code for post in posts) == [200, 200, 200, 200, 201]
    assert len({post.json()["message"]["id"] for post in posts}) == 1
    shown = chat.history()
    assert [one["text"] for one in shown if one["from"] == "patient"].count(ARE_YOU_HUMAN) == 1
    replies = [one["id"] for one in bot_after_last_patient(shown)]
    assert all([reply["id"] for reply in post.json()["replies"]] == replies for post in posts)


def test_ten_messages_at_once_over_two_web_processes_are_answered_in_their_order(stack: Stack) -> None:
    chat = stack.chat().onboard()
    stack.start("web2")
    clients = [stack.client("web"), stack.client("web2")]
    texts = [RISK if number % 3 == 0 else f"{ARE_YOU_HUMAN} ({number})" for number in range(10)]

    def send(number: int) -> int:
        body = {"client_id": str(uuid4()), "text": texts[number]}
        return clients[number % 2].post("/api/v1/messages", json=body, headers=chat.headers).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(send, range(10)))
    wait_until(lambda: not owed(stack, chat), seconds=90)

    assert codes == [201] * 10
    assert sorted(chat.texts("patient")[-10:]) == sorted(texts)
    assert len(open_escalations(stack, chat)) == 1
    # Every turn was answered, in the order in which the messages were stored.
    settled = read(stack, lambda tx: turns.of_conversation(tx, chat.conversation))[-10:]
    assert [turn.state for turn in settled] == ["answered"] * 10


def test_the_worker_answers_what_a_dead_web_process_left_behind(stack: Stack) -> None:
    chat = stack.chat().onboard()
    stack.suspend("rasa")
    chat.post({"text": ARE_YOU_HUMAN}, wait=None)
    stack.kill("web")
    stack.resume("rasa")

    # Nobody starts web again: the worker takes the turn over when the lease has ended.
    wait_until(lambda: not owed(stack, chat), seconds=60)

    stack.start("web")
    assert bot_after_last_patient(chat.history())
