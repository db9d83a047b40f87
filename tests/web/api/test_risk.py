"""The risk screen in the front door: before anything else, in every state, and never a reason for silence."""

import logging
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.safety import NONE_ASSESSMENT, Assessment
from bot.store.database import Database
from tests.waiting import wait_until
from tests.web.api.houses import House, Patient, Web
from tests.web.api.servers import Json

DANGER = "I want to kill myself"
LADDER = {
    "text": "Do you feel you might act on these thoughts?",
    "state": "Q3",
    "choices": [{"id": "no", "title": "No"}, {"id": "yes", "title": "Yes"}],
}


def finding(level: str, action: str, *categories: str) -> Callable[..., Assessment]:
    """A screen that finds this in every text."""
    found = replace(NONE_ASSESSMENT, level=level, action=action, categories=categories)
    return lambda text, history=(): found


def test_danger_is_answered_at_once_with_text_and_contacts(house: House, patient: Patient) -> None:
    house.rasa.seconds = 2.0

    answer = patient.say(DANGER, wait=0)

    crisis = answer["crisis"]
    assert crisis["level"] == "urgent"
    assert "Samaritans (116 123)" in crisis["text"]
    assert "999" in crisis["text"]
    assert [contact["role"] for contact in crisis["contacts"]] == ["emergency", "crisis", "poison", "crisis_text"]
    assert crisis["contacts"][0]["tel"] == "999"


def test_danger_is_on_record_before_the_dialogue_is_asked(house: House, patient: Patient) -> None:
    known: list[int] = []

    def look(body: Json) -> list[Json]:
        known.append(len(house.escalations(patient.conversation)))
        return [{"text": "I am here."}]

    house.rasa.reply = look
    patient.say(DANGER)

    assert known == [1]
    escalation = house.escalations(patient.conversation)[0]
    assert (escalation.level, escalation.action, escalation.categories) == ("urgent", "page", ("suicidal_ideation",))
    assert escalation.signals[0].quote


def test_the_team_was_told_is_said_only_when_it_was(house: House, patient: Patient) -> None:
    first = patient.say(DANGER)["crisis"]["text"]
    with house.db.write() as tx:
        from bot.store import escalations

        escalations.alerted(tx, house.escalations(patient.conversation)[0].id)
    second = patient.say(DANGER)["crisis"]["text"]

    assert "I am telling the team now." in first
    assert "I have told the team." in second


@pytest.mark.parametrize(
    ("level", "action", "shown"),
    [
        ("emergency", "page", True),
        ("same_day", "page", True),
        ("emergency", "ask", True),
        ("urgent", "ask", True),
        ("same_day", "ask", False),
        ("emergency", "review", False),
        ("urgent", "none", False),
        ("none", "none", False),
    ],
)
def test_what_counts_as_a_crisis(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, level: str, action: str, shown: bool
) -> None:
    monkeypatch.setattr("bot.web.api.receive.screen", finding(level, action, "self_harm"))

    assert bool(patient.say("anything")["crisis"]) is shown


def test_the_message_is_screened_with_those_just_before_it(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def screen(text: str, history: Any = ()) -> Assessment:
        seen.append((text, tuple(history)))
        return NONE_ASSESSMENT

    monkeypatch.setattr("bot.web.api.receive.screen", screen)
    patient.say("I want to")
    patient.say("die")

    assert seen == [("I want to", ()), ("die", ("I want to",))]


@pytest.mark.parametrize("answer", [{"value": 8}, {"text": "8"}])
def test_a_point_of_a_scale_is_not_read_together_with_what_was_said_before(
    house: House, web: Web, answer: Json
) -> None:
    scale = {"text": "How strong?", "state": "CI1", "scale": {"min": 0, "max": 10}, "choices": []}
    web.house.rasa.reply = lambda body: [scale]
    patient = web.patient()
    house.consent(patient.conversation, "given")
    patient.say("can i take more?")

    assert patient.post(**answer).json()["crisis"] is None


def test_an_answer_of_the_ladder_is_a_signal(house: House, web: Web) -> None:
    house.rasa.reply = lambda body: [LADDER] if body["open"] else [{"text": "I am here."}]
    patient = web.patient()
    house.rasa.stop()

    answer = patient.post(choice="yes", wait=0).json()

    assert answer["crisis"]["level"] == "emergency"
    assert house.escalations(patient.conversation)[0].signals[0].layer == "answer"


def test_titles_of_answers_are_screened_as_text_too(house: House, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    house.rasa.reply = lambda body: [{**LADDER, "state": "none", "choices": [{"id": "a", "title": DANGER}]}]
    patient = web.patient()

    assert patient.post(choice="a").json()["crisis"]["level"] == "urgent"


def test_layer_two_is_recorded_and_shown(house: House, patient: Patient) -> None:
    house.rasa.meaning = {
        "level": "emergency",
        "action": "page",
        "categories": ["suicidal_ideation"],
        "reasons": ["like 'Saturday is the day'"],
    }

    answer = patient.say("Everyone can stop worrying after Saturday")

    assert answer["crisis"]["level"] == "emergency"
    assert house.escalations(patient.conversation)[0].signals[0].layer == "meaning"


def test_after_no_to_keeping_the_chat_danger_is_shown_and_nobody_is_told(house: House, patient: Patient) -> None:
    house.consent(patient.conversation, "refused")

    crisis = patient.say(DANGER)["crisis"]

    assert "I cannot reach anyone for you." in crisis["text"]
    assert "team" not in crisis["text"]
    assert house.escalations(patient.conversation) == []


def test_before_the_answer_about_keeping_the_chat_danger_is_escalated(house: House, web: Web) -> None:
    patient = web.patient()

    patient.say(DANGER)

    assert len(house.escalations(patient.conversation)) == 1


def test_while_a_person_holds_the_conversation_the_screen_goes_on_and_the_bot_is_silent(
    house: House, patient: Patient
) -> None:
    house.take_over(patient.conversation)
    house.rasa.meaning = {"level": "urgent", "action": "page", "categories": ["self_harm"], "reasons": []}

    answer = patient.say(DANGER, wait=1)

    assert answer["crisis"]["level"] == "urgent"
    assert answer["replies"] == []
    wait_until(
        lambda: {one.layer for one in house.escalations(patient.conversation)[0].signals} == {"rules", "meaning"}
    )
    assert not [turn for turn in house.rasa.asked if turn["conversation"] == patient.conversation]
    assert house.rasa.parsed == [DANGER]


def test_a_takeover_while_rasa_is_down_is_read_when_it_is_back(
    house: House, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.turns.PARSE_PAUSES", (0.2, 0.2, 0.2, 0.2))
    house.take_over(patient.conversation)
    house.rasa.meaning = {"level": "urgent", "action": "page", "categories": ["self_harm"], "reasons": []}
    house.rasa.stop()

    patient.say("not a word of any rule")
    house.rasa.start()

    wait_until(lambda: len(house.escalations(patient.conversation)) == 1)


@pytest.mark.parametrize("what", ["screen", "screen_answer"])
def test_a_screen_that_fails_lets_the_message_through_and_staff_know(
    house: House, web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    def fail(*args: object) -> None:
        raise ValueError("the canary sings")

    monkeypatch.setattr(f"bot.web.api.receive.{what}", fail)
    house.rasa.reply = lambda body: [LADDER] if body["open"] else [{"text": "I am here."}]
    patient = web.patient()

    answer = patient.post(choice="no")

    assert answer.status_code == 201
    assert [reply["text"] for reply in answer.json()["replies"]] == ["I am here."]
    assert house.escalations(patient.conversation)[0].signals[0].layer == "unscreened"
    assert "canary" not in caplog.text


def test_a_screen_that_hangs_lets_the_message_through_and_staff_know(
    house: House, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.api.receive.SCREEN_SECONDS", 0.2)
    monkeypatch.setattr("bot.web.api.receive.screen", lambda *args: time.sleep(1))

    patient.say("hello")

    assert house.escalations(patient.conversation)[0].signals[0].layer == "unscreened"


def test_a_flagged_message_reaches_staff_while_rasa_is_down(house: House, patient: Patient) -> None:
    house.rasa.stop()

    answer = patient.say(DANGER)

    assert answer["crisis"]
    assert "longer than usual" in answer["replies"][0]["text"]
    assert len(house.escalations(patient.conversation)) == 1


# What can happen to a database, done to a real one.


@contextmanager
def locked(db: Database) -> Iterator[None]:
    connection = sqlite3.connect(str(db.url.database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def away(db: Database) -> Iterator[None]:
    """The file's folder cannot be reached any more."""
    from pathlib import Path

    folder = Path(str(db.url.database)).parent
    gone = folder.with_name("gone")
    db.close()
    folder.rename(gone)
    folder.write_text("no folder")
    try:
        yield
    finally:
        folder.unlink()
        gone.rename(folder)
        db.close()


@contextmanager
def full(db: Database) -> Iterator[None]:
    """No file of this process can grow: SQLite's log takes not one page more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("broken", [locked, away, full])
def test_a_store_that_cannot_keep_the_message_never_means_silence(
    lone_house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(lone_house.db, "busy_seconds", 0.3)
    lone_house.rasa.reply = lambda body: [LADDER]
    patient = lone_house.web().patient()
    health = patient.web.client.get("/health").status_code

    with busy_for(lone_house.db, 300), broken(lone_house.db):
        plain = patient.post(text="good morning")
        danger = patient.post(text=DANGER)
        ladder = patient.post(choice="yes")
        unwell = patient.web.client.get("/health")

    assert (health, unwell.status_code) == (200, 503)
    for answer in (plain, danger, ladder):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["crisis_contacts"][0]["tel"] == "999"
    assert "I cannot save this right now." in plain.json()["detail"]
    assert plain.json().get("crisis") is None
    assert danger.json()["crisis"]["level"] == "urgent"
    assert ladder.json()["crisis"]["level"] == "emergency"
    for answer in (danger, ladder):
        assert "could not reach the team" in answer.json()["crisis"]["text"]
        assert "telling the team" not in answer.text
    assert DANGER not in caplog.text

    after = patient.post(text=DANGER)
    assert after.status_code == 201
    assert len(lone_house.transcript(patient.conversation)) > 2


@contextmanager
def busy_for(db: Database, milliseconds: int) -> Iterator[None]:
    """Connections wait for a lock only so long, so that the test need not."""

    def wait(connection: Any, record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}")

    db.close()
    sa.event.listen(db.engine, "connect", wait)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "connect", wait)
        db.close()
