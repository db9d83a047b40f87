"""What a patient may do with what is stored: read it, take it away, erase it."""

from bot.store import answers, clinics
from tests.web.api.houses import House, Patient
from tests.web.api.test_risk import DANGER


def erase(patient: Patient) -> tuple[int, dict]:
    answer = patient.web.client.delete("/api/v1/me", headers=patient.headers)
    return answer.status_code, answer.json()


def test_everything_can_be_taken_away_as_a_file(patient: Patient) -> None:
    patient.say("Good morning")

    answer = patient.get("me/export")

    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Good morning" in [one["text"] for one in answer.json()["messages"]]
    assert "not a test" in answer.json()["note"]


def test_erasing_leaves_a_receipt_and_the_record_of_danger_alone(house: House, patient: Patient) -> None:
    patient.say(DANGER)

    status, receipt = erase(patient)

    assert status == 200
    assert receipt["reference"]
    assert receipt["complete"] is True
    assert house.transcript(patient.conversation) == []
    assert patient.get("messages").status_code == 404
    assert len(house.escalations(patient.conversation)) == 1


def test_erasing_again_gives_the_same_receipt(patient: Patient) -> None:
    assert erase(patient) == erase(patient)


def test_what_is_on_legal_hold_is_not_erased(lone_house: House) -> None:
    with lone_house.db.write() as tx:
        clinics.change(tx, "demo", legal_hold=True)
    patient = lone_house.web().patient()

    status, problem = erase(patient)

    assert status == 409
    assert problem["crisis_contacts"]
    assert len(lone_house.transcript(patient.conversation)) == 1


def test_progress_is_the_patients_own_ratings_by_check_in(house: House, patient: Patient) -> None:
    for session, pull, worry in (("1", 7, 4), ("2", 0, 9)):
        message = patient.say("ratings")["message"]["id"]
        given = {"conversation_id": patient.conversation, "message_id": message, "session": session, "wording": "?"}
        with house.db.write() as tx:
            answers.save(tx, **given, dialogue="check_in", step="pull", value=pull)
            answers.save(tx, **given, dialogue="check_in", step="anxiety", value=worry)
            answers.save(tx, **given, dialogue="check_in", step="sleep", value="skip")
            answers.save(tx, **given, dialogue="check_in", step="note", value="tell her", text="tell her")

    found = patient.get("me/progress").json()["check_ins"]

    assert [(one["pull"], one["anxiety"], one["sleep"]) for one in found] == [(7, 4, None), (0, 9, None)]
