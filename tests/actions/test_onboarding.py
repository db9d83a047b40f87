"""Onboarding and consent (clinical content 4.1), each way through it."""

import pytest

from bot.store import answers
from tests.actions.patient import Patient, finding


def test_the_chat_begins_by_saying_what_it_is(patient: Patient) -> None:
    assert patient.states == ["ON1"]
    assert "I am a computer program, not a person." in patient.texts[0]
    assert "Riverside Clinic" in patient.texts[0]


def test_the_whole_way_to_consent_and_the_first_menu(known: Patient) -> None:
    assert known.consent() == "given"
    assert known.facts() == {
        "shared_device": "safe",
        "age_band": "adult",
        "relation": "patient",
        "purpose": "worry_sleep",
        "contact": "07700 900456",
        "safe_contact": "call_and_message",
        "med_word": "tablet",
        "name": "Sam",
    }
    assert known.form is None
    assert "check_in" in known.offered


def test_every_answer_is_kept_with_the_words_it_was_asked_with(known: Patient) -> None:
    with known.database.read() as tx:
        kept = {one.step: one for one in answers.of(tx, known.conversation, "onboarding")}

    assert kept["ON4"].value == "adult"
    assert kept["ON4"].wording == "How old are you?"
    assert kept["ON11b"].text == "Sam"
    assert len({one.session for one in kept.values()}) == 1


def test_under_eighteen_gets_people_for_them_and_no_adult_flow(patient: Patient) -> None:
    patient.picks("go_on").picks("understood").picks("safe").picks("under_18")

    assert patient.asked == "ON4b"
    patient.picks("ask_team")

    assert "utter_child_safeguarding_under_18" in patient.names
    assert patient.record().categories == ("child_safeguarding",)
    assert patient.form is None
    patient.says("check in", "check_in")
    assert patient.names == ["utter_ON4e"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [("im 41", "ON5"), ("I'm 18.", "ON5"), ("forty one", "ON5"), ("15", "ON4b"), ("i am 17 years old", "ON4b")],
)
def test_a_typed_age_is_an_answer(patient: Patient, text: str, asked: str) -> None:
    patient.picks("go_on").picks("understood").picks("safe").says(text)

    assert patient.asked == asked


@pytest.mark.parametrize("text", ["not 18 yet", "my son is 15", "18 next month", "2"])
def test_what_is_no_plain_age_is_asked_again(patient: Patient, text: str) -> None:
    patient.picks("go_on").picks("understood").picks("safe").says(text)

    assert patient.asked == "ON4"


def test_whatever_a_child_says_of_danger_is_a_childs_record_too(patient: Patient) -> None:
    patient.picks("go_on").picks("understood").picks("safe").picks("under_18").picks("no")

    patient.says("i take my mums xanax", risk=finding("same_day", "ask", "escalating_use"))

    assert set(patient.record().categories) == {"escalating_use", "child_safeguarding"}


def test_age_not_told_is_asked_once_more_and_never_taken_for_an_adult(patient: Patient) -> None:
    patient.picks("go_on").picks("understood").picks("safe").picks("rather_not")
    assert patient.asked == "ON4c"

    patient.picks("rather_not")

    assert patient.names == ["utter_ON4d", "utter_MENU_INFO"]
    patient.says("check in", "check_in")
    assert patient.names == ["utter_limited_no_flow", "utter_MENU_INFO"]
    assert patient.consent() == "unasked"


def test_somebody_who_is_no_patient_gets_information_and_numbers(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "not_yet"):
        patient.picks(option)

    assert patient.names == ["utter_ON5b", "utter_MENU_INFO"]
    patient.picks("numbers")
    assert patient.names == ["utter_numbers"]
    assert "999" in patient.texts[0]


def test_a_medicine_for_fits_goes_to_staff_and_never_into_the_flows(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "fits"):
        patient.picks(option)
    assert patient.names == ["utter_ON6b_why", "utter_ON6b"]

    patient.picks("ask_team")

    assert patient.record().categories == ("request_human",)
    assert patient.asked == "ON7"
    patient.picks("agree").picks("skip").says("skip", "skip")
    assert patient.names[-2:] == ["utter_ON13b", "utter_MENU_INFO"]
    patient.says("check in", "check_in")
    assert "utter_limited_fits" in patient.names
    patient.says("what can you do", "help")
    assert "utter_help_limited" in patient.names  # Nothing is offered that is closed to them.


def test_no_to_keeping_the_chat_is_kept_and_nobody_is_told(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "no"):
        patient.picks(option)

    assert patient.consent() == "refused"
    assert "I cannot reach anyone for you, even in danger." in patient.texts[-1]
    patient.picks("go_on")
    assert patient.names == ["utter_MENU_UNKEPT"]
    patient.says("i want a person", "ask_human")
    assert patient.names == ["utter_HP_untold", "utter_MENU_UNKEPT"]
    assert patient.record() is None


def test_consent_can_be_given_after_all(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "no", "go_on", "keep"):
        patient.picks(option)
    assert patient.asked == "ON7"

    patient.picks("agree")

    assert patient.consent() == "given"
    assert patient.asked == "ON8"


def test_tell_me_more_comes_back_to_the_question(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "more"):
        patient.picks(option)

    assert patient.names == ["utter_ON7m", "utter_ON7"]
    assert patient.consent() == "unasked"


def test_skipping_consent_is_no_consent(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep"):
        patient.picks(option)

    patient.says("skip", "skip")

    assert patient.names == ["utter_must_answer", "utter_ON7"]
    assert patient.consent() == "unasked"


def test_without_a_contact_the_patient_is_told_what_that_means(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "agree", "skip"):
        patient.picks(option)

    assert patient.texts[0] == "Then nobody can call you. Only the numbers on this screen can help fast."
    assert patient.facts()["cannot_be_reached"] is True
    assert patient.asked == "ON10"


def test_where_it_is_not_safe_to_chat_the_short_version_is_asked(patient: Patient) -> None:
    for option in ("go_on", "understood", "not_safe", "adult", "patient", "worry_sleep", "agree", "skip"):
        patient.picks(option)

    assert patient.asked == "ON11"
    patient.picks("pill").picks("skip")
    assert patient.asked == "ON13"


def test_a_word_of_ones_own_for_the_medicine_is_kept(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "agree", "skip", "no_one"):
        patient.picks(option)

    patient.says("little helpers")

    assert patient.facts()["med_word"] == "little helpers"


def test_stopping_halfway_loses_nothing_and_it_goes_on_from_there(patient: Patient) -> None:
    patient.picks("go_on").picks("understood").says("stop", "stop")
    assert patient.names == ["utter_stop_unkept"]
    assert patient.form is None

    patient.says("hello", "greet")

    assert patient.names == ["utter_greet", "utter_ON3"]


def test_i_need_help_now_shows_the_numbers_first_and_brings_in_a_person(patient: Patient) -> None:
    patient.picks("go_on").picks("help_now")

    assert patient.names == ["utter_numbers", "utter_HP1"]
    assert patient.record().level == "urgent"


def test_one_who_comes_back_halfway_is_asked_the_open_question_again(patient: Patient) -> None:
    patient.picks("go_on").picks("understood")

    patient.open()

    assert patient.names == ["utter_RT1", "utter_ON3"]


def test_one_who_has_consented_is_never_asked_again(known: Patient) -> None:
    known.open()

    assert known.names == ["utter_RT1", "utter_RT2"]
    assert known.texts[0] == "Hello again, Sam."


def test_a_town_that_was_told_at_once_is_not_asked_for_again(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "agree"):
        patient.picks(option)

    patient.says("London").picks("skip")

    assert patient.facts()["town"] == "London"
    assert patient.names == ["utter_ON8d", "utter_ON9"]
