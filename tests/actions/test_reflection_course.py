"""The reflective session: the way back, skips, rests, stop, and what goes on another day (1.6, 4.3)."""

from tests.actions.patient import Patient, finding
from tests.actions.reflecting import at_focus, begin, stored
from tests.databases import Clock


def test_back_puts_the_question_before_and_the_new_answer_counts(known: Patient) -> None:
    at_focus(known).picks("feeling").says("go back", "go_back")
    assert known.names == ["utter_back", "utter_D01"]

    known.picks("tablet")

    assert known.asked == "D03"
    assert stored(known)[-1].detail["answers"]["focus"] == "tablet"


def test_an_answer_is_corrected_in_words(known: Patient) -> None:
    begin(known).says("back").says("back")
    assert known.asked == "RS1b"

    known.says("I meant 5. Can I go back?")

    assert known.names[0] == "utter_changed"
    assert known.asked == "RS1b"
    assert known.answers("reflection")[-1] == ("pull_before", 5)


def test_a_correction_without_its_answer_goes_back(known: Patient) -> None:
    at_focus(known).picks("feeling").says("sorry i pressed the wrong one")

    assert known.names == ["utter_back", "utter_D01"]


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


def test_a_session_asked_twice_by_a_turn_that_is_run_again_is_kept_once(known: Patient) -> None:
    at_focus(known).picks("tablet")

    known.again()

    assert known.asked == "D03"
    assert [one for one in known.answers("reflection") if one[0] == "focus"] == [("focus", "tablet")]
    assert len(stored(known)) == 1


def test_wanting_a_person_pauses_the_session_with_a_summary_on_offer(known: Patient) -> None:
    at_focus(known).picks("tablet").says("i want to talk to a person", "ask_human")
    assert known.asked is not None
    assert known.asked.startswith("HP")

    for _ in range(6):
        if known.asked != "RS_stopped":
            known.picks(known.offered[0])
    assert known.asked == "RS_stopped"


def test_the_way_back_is_still_there_after_a_question_of_safety(known: Patient) -> None:
    at_focus(known).picks("tablet").picks("thought_first")
    known.says("sometimes i mix things", risk=finding("same_day", "ask", "dangerous_combination")).picks("no")

    assert known.asked == "D02"
    assert known.says("back").asked == "D03"


def test_stop_where_the_question_offers_it_brings_the_first_picture(known: Patient) -> None:
    at_focus(known).picks("tablet").picks("thought_first").picks("instant").picks("very_like").picks("linked")
    known.picks("night")
    assert known.asked == "RS6"

    known.says("stop please", "stop")

    assert known.asked == "RS11b"
    assert "utter_RS12_is_mostly_craving" in known.picks("pull").names
