"""Nothing has to be said twice: words that raised a question about a risk count as an answer after a clear no."""

from typing import Any

import pytest

from bot.store import answers, conversations, messages
from bot.store.rows import Answer
from tests.actions.patient import Patient, finding
from tests.actions.reflecting import at_focus, at_words, stored
from tests.databases import Clock

ASKED = finding("same_day", "ask", "suicidal_ideation")
SURE = {"D01": [("feeling", 0.8), ("both", 0.1)]}
NAMED = "its the bad feeling itself, always"
WORDS = "that feeling, i cant go on with it"


def kept(patient: Patient, step: str) -> Answer:
    with patient.database.read() as tx:
        return [one for one in answers.of(tx, patient.conversation) if one.step == step][-1]


def typed_last(patient: Patient) -> Any:
    with patient.database.read() as tx:
        return [one for one in messages.transcript(tx, patient.conversation) if one.sender == "patient"][-1]


def test_words_in_place_of_a_choice_are_guessed_at(known: Patient) -> None:
    at_focus(known).says(WORDS, risk=ASKED, closest=SURE).picks("no")
    assert known.names == ["utter_ask_cleared", "utter_back_to_words", "utter_guess_one"]
    assert known.offered == ["feeling", "neither"]

    known.picks("feeling")

    assert known.asked == "D03"
    assert (kept(known, "focus").value, kept(known, "focus").text) == ("feeling", WORDS)
    assert stored(known)[-1].detail["formulation"]["points"]["focus"]["A"] == 3


def test_a_guess_that_is_wrong_leads_to_the_choices(known: Patient) -> None:
    at_focus(known).says(WORDS, risk=ASKED, closest=SURE).picks("no").picks("neither")

    assert known.names == ["utter_closest", "utter_D01"]


def test_words_that_name_a_choice_are_kept_with_their_own_time(known: Patient, clock: Clock) -> None:
    at_focus(known).says(NAMED, risk=ASKED)
    said = typed_last(known)
    clock.forward(minutes=3)

    known.picks("no")

    assert known.names == ["utter_ask_cleared", "utter_answer_kept", "utter_D03"]
    answer = kept(known, "focus")
    assert (answer.value, answer.text, answer.message_id, answer.at) == ("feeling", said.text, said.id, said.at)
    assert answer.wording == "When it is at its strongest, what takes up most of the room in your mind?"


def test_inner_words_are_kept_and_offered_in_plain_words(known: Patient) -> None:
    at_words(known).says("one and im good again", risk=ASKED, inner=[("just_one_dose", 0.8), ("none", 0.1)]).picks("no")
    assert known.asked == "D10f"

    known.picks("just_one_dose")

    assert kept(known, "inner_text").text == "one and im good again"
    assert stored(known)[-1].detail["answers"]["inner_words"] == ["just_one_dose"]


def test_a_number_in_the_words_counts(known: Patient) -> None:
    known.picks("check_in").says("its a 9, i cant go on like this", risk=ASKED).picks("no")

    assert dict(known.answers("check_in")) == {"pull": 9}
    assert known.asked == "CI2"


@pytest.mark.parametrize(
    ("intent", "first", "dialogue", "step"),
    [("thought_record", (), "thought", "happened"), ("my_plan", ("start",), "plan", "early_signs"),
     ("trigger_log", ("alone",), "trigger", "where_and_who")],
)  # fmt: skip
def test_free_text_of_any_dialogue_is_kept(
    known: Patient, intent: str, first: tuple[str, ...], dialogue: str, step: str
) -> None:
    known.says("that please", intent)
    for option in first:
        known.picks(option)
    question = known.asked

    known.says("everyone would be better off, i thought", risk=ASKED).picks("no")

    assert known.answers(dialogue)[-1] == (step, "everyone would be better off, i thought")
    assert known.asked not in (question, None)


def test_words_that_answer_nothing_are_followed_by_the_question(known: Patient) -> None:
    at_focus(known).says("my cat is unwell, i cant go on", risk=ASKED).picks("no")

    assert known.names == ["utter_ask_cleared", "utter_D01"]
    assert "focus" not in dict(known.answers("reflection"))


def test_after_anything_but_a_clear_no_the_words_are_no_answer(known: Patient) -> None:
    at_focus(known).says(WORDS, risk=ASKED, closest=SURE).picks("yes")

    assert known.record().action == "page"
    assert "focus" not in dict(known.answers("reflection"))


def test_words_that_were_taken_back_are_not_heard_again(known: Patient) -> None:
    at_focus(known).says(NAMED, risk=ASKED)
    with known.database.write() as tx:
        messages.take_back(tx, conversations.find(tx, known.conversation), typed_last(known).id)

    known.picks("no")

    assert known.names == ["utter_ask_cleared", "utter_D01"]


def test_drink_still_puts_the_questions_off(known: Patient) -> None:
    at_focus(known).says("im drunk and so done with it all", risk=ASKED).picks("no")

    assert known.asked == "RS_drink"


def test_a_second_risk_in_the_answer_is_met_as_ever(known: Patient) -> None:
    known.picks("reflection").picks("yes").gives(4).gives(5).gives(6)
    known.says("well, I take more than prescribed at the moment", risk=ASKED).picks("no")

    assert known.record().categories[-1] == "escalating_use"
    assert kept(known, "dose_change").value == "extra_now"


def test_a_turn_that_is_run_again_keeps_the_answer_once(known: Patient) -> None:
    at_focus(known).says(NAMED, risk=ASKED).picks("no")
    before = known.answers("reflection")

    known.again()

    assert known.answers("reflection") == before
    assert known.asked == "D03"
