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


def keep(house: House, patient: Patient, dialogue: str, session: str, **given: object) -> None:
    message = patient.say("kept")["message"]["id"]
    with house.db.write() as tx:
        for step, value in given.items():
            text = value if isinstance(value, str) else None
            place = {"conversation_id": patient.conversation, "message_id": message, "session": session}
            answers.save(tx, **place, dialogue=dialogue, step=step, wording=f"{step}?", value=value, text=text)


def test_moments_of_a_pull_and_changes_of_dose_are_in_the_progress(house: House, patient: Patient) -> None:
    keep(house, patient, "urge", "a", before=8, way="ride")
    keep(house, patient, "check_in", "b", pull=3, dose_change="lower")
    keep(house, patient, "check_in", "c", pull=2, dose_change="no")

    found = patient.get("me/progress").json()

    assert [one["pull"] for one in found["moments"]] == [8]
    assert [one["dose_change"] for one in found["check_ins"]] == ["lower", None]


def test_plan_and_notes_are_the_words_as_they_stand_now(house: House, patient: Patient) -> None:
    keep(house, patient, "plan", "a", early_signs="I hide", alone="walk")
    keep(house, patient, "plan", "b", early_signs="I stop answering calls")
    keep(house, patient, "note", "c", note="< 5 mg & more", note_sent="send")

    found = patient.get("me").json()

    assert [one["text"] for one in found["plan"]] == ["I stop answering calls", "walk"]
    assert [(one["text"], one["sent"]) for one in found["notes"]] == [("< 5 mg & more", True)]
    assert {one["dialogue"] for one in found["entries"]} == {"plan", "note"}
    assert found["readers"] == []


def test_an_entry_is_taken_out_once_and_nobody_elses_is(house: House, patient: Patient) -> None:
    keep(house, patient, "urge", "mine", before=8)
    stranger = patient.web.patient()
    path = "/api/v1/me/entries/urge/mine"

    by_stranger = patient.web.client.delete(path, headers=stranger.headers)
    by_owner = patient.web.client.delete(path, headers=patient.headers)
    again = patient.web.client.delete(path, headers=patient.headers)

    assert [one.status_code for one in (by_stranger, by_owner, again)] == [404, 200, 404]
    assert patient.get("me").json()["entries"] == []


def test_a_safety_answer_is_not_taken_out_alone(house: House, patient: Patient) -> None:
    keep(house, patient, "safety", "s", safe="no")

    answer = patient.web.client.delete("/api/v1/me/entries/safety/s", headers=patient.headers)

    assert answer.status_code == 404
