"""The reflective session (clinical content 4.3) beside its worked cases: typed answers, way back, rests, stops."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import escalations, formulations, schema
from tests.actions.patient import Patient, finding
from tests.databases import Clock

SURE = {"D01": [("feeling", 0.8), ("both", 0.1)]}
UNSURE = {"D01": [("feeling", 0.4), ("body", 0.35), ("both", 0.1)]}


def begin(patient: Patient) -> Patient:
    """Up to D11."""
    return patient.picks("reflection").picks("yes").gives(4).gives(5).gives(6)


def at_focus(patient: Patient) -> Patient:
    """Up to D01."""
    return begin(patient).picks("no_change").picks("none_of_these")


def at_words(patient: Patient) -> Patient:
    """Up to D10, after a first picture of the pull."""
    at_focus(patient).picks("tablet").picks("thought_first").picks("instant").picks("very_like").picks("linked")
    return patient.picks("night").picks("go_on")


def at_fit(patient: Patient) -> Patient:
    """Up to "does that fit?", the short way."""
    at_focus(patient).picks("tablet").picks("thought_first").picks("instant").picks("not_sure").picks("linked")
    return patient.picks("night").picks("stop").picks("no_idea")


def stored(patient: Patient) -> Any:
    with patient.database.read() as tx:
        return formulations.of(tx, patient.conversation)


def page(patient: Patient, level: str = "same_day") -> None:
    patient.says("i took them all together", risk=finding(level, "page", "dangerous_combination"))


def close(patient: Patient, outcome: str = "C1") -> None:
    """Staff close the open record."""
    with patient.database.write() as tx:
        record = escalations.open_of(tx, patient.conversation)
        assert record is not None
        tx.run(sa.update(schema.escalations).values(closed_at=tx.now, outcome=outcome))


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


def test_a_wish_to_stop_is_never_taken_for_an_answer(known: Patient) -> None:
    at_focus(known).says("stop now", "stop", closest={"D01": [("tablet", 0.9)]})

    assert known.asked == "RS_stopped"


def test_several_typed_symptoms_count_together(known: Patient) -> None:
    begin(known).picks("no_change").says("ringing ears, sweating")

    assert known.answers("reflection")[-1] == ("new_body", ["ringing_ears", "sweating"])


def test_back_puts_the_question_before_and_the_new_answer_counts(known: Patient) -> None:
    at_focus(known).picks("feeling").says("go back", "go_back")
    assert known.names == ["utter_back", "utter_D01"]

    known.picks("tablet")

    assert known.asked == "D03"
    assert stored(known)[-1].detail["answers"]["focus"] == "tablet"


def test_back_works_over_several_questions_and_ends_at_the_first(known: Patient) -> None:
    begin(known)
    for state in ("RS1c", "RS1b", "RS1a", "RS0"):
        assert known.says("back").asked == state

    assert known.says("back").names == ["utter_no_way_back", "utter_RS0"]


def test_every_question_of_the_model_has_a_reason_of_its_own(known: Patient) -> None:
    at_focus(known).says("why do you ask?", "why_do_you_ask")

    assert known.names == ["utter_why_D01", "utter_D01"]


def test_three_skips_in_a_row_bring_a_pause_with_a_summary(known: Patient) -> None:
    at_focus(known).picks("skip").says("skip", "skip").picks("skip")
    assert known.asked == "RS_skipped"

    known.picks("go_on")
    assert known.asked == "D04"


def test_an_answer_in_between_is_no_third_skip(known: Patient) -> None:
    at_focus(known).picks("skip").picks("skip").picks("not_sure")

    assert known.asked == "D04"


def test_stop_offers_a_summary_of_what_there_is(known: Patient) -> None:
    at_focus(known).picks("tablet").picks("thought_first").says("stop", "stop")
    assert known.asked == "RS_stopped"

    known.picks("summary").picks("no_idea")

    assert "utter_RS12_is_not_clear_yet" in known.names
    assert stored(known)[-1].shown_at is not None


def test_stop_twice_is_a_plain_stop(known: Patient) -> None:
    at_focus(known).says("stop", "stop").says("stop", "stop")

    assert known.names == ["utter_stop"]
    assert known.form is None


def test_what_was_stopped_goes_on_another_day_where_it_was(known: Patient, clock: Clock) -> None:
    at_focus(known).picks("tablet").says("stop", "stop").picks("leave")
    clock.forward(days=1)

    known.open()
    assert "RT3" in known.states
    known.picks("go_on")

    assert known.asked == "D03"
    assert known.picks("thought_first").asked == "D02"
    assert stored(known)[-1].detail["answers"]["focus"] == "tablet"


def test_a_reload_comes_back_to_the_open_question(known: Patient) -> None:
    at_focus(known).picks("tablet").open().picks("go_on")

    assert known.asked == "D03"


def test_after_fifteen_minutes_a_rest_is_offered_once(known: Patient, clock: Clock) -> None:
    at_focus(known)
    clock.forward(minutes=16)
    known.picks("tablet")
    assert known.asked == "RS_rest"

    known.picks("go_on")
    assert known.asked == "D03"
    assert known.picks("thought_first").asked == "D02"


def test_after_fifteen_questions_without_an_offer_a_rest_is_offered(known: Patient) -> None:
    at_focus(known)
    for _ in range(8):  # Each way there and back asks two more.
        if known.picks("tablet").asked == "RS_rest" or known.says("back").asked == "RS_rest":
            break

    assert known.asked == "RS_rest"
    assert known.picks("later").form is None


def test_a_lost_thread_asks_whether_the_confusion_is_new(known: Patient) -> None:
    at_focus(known).says("what day is it")
    assert known.asked == "RS_lost"
    assert known.picks("no").asked == "D01"

    known.says("i lost the thread").picks("yes")

    assert (known.record().level, known.record().categories) == ("emergency", ("withdrawal_emergency",))


@pytest.mark.parametrize(("pull", "worry", "state"), [(9, 9, "RS1s"), (9, 4, "RS1u"), (3, 10, "RS1u"), (8, 8, "D11")])
def test_very_strong_feelings_come_before_any_question(known: Patient, pull: int, worry: int, state: str) -> None:
    known.picks("reflection").picks("yes").gives(pull).gives(worry).gives(6)

    assert known.asked == state


def test_one_very_strong_feeling_can_be_met_first_and_the_questions_wait(known: Patient) -> None:
    known.picks("reflection").picks("yes").gives(9).gives(4).gives(6).picks("urge")
    assert known.asked == "UR1"

    known.gives(7).picks("no").picks("none").says("stop", "stop")

    assert known.open().picks("go_on").form is not None


def test_the_way_back_is_still_there_after_a_question_of_safety(known: Patient) -> None:
    at_focus(known).picks("tablet").picks("thought_first")
    known.says("sometimes i mix things", risk=finding("same_day", "ask", "dangerous_combination")).picks("no")

    assert known.asked == "D02"
    assert known.says("back").asked == "D03"


def test_both_very_strong_means_ground_first_and_a_person_and_the_place_is_kept(known: Patient) -> None:
    known.picks("reflection").picks("yes").gives(9).gives(10).gives(6).picks("safe")
    assert known.names == ["utter_RS_ground", "utter_RS1h"]

    known.picks("leave")

    assert known.form is None
    assert known.open().picks("go_on").asked == "D11"


@pytest.mark.parametrize(("before", "after", "rises"), [(4, 7, True), (4, 6, False), (8, 9, False), (0, 3, True)])
def test_a_rise_of_three_points_is_steadied_first(known: Patient, before: int, after: int, rises: bool) -> None:
    known.picks("reflection").picks("yes").gives(before).gives(5).gives(6).picks("no_change").picks("none_of_these")
    known.picks("tablet").picks("thought_first").picks("instant").picks("not_sure").picks("linked").picks("night")
    known.picks("stop").picks("no_idea").picks("yes").gives(after).gives(5)

    assert known.asked == ("RS13r" if rises else "RS14")
    if rises:
        assert known.picks("go_on").asked == "RS14"


def test_the_third_session_of_a_day_is_offered_a_rest_and_not_blocked(known: Patient) -> None:
    for _ in range(2):
        at_fit(known).picks("yes").gives(3).gives(4).picks("stop").picks("right").picks("more")

    known.picks("reflection")

    assert known.asked == "RS0t"
    assert known.picks("go_on").asked == "RS0"


@pytest.mark.parametrize("change", ["lower_7", "lower_28", "stopped_28"])
@pytest.mark.parametrize("planned", ["no", "had_to"])
def test_an_unplanned_stop_or_cut_stops_the_session(known: Patient, change: str, planned: str) -> None:
    begin(known).picks(change).picks(planned)

    assert (known.record().level, known.record().categories) == ("urgent", ("abrupt_stop",))
    assert stored(known)[-1].detail["formulation"]["flags"] == ["safety:abrupt_stop"]


def test_no_supply_stops_the_session_and_forgetting_some_does_not(known: Patient) -> None:
    begin(known).picks("missed_doses").picks("no")
    assert known.asked == "D12"
    assert known.record().action == "review"

    known.says("back").picks("had_to")
    assert (known.record().level, known.record().action) == ("urgent", "page")


@pytest.mark.parametrize(
    "symptom",
    ["fit_or_blackout", "confused_or_lost", "seeing_or_hearing_things", "chest_pain_or_trouble_breathing"],
)
def test_a_red_flag_stops_the_session_and_nothing_of_the_model_is_said(known: Patient, symptom: str) -> None:
    begin(known).picks("no_change").picks("sweating", symptom)

    assert known.record().categories == ("withdrawal_emergency",)
    assert [name for name in known.names if name.startswith("utter_RS12")] == []
    assert stored(known)[-1].shown_at is None


@pytest.mark.parametrize(
    ("level", "category"),
    [("emergency", "suicidal_ideation"), ("urgent", "overdose_poisoning"), ("same_day", "pregnancy"),
     ("urgent", "abuse_unsafe_home"), ("same_day", "dangerous_combination")],
)  # fmt: skip
def test_while_a_safety_step_is_open_nothing_is_shown(known: Patient, level: str, category: str) -> None:
    """Five mixed cases: enough was answered for a result, and then something else matters more."""
    at_focus(known).picks("tablet").picks("thought_first").picks("instant").picks("very_like").picks("linked")
    known.says("what i just said", risk=finding(level, "page", category))
    said = list(known.names)
    known.says("look closer", "look_closer")

    assert [name for name in (*said, *known.names) if name.startswith("utter_RS12")] == []
    assert stored(known)[-1].detail["formulation"]["headline"] == "safety_stop"
    assert stored(known)[-1].shown_at is None


def test_a_clear_no_to_one_question_lets_the_session_go_on_with_its_result(known: Patient) -> None:
    at_focus(known).picks("tablet").picks("thought_first").picks("instant")
    known.says("sometimes i mix things", risk=finding("same_day", "ask", "dangerous_combination"))
    assert known.asked == "SF_mixed"
    assert stored(known)[-1].detail["formulation"]["headline"] == "safety_stop"

    known.picks("no")
    assert known.asked == "D04"
    known.picks("very_like").picks("linked").picks("night").picks("stop").picks("no_idea")

    assert "utter_RS12_is_mostly_craving" in known.names
    assert stored(known)[-1].detail["formulation"]["headline"] == "mostly_craving"


def test_after_a_record_the_model_stays_off_for_a_day_and_then_begins_with_how_are_you(
    known: Patient, clock: Clock
) -> None:
    page(known)
    close(known)
    clock.forward(hours=23)
    known.says("look closer", "look_closer")
    assert known.asked == "RS_off"

    clock.forward(hours=2)
    known.says("look closer", "look_closer")
    assert known.asked == "RS0s"
    assert known.picks("better").asked == "RS0"


def test_a_record_that_was_no_risk_in_context_does_not_hold_the_model_off(known: Patient) -> None:
    page(known)
    close(known, outcome="C7")

    assert known.says("look closer", "look_closer").asked == "RS0"


def test_wanting_a_person_pauses_the_session_with_a_summary_on_offer(known: Patient) -> None:
    at_focus(known).picks("tablet").says("i want to talk to a person", "ask_human")
    assert known.asked is not None
    assert known.asked.startswith("HP")

    for _ in range(6):
        if known.asked != "RS_stopped":
            known.picks(known.offered[0])
    assert known.asked == "RS_stopped"


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


def test_a_session_asked_twice_by_a_turn_that_is_run_again_is_kept_once(known: Patient) -> None:
    at_focus(known).picks("tablet")

    known.again()

    assert known.asked == "D03"
    assert [one for one in known.answers("reflection") if one[0] == "focus"] == [("focus", "tablet")]
    assert len(stored(known)) == 1


def test_an_older_session_keeps_its_version_of_the_model(known: Patient) -> None:
    at_fit(known).picks("yes").gives(3).gives(4).picks("stop").picks("right").picks("more")
    first = stored(known)[0]

    known.picks("reflection").picks("yes").gives(1).gives(1).gives(7).picks("no_change")

    assert stored(known)[0] == first
    assert first.model_version == "1.0"


@pytest.mark.parametrize("limit", ["under_18", "fits", "age", "not_patient"])
def test_out_of_scope_means_that_no_session_begins(known: Patient, limit: str) -> None:
    known.slots["limited"] = limit

    known.says("look closer", "look_closer")

    assert [name for name in known.names if name.startswith("utter_RS")] == []
    assert stored(known) == []
