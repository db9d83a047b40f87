"""Nobody answers: the next person, the managers, the clinic's contact; by clocks that survive a restart."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.alerts.ladder import climb
from bot.content.clocks import shorten
from bot.store import clinics, escalations, outbox, rota
from tests.alerts.conftest import TODAY, URGENT, Ward
from tests.alerts.test_dispatch import Recorded
from tests.databases import Clock


def paged(ward: Ward) -> list[str]:
    """The steps that are owed or sent since the first page, in order."""
    with ward.db.read() as tx:
        rows = [one for record in escalations.queue(tx, "demo") for one in outbox.of_escalation(tx, record.id)]
    return [one.step for one in sorted(rows, key=lambda one: one.created_at) if one.kind == "unacknowledged"]


def test_an_emergency_goes_to_the_second_person_the_manager_and_the_clinic(ward: Ward, clock: Clock) -> None:
    ward.crisis()

    steps = []
    for _ in range(16):
        climb(ward.db)
        steps.append(len(paged(ward)))
        clock.forward(minutes=1)

    assert paged(ward) == ["second", "manager", "clinic"]
    assert steps == [0] * 5 + [1] * 5 + [2] * 5 + [3]
    assert "unacknowledged" in ward.incidents()


def test_what_fell_due_while_the_worker_was_away_is_paged_when_it_is_back(ward: Ward, clock: Clock) -> None:
    ward.crisis()

    clock.forward(minutes=12)

    assert climb(ward.db) == 2
    assert climb(ward.db) == 0


def test_an_urgent_one_waits_longer(ward: Ward, clock: Clock) -> None:
    ward.crisis(URGENT)
    clock.forward(minutes=29)
    assert climb(ward.db) == 0

    clock.forward(minutes=2)
    climb(ward.db)

    assert paged(ward) == ["second"]


def test_an_acknowledged_record_climbs_no_further(ward: Ward, clock: Clock) -> None:
    record = ward.crisis()
    clock.forward(minutes=6)
    climb(ward.db)
    with ward.db.write() as tx:
        escalations.acknowledge(tx, ward.nurse, record.id)

    clock.forward(minutes=10)
    sent = Recorded()
    ward.channel("json://127.0.0.1:9")
    climb(ward.db)
    ward.sends(sent)

    assert [message.kind for _, _, message in sent.sent] == ["needs"]
    assert "unacknowledged" not in ward.incidents()


def test_a_raised_level_begins_anew(ward: Ward, clock: Clock) -> None:
    who = ward.patient()
    ward.crisis(URGENT, patient=who)
    clock.forward(minutes=31)
    climb(ward.db)
    ward.crisis(patient=who)
    assert climb(ward.db) == 0

    clock.forward(minutes=5, seconds=1)
    climb(ward.db)

    assert paged(ward) == ["second", "second"]


def test_a_clinic_may_be_faster(ward: Ward, clock: Clock) -> None:
    with ward.db.write() as tx:
        clinics.change(tx, "demo", clocks=shorten({}, "emergency", "second", 1))
    ward.crisis()
    clock.forward(minutes=1, seconds=1)

    climb(ward.db)

    assert paged(ward) == ["second"]


@pytest.mark.parametrize("is_set", [True, False])
def test_same_day_counts_hours_in_which_somebody_works(ward: Ward, clock: Clock, is_set: bool) -> None:
    """On duty for six hours from this time tomorrow: four working hours end tomorrow, four by the clock today."""
    if is_set:
        with ward.db.write() as tx:
            here = tx.now.astimezone(ZoneInfo("Europe/London"))
            begins = (here + timedelta(hours=24)).replace(second=0, microsecond=0)
            ends = (begins + timedelta(hours=6)).time()
            rota.add_day(
                tx, "demo", begins.date(), "on", member_id=ward.nurse.id, starts=begins.time(), ends=ends
            )  # fmt: skip
    ward.crisis(TODAY)

    clock.forward(hours=5)
    climb(ward.db)
    assert paged(ward) == ([] if is_set else ["manager"])
    clock.forward(hours=24)
    climb(ward.db)

    assert paged(ward) == ["manager"]
