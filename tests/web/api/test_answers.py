"""Answers: only what was offered is one, whether tapped or typed, and only while it is open."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.safety import NONE_ASSESSMENT, Assessment
from tests.web.api.houses import House, Patient, Web
from tests.web.api.servers import Json

AGE = {
    "text": "How old are you?",
    "state": "ON4",
    "choices": [{"id": "adult", "title": "18 or over"}, {"id": "minor", "title": "Under 18"}],
}
PULL = {
    "text": "How strong is the pull?",
    "state": "CI1",
    "scale": {"min": 0, "max": 10, "low": "none", "high": "very strong"},
    "choices": [{"id": "skip", "title": "Skip"}],
}
SIGNS = {
    "text": "Any of these today?",
    "state": "CI7",
    "multiple": True,
    "choices": [
        {"id": "fit", "title": "A fit"},
        {"id": "pain", "title": "Chest pain"},
        {"id": "none", "title": "None"},
    ],
}
DAY = {"text": "When did that happen?", "state": "X1", "date": True}
NAME = {"text": "What may I call you?", "state": "ON11b"}


def asked(web: Web, question: Json) -> Patient:
    """A patient who has just been asked this; later turns are answered with "Thank you."."""
    web.house.rasa.reply = lambda body: [question] if body["open"] else [{"text": "Thank you."}]
    patient = web.patient()
    web.house.consent(patient.conversation, "given")
    return patient


@pytest.mark.parametrize(
    ("question", "body", "text", "expects"),
    [
        (AGE, {"choice": "adult"}, "18 or over", "choice"),
        (PULL, {"value": 0}, "0", "scale"),
        (PULL, {"value": 10}, "10", "scale"),
        (PULL, {"choice": "skip"}, "Skip", "scale"),
        (SIGNS, {"choices": ["fit", "pain"]}, "A fit, Chest pain", "choices"),
        (SIGNS, {"choices": ["none"]}, "None", "choices"),
        (DAY, {"date": "2026-11-20"}, "2026-11-20", "date"),
    ],
    ids=str,
)
def test_an_offered_answer_reaches_the_dialogue_as_data(
    house: House, web: Web, question: Json, body: Json, text: str, expects: str
) -> None:
    patient = asked(web, question)

    answer = patient.post(**body)

    turn = house.rasa.asked[-1]
    assert answer.status_code == 201, answer.text
    assert answer.json()["message"]["text"] == text
    assert (turn["text"], turn["answer"], turn["metadata"]["answer"]) == (text, body, body)
    assert (turn["metadata"]["state"], turn["metadata"]["expects"]) == (question["state"], expects)


@pytest.mark.parametrize(
    ("question", "typed", "answer"),
    [
        (AGE, " under 18\n", {"choice": "minor"}),
        (AGE, "UNDER 18", {"choice": "minor"}),
        (PULL, "skip", {"choice": "skip"}),
        (PULL, " 7 ", {"value": 7}),
        (SIGNS, "chest pain", {"choices": ["pain"]}),
        (AGE, "I am under 18", None),
        (PULL, "11", None),
        (PULL, "seven", None),
        (NAME, "Sam", None),
    ],
    ids=str,
)
def test_a_typed_answer_that_equals_an_offered_one_counts_as_it(
    house: House, web: Web, question: Json, typed: str, answer: Json | None
) -> None:
    patient = asked(web, question)

    said = patient.say(typed)

    turn = house.rasa.asked[-1]
    assert said["message"]["text"] == typed
    assert (turn["text"], turn["answer"]) == (typed, answer)
    assert turn["metadata"]["state"] == question["state"]


@pytest.mark.parametrize(
    ("question", "body"),
    [
        (AGE, {"choice": "elderly"}),
        (AGE, {"choice": "18 or over"}),
        (AGE, {"choices": ["adult"]}),
        (AGE, {"value": 18}),
        (AGE, {"date": "2026-11-20"}),
        (PULL, {"value": 11}),
        (PULL, {"value": -1}),
        (SIGNS, {"choices": ["fit", "forged"]}),
        (SIGNS, {"choices": ["fit", "fit"]}),
        (SIGNS, {"choices": []}),
        (DAY, {"date": "2026-02-30"}),
        (NAME, {"choice": "adult"}),
    ],
    ids=str,
)
def test_what_was_not_offered_is_refused_with_what_is_open(house: House, web: Web, question: Json, body: Json) -> None:
    patient = asked(web, question)

    answer = patient.post(**body)

    assert answer.status_code == 409
    assert answer.json()["open"] == question.get("choices", [])
    assert answer.json()["crisis_contacts"]
    assert len(house.transcript(patient.conversation)) == 1


@pytest.mark.parametrize(("first", "second"), [({"choice": "adult"}, {"choice": "minor"}), ({"text": "under 18"}, AGE)])
def test_a_question_is_answered_once(house: House, web: Web, first: Json, second: Any) -> None:
    patient = asked(web, AGE)
    assert patient.post(**first).status_code == 201

    again = patient.post(choice="minor")

    assert again.status_code == 409
    assert again.json()["open"] == []


def test_an_answer_to_a_question_that_is_gone_does_not_answer_the_next(house: House, web: Web) -> None:
    patient = asked(web, AGE)
    house.rasa.reply = lambda body: [AGE | {"state": "ON4c"}]
    (older,) = house.transcript(patient.conversation)
    assert patient.post(choice="adult", question=older.id, wait=8).status_code == 201

    answer = patient.post(choice="adult", question=older.id)

    assert answer.status_code == 409
    assert answer.json()["open"] == AGE["choices"]
    newer = house.transcript(patient.conversation)[-1]
    assert newer.state == "ON4c"
    assert patient.post(choice="adult", question=newer.id).status_code == 201


def test_a_text_is_kept_and_screened_whatever_question_it_names(house: House, web: Web) -> None:
    patient = asked(web, AGE)

    answer = patient.post(text="I want to kill myself", question="gone")

    assert answer.status_code == 201
    assert answer.json()["crisis"]["level"] == "urgent"
    assert house.escalations(patient.conversation)


def test_an_answer_to_a_question_that_was_put_again_counts(house: House, web: Web) -> None:
    patient = asked(web, AGE)
    house.rasa.reply = lambda body: [AGE]
    (older,) = house.transcript(patient.conversation)
    patient.post(text="who are you?", wait=8)

    assert patient.post(choice="adult", question=older.id).status_code == 201


def test_an_interruption_leaves_the_question_open(house: House, web: Web) -> None:
    patient = asked(web, AGE)
    patient.say("who are you?")

    answer = patient.post(choice="adult")

    assert answer.status_code == 201
    assert house.rasa.asked[-1]["answer"] == {"choice": "adult"}


def test_the_same_typed_answer_sent_again_gives_the_same(web: Web) -> None:
    patient = asked(web, AGE)
    client_id = "0190b6a2-7a0e-4a0f-9d3a-0d5c3d2b1a00"

    first = patient.post(text="under 18", client_id=client_id)
    again = patient.post(text="under 18", client_id=client_id)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_an_answer_is_asked_again_as_data_too(house: House, web: Web) -> None:
    patient = asked(web, AGE)
    house.rasa.status = 503
    patient.post(choice="adult")
    house.rasa.status = 200
    patient.post(text="hello?", wait=10)

    again = [turn["answer"] for turn in house.rasa.asked if turn["text"] == "18 or over"]
    assert again[0] == again[-1] == {"choice": "adult"}
    assert len(again) > 1


def test_two_answers_at_once_to_one_question_are_not_both_taken(
    house: House, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = asked(web, AGE)
    both = threading.Barrier(2)

    def screen(*args: object) -> Assessment:
        both.wait(5)  # Both are understood, and neither is stored.
        return NONE_ASSESSMENT

    monkeypatch.setattr("bot.web.api.receive.screen", screen)
    with ThreadPoolExecutor(2) as two:
        answers = list(two.map(lambda choice: patient.post(choice=choice), ("adult", "minor")))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len([turn for turn in house.rasa.asked if turn["answer"]]) == 1
