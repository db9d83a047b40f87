"""The reflective session: typed answers, the guesses at them, and inner words (clinical content 2.3 and 3)."""

import pytest

from tests.actions.patient import Patient
from tests.actions.reflecting import at_focus, at_words, begin, stored

SURE = {"D01": [("feeling", 0.8), ("both", 0.1)]}
UNSURE = {"D01": [("feeling", 0.4), ("body", 0.35), ("both", 0.1)]}


def test_the_first_question_is_put_in_other_words_when_it_comes_again(known: Patient) -> None:
    at_focus(known)
    assert known.texts[-1] == "When it is at its strongest, what takes up most of the room in your mind?"

    known.says("the cat sat on my lap all evening")

    assert known.names == ["utter_closest", "utter_D01"]
    assert known.texts[-1] == "Mostly the feeling, or mostly the tablet?"


def test_simpler_words_stick_once_they_are_chosen(known: Patient) -> None:
    known.picks("reflection").picks("plain").gives(4).gives(5).gives(6)
    assert known.texts == ["Any change in your tablets in the last four weeks?"]

    known.picks("no_change").picks("none_of_these")

    assert known.texts[-1] == "What is your mind mostly on: the bad feeling, or the tablet?"
    assert known.facts()["simpler_words"] is True


def test_a_sure_guess_is_offered_and_counts_only_when_the_person_agrees(known: Patient) -> None:
    at_focus(known).says("its that horrible feeling, it fills my whole head", closest=SURE)
    assert known.texts == ['Thank you. Is that closest to: "The bad feeling itself"?']
    assert known.offered == ["feeling", "neither"]
    assert ("focus", "feeling") not in known.answers("reflection")

    known.picks("feeling")

    assert known.asked == "D03"
    assert known.answers("reflection")[-1] == ("focus", "feeling")


@pytest.mark.parametrize("said", ["yes", "Yes, that is closest", "yes please"])
def test_a_guess_can_be_confirmed_in_words(known: Patient, said: str) -> None:
    at_focus(known).says("that horrible feeling", closest=SURE).says(said, "affirm")

    assert known.answers("reflection")[-1] == ("focus", "feeling")


def test_a_guess_that_is_declined_leads_to_the_choices_and_scores_nothing(known: Patient) -> None:
    at_focus(known).says("that horrible feeling", closest=SURE).picks("neither")

    assert known.names == ["utter_closest", "utter_D01"]
    assert known.asked == "D01"
    assert "focus" not in dict(known.answers("reflection"))

    known.picks("both")
    assert known.answers("reflection")[-1] == ("focus", "both")


def test_an_unsure_guess_offers_two_and_neither(known: Patient) -> None:
    at_focus(known).says("my whole body is full of it", closest=UNSURE)

    assert known.names == ["utter_guess_two"]
    assert known.offered == ["feeling", "body", "neither"]
    assert known.picks("body").answers("reflection")[-1] == ("focus", "body")


def test_no_thought_of_a_tablet_is_a_guess_like_any_other_although_its_name_is_none(known: Patient) -> None:
    at_focus(known).picks("feeling").picks("distress_first")

    known.says("it never even crossed my mind", closest={"D02": [("none", 0.9), ("later", 0.05)]})

    assert known.offered == ["none", "neither"]
    assert known.picks("none").answers("reflection")[-1] == ("speed", "none")


def test_a_guess_that_is_an_answer_of_danger_stops_the_session(known: Patient) -> None:
    begin(known).picks("no_change")
    known.says("i passed out and my legs jerked", closest={"D12": [("fit_or_blackout", 0.9)]}).picks("fit_or_blackout")

    assert known.record().level == "emergency"
    assert stored(known)[-1].detail["formulation"]["headline"] == "safety_stop"


def test_typed_words_that_were_only_guessed_at_are_kept_as_not_confirmed(known: Patient) -> None:
    at_focus(known).says("that horrible feeling", closest=SURE).says("stop", "stop").picks("summary").picks("no_idea")

    assert "focus" not in stored(known)[-1].detail["answers"]


@pytest.mark.parametrize("intent", ["slip", "stop", "urge_now", "ask_medicine_missed"])
def test_a_typed_answer_is_an_answer_even_if_it_sounds_like_something_else(known: Patient, intent: str) -> None:
    begin(known)
    known.says("i had more than usual for three days", intent, closest={"D11": [("extra_then_back", 0.7)]})

    assert known.names == ["utter_guess_one"]


def test_what_was_done_is_an_answer_although_it_sounds_like_a_question_about_the_medicine(known: Patient) -> None:
    ranking = (("ask_medicine_amount", 0.5), ("slip", 0.1))
    begin(known).says(
        "i took more for 3 days, now im back on my normal amount",
        confidence=0.5,
        ranking=ranking,
        closest={"D11": [("extra_then_back", 0.9)]},
    )

    assert known.names == ["utter_guess_one"]


def test_a_wish_to_stop_is_never_taken_for_an_answer(known: Patient) -> None:
    at_focus(known).says("stop now", "stop", closest={"D01": [("tablet", 0.9)]})

    assert known.asked == "RS_stopped"


def test_several_typed_symptoms_count_together(known: Patient) -> None:
    begin(known).picks("no_change").says("ringing ears, sweating")

    assert known.answers("reflection")[-1] == ("new_body", ["ringing_ears", "sweating"])


def test_inner_words_are_offered_in_plain_words_and_count_once_confirmed(known: Patient) -> None:
    at_words(known).says("one and im good again", inner=[("just_one_dose", 0.8), ("idealising", 0.1), ("none", 0.05)])
    assert known.texts == ['This sounds a bit like: "One now, and then back to the plan". Is it?']
    assert known.offered == ["just_one_dose", "a_bit", "neither"]

    known.picks("a_bit")

    assert known.names == ["utter_inner_says_just_one_dose", "utter_inner_asks_just_one_dose"]
    assert stored(known)[-1].detail["answers"]["inner_words"] == ["just_one_dose"]


def test_inner_words_that_are_not_agreed_to_are_kept_as_a_quote_only(known: Patient) -> None:
    at_words(known).says("one and im good again", inner=[("just_one_dose", 0.8), ("idealising", 0.1)]).picks("neither")

    assert known.asked == "D05"
    assert stored(known)[-1].detail["answers"]["inner_words"] == []
    assert ("inner_text", "one and im good again") in known.answers("reflection")


def test_two_kinds_in_one_sentence_are_offered_together(known: Patient) -> None:
    at_words(known).says("one as ive earned it", inner=[("permission_giving", 0.5), ("just_one_dose", 0.4)])
    assert known.offered == ["permission_giving", "just_one_dose", "none"]

    known.picks("permission_giving", "just_one_dose")

    assert stored(known)[-1].detail["answers"]["inner_words"] == ["permission_giving", "just_one_dose"]


def test_words_of_no_kind_are_kept_without_a_question(known: Patient) -> None:
    at_words(known).says("la la la", inner=[("none", 0.9), ("worry_chain", 0.05)])

    assert known.asked == "D05"


@pytest.mark.parametrize(
    ("category", "state"),
    [("catastrophe_without", "D10s"), ("withdrawal_body", "D10s"), ("hypervigilance", "D10h"), ("worry_chain", "D10q")],
)
def test_a_safety_check_comes_first_where_the_words_ask_for_it(known: Patient, category: str, state: str) -> None:
    at_words(known).says("as i said", inner=[(category, 0.9)]).picks(category)

    assert known.asked == state


def test_the_persons_own_words_are_said_back_in_between(known: Patient) -> None:
    at_words(known).says("just one and i could sleep", inner=[("just_one_dose", 0.9)]).picks("just_one_dose")
    known.says("skip", "skip").picks("pull").gives(7)

    assert (
        known.texts[0] == 'You said: "just one and i could sleep". Thank you for those words. I keep them as they are.'
    )


def test_a_mere_word_is_not_said_back(known: Patient) -> None:
    at_words(known).picks("list").picks("only_solution").says("my phone").picks("pull").gives(7)

    assert known.names[0] == "utter_RS8_thanks"
