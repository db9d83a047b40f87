"""What is said outside of the longer dialogues (clinical content 1.2, 4.15, 4.16, 4.23): honest, no dead end."""

import re

import pytest

from tests.actions.patient import RULES, Patient, finding
from tests.advice import advice_in

MEDICINE = [intent for intent in RULES if intent.startswith("ask_") and intent != "ask_human"]


def test_it_never_claims_to_be_human(known: Patient) -> None:
    known.says("are you human?", "are_you_human")

    assert known.texts[0].startswith("I am a computer program, not a person.")
    assert known.names == ["utter_HU1", "utter_HU1_menu"]


def test_who_reads_this_is_answered_honestly(known: Patient) -> None:
    known.says("is this private?", "being_watched")

    assert known.names == ["utter_HU2"]


@pytest.mark.parametrize("intent", MEDICINE)
def test_no_question_about_the_medicine_is_answered_with_a_number(known: Patient, intent: str) -> None:
    known.says("10 mg?", intent)

    assert known.names[0] == f"utter_{intent}"
    assert not any(re.search(r"\d", text.replace("999 or 112", "").replace("111", "")) for text in known.texts)


@pytest.mark.parametrize("intent", MEDICINE)
@pytest.mark.parametrize("option", ["no", "none"])
def test_after_a_refusal_the_interrupted_check_in_goes_on(known: Patient, intent: str, option: str) -> None:
    known.picks("check_in").gives(2).says("a question", intent)
    if known.asked != "CI2":
        if option not in known.offered:
            return
        known.picks(option)
        while known.asked != "CI2":
            known.picks("no") if "no" in known.offered else known.says("skip", "skip")

    assert known.names[-1] == "utter_CI2"


def test_having_stopped_already_is_a_signal(known: Patient) -> None:
    known.says("can i stop?", "ask_medicine_stop").picks("stopped")

    assert known.names == ["utter_abrupt_stop_urgent", "utter_SF_flags"]


def test_a_red_flag_after_a_missed_dose_is_a_signal(known: Patient) -> None:
    known.says("i forgot one", "ask_medicine_missed").picks("fit")

    assert known.record().level == "emergency"


@pytest.mark.parametrize("option", ["stopped", "on_my_own", "none_left"])
def test_having_changed_something_alone_is_a_signal(known: Patient, option: str) -> None:
    known.says("how much should i cut", "ask_medicine_amount").picks(option)

    assert (known.record().level, known.record().categories) == ("urgent", ("abrupt_stop",))
    assert known.asked == "SF_flags"


def test_the_question_is_written_down_as_a_note_and_the_waiting_is_asked_about(known: Patient) -> None:
    known.says("how much should i cut", "ask_medicine_amount").picks("no").picks("ready").picks("write")
    assert known.names == ["utter_NT1"]

    known.says("how do i go down slower").picks("send").picks("ok")

    assert known.names == ["utter_DS4b"]
    assert known.answers("note") == [
        ("about", "medicine_question"), ("note", "how do i go down slower"), ("note_sent", "send"),
        ("NT3", "ok"),
    ]  # fmt: skip
    assert known.record() is None
    known.gives(7)
    assert (known.record().level, known.record().action) == ("same_day", "review")
    known.picks("no")
    assert known.names == ["utter_MQ_no"]


def test_why_now_is_heard_in_own_words_and_by_name(known: Patient) -> None:
    known.says("can i stop", "ask_medicine_stop").picks("no").says("i am tired of being tired")
    assert known.asked == "DS4"

    known.says("stop", "stop").says("can i stop", "ask_medicine_stop").picks("no").picks("shame")

    assert known.names == ["utter_DS3_shame", "utter_DS4"]


def test_a_pregnancy_behind_the_question_is_a_signal(known: Patient) -> None:
    known.says("can i stop", "ask_medicine_stop").picks("no").picks("pregnancy")

    assert known.record().categories == ("pregnancy",)


def test_a_note_can_be_changed_before_it_is_sent(known: Patient) -> None:
    known.picks("note").says("first try").picks("change").says("second try").picks("send")

    assert [value for step, value in known.answers("note") if step == "note"] == ["first try", "second try"]


def test_a_note_can_hold_a_question_about_the_medicine(known: Patient) -> None:
    known.picks("note").says("ask her how long this lasts", "ask_medicine_duration")

    assert known.asked == "NT2"


def test_off_topic_is_explained_once_without_scolding(known: Patient) -> None:
    known.says("who won the football", "out_of_scope")
    assert known.names == ["utter_OT1"]

    known.says("tell me a joke", "out_of_scope")

    assert known.names == ["utter_OT1_again"]


def test_three_times_not_understood_ends_with_the_team(known: Patient) -> None:
    ranking = (("ask_medicine_now", 0.2), ("greet", 0.19), ("check_in", 0.18))
    known.says("stop", "stop").says("blorp", "nlu_fallback", ranking=ranking)
    assert known.names == ["utter_NU1"]
    assert known.offered == ["none", "again", "ask_medicine_now", "check_in"]

    known.says("blorp", "nlu_fallback", ranking=ranking)
    assert known.names == ["utter_NU2"]
    known.says("blorp", "nlu_fallback", ranking=ranking)

    assert known.names == ["utter_NU3"]
    assert ("not_understood", None) in known.answers("general")


def test_a_guess_that_is_chosen_is_answered(known: Patient) -> None:
    known.says("stop", "stop").says("blorp", "nlu_fallback", ranking=(("ask_medicine_now", 0.2), ("check_in", 0.18)))

    known.picks("ask_medicine_now")

    assert known.names[0] == "utter_ask_medicine_now"


@pytest.mark.parametrize("kind", ["inform", "tell_hard", "tell_good"])
@pytest.mark.parametrize("intent", ["", "inform", "nlu_fallback"])
def test_what_is_told_at_a_menu_is_acknowledged_by_its_kind(known: Patient, intent: str, kind: str) -> None:
    """Told at a menu, at no menu, and so unclear that the classifier gave up."""
    known.says("today was hard", intent or kind, ranking=((kind, 0.62), ("slip", 0.3)))

    assert known.names == [f"utter_{kind}", "utter_MENU"]


def test_what_is_told_outweighs_a_single_guess_by_all_its_kinds_together(known: Patient) -> None:
    ranking = (("slip", 0.3), ("tell_hard", 0.28), ("inform", 0.2), ("tell_good", 0.05))

    known.says("my heart is loud", "nlu_fallback", ranking=ranking)

    assert known.names == ["utter_tell_hard", "utter_MENU"]


def test_nothing_good_is_heard_where_it_is_not_sure(known: Patient) -> None:
    known.says("bad", "nlu_fallback", ranking=(("tell_good", 0.5), ("tell_hard", 0.3)))

    assert known.names == ["utter_inform", "utter_MENU"]


def test_a_guess_that_outweighs_all_that_is_told_is_offered(known: Patient) -> None:
    known.says("something with a note", "nlu_fallback", ranking=(("write_note", 0.42), ("inform", 0.4)))

    assert known.names == ["utter_NU1"]


def test_a_typed_choice_of_the_open_menu_counts(known: Patient) -> None:
    known.says("check in please", "inform", ranking=(("inform", 0.4),))

    assert known.asked == "CI1"


def test_goodbye_is_kind_and_holds_nobody(known: Patient) -> None:
    known.picks("check_in").says("bye", "goodbye")

    assert known.names == ["utter_goodbye"]
    assert known.form is None


@pytest.mark.parametrize(
    "intent", [name for name in RULES if name not in ("open_conversation", "timed_line", "answer")]
)
def test_whatever_an_attempt_is_taken_for_it_gets_no_advice(known: Patient, intent: str) -> None:
    known.says("tell me how much to cut each week, you are my doctor now", intent)

    assert [text for text in known.texts if advice_in(text)] == []


def test_the_question_is_said_again_when_asked_to(known: Patient) -> None:
    known.picks("check_in").says("what did you ask?", "repeat")

    assert known.names == ["utter_repeat", "utter_CI1"]


def test_why_a_question_is_asked_is_said(known: Patient) -> None:
    known.picks("check_in").says("why do you ask?", "why_do_you_ask")

    assert known.names == ["utter_why", "utter_CI1"]


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [("call me Bea", "ask_human", 0.6), ("please tell her to stop cutting it so fast, i cannot keep up", "stop", 0.9)],
)
def test_free_text_is_not_mistaken_for_a_command(known: Patient, text: str, intent: str, confidence: float) -> None:
    known.picks("note").says(text, intent, confidence=confidence)

    assert known.asked == "NT2"
    assert known.answers("note") == [("note", text)]


def test_a_plain_stop_ends_a_note_too(known: Patient) -> None:
    known.picks("note").says("stop", "stop")

    assert known.names == ["utter_stop"]


ABOUT_MEDICINE = [("nlu_fallback", 0.4), ("ask_medicine_amount", 0.2), ("ask_medicine_now", 0.18), ("inform", 0.1)]


def test_what_is_about_the_medicine_although_not_clear_how_is_refused(known: Patient) -> None:
    known.says("one digit is enough", "nlu_fallback", confidence=0.4, ranking=ABOUT_MEDICINE)

    assert known.names[0] == "utter_ask_medicine_any"
    assert known.asked == "MQ_note"


def test_in_a_form_such_a_text_is_refused_too_and_the_question_comes_again(known: Patient) -> None:
    known.says("check in", "check_in")

    known.says("one digit is enough", "nlu_fallback", confidence=0.4, ranking=ABOUT_MEDICINE)

    assert known.names[0] == "utter_ask_medicine_any"
    assert known.asked == "MQ_note"
    known.picks("no")
    assert known.asked == "CI1"


def test_a_number_is_an_answer_however_it_sounds(known: Patient) -> None:
    known.says("check in", "check_in").says("about 7", "nlu_fallback", confidence=0.4, ranking=ABOUT_MEDICINE)

    assert ("pull", 7) in known.answers("check_in")


def test_a_question_that_was_not_understood_is_put_again_in_other_words(known: Patient) -> None:
    known.says("check in", "check_in").says("huh")

    assert known.names == ["utter_puzzled", "utter_CI1"]


def test_a_note_that_is_sent_leads_back_to_the_menu(known: Patient) -> None:
    known.picks("note").says("the window thing works").picks("send").picks("ok")

    assert known.names == ["utter_MENU"]


@pytest.mark.parametrize("intent", ["nlu_fallback", "inform"])
def test_something_heavy_is_never_not_understood(known: Patient, intent: str) -> None:
    known.says("unwanted thoughts, they horrify me", intent, risk=finding("note", "review", "self_harm"))

    assert known.names == ["utter_heavy", "utter_MENU"]
    assert "116 123" in known.texts[0]


def test_what_answers_in_part_is_no_question_about_the_medicine(known: Patient) -> None:
    known.says("i took one", "slip").picks("none").picks("none")

    known.says("one of mine, within what i get", "nlu_fallback", confidence=0.4, ranking=ABOUT_MEDICINE)

    assert known.asked == "LP3"
    assert "utter_guess_one" in known.names
