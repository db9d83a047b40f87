""" "I want a person" (clinical content 4.19): recorded first, promised only as far as the clinic's hours hold."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.store import clinics, facts, members, rota
from tests.actions.patient import Patient, finding


def with_hours(patient: Patient, **settings: Any) -> Patient:
    with patient.database.write() as tx:
        clinics.change(tx, "demo", **settings)
    return patient


def with_duty(patient: Patient, *, begins: timedelta) -> datetime:
    """Somebody is on duty for an hour that begins so much from now. Gives when."""
    with patient.database.write() as tx:
        member = members.create(tx, "demo", "nina@demo.example", "Nina", "clinician", "a password of hers")
        start = (tx.now + begins).astimezone(ZoneInfo("Europe/London"))
        end = start + timedelta(hours=1)
        hours = {"starts": start.time(), "ends": end.time(), "member_id": member.id}
        rota.add_day(tx, "demo", start.date(), "on", **hours)
    return start


def test_a_request_is_recorded_before_anything_is_asked(known: Patient) -> None:
    known.says("can i talk to someone", "ask_human")

    assert known.names == ["utter_HP1"]
    assert known.record().categories == ("request_human",)
    assert known.record().level == "same_day"


def test_without_hours_nothing_is_promised(known: Patient) -> None:
    known.says("can i talk to someone", "ask_human").picks("safe")

    assert known.asked == "HP2c"
    assert "The team reads this chat at these times: weekdays 9 to 5." in known.texts[0]
    assert "within" not in known.texts[0]


def test_without_any_hours_that_is_said_too(known: Patient) -> None:
    with_hours(known, staff_hours="")

    known.says("can i talk to someone", "ask_human").picks("safe")

    assert "I do not know the team's hours." in known.texts[0]


def test_out_of_hours_the_next_opening_and_a_number_are_said(known: Patient) -> None:
    with_duty(known, begins=timedelta(days=9))

    known.says("can i talk to someone", "ask_human").picks("safe")

    assert known.asked == "HP2b"
    assert "They start at " in known.texts[0]
    assert "116 123" in known.texts[0]


def test_in_hours_a_call_is_promised_by_the_clock_that_staff_see(known: Patient) -> None:
    with_duty(known, begins=timedelta(minutes=-5))

    known.says("can i talk to someone", "ask_human").picks("safe")

    assert known.asked == "HP2"
    assert "Someone reaches you within 24 hours." in known.texts[0]


def test_the_known_contact_is_confirmed_and_a_note_is_kept(known: Patient) -> None:
    known.says("can i talk to someone", "ask_human").picks("safe").picks("yes")
    assert known.texts == ["Is 07700 900456 right, and safe to call?"]

    known.picks("yes").says("please ring after six")

    assert dict(known.answers("person"))["note_for_team"] == "please ring after six"
    assert known.names == ["utter_HP5"]
    assert known.form is None


def test_the_contact_can_be_changed(known: Patient) -> None:
    known.says("can i talk to someone", "ask_human").picks("safe").picks("yes").picks("change").says(
        "text 07700 900789"
    )

    assert known.facts()["contact"] == "text 07700 900789"
    assert known.asked == "HP4"


def test_a_contact_that_is_not_safe_is_never_used(known: Patient) -> None:
    with known.database.write() as tx:
        facts.set(tx, known.conversation, "safe_contact", "not_safe")

    known.says("can i talk to someone", "ask_human").picks("safe").picks("yes")

    assert known.asked == "HP4"


def test_not_safe_goes_through_the_ladder_and_back_to_the_request(known: Patient) -> None:
    known.says("can i talk to someone", "ask_human").picks("not_safe")
    assert known.names == ["utter_suicidal_ideation_emergency", "utter_Q0"]

    known.picks("no").picks("no")

    assert known.asked == "HP2c"
    assert set(known.record().categories) == {"request_human", "suicidal_ideation"}


def test_what_was_interrupted_is_offered_and_not_pushed(known: Patient) -> None:
    known.picks("check_in").gives(2).says("i want a person", "ask_human").picks("safe").picks("yes")
    known.picks("yes").picks("no")
    assert known.names == ["utter_HP5b"]

    known.picks("go_on")

    assert known.names == ["utter_CI2"]


def test_a_request_that_the_screen_found_is_recorded_once(known: Patient) -> None:
    known.says("get me a human", "ask_human", risk=finding("same_day", "page", "request_human"))

    assert known.names == ["utter_HP1"]
    assert [signal.layer for signal in known.record().signals] == ["rules"]


def test_the_button_talk_to_a_person_does_the_same(known: Patient) -> None:
    known.picks("person")

    assert known.names == ["utter_HP1"]
    assert [signal.layer for signal in known.record().signals] == ["answer"]


def test_asking_again_is_heard_and_the_question_stays(known: Patient) -> None:
    known.says("i want a person", "ask_human").says("a PERSON", "ask_human")

    assert known.names == ["utter_HP_again", "utter_HP1"]


def test_waiting_for_a_person_does_not_lock_the_chat(known: Patient) -> None:
    risk = finding("urgent", "page", "request_human")
    known.says("i need a person now", "ask_human", risk=risk).says("stop", "stop").says("check in", "check_in")

    assert known.asked == "CI1"


def test_a_wish_for_a_person_before_consent_is_recorded_and_the_onboarding_goes_on(patient: Patient) -> None:
    patient.picks("go_on").says("i want a person", "ask_human").picks("safe").picks("no")

    assert patient.names == ["utter_HP2_no", "utter_ON2"]
    assert patient.record().categories == ("request_human",)
