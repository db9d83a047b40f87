"""The daily check-in (clinical content 4.2), each way through it, and how typed answers are understood."""

import pytest

from tests.actions.patient import Patient, finding
from tests.databases import Clock


def begin(patient: Patient) -> Patient:
    return patient.picks("check_in")


def test_a_quiet_day_from_the_menu_to_the_end(known: Patient) -> None:
    begin(known)
    assert known.texts == ["A short check-in. How strong is the pull to take a tablet today, 0 to 10?"]

    known.gives(2).gives(3).gives(7).picks("no").picks("none").picks("no")

    assert known.names == ["utter_CI9"]
    assert "Pull 2, worry 3, sleep 7." in known.texts[0]
    assert known.form is None
    assert known.answers("check_in") == [
        ("pull", 2), ("anxiety", 3), ("sleep", 7), ("dose_change", "no"), ("red_flags", ["none"]),
        ("note_for_therapist", "no"),
    ]  # fmt: skip


def test_zero_is_an_answer(known: Patient) -> None:
    begin(known).gives(0).gives(0).gives(0).picks("no").picks("none").picks("no")

    assert "Pull 0, worry 0, sleep 0." in known.texts[0]


def test_what_was_skipped_is_left_out_of_the_summary(known: Patient) -> None:
    begin(known).says("skip", "skip").gives(3).gives(7).picks("no").picks("none").picks("no")

    assert "Pull" not in known.texts[0]
    assert known.answers("check_in")[0] == ("pull", None)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("7", 7), ("7/10", 7), ("about six", 6), ("seven", 7), ("I'd say 8 out of 10", 8), ("0", 0), ("none", 0)],
)
def test_a_number_in_words_or_digits_counts(known: Patient, typed: str, value: int) -> None:
    begin(known).says(typed)

    assert known.asked == "CI2"
    assert known.answers("check_in") == [("pull", value)]


@pytest.mark.parametrize("typed", ["2 or 8", "the worst one", "42", "awful", "3-9"])
def test_what_names_no_one_number_is_asked_once_more_and_then_kept_as_words(known: Patient, typed: str) -> None:
    begin(known).says(typed)
    assert known.names == ["utter_closest_scale", "utter_CI1"]

    known.says(typed)

    assert known.names == ["utter_kept_words", "utter_CI2"]
    assert known.answers("check_in") == [("pull", None)]


@pytest.mark.parametrize(
    ("typed", "option"),
    [
        ("took extra", "extra"),
        ("i missed some this week", "missed"),
        ("LOWER", "lower"),
        ("nope", "no"),
        ("other", "other"),
    ],
)
def test_typed_words_that_name_a_choice_count_as_it(known: Patient, typed: str, option: str) -> None:
    begin(known).gives(2).gives(3).gives(7).says(typed)

    assert known.answers("check_in")[-1] == ("dose_change", option)


@pytest.mark.parametrize("typed", ["not stopped", "i did not take extra", "the doctor was kind"])
def test_typed_words_that_name_no_choice_are_asked_again(known: Patient, typed: str) -> None:
    begin(known).gives(2).gives(3).gives(7).says(typed)

    assert known.names == ["utter_closest", "utter_CI4"]


def test_words_that_two_choices_share_are_asked_about_with_these_two(known: Patient) -> None:
    begin(known).gives(2).gives(3).gives(7).says("lower or higher")

    assert known.names == ["utter_guess_two"]
    assert known.offered == ["lower", "higher", "neither"]


def test_two_short_nights_in_a_row_are_asked_about(known: Patient, clock: Clock) -> None:
    begin(known).gives(2).gives(3).gives(2)
    assert known.asked == "CI4"
    known.picks("no").picks("none").picks("no").picks("leave")
    clock.forward(days=1)

    known.says("check in", "check_in").gives(2).gives(3).gives(2)
    assert known.asked == "CI3b"
    known.picks("worn_down")

    assert known.names == ["utter_CI3b_worn_down", "utter_CI4"]


def test_full_of_energy_after_two_short_nights_is_asked_about_by_the_safety_step(known: Patient, clock: Clock) -> None:
    begin(known).gives(2).gives(3).gives(2).picks("no").picks("none").picks("no").picks("leave")
    clock.forward(days=1)

    known.says("check in", "check_in").gives(2).gives(3).gives(1).picks("energy")

    assert known.asked == "SF_real"
    assert known.record().categories == ("psychosis_mania",)


@pytest.mark.parametrize("change", ["lower", "stopped"])
@pytest.mark.parametrize("planned", ["no", "had_to"])
def test_an_unplanned_stop_or_cut_stops_the_check_in(known: Patient, change: str, planned: str) -> None:
    begin(known).gives(2).gives(3).gives(7).picks(change).picks(planned)

    assert known.names == ["utter_abrupt_stop_urgent", "utter_SF_flags"]
    assert (known.record().level, known.record().categories) == ("urgent", ("abrupt_stop",))


def test_a_planned_change_goes_on(known: Patient) -> None:
    begin(known).gives(2).gives(3).gives(7).picks("lower").picks("yes")

    assert known.asked == "CI7"
    assert known.record() is None


def test_missed_tablets_are_for_staff_to_see_and_the_patient_goes_on(known: Patient) -> None:
    begin(known).gives(2).gives(3).gives(7).picks("missed").picks("no")

    assert known.names == ["utter_CI5b_missed", "utter_CI7"]
    assert (known.record().level, known.record().action) == ("same_day", "review")


@pytest.mark.parametrize("mixed", ["yes", "not_sure"])
def test_extra_tablets_and_a_mix_open_the_safety_step(known: Patient, mixed: str) -> None:
    begin(known).gives(2).gives(3).gives(7).picks("extra").picks("no").picks(mixed)

    assert known.names == ["utter_dangerous_combination_urgent", "utter_SF_sleepy"]


def test_another_change_is_told_in_own_words(known: Patient) -> None:
    begin(known).gives(2).gives(3).gives(7).picks("other").says("new brand, same strength")

    assert known.asked == "CI7"
    assert known.answers("check_in")[-1] == ("dose_change_words", "new brand, same strength")


def test_a_red_flag_opens_the_safety_step_at_emergency(known: Patient) -> None:
    begin(known).gives(2).gives(3).gives(7).picks("no").picks("seeing", "chest")

    assert known.names == ["utter_withdrawal_emergency_emergency", "utter_SF_with"]
    assert known.record().level == "emergency"


def test_red_flags_are_asked_daily_after_a_change_and_weekly_otherwise(known: Patient, clock: Clock) -> None:
    begin(known).gives(2).gives(3).gives(7).picks("no").picks("none").picks("no").picks("leave")

    clock.forward(days=1)
    known.says("check in", "check_in").gives(2).gives(3).gives(7).picks("no")
    assert known.asked == "CI8"
    known.picks("no").picks("leave")

    clock.forward(days=1)
    known.says("check in", "check_in").gives(2).gives(3).gives(7).picks("higher").picks("yes")
    assert known.asked == "CI7"
    known.picks("none").picks("no").picks("leave")

    clock.forward(days=1)
    known.says("check in", "check_in").gives(2).gives(3).gives(7).picks("no")
    assert known.asked == "CI7"


def test_pull_and_worry_very_high_are_asked_about_before_the_end(known: Patient) -> None:
    begin(known).gives(9).gives(10).gives(7).picks("no").picks("none").picks("no")
    assert known.asked == "CI9a"

    known.picks("safe")

    assert known.names == ["utter_CI9b", "utter_CI9"]


def test_not_safe_at_the_end_opens_the_ladder(known: Patient) -> None:
    begin(known).gives(9).gives(10).gives(7).picks("no").picks("none").picks("no").picks("not_safe")

    assert known.names == ["utter_suicidal_ideation_emergency", "utter_Q0"]


def test_a_note_to_the_therapist_is_kept_word_for_word(known: Patient) -> None:
    begin(known).gives(2).gives(3).gives(7).picks("no").picks("none")

    known.says("thanks for last week, the new plan is hard", "thanks")

    assert known.answers("check_in")[-1] == ("note_for_therapist", "thanks for last week, the new plan is hard")
    assert known.names == ["utter_CI9"]


def test_the_same_turn_asked_twice_keeps_one_answer(known: Patient) -> None:
    begin(known).gives(2)
    first = known.texts

    known.again()

    assert known.answers("check_in") == [("pull", 2)]
    assert known.texts == first


def test_a_medicine_question_in_the_middle_is_refused_and_the_check_in_goes_on(known: Patient) -> None:
    begin(known).gives(2).says("how long will withdrawal last", "ask_medicine_duration")
    assert known.names == ["utter_ask_medicine_duration", "utter_MQ_note"]

    known.picks("no")

    assert known.names == ["utter_MQ_no", "utter_CI2"]
    known.gives(3)
    assert known.asked == "CI3"


def test_are_you_human_in_the_middle_is_answered_and_the_question_comes_again(known: Patient) -> None:
    begin(known).says("are you a robot", "are_you_human")

    assert known.names == ["utter_HU1", "utter_CI1"]


def test_a_risk_in_the_middle_stops_it_and_a_clear_no_goes_on_where_it_was(known: Patient) -> None:
    risk = finding("same_day", "ask", "suicidal_ideation")
    begin(known).gives(2).says("no point anymore", risk=risk)
    assert known.names == ["utter_ask_first", "utter_Q1_straight"]

    known.picks("no")

    assert known.names == ["utter_ask_cleared", "utter_CI2"]
    known.gives(3)
    assert known.asked == "CI3"
    assert dict(known.answers("check_in")) == {"pull": 2, "anxiety": 3}


def test_stopping_halfway_offers_to_go_on_at_the_next_visit(known: Patient) -> None:
    begin(known).gives(2).says("stop", "stop")
    assert known.names == ["utter_stop"]

    known.open()
    assert known.names == ["utter_RT1", "utter_RT3"]
    known.picks("go_on")

    assert known.names == ["utter_CI2"]


def test_starting_fresh_forgets_what_was_left(known: Patient) -> None:
    begin(known).gives(2).says("stop", "stop").open()

    known.picks("fresh")

    assert known.names == ["utter_RT2"]
    assert known.open().names == ["utter_RT1", "utter_RT2"]


def test_who_has_to_go_may_go(known: Patient) -> None:
    known.picks("check_in")

    known.says("I have to stop now, my sister is at the door", "inform")

    assert known.names == ["utter_stop"]
    assert known.form is None


@pytest.mark.parametrize("text", ["i need to stop taking them", "i have to go to work tomorrow"])
def test_what_a_person_has_to_do_some_time_stops_nothing(known: Patient, text: str) -> None:
    known.picks("check_in").gives(4).gives(5).gives(6)

    known.says(text, "inform")

    assert known.asked == "CI4"
