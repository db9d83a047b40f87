"""The figures of the monthly review: times by level, precision by category, false alarms by day; never a drill."""

from zoneinfo import ZoneInfo

from bot.store import closing, conversations, escalations, statistics
from bot.store.statistics import Figures
from tests.databases import Clock
from tests.store.conftest import CRISIS, TODAY, Cast


def figures(cast: Cast) -> Figures:
    with cast.db.read() as tx:
        return statistics.figures(tx, "demo", days=7, zone=ZoneInfo("UTC"))


def close(cast: Cast, outcome: str) -> None:
    with cast.db.write() as tx:
        closing.close(tx, cast.clinician, cast.open_escalation().id, outcome, "a note", 99)


def test_times_count_from_the_level_to_what_people_did(cast: Cast, clock: Clock) -> None:
    clock.stop()
    cast.says("I want to end it", found=CRISIS)
    record = cast.open_escalation()
    for step, seconds in (("alert", 10), ("acknowledge", 50), ("contact", 60)):
        clock.forward(seconds=seconds)
        with cast.db.write() as tx:
            if step == "alert":
                escalations.alerted(tx, record.id)
            elif step == "acknowledge":
                escalations.acknowledge(tx, cast.clinician, record.id)
            else:
                escalations.contact(tx, cast.clinician, record.id, "contact_tried")

    found = {(one.level, one.step): (one.median, one.missing) for one in figures(cast).times}

    assert found == {
        ("emergency", "alert"): (10.0, 0),
        ("emergency", "acknowledge"): (60.0, 0),
        ("emergency", "contact"): (120.0, 0),
    }


def test_what_has_not_come_is_missing_and_no_time(cast: Cast) -> None:
    cast.says("I want to end it", found=CRISIS)

    assert {(one.count, one.missing, one.median) for one in figures(cast).times} == {(0, 1, None)}


def test_precision_and_false_alarms_come_from_outcome_codes(cast: Cast, clock: Clock) -> None:
    clock.stop()
    for found, outcome in ((CRISIS, "C1"), (CRISIS, "C7"), (TODAY, "C7"), (TODAY, "C10")):
        cast.says("again", found=found)
        close(cast, outcome)

    got = figures(cast)

    assert {one.category: (one.right, one.false, one.share) for one in got.precision} == {
        "suicidal_ideation": (1, 1, 0.5),
        "escalating_use": (0, 1, 0.0),
    }
    assert (got.days[-1].opened, got.days[-1].false, len(got.days)) == (3, 2, 7)
    assert got.uncoded == 0


def test_a_drill_and_another_clinic_count_for_nothing(cast: Cast) -> None:
    cast.says("I want to end it", found=CRISIS)
    with cast.db.write() as tx:
        conversations.mark_as_drill(tx, cast.patient.id)
        elsewhere = statistics.figures(tx, "other", days=7, zone=ZoneInfo("UTC"))

    assert (figures(cast).records, elsewhere.records) == (0, 0)
