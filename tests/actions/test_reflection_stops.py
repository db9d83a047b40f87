"""What stops the reflective session, and what must not begin or be shown then (clinical content 1.6 and 5.7)."""

import pytest

from tests.actions.patient import Patient, finding
from tests.actions.reflecting import at_fit, at_focus, begin, close, page, stored
from tests.databases import Clock


@pytest.mark.parametrize(("pull", "worry", "state"), [(9, 9, "RS1s"), (9, 4, "RS1u"), (3, 10, "RS1u"), (8, 8, "D11")])
def test_very_strong_feelings_come_before_any_question(known: Patient, pull: int, worry: int, state: str) -> None:
    known.picks("reflection").picks("yes").gives(pull).gives(worry).gives(6)

    assert known.asked == state


def test_one_very_strong_feeling_can_be_met_first_and_the_questions_wait(known: Patient) -> None:
    known.picks("reflection").picks("yes").gives(9).gives(4).gives(6).picks("urge")
    assert known.asked == "UR1"

    known.gives(7).picks("no").picks("none").says("stop", "stop")

    assert known.open().picks("go_on").form is not None


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


def test_nine_for_the_second_time_is_steadied_too_although_it_rose_by_little(known: Patient) -> None:
    known.picks("reflection").picks("yes").gives(9).gives(5).gives(6).picks("go_on").picks("no_change")
    known.picks("none_of_these").picks("tablet").picks("thought_first").picks("instant").picks("not_sure")
    known.picks("linked").picks("night").picks("stop").picks("no_idea").picks("yes").gives(9).gives(5)

    assert known.names[0] == "utter_RS13g"
    assert known.asked == "RS13r"


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


@pytest.mark.parametrize("limit", ["under_18", "fits", "age", "not_patient"])
def test_out_of_scope_means_that_no_session_begins(known: Patient, limit: str) -> None:
    known.slots["limited"] = limit

    known.says("look closer", "look_closer")

    assert [name for name in known.names if name.startswith("utter_RS")] == []
    assert stored(known) == []


@pytest.mark.parametrize(
    "said",
    ["im drunk", "Sorry, I'm a bit tipsy", "had a few drinks tonight", "ive been drinking", "im so high right now"],
)
def test_drink_or_drugs_put_the_questions_off_and_the_mix_is_asked_about(known: Patient, said: str) -> None:
    at_focus(known).says(said)
    assert known.names == ["utter_RS_drink"]

    known.picks("no")
    assert known.names == ["utter_RS_drink2"]
    known.picks("leave")

    assert known.record() is None
    assert stored(known)[-1].shown_at is None
    assert known.slots["stopped_form"]["at"] == "D01"


@pytest.mark.parametrize(
    ("mixed", "category"),
    [("mixed", "dangerous_combination"), ("more", "overdose_poisoning"), ("not_sure", "dangerous_combination")],
)
def test_a_mix_or_too_much_opens_the_safety_step_and_never_the_model(known: Patient, mixed: str, category: str) -> None:
    at_focus(known).picks("tablet").says("im drunk").picks(mixed)

    assert (known.record().level, known.record().categories) == ("urgent", (category,))
    assert stored(known)[-1].detail["formulation"]["headline"] == "safety_stop"


@pytest.mark.parametrize(
    "said", ["i am not drunk", "it is like when im drunk", "i was drunk last week", "he is always high right now"]
)
def test_drink_at_another_time_is_an_answer_like_any_other(known: Patient, said: str) -> None:
    assert at_focus(known).says(said).names == ["utter_closest", "utter_D01"]


def test_drink_is_an_answer_where_it_is_asked_about(known: Patient) -> None:
    at_focus(known).says("ive been drinking again every night", closest={"D01": [("life_event", 0.7)]})

    assert known.names == ["utter_guess_one"]


def test_two_questions_in_a_row_that_cannot_be_followed_lead_to_the_question_of_confusion(known: Patient) -> None:
    at_focus(known).says("wha thsi isss fr").says("idk thr tbl rnd")
    assert known.asked == "D03"

    known.says("grnn wll i thnk").says("uh sso wht")

    assert known.asked == "RS_lost"
    assert known.offered == ["no", "drink", "yes", "not_sure"]
    assert known.picks("drink").asked == "RS_drink"


def test_an_answer_in_between_means_that_the_thread_is_there(known: Patient) -> None:
    at_focus(known).says("wha thsi isss fr").says("idk thr tbl rnd").picks("distress_first")

    assert known.says("grnn wll i thnk").says("uh sso wht").asked != "RS_lost"


def test_a_wish_for_a_person_hides_no_picture_even_if_the_team_is_told_of_the_body_too(known: Patient) -> None:
    begin(known).picks("no_change").picks("tingling_burning_numb_skin").picks("tablet").picks("distress_first")
    known.picks("minutes").says("a person", "ask_human", risk=finding("same_day", "page", "request_human"))
    known.picks("safe").picks("no").picks("go_on")

    known.picks("stronger").picks("wearing_off").picks("stop").picks("no_idea")

    assert "utter_RS12_is_withdrawal_or_rebound" in known.names
    assert known.asked == "RS12"
    assert stored(known)[-1].detail["formulation"]["headline"] == "withdrawal_or_rebound"
