"""A slip (clinical content 4.13): no judging, no counting, and the body first."""

import pytest

from tests.actions.patient import Patient


def begin(patient: Patient) -> Patient:
    return patient.says("i took one last night", "slip")


def test_a_slip_within_the_prescription_is_information_and_no_alarm(known: Patient) -> None:
    begin(known)
    assert known.names == ["utter_LP1", "utter_LP2"]

    known.picks("none").picks("some").picks("within").picks("no").picks("failed")
    assert known.names == ["utter_LP5_failed", "utter_LP6"]
    known.says("a row with my sister").says("that i rang someone").picks("stop")

    assert known.names == ["utter_LP_end"]
    assert known.form is None
    assert (known.record().level, known.record().action) == ("note", "review")
    assert known.answers("slip") == [
        ("red_flags", ["none"]), ("time_without", "some"), ("prescribed", "within"), ("mixed", "no"),
        ("thoughts", "failed"), ("hour_before", "a row with my sister"), ("remember", "that i rang someone"),
        ("LP8", "stop"),
    ]  # fmt: skip


def test_who_answers_in_own_words_is_not_held_at_the_thoughts(known: Patient) -> None:
    begin(known).picks("none").picks("some").picks("within").picks("no")

    known.says("it was in my hand before i knew").says("we had shouted")

    assert known.names == ["utter_kept_words", "utter_LP6"]


@pytest.mark.parametrize(
    ("flag", "category"),
    [("sleepy", "overdose_poisoning"), ("slow_breathing", "overdose_poisoning"), ("seeing", "withdrawal_emergency")],
)
def test_a_sign_of_danger_in_the_body_is_an_emergency(known: Patient, flag: str, category: str) -> None:
    begin(known).picks(flag)

    assert known.record().level == "emergency"
    assert category in known.record().categories


@pytest.mark.parametrize(
    ("option", "category", "level"),
    [
        ("more", "escalating_use", "same_day"),
        ("other_person", "escalating_use", "same_day"),
        ("elsewhere", "illicit_counterfeit", "urgent"),
    ],
)
def test_more_than_prescribed_or_from_elsewhere_is_a_signal(
    known: Patient, option: str, category: str, level: str
) -> None:
    begin(known).picks("none").picks("none").picks(option)

    assert known.form == "safety_form" or known.asked == "STAY"
    assert (known.record().level, known.record().categories) == (level, (category,))


@pytest.mark.parametrize("mixed", ["yes", "not_sure"])
def test_a_mix_on_the_same_day_is_a_signal(known: Patient, mixed: str) -> None:
    begin(known).picks("none").picks("none").picks("within").picks(mixed)

    assert known.form == "safety_form"
    assert "dangerous_combination" in known.record().categories


def test_after_months_without_there_is_a_plain_warning(known: Patient) -> None:
    begin(known).picks("none").picks("months")

    assert known.names == ["utter_LP2b_months", "utter_LP3"]


@pytest.mark.parametrize(("option", "target"), [("urge", "UR1"), ("note", "NT1"), ("person", "HP1")])
def test_what_comes_next_is_for_the_patient_to_choose(known: Patient, option: str, target: str) -> None:
    begin(known).picks("none").picks("none").picks("rather_not").picks("no").picks("no").picks("later")
    known.says("skip", "skip").picks(option)

    assert known.asked == target


def test_extra_tablets_told_in_a_check_in_lead_here_and_back(known: Patient) -> None:
    known.picks("check_in").gives(2).gives(3).gives(7).picks("extra").picks("no").picks("no")
    assert known.names == ["utter_LP1", "utter_LP2"]

    known.picks("none").picks("none").picks("within")
    assert known.asked == "LP5"
    known.picks("no").picks("later").says("skip", "skip").picks("stop")

    assert known.names == ["utter_LP_end", "utter_CI8"]


def test_a_slip_told_while_an_urge_is_ridden_comes_first(known: Patient) -> None:
    known.picks("urge").gives(5).says("i took one just now", "slip")

    assert known.names == ["utter_LP1", "utter_LP2"]
