"""The monthly sample: by lot, of that month, with consent, nothing flagged, each read once; a miss becomes a record."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.errors import Conflict, NotFound
from bot.store import audit, conversations, erasure, escalations, outbox, samples
from bot.store.samples import Sampled
from tests.databases import Clock
from tests.store.conftest import NOTED, Cast

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def after(cast: Cast, clock: Clock) -> Cast:
    """The patient has agreed and written; then a month has gone by."""
    clock.stop()
    with cast.db.write() as tx:
        conversations.set_consent(tx, cast.patient.id, "given", "1")
    cast.says("i slept badly")
    clock.forward(days=(datetime.now(UTC).day) * -1 + 45)
    return cast


def drawn(cast: Cast) -> list[Sampled]:
    with cast.db.write() as tx:
        samples.draw(tx, cast.clinician)
    with cast.db.read() as tx:
        return samples.of_month(tx, cast.clinic.id, samples.last_month(tx.now, LONDON).name)


@pytest.mark.parametrize(
    ("now", "name", "since", "until"),
    [
        ("2026-01-01T00:30+00:00", "2025-12", "2025-12-01T00:00+00:00", "2026-01-01T00:00+00:00"),
        ("2026-06-30T23:30+00:00", "2026-06", "2026-06-01T00:00+01:00", "2026-07-01T00:00+01:00"),
        ("2026-11-25T09:00+00:00", "2026-10", "2026-10-01T00:00+01:00", "2026-11-01T00:00+00:00"),
    ],
)
def test_the_last_month_is_one_of_the_clinics_calendar(now: str, name: str, since: str, until: str) -> None:
    month = samples.last_month(datetime.fromisoformat(now), LONDON)

    assert (month.name, month.since, month.until) == (
        name, datetime.fromisoformat(since), datetime.fromisoformat(until),
    )  # fmt: skip


def test_what_was_written_unflagged_and_with_consent_is_drawn_once_a_month(after: Cast) -> None:
    assert [one.conversation_id for one in drawn(after)] == [after.patient.id]
    with pytest.raises(Conflict), after.db.write() as tx:
        samples.draw(tx, after.colleague)


@pytest.mark.parametrize("why", ["refused", "flagged", "drill", "another month", "erased"])
def test_nothing_else_is_drawn(after: Cast, clock: Clock, why: str) -> None:
    if why == "flagged":
        after.says("i drove after three", found=NOTED)
    with after.db.write() as tx:
        if why == "refused":
            conversations.set_consent(tx, after.patient.id, "refused", "1")
        elif why == "drill":
            conversations.mark_as_drill(tx, after.patient.id)
    if why == "erased":
        erasure.erase(after.db, after.clinic.id, after.patient.id, actor="patient")
    if why == "another month":
        clock.forward(days=40)

    assert drawn(after) == []


def test_who_reads_it_is_told_to_the_patient_and_it_is_judged_once(after: Cast) -> None:
    [one] = drawn(after)
    with after.db.write() as tx:
        audit.write(
            tx, clinic_id=after.clinic.id, actor=after.clinician.id, act="view", kind="sample", subject=one.id
        )  # fmt: skip
        samples.nothing_missed(tx, after.clinician, one.id)
    with pytest.raises(Conflict), after.db.write() as tx:
        samples.nothing_missed(tx, after.colleague, one.id)

    with after.db.read() as tx:
        seen = erasure.readings(tx, conversations.load(tx, after.clinic.id, after.patient.id))
    assert [(act.by, act.act) for act in seen] == [(after.clinician.name, "view"), (after.clinician.name, "judge")]


def test_what_was_missed_becomes_a_record_that_is_alerted(after: Cast) -> None:
    [one] = drawn(after)
    with after.db.read() as tx:
        [said] = [
            message for message in samples.written(tx, one, LONDON) if message.sender == "patient"
        ]  # fmt: skip

    with after.db.write() as tx:
        record = samples.missed(
            tx, after.clinician, one.id, message_id=said.id, category="self_harm", level="urgent"
        )  # fmt: skip

    assert (record.level, record.categories, record.signals[0].layer) == ("urgent", ("self_harm",), "review")
    with after.db.read() as tx:
        assert [owed.kind for owed in outbox.of_escalation(tx, record.id)] == ["opened"]
        assert escalations.open_of(tx, after.patient.id) == record


def test_nobody_reads_another_clinics_nor_what_its_patient_no_longer_agrees_to(after: Cast) -> None:
    [one] = drawn(after)
    with after.db.read() as tx, pytest.raises(NotFound):
        samples.load(tx, after.outsider, one.id)
    with after.db.write() as tx:
        conversations.set_consent(tx, after.patient.id, "refused", "1")

    with after.db.read() as tx, pytest.raises(NotFound):
        samples.load(tx, after.clinician, one.id)
