"""GAD-7, leaning on the chat, anger, off-topic, languages, worry about somebody else (4.16, 4.18, 4.21 to 4.25)."""

import pytest

from bot.store import clinics
from tests.actions.patient import RESPONSES, Patient
from tests.databases import Clock

ITEMS = (
    "Feeling nervous, anxious, or on edge",
    "Not being able to stop or control worrying",
    "Worrying too much about different things",
    "Trouble relaxing",
    "Being so restless that it is hard to sit still",
    "Becoming easily annoyed or irritable",
    "Feeling afraid, as if something awful might happen",
)
ANSWERS = ["Not at all", "Several days", "More than half the days", "Nearly every day"]


@pytest.fixture
def measured(known: Patient) -> Patient:
    """A patient of a clinic that uses the seven questions."""
    with known.database.write() as tx:
        clinics.change(tx, "demo", gad7=True)
    return known


def test_the_seven_questions_are_asked_word_for_word(measured: Patient) -> None:
    measured.says("gad7", "gad7").picks("start")
    assert measured.texts[0] == ("Over the last 2 weeks, how often have you been bothered by the following problems?")

    for item in ITEMS:
        assert measured.texts[-1] == item
        assert [choice["title"] for choice in measured.said[-1]["choices"]] == ANSWERS
        measured.picks("1")
    measured.picks("0")

    assert measured.texts == ["Your number today is 7. It is not a diagnosis. Your therapist can look at it with you."]
    assert measured.record() is None


@pytest.mark.parametrize(("last", "severe"), [("2", False), ("3", True)])
def test_fifteen_or_more_is_looked_at_the_same_day(measured: Patient, last: str, severe: bool) -> None:
    measured.says("gad7", "gad7").picks("start")
    for value in ("2", "2", "2", "2", "2", "2", last, "0"):
        measured.picks(value)

    assert (measured.record() is not None) == severe
    if severe:
        assert (measured.record().level, measured.record().action) == ("same_day", "review")
        assert measured.record().categories == ("gad7",)


def test_fear_of_something_awful_infers_no_risk_by_itself(measured: Patient) -> None:
    measured.says("gad7", "gad7").picks("start")
    for value in ("0", "0", "0", "0", "0", "0", "3", "0"):
        measured.picks(value)

    assert measured.record() is None


def test_with_an_item_left_out_there_is_no_number(measured: Patient) -> None:
    measured.says("gad7", "gad7").picks("start").says("skip", "skip")
    for _ in range(7):
        measured.picks("1")

    assert measured.names == ["utter_GA3_part"]


def test_the_questions_come_every_two_weeks_at_most(measured: Patient, clock: Clock) -> None:
    measured.says("gad7", "gad7").picks("start").picks("1").says("stop", "stop")
    measured.says("gad7", "gad7")
    assert measured.names[0] == "utter_GA0b"

    clock.forward(days=15)
    measured.says("gad7", "gad7")

    assert measured.asked == "GA1"


def test_a_clinic_that_does_not_use_them_does_not_ask_them(known: Patient) -> None:
    known.says("gad7", "gad7")

    assert known.names[0] == "utter_GA0b"


def test_the_menu_offers_them_where_they_are_used(measured: Patient) -> None:
    measured.says("hello", "greet").picks("more")

    assert "gad7" in measured.offered


def test_the_ninth_visit_of_a_day_is_asked_about_once_and_blocks_nothing(known: Patient) -> None:
    for _ in range(8):
        known.open()
    assert known.asked == "OV1"

    known.picks("stuck").picks("stay")
    assert known.asked == "RT2"
    assert ("visits_today", 9) in known.answers("leaning")

    assert known.open().asked == "RT2"


def test_anger_is_asked_about_and_at_the_second_time_a_person_is_offered(known: Patient) -> None:
    known.says("you are useless", "hostile")
    assert known.names == ["utter_HO1"]
    known.says("you asked me that three times")
    assert known.names == ["utter_HO1b"]

    known.says("useless", "hostile")

    assert known.names == ["utter_HO2"]
    known.picks("person")
    assert known.form == "person_form"


def test_anger_in_the_middle_is_heard_and_the_question_comes_again(known: Patient) -> None:
    known.picks("check_in").gives(2).says("this is crap", "hostile").says("too many numbers")

    assert known.names == ["utter_HO1b", "utter_CI2"]


def test_what_it_does_not_talk_about_it_leaves_alone_and_takes_up_nothing(known: Patient, clock: Clock) -> None:
    said = [known.says("be my girlfriend", "improper").names[0] for _ in range(4)]
    assert said == ["utter_HO4", "utter_HO4", "utter_HO4_pause", "utter_HO4_pause"]
    assert known.says("check in", "check_in").asked == "CI1"

    clock.forward(minutes=31)

    assert known.says("be my girlfriend", "improper").names[0] == "utter_HO4"


def test_papers_and_money_are_the_teams_to_help_with(known: Patient) -> None:
    known.says("my landlord wants me out", "practical")
    assert known.names == ["utter_OT2_team", "utter_OT2"]

    assert known.picks("write").asked == "NT1"


def test_kind_words_are_taken_kindly_and_lead_back(known: Patient) -> None:
    assert known.says("you are sweet", "kind_words").names == ["utter_OT4", "utter_MENU"]


def test_in_another_language_the_numbers_come_at_once(known: Patient) -> None:
    known.says("sprechen sie deutsch", "other_language")

    assert known.names == ["utter_LG1", "utter_LG1_menu"]
    assert "999" in known.texts[0]


def test_somebody_else_in_danger_alarms_the_team_and_not_the_ladder(known: Patient) -> None:
    known.says("im worried about my friend", "worried_about_other").picks("yes")

    assert known.names == ["utter_SE1_now", "utter_SE2"]
    assert known.record().level == "emergency"


def test_who_worries_is_asked_about_too(known: Patient) -> None:
    known.says("im worried about my friend", "worried_about_other").picks("no").picks("ok").picks("yes")

    assert known.form == "safety_form"
    assert known.asked == "Q1"


def test_nothing_is_said_in_place_of_the_fixed_words() -> None:
    english = RESPONSES.languages["en"].responses

    assert all(len(english[f"utter_GA2_{number}"]) == 1 for number in range(1, 9))
