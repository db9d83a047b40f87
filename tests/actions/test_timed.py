"""Timed lines: what is said when time has passed, what is not, and that the open question stays."""

import pytest

from bot.store import escalations, members, outbox
from tests.actions.patient import Patient, finding

CRISIS = finding("emergency", "page", "suicidal_ideation")


def in_crisis(patient: Patient) -> Patient:
    return patient.says("i want to die", "risk_disclosure", risk=CRISIS)


def alert_arrives(patient: Patient) -> None:
    with patient.database.write() as tx:
        [owed] = outbox.undelivered(tx, "demo")
        outbox.delivered(tx, owed)


def test_first_the_team_is_being_told_and_then_it_has_been(known: Patient) -> None:
    in_crisis(known)
    assert any("I am telling the team now." in text for text in known.texts)
    assert not any("I have told the team." in text for text in known.texts)
    asked = known.asked

    alert_arrives(known)
    known.waits("told")

    assert known.texts[0] == "I am still here. I have told the team."
    assert known.asked == asked
    assert known.form == "safety_form"


def test_the_answer_after_a_timed_line_is_taken(known: Patient) -> None:
    in_crisis(known)
    alert_arrives(known)

    known.waits("told").picks("no")

    assert dict(known.answers("safety"))["Q0"] == "no"


def test_a_person_who_has_seen_it_is_named_as_such(known: Patient) -> None:
    in_crisis(known)
    with known.database.write() as tx:
        nina = members.create(tx, "demo", "nina@demo.example", "Nina", "clinician", "a password of hers")
        escalations.acknowledge(tx, nina, known.record().id)

    known.waits("told")

    assert known.texts[0] == "Someone in the team has seen what you wrote."


def test_what_is_no_longer_so_is_not_said(known: Patient) -> None:
    in_crisis(known)
    alert_arrives(known)

    known.waits("not_told")

    assert known.said == []


def test_what_could_not_be_reached_is_said_with_numbers(known: Patient) -> None:
    in_crisis(known).waits("not_told")

    assert known.texts[0].startswith("I could not reach the team. Please call ")


@pytest.mark.parametrize("name", ["told", "not_told", "nobody", "SL3", "ST5", "ST15"])
def test_nothing_is_said_after_stop(known: Patient, name: str) -> None:
    in_crisis(known).says("stop", "stop").waits(name)

    assert known.said == []


def test_after_stop_and_coming_back_lines_are_said_again(known: Patient) -> None:
    in_crisis(known).says("stop", "stop").says("i am here", "inform").waits("not_told")

    assert known.texts[0].startswith("I could not reach the team.")


def test_silence_in_a_question_is_met_without_hurry_and_the_question_again(known: Patient) -> None:
    known.says("check in", "check_in")
    asked = known.asked

    known.waits("SL1")

    assert known.names[0] == "utter_timed_SL1"
    assert known.asked == asked


def test_the_second_time_it_pauses_and_asks_nothing(known: Patient) -> None:
    known.says("check in", "check_in")

    known.waits("SL2")

    assert known.names == ["utter_timed_SL2"]
    assert known.form == "check_in_form"


@pytest.mark.parametrize("name", ["SL1", "SL2"])
def test_silence_where_no_question_is_open_is_left_alone(known: Patient, name: str) -> None:
    known.waits(name)

    assert known.said == []


def test_after_no_to_keeping_the_chat_nothing_is_said_about_the_team(known: Patient) -> None:
    known.slots["consent"] = "refused"
    in_crisis(known).waits("not_told")

    assert known.said == []


def test_after_a_person_was_there_the_bot_says_so_and_puts_the_open_question_again(known: Patient) -> None:
    in_crisis(known)
    asked = known.asked

    known.waits("handed_back")

    assert known.texts[0].startswith("I am the reflection helper again, a computer program. The person from the team")
    assert known.asked == asked
    assert known.form == "safety_form"


def test_the_wave_goes_on_by_itself_and_only_while_its_question_is_open(known: Patient) -> None:
    known.says("urge", "urge_now").gives(6).picks("no").picks("none").picks("want").picks("ride")
    assert known.asked == "UR7a"

    known.waits_for("urge_wave")
    assert known.asked == "UR7a2"
    known.waits_for("urge_wave")
    assert known.asked == "UR7a3"
    known.picks("softer")

    assert known.waits_for("urge_wave").said == []
    assert known.asked == "UR8"


def test_nobody_asks_whether_somebody_is_still_there_while_the_wave_has_its_own_prompts(known: Patient) -> None:
    known.says("urge", "urge_now").gives(6).picks("no").picks("none").picks("want").picks("ride")

    assert known.waits("SL1").said == []
    assert known.asked == "UR7a"
