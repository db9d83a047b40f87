"""Every form crossed with every category of risk, and with "stop", "a person", "are you human?" (clinical content 0.5).

Each crossing is a conversation of its own: while the record of one risk is open, the next is told inside its step.
"""

from itertools import cycle

import pytest

from bot.actions.dialogue import book
from bot.actions.dialogues import State
from bot.safety import CATEGORIES
from tests.actions.patient import Patient, finding

SAFETY_FORM = "safety_form"
PERSON = "request_human"
FORMS = [one.form for one in book().dialogues.values() if one.form]
RISKS = [category for category in CATEGORIES if category != PERSON]
# The option that is a clear no, at the questions of `ask` where it is not called "no".
CLEAR = {
    "SF_body": "something_else",
    "SF_street": "neither",
    "SF_home": "safe",
    "SF_real": "something_else",
    "SF_eaten": "yes",
    "SF_age": "adult",
}
# Each form with one category, and each category with some form: what follows a clear no does not depend on the pair.
CLEARED = list(zip([form for form in FORMS if form != SAFETY_FORM], cycle(RISKS), strict=False))


def in_the_middle_of(patient: Patient, form: str) -> State:
    """Put a patient before the first question of a form that is put to everybody; gives the state."""
    asked = [one for one in book().states.values() if one.form == form and one.input and not one.menu]
    state = next(one for one in asked if one.only_if is None)
    patient.form = form
    patient.slots |= {"at": state.code, "session": "s1", "requested_slot": "answer"}
    return state


@pytest.mark.parametrize("form", FORMS)
def test_stop_works_in_every_form(known: Patient, form: str) -> None:
    in_the_middle_of(known, form)

    known.says("stop", "stop")

    assert known.form is None
    assert len(known.names) == 1
    assert known.names[0] in ("utter_stop", "utter_stop_safety")


@pytest.mark.parametrize("form", FORMS)
def test_a_person_can_be_had_in_every_form(known: Patient, form: str) -> None:
    in_the_middle_of(known, form)

    known.says("a person please", "ask_human", risk=finding("same_day", "page", PERSON))

    assert known.form in ("person_form", SAFETY_FORM)
    assert PERSON in known.record().categories


@pytest.mark.parametrize("form", FORMS)
def test_are_you_human_is_answered_truly_in_every_form_and_the_question_comes_again(known: Patient, form: str) -> None:
    state = in_the_middle_of(known, form)

    known.says("are you human?", "are_you_human")

    if form != SAFETY_FORM:  # There only answers, stop, a person and "has anyone seen this?" get through.
        assert known.texts[0].startswith("I am a computer program, not a person.")
    assert (known.form, known.states[-1]) == (form, state.code)


@pytest.mark.parametrize("category", RISKS)
@pytest.mark.parametrize("form", FORMS)
def test_every_risk_stops_every_form_and_is_answered_in_its_own_words(known: Patient, form: str, category: str) -> None:
    interrupted = in_the_middle_of(known, form)

    known.says("something dangerous", risk=finding("urgent", "page", category))

    assert f"utter_{category}_urgent" in known.names
    assert known.record().level == "urgent"
    assert known.record().categories == (category,)
    # Where a category has nothing to ask the step just stays open, or goes back to the wish for a person.
    assert book().states[known.asked or ""].dialogue in ("safety", "person")
    assert known.form in (SAFETY_FORM, "person_form", None)
    assert "something dangerous" not in [value for _, value in known.answers(interrupted.dialogue)]


@pytest.mark.parametrize(("form", "category"), CLEARED)
def test_after_a_clear_no_every_form_goes_on_where_it_was(known: Patient, form: str, category: str) -> None:
    interrupted = in_the_middle_of(known, form)
    known.says("something unclear", risk=finding("same_day", "ask", category))
    question = known.asked
    assert question is not None
    assert known.form == SAFETY_FORM

    known.picks(CLEAR.get(question, "no"))

    assert known.names[0] == "utter_ask_cleared"
    if interrupted.input == "text":  # What was written is the answer.
        assert (interrupted.answer, "something unclear") in known.answers(interrupted.dialogue)
        assert known.asked != interrupted.code
    else:
        assert (known.form, known.asked) == (form, interrupted.code)
    assert known.record().action == "ask"
