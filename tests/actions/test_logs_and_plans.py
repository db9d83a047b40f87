"""The patient's own tools (clinical content 4.5 to 4.9): log, thought record, plan, support network, topics."""

import pytest

from bot.actions.dialogue import book
from tests.actions.patient import Patient
from tests.databases import Clock

TOPICS = [code.removeprefix("LT_") for code in book().states if code.startswith("LT_")]


def logged(patient: Patient, before: str) -> Patient:
    return (
        patient.says("log a trigger", "trigger_log")
        .picks(before)
        .says("skip", "skip")
        .picks("together")
        .gives(6)
        .gives(4)
    )


def test_what_names_a_choice_is_no_wish_for_something_else(known: Patient) -> None:
    known.says("log a trigger", "trigger_log").says("the chemist").says("alone")
    assert known.asked == "TL3"

    known.says("thought came first tbh", "thought_record")

    assert ("order", "thought_first") in known.answers("trigger")
    assert known.form == "trigger_form"


def test_a_note_is_written_from_anywhere_and_what_was_interrupted_goes_on(known: Patient) -> None:
    known.says("log a trigger", "trigger_log").picks("alone").says("skip", "skip")
    assert known.asked == "TL3"

    known.says("something for my therapist before i forget", "write_note")
    assert known.asked == "NT1"
    known.says("the row on sunday").picks("send").picks("ok")

    assert ("note", "the row on sunday") in known.answers("note")
    assert known.asked == "TL3"


def test_a_trigger_is_logged_and_the_own_pattern_shown(known: Patient) -> None:
    logged(known, "alone").picks("waited").says("the radio").picks("done")
    logged(known, "row").picks("something").says("skip", "skip").picks("pattern")

    assert "×2 (Being alone, After a row)" in known.texts[0]
    assert [value for step, value in known.answers("trigger") if step == "before"] == ["alone", "row"]


def test_the_pattern_tells_the_parts_of_the_day_apart(known: Patient, clock: Clock) -> None:
    logged(known, "work").picks("waited").says("skip", "skip").picks("done")
    clock.forward(hours=12)

    logged(known, "travel").picks("waited").says("skip", "skip").picks("pattern")

    assert known.texts[0].count("×1") == 2


def test_one_taken_outside_the_plan_leads_to_the_slip_and_back(known: Patient) -> None:
    logged(known, "night").picks("outside")
    assert known.names == ["utter_LP1", "utter_LP2"]

    known.picks("none").picks("none").picks("within").picks("no").picks("no").picks("later").says("skip", "skip")
    known.picks("stop")

    assert known.asked == "TL6"


def recorded(patient: Patient) -> Patient:
    patient.says("look at one thought", "thought_record").says("my boss wrote to me").picks("afraid").gives(8)
    patient.says("i need one or i lose my job").gives(80)
    assert "“i need one or i lose my job”" in patient.texts[0]
    return patient.says("who says so?").says("he was short with me").says("he is short with all").picks("not_today")


def test_a_thought_is_looked_at_from_both_sides_and_kept(known: Patient) -> None:
    recorded(known).gives(80).gives(9).picks("keep")

    assert known.names == ["utter_TR9_kept", "utter_MENU"]
    assert dict(known.answers("thought")) == {
        "happened": "my boss wrote to me", "feeling": "afraid", "feeling_before": 8,
        "thought": "i need one or i lose my job", "belief_before": 80, "follow_up": "who says so?",
        "looks_true": "he was short with me", "looks_less_true": "he is short with all", "another_way": "not_today",
        "belief_after": 80, "feeling_after": 9, "then": "keep",
    }  # fmt: skip


def test_a_thought_that_is_deleted_is_gone(known: Patient) -> None:
    recorded(known).gives(80).gives(9).picks("delete")

    assert known.answers("thought") == []


def test_inner_words_are_offered_confirmed_and_looked_at(known: Patient) -> None:
    known.says("look at one thought", "thought_record").says("a quiet evening").picks("afraid").gives(8)
    known.says("just one and then back to the plan", inner=[("just_one_dose", 0.7), ("none", 0.1)])
    assert known.asked == "TR3f"
    assert "just_one_dose" in known.offered

    known.picks("just_one_dose").gives(80)

    assert known.names == ["utter_inner_says_just_one_dose", "utter_inner_asks_just_one_dose"]
    assert ("inner_words", ["just_one_dose"]) in known.answers("thought")
    assert known.says("tomorrow never comes").asked == "TR6"


def test_the_red_flag_list_comes_first_where_inner_words_ask_for_it(known: Patient) -> None:
    known.says("look at one thought", "thought_record").says("my heart was racing").picks("afraid").gives(8)
    known.says("i will have a heart attack", inner=[("catastrophic_misreading", 0.8)]).picks("catastrophic_misreading")
    assert known.asked == "TR3s"

    known.picks("chest")

    assert known.record().level == "emergency"


@pytest.mark.parametrize("told", ["he came into my room again", "i was raped", "the flashbacks again"])
def test_what_was_done_to_a_person_stops_the_exercise(known: Patient, told: str) -> None:
    known.says("look at one thought", "thought_record").says(told)
    assert known.asked == "TRT"

    known.picks("stop")

    assert ("then", "share") in known.answers("thought")
    assert known.names[0] == "utter_TRT_stop"
    assert known.asked == "MENU"


PLAN = (
    *("i stop sleeping", "pharmacy, sundays", "peel oranges", "the library"),
    *("my sister", "nurse on mondays", "a lock box", "one slip is not the end"),
)


def planned(patient: Patient) -> Patient:
    patient.says("my plan", "my_plan").picks("start")
    for line in PLAN:
        patient.says(line)
    return patient


def test_a_plan_is_written_shown_and_remembered(known: Patient) -> None:
    planned(known)
    assert "Early signs: i stop sleeping\n" in known.texts[0]
    assert "If I slip: one slip is not the end" in known.texts[0]
    known.picks("save")

    known.says("i took one", "slip").picks("none").picks("none").picks("within").picks("no").picks("no").picks("later")

    assert known.texts[0] == "You wrote this for a day like today: one slip is not the end"


def test_a_changed_part_is_a_new_version_and_the_others_stay(known: Patient) -> None:
    planned(known).picks("save")
    known.says("change my plan", "my_plan").picks("start").says("i stop eating breakfast")
    for _ in PLAN[1:]:
        known.says("skip", "skip")

    assert "Early signs: i stop eating breakfast" in known.texts[0]
    assert "Alone, for ten minutes: peel oranges" in known.texts[0]
    assert [value for step, value in known.answers("plan") if step == "early_signs"] == [
        PLAN[0],
        "i stop eating breakfast",
    ]


def test_what_stands_in_the_plan_is_offered_in_an_urge(known: Patient) -> None:
    planned(known).picks("save").picks("urge").gives(5).picks("no").picks("none").picks("want").picks("hands")

    assert "You wrote before: peel oranges." in known.texts[0]


def test_a_plan_that_is_not_there_is_not_shown(known: Patient) -> None:
    known.says("show my plan", "my_plan").picks("show")

    assert known.names == ["utter_PL10_none", "utter_MENU"]


def test_people_who_help_are_kept_and_offered_in_an_urge(known: Patient) -> None:
    known.says("people around me", "support_people").picks("no_one").says("Jo").says("skip", "skip").picks("yes")
    assert "I send it to nobody." in known.texts[0]
    known.says("i work on something, sit with me").picks("group").picks("no")

    known.says("urge", "urge_now").gives(5).picks("no").picks("none").picks("want").picks("call")

    assert ("own", "Jo") in [(choice["id"], choice["title"]) for choice in known.said[-1]["choices"]]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_asks_first_and_brings_its_source(known: Patient, topic: str) -> None:
    known.says("learn something", "learn")
    while topic not in known.offered:
        known.picks("more")
    known.picks(topic)
    assert known.names == ["utter_LT_may_i"]

    known.picks("yes")

    assert known.names[0] == f"utter_LT_{topic}"
    assert known.texts[-2].startswith("Source: ")
    assert known.names[-1] == "utter_LN7"


def test_a_topic_that_is_not_wanted_is_not_pushed(known: Patient) -> None:
    known.says("learn something", "learn").picks("tolerance").picks("no")

    assert known.names == ["utter_LN8"]


def test_the_first_menu_stays_small_and_more_leads_to_the_rest(known: Patient) -> None:
    known.says("hello", "greet")
    assert len(known.offered) <= 7

    known.picks("more")

    assert {"slip", "trigger", "plan", "thought", "learn", "support", "data_rights"} <= set(known.offered)
    assert "gad7" not in known.offered
