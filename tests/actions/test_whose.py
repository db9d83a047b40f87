"""Whose danger a message tells of: a child's who writes, somebody else's, or the patient's own."""

import pytest

from tests.actions.patient import Patient, finding


@pytest.mark.parametrize("text", ["im 15 and my uncle hurts me", "i am 14 and scared", "im in yr 9"])
def test_a_child_who_writes_is_answered_as_a_child(known: Patient, text: str) -> None:
    known.says(text, risk=finding("emergency", "page", "child_safeguarding"))

    assert known.names == ["utter_child_safeguarding_child_writes", "utter_SF_safe"]


@pytest.mark.parametrize("text", ["my son is 15 and took one", "im 14 days off the pills", "my toddler was alone"])
def test_a_grown_up_who_writes_about_a_child_is_not_taken_for_one(known: Patient, text: str) -> None:
    known.says(text, risk=finding("emergency", "page", "child_safeguarding"))

    assert known.names == ["utter_child_safeguarding_emergency", "utter_SF_child_where"]


@pytest.mark.parametrize(
    "text",
    [
        "my friend took pills and said goodbye",
        "my friend took a lot of pills and said goodbye to me on the phone",
        "She's on the ledge, I am on my way, I called 999",
        "my brother wants to die and i dont know what to do",
    ],
)
def test_somebody_else_in_danger_gets_words_for_them_and_the_writer_is_asked_about_once(
    known: Patient, text: str
) -> None:
    known.says(text, risk=finding("emergency", "page", "suicidal_ideation"))
    assert known.names == ["utter_other_emergency", "utter_SE1"]
    assert "999" in known.texts[0]

    known.picks("yes")
    assert known.names == ["utter_SE3"]
    known.picks("no")
    assert known.asked == "STAY"
    assert known.record().level == "emergency"


def test_danger_of_somebody_else_and_of_oneself_goes_up_the_ladder(known: Patient) -> None:
    known.says("she wants to die and won't let anyone in", risk=finding("urgent", "page", "suicidal_ideation"))
    assert known.names == ["utter_other_urgent", "utter_SE1"]

    known.picks("yes")
    assert known.names[0] == "utter_other_emergency"
    known.picks("yes")

    assert known.asked == "Q1"


@pytest.mark.parametrize(
    "text",
    [
        "they will find my body",
        "My husband will understand one day",
        "my kids will be better off tomorrow",
        "my friend took pills and i want to do it too",
        "i took pills, my friend knows",
        "my husband left me, i took pills",
    ],
)
def test_a_word_about_oneself_makes_it_about_oneself(known: Patient, text: str) -> None:
    known.says(text, risk=finding("emergency", "page", "suicidal_ideation"))

    assert known.names == ["utter_suicidal_ideation_emergency", "utter_Q0"]


def test_words_about_oneself_in_the_step_for_somebody_else_are_about_oneself(known: Patient) -> None:
    known.says("my friend took pills", risk=finding("urgent", "ask", "overdose_poisoning"))
    assert known.names[-1] == "utter_SE1"

    known.says("i took them as well", risk=finding("emergency", "page", "overdose_poisoning"))

    assert known.names[0] == "utter_overdose_poisoning_emergency"


def test_somebody_else_who_is_not_in_danger_lets_the_chat_go_on(known: Patient) -> None:
    known.says("my friend took pills", risk=finding("urgent", "ask", "overdose_poisoning")).picks("no")

    assert known.names == ["utter_ask_cleared", "utter_MENU"]
