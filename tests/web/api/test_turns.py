"""Turns: in order, by one process at a time, never lost, and never silence."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bot.store import turns
from bot.web.rasa import RasaClient
from bot.web.rates import Rate
from bot.web.storing import Store
from bot.web.turns import TurnRunner
from tests.waiting import wait_until
from tests.web.api.houses import House, Patient, Web
from tests.web.api.servers import SECRET

HOLDING = "bot: I need longer than usual to answer."


def holdings(patient: Patient) -> int:
    return sum(text.startswith(HOLDING) for text in patient.texts())


def run_due(house: House) -> int:
    """One round of the worker's job, in an event loop of its own."""

    async def run() -> int:
        rasa = RasaClient(house.rasa.url, SECRET)
        runner = TurnRunner(Store(house.db), rasa)
        try:
            return await runner.run_due()
        finally:
            await runner.aclose()
            await rasa.aclose()

    return asyncio.run(run())


@contextmanager
def web_that_forgets(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A web process that asks nothing again by itself, so that a test sees what others do."""
    web = house.web()
    monkeypatch.setattr(web.app.state.turns, "_later", lambda seconds, work: None)
    yield web


def late(house: House, seconds: float) -> None:
    """Let the store's clock run ahead."""
    clock = house.db.clock
    house.db.clock = lambda: clock() + timedelta(seconds=seconds)


def test_a_dialogue_that_is_down_gives_one_holding_reply_and_staff_see_the_turn(house: House, patient: Patient) -> None:
    house.rasa.stop()

    answer = patient.say("Good morning")

    assert [reply["text"].startswith(HOLDING[5:]) for reply in answer["replies"]] == [True]
    assert "999" in answer["replies"][0]["text"]
    turn = house.turns(patient.conversation)[-1]
    assert (turn.state, turn.attempts) == ("unanswered", 1)
    with house.db.read() as tx:
        assert turn.id in [one.id for one in turns.unanswered(tx, "demo")]


def test_no_holding_reply_is_said_twice_in_a_row(house: House, patient: Patient) -> None:
    house.rasa.stop()

    said = [patient.say(text)["replies"][0]["text"] for text in ("one", "two", "three")]

    assert said[0] == said[2] != said[1]
    assert all("999" in text for text in said)


@pytest.mark.parametrize("reply", [[], [{"text": ""}], [{"text": "a", "choices": [{"id": "x"}]}], [None]], ids=str)
def test_an_answer_of_rasa_that_is_none_is_a_failure(house: House, patient: Patient, reply: list[dict]) -> None:
    house.rasa.reply = lambda body: reply

    assert patient.say("Good morning")["replies"][0]["text"].startswith(HOLDING[5:])


@pytest.mark.parametrize("status", [500, 503, 401, 422])
def test_an_error_of_rasa_is_a_failure(house: House, patient: Patient, status: int) -> None:
    house.rasa.status = status

    assert patient.say("Good morning")["replies"][0]["text"].startswith(HOLDING[5:])
    assert house.turns(patient.conversation)[-1].state == "unanswered"


def test_a_dialogue_that_is_slow_is_not_waited_for(house: House, patient: Patient, web: Web) -> None:
    rasa = web.app.state.rasa
    rasa.turn_seconds, usual = 0.3, rasa.turn_seconds
    house.rasa.seconds = 1.0

    try:
        answer = patient.say("Good morning")
    finally:
        rasa.turn_seconds = usual

    assert answer["replies"][0]["text"].startswith(HOLDING[5:])


def test_what_rasa_did_not_answer_is_asked_again_by_the_worker_and_answered_once(
    lone_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_that_forgets(lone_house, monkeypatch) as web:
        patient = web.patient()
        lone_house.rasa.status = 503
        patient.say("Good morning")
        lone_house.rasa.status = 200
        early = run_due(lone_house)
        late(lone_house, 3)

        assert (early, run_due(lone_house), run_due(lone_house)) == (0, 1, 0)
        assert [text for text in patient.texts()[1:] if not text.startswith(HOLDING)] == [
            "patient: Good morning",
            "bot: re: Good morning",
        ]
        assert holdings(patient) == 1
        assert len({body["message_id"] for body in lone_house.rasa.asked}) == 2


def test_what_the_dialogue_did_not_answer_is_asked_again_by_the_web_process_too(house: House, patient: Patient) -> None:
    house.rasa.status = 503
    patient.say("Good morning")
    house.rasa.status = 200

    wait_until(lambda: "bot: re: Good morning" in patient.texts())


def test_a_late_reply_is_not_shown_once_something_newer_was_said(
    lone_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_that_forgets(lone_house, monkeypatch) as web:
        patient = web.patient()
        lone_house.rasa.status = 503
        patient.say("one")
        patient.say("two", wait=0)
        lone_house.rasa.status = 200
        late(lone_house, 3)
        run_due(lone_house)

        assert "bot: re: one" not in patient.texts()
        assert "bot: re: two" in patient.texts()
        assert [one.hidden for one in lone_house.transcript(patient.conversation) if one.text == "re: one"] == [True]


def test_a_turn_never_overtakes_one_that_failed(lone_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with web_that_forgets(lone_house, monkeypatch) as web:
        patient = web.patient()
        lone_house.rasa.asked.clear()
        lone_house.rasa.status = 503
        patient.say("one")
        lone_house.rasa.status = 200
        patient.say("two", wait=0)
        late(lone_house, 3)
        run_due(lone_house)

        assert lone_house.rasa.texts() == ["one", "one", "two"]


def test_who_waits_behind_another_turn_hears_so_once(
    house: House, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.turns.HOLDING_SECONDS", 0.5)
    house.rasa.seconds = 0.8

    with ThreadPoolExecutor(4) as some:
        list(some.map(lambda number: patient.say(f"text {number}", wait=0), range(4)))
        wait_until(lambda: len(house.rasa.asked) == 4)
        wait_until(lambda: house.turns(patient.conversation)[-1].state == "answered")

    assert holdings(patient) == 1


def test_the_holding_reply_comes_while_rasa_is_still_asked(
    house: House, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.turns.HOLDING_SECONDS", 0.3)
    house.rasa.seconds = 1.0

    answer = patient.say("Good morning")

    assert answer["replies"][0]["text"].startswith(HOLDING[5:])
    wait_until(lambda: "bot: re: Good morning" in patient.texts())


def test_a_process_that_died_holding_the_lease_is_followed_when_it_ends(
    house: House, web: Web, patient: Patient
) -> None:
    with house.db.write() as tx:
        assert turns.lease(tx, patient.conversation, "the dead one", 1.0)

    patient.say("Good morning", wait=0)

    assert run_due(house) == 0
    time.sleep(1.1)
    assert run_due(house) == 1
    assert patient.texts()[-1] == "bot: re: Good morning"


def test_a_web_process_follows_a_dead_one_by_itself(
    house: House, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.turns.LEASE_SECONDS", -0.5)
    with house.db.write() as tx:
        assert turns.lease(tx, patient.conversation, "the dead one", 0.3)

    patient.say("Good morning", wait=0)

    wait_until(lambda: patient.texts()[-1] == "bot: re: Good morning")


def test_two_workers_and_a_web_process_ask_once(house: House, web: Web) -> None:
    house.rasa.seconds = 0.3
    patients = [web.patient() for _ in range(4)]

    for number, patient in enumerate(patients):
        patient.say(f"I am patient {number}", wait=0)
    with ThreadPoolExecutor(2) as two:
        list(two.map(lambda _: run_due(house), range(2)))
    wait_until(lambda: all(house.turns(one.conversation)[-1].state == "answered" for one in patients))

    asked = [text for text in house.rasa.texts() if text.startswith("I am patient")]
    assert sorted(asked) == [f"I am patient {number}" for number in range(4)]


def test_a_web_process_that_died_between_commit_and_asking_loses_nothing(
    lone_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_that_forgets(lone_house, monkeypatch) as web:
        patient = web.patient()
        monkeypatch.setattr(web.app.state.turns, "begin", lambda ask, turn: None)
        patient.say("Good morning", wait=0)
        late(lone_house, turns.LEASE_SECONDS + 1)

        assert run_due(lone_house) == 1
        assert patient.texts()[1:] == ["patient: Good morning", "bot: re: Good morning"]


def test_a_web_process_that_died_between_answer_and_storing_doubles_nothing(
    lone_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_that_forgets(lone_house, monkeypatch) as web:
        patient = web.patient()
        monkeypatch.setattr(TurnRunner, "_settle", lambda *_: None)
        patient.say("Good morning", wait=1)
        monkeypatch.undo()
        late(lone_house, turns.LEASE_SECONDS + 1)

        assert run_due(lone_house) == 1
        assert patient.texts()[1:] == ["patient: Good morning", "bot: re: Good morning"]
        assert lone_house.rasa.texts() == ["", "Good morning", "Good morning"]


def test_a_flood_is_stored_and_screened_and_asked_slowly_with_one_holding_reply(lone_house: House) -> None:
    web = lone_house.web()
    web.app.state.turns._pace = Rate(events=20, seconds=60)
    patient = web.patient()

    for number in range(30):
        patient.say(f"text {number}", wait=0)
    danger = patient.say("I want to kill myself", wait=0)
    wait_until(lambda: len(lone_house.rasa.asked) == 20)
    wait_until(lambda: holdings(patient) == 1)
    time.sleep(0.5)

    assert danger["crisis"]
    assert len(lone_house.escalations(patient.conversation)) == 1
    assert sum(text.startswith("patient") for text in patient.texts()) == 31
    assert len(lone_house.rasa.asked) == 20
    assert holdings(patient) == 1


def test_a_takeover_makes_the_bot_silent_at_once(house: House, patient: Patient) -> None:
    house.rasa.seconds = 0.5
    patient.say("Good morning", wait=0)
    wait_until(lambda: len(house.rasa.asked) == 1)
    house.take_over(patient.conversation)
    time.sleep(0.8)

    assert patient.texts()[-1] == "patient: Good morning"


def test_a_locked_store_does_not_lose_an_answer_of_rasa(lone_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.web.api.test_risk import busy_for, locked

    monkeypatch.setattr("bot.web.turns.STORE_PAUSE_SECONDS", 0.1)
    lone_house.rasa.seconds = 0.5
    web = lone_house.web()
    patient = web.patient()
    with busy_for(lone_house.db, 200):
        patient.say("Good morning", wait=0)
        with locked(lone_house.db):
            time.sleep(1.0)
        wait_until(lambda: patient.texts()[-1] == "bot: re: Good morning")

    assert lone_house.rasa.texts() == ["", "Good morning"]


def test_a_turn_that_cannot_be_prepared_loses_no_message(
    house: House, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise KeyError("a placeholder")

    monkeypatch.setattr("bot.web.turns.HOLDING_SECONDS", 0.2)
    monkeypatch.setattr("bot.web.turns.ask_for", fail)

    answer = patient.say("Good morning")

    assert answer["replies"][0]["text"].startswith(HOLDING[5:])
    assert house.turns(patient.conversation)[-1].state == "pending"
