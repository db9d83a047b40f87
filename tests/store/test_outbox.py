"""Alerts are leased, not marked: one worker has one, a dead worker loses none."""

from bot.store import outbox
from bot.store.outbox import Notification
from tests.databases import Clock
from tests.store.conftest import CRISIS, Cast


def claim(cast: Cast, owner: str) -> list[Notification]:
    with cast.db.write() as tx:
        return outbox.claim(tx, owner)


def crisis(cast: Cast) -> None:
    cast.says("I want to die", found=CRISIS)


def test_an_alert_goes_to_one_worker(cast: Cast) -> None:
    crisis(cast)

    [mine] = claim(cast, "a")

    assert (mine.kind, mine.level, mine.clinic_id) == ("opened", "emergency", "demo")
    assert claim(cast, "b") == []


def test_a_worker_that_dies_loses_nothing(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    [mine] = claim(cast, "a")

    clock.forward(seconds=61)

    assert [owed.id for owed in claim(cast, "b")] == [mine.id]


def test_only_a_delivered_alert_makes_the_record_alerted(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    assert (cast.open_escalation().state, cast.open_escalation().alerted_at) == ("open", None)
    [mine] = claim(cast, "a")

    with cast.db.write() as tx:
        outbox.delivered(tx, mine)
        outbox.delivered(tx, mine)

    assert cast.open_escalation().state == "alerted"
    assert cast.open_escalation().alerted_at is not None
    clock.forward(hours=1)
    assert claim(cast, "b") == []


def test_an_alert_that_failed_is_due_again_after_growing_pauses(cast: Cast, clock: Clock) -> None:
    crisis(cast)
    pauses = []
    for _ in range(7):
        [mine] = claim(cast, "a")
        with cast.db.write() as tx:
            pauses.append(round((outbox.failed(tx, mine, "refused") - clock()).total_seconds()))
        assert claim(cast, "a") == []
        clock.forward(seconds=pauses[-1])

    assert pauses == [5, 15, 30, 60, 120, 120, 120]
    with cast.db.read() as tx:
        assert [owed.attempts for owed in outbox.undelivered(tx, "demo")] == [7]
        assert outbox.undelivered(tx, "other") == []


def test_a_delivered_alert_cannot_fail_any_more(cast: Cast) -> None:
    crisis(cast)
    [mine] = claim(cast, "a")
    with cast.db.write() as tx:
        outbox.delivered(tx, mine)
        assert outbox.failed(tx, mine, "too late") is None

    assert claim(cast, "a") == []


def test_an_alert_may_be_owed_from_a_later_moment_on(cast: Cast, clock: Clock) -> None:
    with cast.db.write() as tx:
        later = clock() + (clock() - clock())
        outbox.add(tx, clinic_id="demo", kind="summary", level="note", conversation_id=cast.patient.id, at=later)
    clock.forward(seconds=1)

    assert [owed.kind for owed in claim(cast, "a")] == ["summary"]
