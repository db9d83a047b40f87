"""The action server: a secret, a thread per call, and failures that tell nothing of the patient."""

import threading
import time

import httpx
import pytest
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, Tracker
from rasa_sdk.types import DomainDict

from bot.actions import holder
from bot.actions.server import create_app
from bot.actions.stage import Event
from bot.errors import SettingError, StoreUnavailable
from bot.settings import load
from bot.store.database import Database
from tests.actions.conftest import SECRET
from tests.actions.patient import Patient

CANARY = "a sentence that must stay private"
HEADERS = {"Authorization": f"Bearer {SECRET}"}


class Slow(Action):
    def name(self) -> str:
        return "action_slow_for_a_test"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:
        time.sleep(1)
        return []


class Declines(Action):
    def name(self) -> str:
        return "action_declines_for_a_test"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:
        raise ActionExecutionRejection(self.name(), "not now")


class Fails(Action):
    def name(self) -> str:
        return "action_fails_for_a_test"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:
        raise RuntimeError(CANARY)


def call(action: str, text: str = "hi") -> dict[str, object]:
    message = {"text": text, "intent": {"name": "greet"}, "metadata": {"message_id": "m1"}}
    tracker = {"sender_id": "c1", "slots": {}, "latest_message": message, "events": [], "paused": False,
               "active_loop": {}, "latest_action_name": None, "followup_action": None}  # fmt: skip
    return {"next_action": action, "sender_id": "c1", "tracker": tracker}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}])
def test_without_the_secret_nothing_runs(server: httpx.Client, headers: dict[str, str]) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}

    assert server.post("/webhook", json=call("action_reply"), headers=encoded).status_code == 401


def test_health_needs_no_secret_and_tells_none(server: httpx.Client) -> None:
    answer = server.get("/health")

    assert answer.status_code == 200
    assert answer.json()["actions"] >= 24
    assert SECRET not in answer.text


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"tracker": {}}'])
def test_what_is_no_call_is_refused(server: httpx.Client, content: bytes) -> None:
    assert server.post("/webhook", content=content, headers=HEADERS).status_code == 422


def test_an_action_that_declines_is_told_as_the_sdk_does(server: httpx.Client) -> None:
    answer = server.post("/webhook", json=call("action_declines_for_a_test"), headers=HEADERS)

    assert answer.status_code == 400
    assert answer.json() == {"error": "not now", "action_name": "action_declines_for_a_test"}


def test_a_failure_is_named_without_anything_that_was_said(
    server: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = server.post("/webhook", json=call("action_fails_for_a_test", CANARY), headers=HEADERS)

    assert answer.status_code == 500
    assert answer.json() == {"error": "RuntimeError", "action_name": "action_fails_for_a_test"}
    assert CANARY not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_slow_action_holds_up_no_other(server: httpx.Client) -> None:
    started = threading.Event()

    def slow() -> None:
        started.set()
        server.post("/webhook", json=call("action_slow_for_a_test"), headers=HEADERS)

    thread = threading.Thread(target=slow)
    thread.start()
    started.wait()
    time.sleep(0.1)
    before = time.monotonic()
    server.get("/health")
    server.post("/webhook", json=call("action_declines_for_a_test"), headers=HEADERS)

    assert time.monotonic() - before < 0.8
    thread.join()


def test_a_database_that_is_away_fails_the_turn_and_keeps_nothing(known: Patient) -> None:
    known.picks("check_in")

    class Away:
        def write(self) -> None:
            raise StoreUnavailable("away")

        read = write

    holder.hold(Away())  # type: ignore[arg-type]
    answer = known.client.post("/webhook", json=call("action_begin"), headers=HEADERS)
    holder.hold(known.database)

    assert answer.status_code == 500
    assert answer.json()["error"] == "StoreUnavailable"


def test_a_short_secret_stops_the_start(store: Database) -> None:
    with pytest.raises(SettingError, match="INNER_SECRET"):
        create_app(load({"INNER_SECRET": "short"}), store)


def test_without_an_opened_database_an_action_says_so() -> None:
    held = holder._held[:]
    holder._held.clear()
    try:
        with pytest.raises(StoreUnavailable):
            holder.database()
    finally:
        holder._held[:] = held
