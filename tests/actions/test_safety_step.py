"""The safety step (clinical content 5): first words, the ladder, ask and page, and what stays until staff close it."""

import re

import pytest

from bot.safety import CATEGORIES
from bot.store import closing, escalations, members
from tests.actions.patient import Patient, finding

SUICIDAL = finding("urgent", "page", "suicidal_ideation")
OTHERS = [name for name in CATEGORIES if name != "request_human"]


def test_the_first_words_name_a_number_before_the_first_question(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL)

    assert known.names == ["utter_suicidal_ideation_urgent", "utter_Q1"]
    assert "116 123" in known.texts[0]
    assert "I am telling the team now." in known.texts[0]


@pytest.mark.parametrize("category", OTHERS)
@pytest.mark.parametrize("level", ["emergency", "urgent", "same_day"])
def test_every_category_and_level_has_first_words(known: Patient, category: str, level: str) -> None:
    known.says("something", risk=finding(level, "page", category))

    assert known.names[0] == f"utter_{category}_{level}"
    assert known.record().level == level
    assert sum(text.count("?") for text in known.texts) <= 1
    if level == "emergency" and category != "driving_caring_impaired":
        assert "999" in known.texts[0]


@pytest.mark.parametrize("category", OTHERS)
def test_every_category_can_be_asked_about_and_a_clear_no_lets_it_rest(known: Patient, category: str) -> None:
    known.says("something", risk=finding("same_day", "ask", category))
    assert len(known.names) == 2
    state = known.asked
    assert state is not None
    clear = {"SF_body": "something_else", "SF_street": "neither", "SF_home": "safe", "SF_real": "something_else",
             "SF_eaten": "yes", "SF_age": "adult"}.get(state, "no")  # fmt: skip

    known.picks(clear)

    assert known.names == ["utter_ask_cleared", "utter_MENU"]
    assert known.record().action == "ask"
    known.picks("check_in")
    assert known.asked == "CI1"


@pytest.mark.parametrize("category", OTHERS)
def test_anything_but_a_clear_no_goes_on_as_a_page(known: Patient, category: str) -> None:
    known.says("something", risk=finding("same_day", "ask", category))

    known.says("mumble").says("mumble")

    assert known.record().action == "page"
    assert any(name.startswith(f"utter_{category}_") for name in known.names)


def test_the_ladder_goes_on_after_yes_one_question_at_a_time(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL)
    asked = [known.asked]
    for option in ("yes", "no", "yes", "no", "no", "no"):
        known.picks(option)
        asked.append(known.asked)

    assert asked == ["Q1", "Q0", "Q2", "Q3", "Q4", "Q5", "STAY"]
    assert [step for step, _ in known.answers("safety")] == ["Q1", "Q0", "Q2", "Q3", "Q4", "Q5"]
    assert known.record().level == "urgent"


@pytest.mark.parametrize(("answers", "then"), [(("yes", "no", "no", "yes"), ["Q6", "Q8"]), (("yes", "yes"), ["Q6"])])
def test_an_answer_that_makes_it_an_emergency_shows_the_number_first(
    known: Patient, answers: tuple[str, ...], then: list[str]
) -> None:
    known.says("i think about ending it", risk=SUICIDAL)
    for option in answers:
        known.picks(option)

    assert known.names[0] == "utter_raised_emergency"
    assert "999" in known.texts[0]
    assert known.asked == then[0]
    assert known.record().level == "emergency"
    for state in then[1:]:
        known.picks("alone")
        assert known.asked == state


def test_at_most_six_questions_are_asked(known: Patient) -> None:
    known.says("i just did it", risk=finding("emergency", "page", "suicidal_ideation"))
    count = 0
    while known.asked != "STAY":
        count += 1
        known.picks({"Q3": "not_sure", "Q6": "alone", "Q1": "sometimes"}.get(known.asked or "", "no"))

    assert count <= 6


def test_one_denial_closes_nothing_and_is_asked_about_once_more_later(known: Patient) -> None:
    known.says("i want to die", risk=SUICIDAL).picks("no")
    assert known.names == ["utter_Q1_no", "utter_STAY"]
    assert known.record().level == "urgent"

    known.says("jk lol", "inform")
    assert known.names[-1] == "utter_Q7"
    known.picks("gone")

    assert known.names == ["utter_Q7_thanks", "utter_STAY"]
    assert known.record() is not None
    known.says("hello", "greet")
    assert "utter_Q7" not in known.names


def test_worse_at_the_second_asking_starts_over(known: Patient) -> None:
    known.says("i want to die", risk=SUICIDAL).picks("no").says("ok", "affirm").picks("worse")

    assert known.asked == "Q1"


def test_a_plain_no_that_is_typed_counts_and_a_mixed_one_does_not(known: Patient) -> None:
    risk = finding("same_day", "ask", "suicidal_ideation")
    known.says("no point anymore", risk=risk).says("no but sometimes yes", "deny")
    assert known.names == ["utter_closest_safety", "utter_Q1"]

    known.says("no", "deny")

    assert known.names[0] == "utter_ask_cleared"


def test_words_that_say_yes_are_not_asked_again(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL)

    known.says("yes all day long i want to kill myself", risk=SUICIDAL)

    assert known.asked == "Q0"
    assert dict(known.answers("safety"))["Q1"] == "yes"


def test_two_kinds_of_risk_are_both_answered_the_most_urgent_first(known: Patient) -> None:
    risk = finding("emergency", "page", "dangerous_combination", "suicidal_ideation")
    known.says("took everything with vodka, want to be gone", risk=risk)

    assert known.names == [
        "utter_suicidal_ideation_emergency",
        "utter_dangerous_combination_emergency",
        "utter_Q0",
    ]


def test_another_kind_of_risk_in_the_middle_of_the_step_is_answered_too(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL)

    known.says("and i drank with them", risk=finding("urgent", "page", "dangerous_combination"))

    assert known.names[0] == "utter_dangerous_combination_urgent"
    assert known.asked == "Q1"
    assert set(known.record().categories) == {"suicidal_ideation", "dangerous_combination"}


def test_what_only_the_meaning_layer_finds_is_recorded_by_the_action(known: Patient) -> None:
    known.says("everyone would be better off", meaning=finding("urgent", "ask", "suicidal_ideation"))

    assert known.names == ["utter_ask_first", "utter_Q1_straight"]
    assert [signal.layer for signal in known.record().signals] == ["meaning"]


def test_a_turn_asked_twice_records_one_signal(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL, meaning=SUICIDAL)
    before = known.record().signals

    known.again()

    assert known.record().signals == before
    assert {signal.layer for signal in before} == {"rules", "meaning"}


@pytest.mark.parametrize("level", ["emergency", "urgent"])
def test_while_the_record_is_open_other_flows_are_off(known: Patient, level: str) -> None:
    known.says("it is bad", risk=finding(level, "page", "abrupt_stop"))
    while known.asked != "STAY":
        known.says("skip", "skip")

    for text, intent in (("check in", "check_in"), ("hi", "greet"), ("bye", "goodbye"), ("so tired", "inform")):
        known.says(text, intent)
        assert f"utter_locked_{level}" in known.names
        assert known.names[-1] == "utter_STAY"


def test_honest_answers_are_given_while_the_record_is_open(known: Patient) -> None:
    known.says("it is bad", risk=finding("urgent", "page", "pregnancy"))

    known.says("are you human?", "are_you_human")

    assert known.names[0] == "utter_HU1"


def test_after_staff_have_closed_it_everything_is_open_again(known: Patient) -> None:
    known.says("it is bad", risk=finding("urgent", "page", "pregnancy"))
    with known.database.write() as tx:
        member = members.create(tx, "demo", "ann@example.org", "Ann", "clinician", "a long enough password")
        record = known.record()
        escalations.claim(tx, member, record.id)
        closing.close(tx, member, record.id, "C1", "spoke with her", record.last_signal_seq)

    known.says("check in", "check_in")

    assert known.asked == "CI1"


def test_stop_ends_the_questions_and_neither_numbers_nor_record(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL).says("stop", "stop")

    assert known.names == ["utter_stop_safety"]
    assert "999" in known.texts[0]
    assert known.record().level == "urgent"
    assert known.form is None


def test_a_person_asked_for_in_the_step_is_promised_and_the_step_goes_on(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL).says("can i talk to someone", "ask_human")

    assert known.names == ["utter_SF_person", "utter_Q1"]
    assert "request_human" in known.record().categories


def test_one_who_returns_while_it_is_open_is_asked_whether_it_is_safer(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL).picks("rather_not").open()
    assert known.names == ["utter_RT1", "utter_RT1b"]

    known.picks("safer")

    assert known.names == ["utter_RT1b_thanks", "utter_STAY"]
    assert dict(known.answers("returning"))["safer_now"] == "safer"


def test_worse_on_return_opens_the_ladder(known: Patient) -> None:
    known.says("i think about ending it", risk=SUICIDAL).picks("rather_not").open().picks("worse")

    assert known.asked == "Q1"


def test_a_risk_before_consent_is_answered_and_recorded_too(patient: Patient) -> None:
    patient.picks("go_on").says("i took them all", risk=finding("emergency", "page", "overdose_poisoning"))

    assert patient.names == ["utter_overdose_poisoning_emergency", "utter_Q6"]
    assert patient.record().level == "emergency"


def test_after_no_to_keeping_the_chat_help_is_shown_and_nobody_is_said_to_be_told(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "no", "go_on"):
        patient.picks(option)

    patient.says("i took them all", risk=finding("emergency", "page", "overdose_poisoning"))

    assert patient.names == ["utter_overdose_poisoning_emergency", "utter_unkept_offer", "utter_MENU_UNKEPT"]
    assert patient.record() is None
    assert not any("told the team" in text or "telling the team" in text for text in patient.texts)


@pytest.mark.parametrize("category", OTHERS)
def test_nobody_is_promised_the_team_after_no(patient: Patient, category: str) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "no", "go_on"):
        patient.picks(option)

    for level in ("emergency", "urgent", "same_day"):
        patient.says("something", risk=finding(level, "page", category))
        told = [text for text in patient.texts[:-2] if re.search("(tell|telling|told) the team|telling people", text)]
        assert told == []


def test_consent_given_after_all_tells_what_could_not_be_told(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "no", "go_on"):
        patient.picks(option)
    patient.says("i took them all", risk=finding("emergency", "page", "overdose_poisoning"))

    patient.picks("keep").picks("agree")

    assert patient.record().level == "emergency"


def test_the_first_words_go_by_the_worse_of_the_two_layers(known: Patient) -> None:
    known.says(
        "i took 30 of them just now to end it",
        risk=finding("emergency", "page", "overdose_poisoning"),
        meaning=finding("urgent", "page", "suicidal_ideation", "overdose_poisoning"),
    )

    assert "utter_overdose_poisoning_emergency" in known.names
    assert "999" in known.texts[0]


def test_two_categories_at_once_say_once_that_the_team_is_told(known: Patient) -> None:
    known.says("my friend took pills and said goodbye",
               risk=finding("emergency", "page", "suicidal_ideation", "overdose_poisoning"))  # fmt: skip

    assert {"utter_other_emergency", "utter_overdose_poisoning_emergency"} <= set(known.names)
    assert " ".join(known.texts).count("I am telling the team now.") == 1


def test_what_is_told_while_the_step_stays_open_is_no_wish_to_do_something_else(known: Patient) -> None:
    known.says("i want to die", risk=SUICIDAL).picks("no").says("ok", "affirm").picks("gone")

    known.says("someone is with me, my daughter", "worried_about_other", confidence=0.58)

    assert "utter_locked_flow" not in known.names
    assert known.asked == "STAY"
