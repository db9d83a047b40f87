"""An urge right now (clinical content 4.4): safety first, then time; whatever is decided, the door stays open."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.actions.urge import tonight
from bot.store import turns
from tests.actions.patient import Patient, finding
from tests.databases import Clock

WAYS = ["ride", "ground", "breathe", "hands", "call"]


def begin(patient: Patient, before: int = 6) -> Patient:
    patient.picks("urge").gives(before)
    if patient.asked == "UR1b":
        patient.picks("safe")
    return patient


def at_the_ways(patient: Patient, before: int = 6) -> Patient:
    begin(patient, before).picks("no")
    if patient.asked == "UR3":
        patient.picks("none")
    return patient.picks("want")


def timed(patient: Patient) -> list[tuple[str | None, str, datetime]]:
    with patient.database.read() as tx:
        found = [one for one in turns.of_conversation(tx, patient.conversation) if one.kind == "timed"]
    return [(one.name, one.state, one.next_at) for one in found]


def test_from_the_menu_through_the_wave_to_a_lower_number(known: Patient) -> None:
    at_the_ways(known)
    assert known.offered == WAYS

    known.picks("ride").picks("still").picks("softer").gives(4)
    assert known.texts == ["It went from 6 to 4. What helped, even a little?"]
    known.says("the edges of it").picks("no")

    assert known.names == ["utter_UR12"]
    assert known.form is None
    assert known.answers("urge") == [
        ("before", 6), ("taken", "no"), ("red_flags", ["none"]), ("rung", "want"), ("way", "ride"), ("UR7a", "still"),
        ("UR7a2", "softer"), ("after", 4), ("helped", "the edges of it"), ("check_later", "no"),
    ]  # fmt: skip


def test_where_the_urge_is_may_be_said_in_words_and_the_wave_goes_on(known: Patient) -> None:
    at_the_ways(known).picks("ride").says("in my chest, like a fist")

    assert known.names == ["utter_UR7a1"]
    assert ("UR7a", "in my chest, like a fist") in known.answers("urge")
    known.picks("still")
    assert known.asked == "UR7a2"


@pytest.mark.parametrize("before", [9, 10])
def test_a_very_strong_urge_brings_the_question_of_safety_first(known: Patient, before: int) -> None:
    known.picks("urge").gives(before)

    assert known.asked == "UR1b"


@pytest.mark.parametrize(("option", "level"), [("not_sure", "urgent"), ("not_safe", "emergency")])
def test_who_is_not_safe_is_asked_further(known: Patient, option: str, level: str) -> None:
    known.picks("urge").gives(9).picks(option)

    assert known.form == "safety_form"
    assert known.record().level == level


@pytest.mark.parametrize(("option", "category"), [("more", "overdose_poisoning"), ("mixed", "dangerous_combination")])
def test_what_was_taken_already_stops_the_flow(known: Patient, option: str, category: str) -> None:
    begin(known).picks(option)

    assert known.form == "safety_form"
    assert category in known.record().categories


def test_a_red_flag_stops_the_flow(known: Patient) -> None:
    begin(known).picks("no").picks("chest")

    assert known.record().level == "emergency"


def test_red_flags_are_not_asked_again_within_two_hours(known: Patient, clock: Clock) -> None:
    at_the_ways(known).says("stop", "stop").says("again", "urge_now").gives(5).picks("no")
    assert known.asked == "UR4"

    clock.forward(hours=3)
    known.says("stop", "stop").says("again", "urge_now").gives(5).picks("no")

    assert known.asked == "UR3"


def test_nobody_is_kept_from_taking_one_and_nobody_is_talked_to_any_more(known: Patient) -> None:
    begin(known).picks("no").picks("none").picks("about_to").picks("taking").picks("prescribed")

    assert known.texts[0].startswith("Please take only what was prescribed for you")
    known.picks("no")
    assert known.names == ["utter_UR12"]
    assert known.record() is None


@pytest.mark.parametrize(
    ("option", "category"),
    [
        ("more", "escalating_use"),
        ("mixed", "dangerous_combination"),
        ("elsewhere", "illicit_counterfeit"),
        ("after_months", "escalating_use"),
    ],
)
def test_a_plan_beyond_the_prescription_is_a_signal(known: Patient, option: str, category: str) -> None:
    begin(known).picks("no").picks("none").picks("about_to").picks("taking").picks(option)

    assert known.form == "safety_form"
    assert category in known.record().categories


@pytest.mark.parametrize(
    ("way", "steps", "then"),
    [
        ("ride", ["still", "still", "still", "still"], "UR8"),
        ("ground", ["done"], "UR8"),
        ("breathe", ["done"], "UR8"),
        ("breathe", ["worse"], "UR7b"),
        ("breathe", ["ground", "stop"], "UR8"),
        ("call", ["crisis"], "UR8"),
    ],
)
def test_each_way_leads_to_the_second_rating(known: Patient, way: str, steps: list[str], then: str) -> None:
    at_the_ways(known).picks(way)
    for step in steps:
        known.picks(step)

    assert known.asked == then


def test_something_for_the_hands_is_kept_and_offered_the_next_time(known: Patient) -> None:
    at_the_ways(known).picks("hands")
    assert "You wrote before" not in known.texts[0]
    known.says("peel an orange").picks("done").gives(5).picks("skip").picks("no")

    at_the_ways(known_menu(known)).picks("hands")

    assert "You wrote before: peel an orange." in known.texts[0]


def known_menu(patient: Patient) -> Patient:
    return patient.says("stop", "stop").says("hello", "greet")


def test_the_way_that_helped_stands_first_on_the_next_visit(known: Patient) -> None:
    at_the_ways(known).picks("breathe").picks("done").gives(3).picks("skip").picks("no")

    at_the_ways(known_menu(known))

    assert known.offered == ["breathe", "ride", "ground", "hands", "call"]


def test_a_way_that_did_not_help_is_no_favourite(known: Patient) -> None:
    at_the_ways(known).picks("breathe").picks("done").gives(7).picks("stop").picks("no")

    at_the_ways(known_menu(known))

    assert known.offered == WAYS


@pytest.mark.parametrize("after", [6, 8])
def test_as_loud_as_before_is_nobodys_fault(known: Patient, after: int) -> None:
    at_the_ways(known).picks("ground").picks("done").gives(after)

    assert known.names == ["utter_UR9"]
    assert known.record() is None


def test_two_rounds_without_a_drop_reach_the_team_and_offer_a_call(known: Patient) -> None:
    at_the_ways(known).picks("ground").picks("done").gives(6).picks("another").picks("ride").picks("softer").gives(7)

    assert known.names == ["utter_UR9_two", "utter_UR9"]
    assert (known.record().level, known.record().action) == ("note", "review")
    known.picks("another").picks("ride").picks("softer").gives(7)
    assert known.names == ["utter_UR9"]


def test_a_person_can_be_had_when_it_stays_loud(known: Patient) -> None:
    at_the_ways(known).picks("ground").picks("done").gives(6).picks("person")

    assert known.form == "person_form"
    assert known.record().categories == ("request_human",)


def test_what_was_not_rated_is_not_counted_against_anybody(known: Patient) -> None:
    at_the_ways(known).picks("ground").picks("done").says("skip", "skip")

    assert known.texts == ["What helped, even a little?"]


def test_a_check_in_an_hour_comes_once_and_asks_how_it_is(known: Patient, clock: Clock) -> None:
    at_the_ways(known).picks("ground").picks("done").gives(3).picks("skip").picks("hour")
    known.again()
    assert known.names == ["utter_UR_will_check", "utter_UR12"]
    waiting = [(name, at) for name, state, at in timed(known) if state == "pending"]
    assert [name for name, _ in waiting] == ["urge_check"]
    assert timedelta(minutes=50) < waiting[0][1] - clock() <= timedelta(hours=1)

    clock.forward(hours=1)
    known.waits_for("urge_check")

    assert known.asked == "URC"
    known.picks("better")
    assert known.names == ["utter_URC_better"]


@pytest.mark.parametrize(("hour", "check"), [(2, 20), (15, 20), (20, 22), (23, 24)])
def test_tonight_is_an_hour_of_the_evening_that_is_still_to_come(hour: int, check: int) -> None:
    day = datetime(2026, 11, 24, tzinfo=ZoneInfo("Europe/Warsaw"))

    assert tonight(day.replace(hour=hour)) == day + timedelta(hours=check)


def test_tonight_asks_once_this_evening(known: Patient, clock: Clock) -> None:
    at_the_ways(known).picks("ground").picks("done").gives(3).picks("skip").picks("tonight")

    ((name, state, at),) = timed(known)
    assert (name, state) == ("urge_check", "pending")
    assert clock() < at <= clock() + timedelta(hours=20)


def test_the_check_in_the_middle_of_something_else_does_not_push_it_aside(known: Patient, clock: Clock) -> None:
    at_the_ways(known).picks("ground").picks("done").gives(3).picks("skip").picks("hour")
    clock.forward(hours=1)

    known_menu(known)
    known.picks("check_in")
    known.waits_for("urge_check")

    assert known.names == ["utter_URC_later", "utter_CI1"]


def test_after_stop_no_check_comes(known: Patient) -> None:
    at_the_ways(known).picks("ground").picks("done").gives(3).picks("skip").picks("hour").says("stop", "stop")

    assert [state for _, state, _ in timed(known)] == ["dropped"]


def test_an_urge_in_the_middle_of_a_check_in_comes_first_and_the_check_in_goes_on(known: Patient) -> None:
    known.picks("check_in").gives(2).says("i need one so bad right now", "urge_now")
    assert known.names == ["utter_UR1"]

    known.gives(6).picks("no").picks("none").picks("good").picks("ground").picks("done").gives(2).picks("skip")
    known.picks("no")

    assert known.names == ["utter_UR12", "utter_CI2"]


def test_a_thought_that_sounds_like_an_urge_stays_an_answer(known: Patient) -> None:
    known.picks("note").says("i need one so bad", "urge_now")

    assert known.answers("note") == [("note", "i need one so bad")]


def test_words_of_an_urge_in_the_urge_answer_its_question(known: Patient) -> None:
    begin(known).picks("no").picks("none").says("i really want one so badly", "urge_now")

    assert known.asked == "UR6"
    assert ("rung", "want") in known.answers("urge")


def test_who_asked_for_a_person_is_not_led_away_by_an_urge(known: Patient) -> None:
    known.picks("person").says("i want one so badly", "urge_now")

    assert known.names == ["utter_first_this", "utter_HP1"]


def test_during_the_onboarding_an_urge_waits_for_consent(patient: Patient) -> None:
    patient.says("i need one now", "urge_now")

    assert patient.names == ["utter_first_this", "utter_ON1"]


def test_without_keeping_anything_an_urge_is_helped_all_the_same(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "no", "go_on"):
        patient.picks(option)
    patient.picks("urge").gives(5).picks("no").picks("none").picks("good").picks("ground").picks("done").gives(2)

    patient.picks("skip")

    assert patient.names == ["utter_UR12"]


def test_with_a_medicine_taken_for_fits_there_is_no_urge_dialogue(patient: Patient) -> None:
    for option in ("go_on", "understood", "safe", "adult", "patient", "fits"):
        patient.picks(option)
    while patient.form is not None:
        patient.picks(patient.offered[-1]) if patient.offered else patient.says("skip", "skip")

    patient.says("i need one", "urge_now")

    assert "utter_limited_fits" in patient.names


def test_while_an_urgent_record_is_open_there_is_the_protocol_only(known: Patient) -> None:
    known.says("i stopped everything yesterday", risk=finding("urgent", "page", "abrupt_stop")).says("stop", "stop")

    known.says("such an urge", "urge_now")

    assert known.names[0] == "utter_locked_flow"


def test_the_wording_never_promises_that_it_ends(known: Patient) -> None:
    at_the_ways(known).picks("ride")

    assert "You do not have to stop it or feed it." in known.texts[0]
