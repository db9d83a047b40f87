"""Show, download, correct, delete, and who has read it (clinical content 4.20); "has anyone seen this?"."""

import pytest

from bot.store import audit, escalations, members
from tests.actions.patient import Patient, finding


def asks(patient: Patient) -> Patient:
    return patient.says("show me my data", "data_rights")


def checked_in(patient: Patient, pull: int = 2) -> Patient:
    patient.says("check in", "check_in").gives(pull).gives(3).gives(7).picks("no")
    if patient.asked == "CI7":
        patient.picks("none")
    return patient.picks("no").picks("leave")


def test_what_is_stored_is_listed_by_date(known: Patient) -> None:
    asks(known).picks("show")
    assert known.names[0] == "utter_DR2b"
    known.picks("leave")

    asks(checked_in(known)).picks("show")

    assert " check-in." in known.texts[0]


def test_the_file_and_the_whole_deletion_are_given_by_the_page(known: Patient) -> None:
    asks(known).picks("download")
    assert "Download my chat" in known.texts[0]

    known.picks("more").picks("delete").picks("everything")
    assert known.asked == "DR5"
    known.picks("delete")

    assert "Delete everything" in known.texts[0]


@pytest.mark.parametrize(("option", "fact"), [("name", "name"), ("med_word", "med_word"), ("contact", "contact")])
def test_what_is_known_about_a_patient_is_corrected(known: Patient, option: str, fact: str) -> None:
    asks(known).picks("correct").picks(option).says("Alex 07700 900111")

    assert known.names[0] == "utter_DR2f"
    assert known.facts()[fact] == "Alex 07700 900111"


def test_a_correction_of_a_past_entry_stands_beside_it(known: Patient) -> None:
    asks(known).picks("correct").picks("other").says("on monday i slept six hours, not two")

    assert ("correction", "on monday i slept six hours, not two") in known.answers("data_rights")


def test_the_last_entry_of_a_kind_is_deleted_and_no_other(known: Patient) -> None:
    checked_in(known, pull=1)
    checked_in(known, pull=9)

    asks(known).picks("delete").picks("check_in").picks("delete")

    assert known.names[0] == "utter_DR4_done"
    assert [value for step, value in known.answers("check_in") if step == "pull"] == [1]
    with known.database.read() as tx:
        assert [row.act for row in audit.of(tx, "demo", subject=known.conversation)] == ["delete entry"]


def test_an_entry_that_is_kept_is_kept(known: Patient) -> None:
    asks(checked_in(known)).picks("delete").picks("check_in").picks("keep")

    assert ("pull", 2) in known.answers("check_in")


def test_what_is_not_there_cannot_be_deleted(known: Patient) -> None:
    asks(known).picks("delete").picks("slip")

    assert known.names[0] == "utter_DR4c"


def test_who_has_read_it_is_told_by_name(known: Patient) -> None:
    asks(known).picks("readers")
    assert known.names[0] == "utter_DR2g"

    opened_by_staff(known)
    known.picks("more").picks("readers")

    assert "Clara" in known.texts[0]


def opened_by_staff(patient: Patient) -> None:
    with patient.database.write() as tx:
        member = members.create(tx, "demo", "clara@demo.example", "Clara", "clinician", "a long made-up one")
        audit.write(
            tx, clinic_id="demo", actor=member.id, act="view", kind="conversation", subject=patient.conversation
        )


def test_has_anyone_seen_this_follows_the_record(known: Patient) -> None:
    known.says("has anyone seen this", "has_seen")
    assert known.names == ["utter_seen_nobody"]
    known.says("i took all of them", risk=finding("emergency", "page", "overdose_poisoning"))

    known.says("has anyone seen this", "has_seen")
    assert known.names[0] == "utter_seen_sent"
    with known.database.write() as tx:
        escalations.alerted(tx, known.record().id)
    known.says("has anyone seen this", "has_seen")
    assert known.names[0] == "utter_seen_delivered"
    with known.database.write() as tx:
        clara = members.create(tx, "demo", "clara@demo.example", "Clara", "clinician", "a long made-up one")
        escalations.acknowledge(tx, clara, known.record().id)
    known.says("has anyone seen this", "has_seen")
    assert known.names[0] == "utter_seen_yes"
    with known.database.write() as tx:
        escalations.claim(tx, clara, known.record().id)
    known.says("has anyone seen this", "has_seen")

    assert known.names[0] == "utter_seen_claimed"
    assert known.form == "safety_form"


def test_who_has_opened_the_chat_without_an_alarm_is_said_as_well(known: Patient) -> None:
    opened_by_staff(known)

    known.says("has anyone seen this", "has_seen")

    assert known.names == ["utter_seen_no_record"]


def test_a_note_that_asks_whether_it_was_seen_stays_a_note(known: Patient) -> None:
    text = "please ask her if she has seen my last note at all"
    known.picks("note").says(text, "has_seen")

    assert known.answers("note") == [("note", text)]


def test_without_keeping_anything_nobody_can_have_seen_it(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "no", "go_on"):
        patient.picks(option)

    patient.says("has anyone seen this", "has_seen")
    assert patient.names[0] == "utter_seen_unkept"

    asks(patient)
    assert patient.names[0] == "utter_DR1b"


def test_data_rights_interrupt_a_check_in_and_lead_back(known: Patient) -> None:
    known.picks("check_in").gives(2)

    asks(known).picks("leave")

    assert known.names == ["utter_CI2"]


def test_a_note_is_deleted_when_the_patient_wants_it(known: Patient) -> None:
    known.picks("note").says("not for anybody").picks("delete")

    assert known.names[0] == "utter_NT3d"
    assert known.answers("note") == []


def test_help_is_asked_for_after_a_note(known: Patient) -> None:
    known.picks("note").says("it is all too much today").picks("send").picks("help_now")

    assert known.names[0] == "utter_numbers"
    assert known.form == "person_form"
    assert (known.record().level, known.record().categories) == ("urgent", ("request_human",))


def test_what_was_left_halfway_is_deleted_on_the_next_visit(known: Patient) -> None:
    known.picks("check_in").gives(2).says("stop", "stop").open().picks("delete")

    assert known.names[0] == "utter_RT3_deleted"
    assert known.answers("check_in") == []
    assert known.open().names == ["utter_RT1", "utter_RT2"]
