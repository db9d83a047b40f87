"""The reflective session: contradictions, what is told at the end, and what staff see of it (2.4, 2.5)."""

import pytest

from tests.actions.patient import Patient
from tests.actions.reflecting import at_fit, at_focus, begin, stored


def test_a_contradiction_is_asked_about_once_and_the_answer_stands(known: Patient) -> None:
    at_focus(known).picks("both").picks("thought_first").picks("none").picks("very_like").picks("linked").picks("night")
    known.picks("stop")
    assert known.asked == "RS11"
    assert "Which is closer?" in known.texts[0]

    known.picks("second")

    assert known.asked == "RS11b"
    found = stored(known)[-1].detail["formulation"]
    assert found["contradictions"] == []
    assert "speed" not in found["answered"]


def test_a_picture_that_does_not_fit_gives_way_to_the_persons_own_words(known: Patient) -> None:
    at_fit(known).picks("no")
    assert known.asked == "RS12w"

    known.says("it is grief, nothing else")
    assert known.names == ["utter_RS12t", "utter_RS13a"]
    known.gives(3).gives(4).picks("stop")

    assert 'You said: "it is grief, nothing else".' in known.texts[0]
    assert "The pull went from 4 to 3." in known.texts[0]


def test_no_number_and_no_band_name_is_in_a_result(known: Patient) -> None:
    at_fit(known)

    result = " ".join(known.texts)
    assert not any(sign.isdigit() for sign in result)
    assert "mostly" not in result.replace("mostly at your old times", "")


def test_the_result_says_two_facts_of_the_persons_own(known: Patient) -> None:
    at_fit(known)

    assert "It came before the bad feeling, and in a flash." in known.texts[0]


def test_a_likely_withdrawal_is_told_to_staff_for_the_same_day(known: Patient) -> None:
    begin(known).picks("lower_7").picks("yes").picks("ringing_ears", "tremor_or_jerks", "odd_taste_or_smell")
    known.picks("body").picks("distress_first").picks("minutes").picks("stronger").picks("general")
    known.picks("stop").picks("body")

    assert "utter_RS12_is_withdrawal_or_rebound" in known.names
    assert "the lower dose" in known.texts[0]
    assert (known.record().level, known.record().action) == ("same_day", "review")


def test_an_older_session_keeps_its_version_of_the_model(known: Patient) -> None:
    at_fit(known).picks("yes").gives(3).gives(4).picks("stop").picks("right").picks("more")
    first = stored(known)[0]

    known.picks("reflection").picks("yes").gives(1).gives(1).gives(7).picks("no_change")

    assert stored(known)[0] == first
    assert first.model_version == "1.0"


def test_what_may_help_goes_with_the_result_and_anything_else_can_be_asked_for(known: Patient) -> None:
    at_fit(known).picks("yes").gives(4).gives(4)
    assert known.offered == ["urge", "plan", "note", "stop"]

    known.says("look at one thought")

    assert known.asked == "TR1"


def test_the_plan_is_one_of_the_offers(known: Patient) -> None:
    assert at_fit(known).picks("yes").gives(4).gives(4).picks("plan").asked == "PL1"


def test_the_end_names_one_thing_of_the_own_plan(known: Patient) -> None:
    known.says("my plan", "my_plan").picks("start")
    for line in ("skip", "skip", "sit on the step", *["skip"] * 5):
        known.says(line, "skip" if line == "skip" else "inform")
    known.picks("save")

    at_fit(known).picks("yes").gives(4).gives(4).picks("stop").picks("right")

    assert "Next for you, as you wrote in your plan: sit on the step." in known.texts[0]


def test_without_a_plan_nothing_is_made_up_for_the_end(known: Patient) -> None:
    at_fit(known).picks("yes").gives(4).gives(4).picks("stop").picks("right")

    assert known.texts[0].startswith("Thank you. Next for the team: nothing new today.")


@pytest.mark.parametrize(
    ("order", "speed", "told"),
    [
        ("distress_first", "instant", "So the bad feeling came first, and then the thought was there in a flash."),
        ("together", "instant", "So the feeling and the thought came together, and then it all went very fast."),
        ("thought_first", "later", "So the thought of a tablet came first, and then the rest came slowly."),
        ("no_thought", "none", None),
        ("not_sure", "instant", None),
    ],
)
def test_the_first_questions_are_told_back_once_and_in_order(
    known: Patient, order: str, speed: str, told: str | None
) -> None:
    at_focus(known).picks("tablet").picks(order).picks(speed)

    assert [text for name, text in zip(known.names, known.texts, strict=True) if name == "utter_RS5"] == (
        [told] if told else []
    )


def test_the_two_facts_of_a_result_never_say_the_same_twice(known: Patient) -> None:
    at_focus(known).picks("feeling").picks("distress_first").picks("later").picks("very_like").picks("mostly_linked")
    known.picks("night").picks("stop").picks("no_idea")

    assert "It came before any thought of a tablet, and slowly, over a while." in known.texts[0]
