"""What a patient's page tells the person who talks to them: only of what staff wrote, and only in its own chat."""

import pytest

from bot.store import messages
from tests.web.api.houses import House, Patient, Web


def staff_say(house: House, patient: Patient, text: str) -> str:
    with house.db.write() as tx:
        return messages.staff_say(tx, house.conversation(patient.conversation), house.clinician, text).id


def sign(patient: Patient, **body: object) -> int:
    answer = patient.web.client.post("/api/v1/signs", json=body, headers=patient.headers)
    return answer.status_code


def read(house: House, patient: Patient) -> list[str]:
    """The texts that the patient's page has shown, as staff see it."""
    return [one.text for one in house.transcript(patient.conversation) if one.read_at is not None]


def test_what_a_person_wrote_is_marked_as_read_up_to_there_and_nothing_else(house: House, web: Web) -> None:
    patient = web.patient()
    patient.say("hello")
    staff_say(house, patient, "I am here.")
    second = staff_say(house, patient, "How are you now?")
    staff_say(house, patient, "Take your time.")

    assert sign(patient, read=second) == 204

    assert read(house, patient) == ["I am here.", "How are you now?"]


def test_a_message_keeps_the_time_at_which_it_was_read_first(house: House, web: Web) -> None:
    patient = web.patient()
    message = staff_say(house, patient, "I am here.")
    sign(patient, read=message)
    first = [one.read_at for one in house.transcript(patient.conversation)]

    sign(patient, read=message)

    assert [one.read_at for one in house.transcript(patient.conversation)] == first


def test_nobody_marks_a_message_of_another_chat(house: House, web: Web) -> None:
    patient, other = web.patient(), web.patient()
    message = staff_say(house, other, "I am here.")

    assert sign(patient, read=message) == 404
    assert read(house, other) == []


@pytest.mark.parametrize("body", [{"writing": "perhaps"}, {"read": ""}, {"word": "x"}])
def test_anything_else_is_refused(web: Web, body: dict[str, object]) -> None:
    assert sign(web.patient(), **body) in (400, 422)
