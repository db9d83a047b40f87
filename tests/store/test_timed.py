"""Lines that are owed because time has passed: each once, by clocks that stand in the database."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.store import clinics, conversations, escalations, outbox, timed, turns
from bot.store.findings import Finding
from tests.databases import Clock
from tests.store.conftest import CRISIS, Cast

PERSON = Finding(level="same_day", action="page", categories=("request_human",))


@pytest.fixture(autouse=True)
def by_day(clock: Clock) -> None:
    """Begin at ten in the morning of the clinic."""
    while not 10 <= clock().astimezone(ZoneInfo("Europe/London")).hour < 11:
        clock.forward(minutes=30)


def owed(cast: Cast) -> list[str]:
    with cast.db.write() as tx:
        return [line.name for line in timed.owe(tx)]


def arrives(cast: Cast) -> None:
    with cast.db.write() as tx:
        for one in outbox.claim(tx, "a"):
            outbox.delivered(tx, one)


def answered(cast: Cast) -> None:
    cast.bot_says({"text": "Are you safe?", "choices": [{"id": "yes", "title": "Yes"}]})


def crisis(cast: Cast) -> None:
    answered(cast)
    cast.says("I want to die", found=CRISIS)
    answered(cast)


def test_told_is_owed_once_an_alert_has_arrived_and_once_only(cast: Cast) -> None:
    crisis(cast)
    assert owed(cast) == []

    arrives(cast)

    assert owed(cast) == ["told"]
    assert owed(cast) == []


def test_a_person_who_has_seen_it_counts_as_told(cast: Cast) -> None:
    crisis(cast)
    with cast.db.write() as tx:
        escalations.acknowledge(tx, cast.clinician, cast.open_escalation().id)

    assert owed(cast) == ["told"]


def test_not_told_is_owed_after_the_limit_and_told_when_it_arrives_after_all(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    clock.forward(seconds=59)
    assert owed(cast) == []

    clock.forward(seconds=2)
    assert owed(cast) == ["not_told"]
    arrives(cast)

    assert owed(cast) == ["told"]


def test_a_higher_level_is_told_anew(cast: Cast, clock: Clock) -> None:
    answered(cast)
    cast.says("get me a person", found=PERSON)
    answered(cast)
    arrives(cast)
    assert owed(cast) == ["told"]
    clock.forward(seconds=1)

    cast.says("I want to die", found=CRISIS)
    answered(cast)
    assert owed(cast) == []
    clock.forward(seconds=1)
    arrives(cast)

    assert owed(cast) == ["told"]


def test_silence_in_an_emergency_is_met_at_two_five_and_fifteen_minutes(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    arrives(cast)
    owed(cast)
    said: list[tuple[int, str]] = []
    for minute in range(1, 25):
        clock.forward(minutes=1)
        said += [(minute, name) for name in owed(cast)]

    assert said == [(2, "SL3"), (5, "ST5"), (15, "nobody"), (15, "ST15")]


def test_who_writes_is_not_silent_and_silence_begins_anew(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    arrives(cast)
    owed(cast)
    clock.forward(minutes=2)
    assert owed(cast) == ["SL3"]

    cast.says("I am here")
    clock.forward(minutes=1)
    assert owed(cast) == []
    clock.forward(minutes=1)
    assert owed(cast) == []  # The bot owes an answer: it is not the patient who is silent.
    while cast.owed() is not None:
        answered(cast)

    assert owed(cast) == ["SL3"]


def test_after_contact_nobody_is_asked_whether_they_are_there(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    with cast.db.write() as tx:
        escalations.contact(tx, cast.clinician, cast.open_escalation().id, "contacted")
    assert owed(cast) == ["told"]

    clock.forward(minutes=3)

    assert owed(cast) == []


def test_an_acknowledged_emergency_is_not_said_to_be_unanswered(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    with cast.db.write() as tx:
        escalations.acknowledge(tx, cast.clinician, cast.open_escalation().id)
    owed(cast)

    clock.forward(minutes=16)

    assert "nobody" not in owed(cast)


def test_silence_elsewhere_is_met_twice_by_day(cast: Cast, clock: Clock) -> None:
    answered(cast)
    cast.says("hello")
    answered(cast)
    answered_at: list[tuple[int, str]] = []
    for minute in range(1, 25):
        clock.forward(minutes=1)
        answered_at += [(minute, name) for name in owed(cast)]

    assert answered_at == [(2, "SL1"), (10, "SL2")]


def test_silence_elsewhere_is_left_alone_at_night(cast: Cast, clock: Clock) -> None:
    clock.forward(hours=13)
    answered(cast)
    cast.says("hello")
    answered(cast)

    clock.forward(minutes=3)

    assert owed(cast) == []


def test_an_emergency_is_not_left_alone_at_night(cast: Cast, clock: Clock) -> None:
    clock.forward(hours=16)
    crisis(cast)

    clock.forward(minutes=3)

    assert owed(cast) == ["not_told", "SL3"]


@pytest.mark.parametrize("hour", [22, 23, 0, 7])
def test_quiet_hours_are_the_clinics(hour: int) -> None:
    zone = ZoneInfo("America/New_York")

    assert timed.is_quiet(datetime(2026, 7, 1, hour, 30, tzinfo=zone), zone)
    assert not timed.is_quiet(datetime(2026, 7, 1, 8, 0, tzinfo=zone), zone)
    assert not timed.is_quiet(datetime(2026, 7, 1, 21, 59, tzinfo=zone), zone)


def test_an_answer_that_the_bot_owes_is_not_the_patients_silence(cast: Cast, clock: Clock) -> None:
    answered(cast)
    cast.says("hello")

    clock.forward(minutes=3)

    assert owed(cast) == []
    answered(cast)
    assert owed(cast) == ["SL1"]


def test_a_question_about_silence_that_comes_much_too_late_is_not_asked(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    arrives(cast)
    owed(cast)

    clock.forward(minutes=40)

    assert owed(cast) == ["nobody"]


def test_a_promise_of_a_person_that_has_passed_is_said(cast: Cast, clock: Clock) -> None:
    answered(cast)
    cast.says("get me a person", found=PERSON)
    answered(cast)
    arrives(cast)
    owed(cast)

    clock.forward(hours=24, minutes=1)

    assert owed(cast) == ["promise"]
    assert owed(cast) == []


def test_nothing_is_owed_while_a_person_holds_the_conversation_or_after_no(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)
    clock.forward(minutes=3)
    assert owed(cast) == []

    with cast.db.write() as tx:
        conversations.hand_back(tx, cast.clinician, cast.patient.id)
        conversations.set_consent(tx, cast.patient.id, "refused", "1")

    assert owed(cast) == []


def test_lines_are_turns_in_order(cast: Cast) -> None:
    crisis(cast)
    arrives(cast)
    owed(cast)

    turn = cast.owed()

    assert turn is not None
    assert (turn.kind, turn.name) == ("timed", "told")
    with cast.db.read() as tx:
        assert turns.due(tx) == [cast.patient.id]
        assert clinics.get(tx, "demo").settings.clocks == {}
