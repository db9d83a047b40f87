"""A quote, a dream, an unwanted thought: asked about once, lightly, without an alert (clinical content 5.5)."""

import pytest

from tests.actions.patient import Patient

CHECKED = [
    ("that song goes i dont want to be here anymore", "SF_quotation", "no", "me_too"),
    ("i dreamed i jumped off a bridge", "SF_dream", "no", "yes"),
    ("i get these unwanted thoughts of hurting myself, they horrify me", "SF_intrusive", "no", "might_act"),
]


@pytest.mark.parametrize(("text", "state", "clear", "_"), CHECKED)
def test_a_quote_a_dream_and_an_unwanted_thought_are_asked_about_once_without_an_alert(
    known: Patient, text: str, state: str, clear: str, _: str
) -> None:
    known.says(text, "risk_disclosure")
    assert known.asked == state
    known.picks(clear)

    assert known.names == ["utter_ask_cleared", "utter_MENU"]
    assert known.record() is None
    known.says(text, "risk_disclosure")
    assert known.asked == "MENU"


def test_an_unclear_answer_to_a_light_check_alarms_nobody(known: Patient) -> None:
    known.says(CHECKED[0][0], "risk_disclosure").says("its only the song").says("it makes me sad thats all")

    assert known.names == ["utter_ask_cleared", "utter_MENU"]
    assert known.record() is None


@pytest.mark.parametrize(("text", "state", "_", "other"), CHECKED)
def test_what_is_no_clear_no_to_a_light_check_is_told_and_goes_on(
    known: Patient, text: str, state: str, _: str, other: str
) -> None:
    known.says(text, "risk_disclosure").picks(other)

    assert known.record().action == "page"
    assert known.asked == "Q1"
    assert any("116 123" in said for said in known.texts)
