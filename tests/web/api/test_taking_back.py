"""Taking back a message over the API."""

import httpx

from bot.store import audit
from tests.web.api.houses import House, Patient, Web
from tests.web.api.test_risk import DANGER


def take_back(patient: Patient, message_id: str) -> httpx.Response:
    return patient.web.client.post(f"/api/v1/messages/{message_id}/take-back", headers=patient.headers)


def test_a_message_taken_back_comes_without_its_words_from_then_on(house: House, patient: Patient) -> None:
    message = patient.say("sent to the wrong chat")["message"]

    answer = take_back(patient, message["id"])

    assert answer.status_code == 200
    assert answer.json()["message"] == {**message, "text": "", "taken_back": True}
    assert "patient: sent to the wrong chat" not in patient.texts()
    assert "sent to the wrong chat" in [one.text for one in house.transcript(patient.conversation)]


def test_it_stands_in_the_audit_trail_once(house: House, patient: Patient) -> None:
    message = patient.say("hello")["message"]

    assert [take_back(patient, message["id"]).status_code for _ in range(2)] == [200, 200]

    with house.db.read() as tx:
        rows = audit.of(tx, "demo", kind="conversation", subject=patient.conversation)
    assert [(row.actor, row.act) for row in rows] == [("patient", "take back message")]


def test_danger_that_was_taken_back_still_has_its_record(house: House, patient: Patient) -> None:
    message = patient.say(DANGER)["message"]

    take_back(patient, message["id"])

    assert [one.state for one in house.escalations(patient.conversation)] == ["open"]


def test_another_patients_message_and_the_bots_are_not_there(web: Web, patient: Patient) -> None:
    theirs = web.patient().say("theirs")["message"]
    bots = patient.get("messages").json()["messages"][0]

    answers = [take_back(patient, one["id"]) for one in (theirs, bots)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all(answer.json()["crisis_contacts"] for answer in answers)
