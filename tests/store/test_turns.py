"""Turns are answered in order, once, by whoever has the lease; what fails is asked again, and staff see it."""

from datetime import timedelta

import pytest

from bot.errors import Conflict, NotFound
from bot.store import conversations, erasure, escalations, messages, turns
from bot.store.rows import Message, Turn
from tests.databases import Clock
from tests.store.conftest import CRISIS, Cast

HELLO = {"text": "Hello"}
WAIT = "One moment, please."
MEANING = {"level": "urgent", "action": "ask", "categories": ["self_harm"], "reasons": ["close to example 7"]}


def lease(cast: Cast, owner: str, seconds: float = 20) -> bool:
    with cast.db.write() as tx:
        return turns.lease(tx, cast.patient.id, owner, seconds)


def release(cast: Cast, owner: str) -> None:
    with cast.db.write() as tx:
        turns.release(tx, cast.patient.id, owner)


def settle(cast: Cast, turn: Turn, owner: str, *texts: str, meaning: dict[str, object] | None = None) -> list[Message]:
    with cast.db.write() as tx:
        return turns.settle(tx, turn, owner, [{"text": text} for text in texts], meaning=meaning)


def fail(cast: Cast, turn: Turn, owner: str, holding: str | None = WAIT) -> Message | None:
    with cast.db.write() as tx:
        return turns.fail(tx, turn, owner, "timed out", holding=holding)


def hold(cast: Cast, turn: Turn) -> Message | None:
    with cast.db.write() as tx:
        return turns.hold(tx, turn, WAIT)


def due(cast: Cast) -> list[str]:
    with cast.db.read() as tx:
        return turns.due(tx)


def now(cast: Cast, turn: Turn) -> Turn:
    with cast.db.read() as tx:
        return turns.load(tx, turn.id)


def opened(cast: Cast) -> None:
    """The opening is behind us."""
    cast.bot_says(HELLO)


def test_one_lease_is_alive_at_a_time(cast: Cast) -> None:
    assert lease(cast, "a")
    assert not lease(cast, "b")
    assert not lease(cast, "a")

    release(cast, "b")
    assert not lease(cast, "b")
    release(cast, "a")
    assert lease(cast, "b")


def test_a_lease_that_ended_is_taken_over_and_then_lost_to_its_first_owner(cast: Cast, clock: Clock) -> None:
    turn = cast.owed()
    assert lease(cast, "a", seconds=20)
    clock.forward(seconds=21)
    assert due(cast) == [cast.patient.id]
    assert lease(cast, "b")

    with pytest.raises(Conflict, match="lease"):
        settle(cast, turn, "a", "from a")
    assert fail(cast, turn, "a") is None
    settle(cast, turn, "b", "from b")

    assert cast.shown() == ["from b"]
    assert now(cast, turn).attempts == 0


def test_a_lease_can_be_renewed_by_its_owner(cast: Cast, clock: Clock) -> None:
    lease(cast, "a", seconds=20)
    clock.forward(seconds=15)
    with cast.db.write() as tx:
        assert turns.renew(tx, cast.patient.id, "a", 20)
        assert not turns.renew(tx, cast.patient.id, "b", 20)
    clock.forward(seconds=15)

    assert not lease(cast, "b")


def test_a_lease_that_ended_and_nobody_took_still_settles(cast: Cast, clock: Clock) -> None:
    turn = cast.owed()
    lease(cast, "a", seconds=5)
    clock.forward(seconds=9)

    assert [message.text for message in settle(cast, turn, "a", "late, and right")] == ["late, and right"]


def test_turns_are_answered_in_order(cast: Cast) -> None:
    for number in range(3):
        cast.says(f"message {number}")
    asked = []
    lease(cast, "a")

    while turn := cast.owed():
        asked.append(turn.message.text if turn.message else turn.kind)
        settle(cast, turn, "a", f"reply to {asked[-1]}")

    assert asked == ["open", "message 0", "message 1", "message 2"]
    assert cast.shown()[-4:] == [f"reply to {name}" for name in asked]


def test_settling_again_gives_the_same_messages(cast: Cast) -> None:
    turn = cast.owed()
    lease(cast, "a")
    first = settle(cast, turn, "a", "one", "two")
    release(cast, "a")

    again = settle(cast, turn, "somebody else", "three")

    assert again == first
    assert cast.shown() == ["one", "two"]
    assert now(cast, turn).state == "answered"


def test_what_layer_2_found_is_recorded_with_the_replies(cast: Cast) -> None:
    opened(cast)
    turn = cast.says("everyone would be better off without me").turn
    lease(cast, "a")

    settle(cast, turn, "a", "I hear you", meaning=MEANING)
    settle(cast, turn, "a", "I hear you", meaning=MEANING)

    found = cast.open_escalation()
    assert (found.level, found.action, found.categories) == ("urgent", "ask", ("self_harm",))
    assert [(signal.layer, signal.quote) for signal in found.signals] == [
        ("meaning", "everyone would be better off without me")
    ]
    with cast.db.read() as tx:
        layers = [found["layer"] for found in messages.assessments_of(tx, cast.patient.id)]
    assert layers == ["rules", "meaning"]


def test_a_meaning_of_nothing_opens_nothing(cast: Cast) -> None:
    opened(cast)
    turn = cast.says("good morning").turn
    lease(cast, "a")

    settle(
        cast, turn, "a", "Good morning", meaning={"level": "none", "action": "none", "categories": [], "reasons": []}
    )

    assert cast.now().open_escalation is None


def test_replies_in_time_are_shown_although_the_patient_wrote_on(cast: Cast) -> None:
    opened(cast)
    first = cast.says("one").turn
    cast.says("two")
    lease(cast, "a")

    settle(cast, first, "a", "reply to one")

    assert cast.shown()[-1] == "reply to one"


@pytest.mark.parametrize("wrote_on", [True, False])
def test_a_late_reply_is_shown_only_if_nothing_newer_was_said(cast: Cast, wrote_on: bool) -> None:
    opened(cast)
    turn = cast.says("one").turn
    lease(cast, "a")
    hold(cast, turn)
    if wrote_on:
        cast.says("two")

    said = settle(cast, turn, "a", "late")

    assert [message.text for message in said] == ([] if wrote_on else ["late"])
    assert ("late" in cast.shown()) is not wrote_on
    with cast.db.read() as tx:
        assert "late" in [message.text for message in messages.transcript(tx, cast.patient.id)]


def test_a_reply_after_a_takeover_is_never_shown(cast: Cast) -> None:
    opened(cast)
    turn = cast.says("one").turn
    lease(cast, "a")
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)

    assert settle(cast, turn, "a", "too late") == []
    with cast.db.write() as tx:
        conversations.hand_back(tx, cast.clinician, cast.patient.id)
    assert "too late" not in cast.shown()


def test_a_reply_asked_before_a_takeover_is_not_shown_after_the_hand_back(cast: Cast) -> None:
    opened(cast)
    turn = cast.says("one").turn
    lease(cast, "a")
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)
        conversations.hand_back(tx, cast.clinician, cast.patient.id)

    assert settle(cast, turn, "a", "too late") == []


def test_the_holding_reply_comes_once(cast: Cast) -> None:
    opened(cast)
    turn = cast.says("one").turn
    lease(cast, "a")

    first = hold(cast, turn)
    assert hold(cast, turn) is None
    assert fail(cast, turn, "a") is None
    assert fail(cast, turn, "a") is None

    assert first.kind == "holding"
    assert cast.shown().count(WAIT) == 1


def test_there_is_no_holding_reply_after_the_answer_or_during_a_takeover(cast: Cast) -> None:
    opened(cast)
    answered, other = cast.says("one").turn, cast.says("two").turn
    lease(cast, "a")
    settle(cast, answered, "a", "reply")

    assert hold(cast, answered) is None
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)
    assert hold(cast, other) is None


def test_a_turn_that_failed_is_due_again_after_growing_pauses_and_then_handed_over(cast: Cast, clock: Clock) -> None:
    opened(cast)
    turn = cast.says("one").turn
    pauses, states = [], []

    for attempt in range(8):
        assert due(cast) == [cast.patient.id]
        assert lease(cast, f"owner {attempt}")
        fail(cast, turn, f"owner {attempt}")
        release(cast, f"owner {attempt}")
        failed = now(cast, turn)
        states.append(failed.state)
        pauses.append(round((failed.next_at - clock()).total_seconds()))
        clock.forward(seconds=pauses[-1] - 1)
        assert due(cast) == []
        clock.forward(seconds=2)

    assert pauses == [2, 5, 15, 30, 60, 60, 60, 60]
    assert states == ["unanswered"] * 7 + ["handed_over"]
    assert due(cast) == []
    assert cast.owed() is None
    with cast.db.read() as tx:
        assert [left.id for left in turns.unanswered(tx, "demo")] == [turn.id]
        assert turns.unanswered(tx, "other") == []


def test_a_newer_turn_waits_for_the_one_that_failed(cast: Cast, clock: Clock) -> None:
    opened(cast)
    first = cast.says("one").turn
    lease(cast, "a")
    fail(cast, first, "a")
    release(cast, "a")
    cast.says("two")

    assert cast.owed() is None
    assert due(cast) == []
    clock.forward(seconds=3)
    assert cast.owed().id == first.id


def test_after_a_hand_over_the_next_turn_is_asked(cast: Cast, clock: Clock) -> None:
    opened(cast)
    first, second = cast.says("one").turn, cast.says("two").turn
    lease(cast, "a", seconds=10_000)
    for _ in range(8):
        fail(cast, first, "a")
        clock.forward(seconds=61)

    assert cast.owed().id == second.id


def test_a_person_who_writes_settles_what_was_handed_over(cast: Cast, clock: Clock) -> None:
    opened(cast)
    turn = cast.says("one").turn
    lease(cast, "a", seconds=10_000)
    for _ in range(8):
        fail(cast, turn, "a")
        clock.forward(seconds=61)

    with cast.db.write() as tx:
        messages.staff_say(tx, cast.patient, cast.clinician, "I am here")

    with cast.db.read() as tx:
        assert turns.unanswered(tx, "demo") == []


def test_a_member_of_the_clinic_dismisses_what_was_handed_over(cast: Cast, clock: Clock) -> None:
    opened(cast)
    turn = cast.says("one").turn
    with pytest.raises(Conflict), cast.db.write() as tx:
        turns.dismiss(tx, cast.clinician, turn.id)
    lease(cast, "a", seconds=10_000)
    for _ in range(8):
        fail(cast, turn, "a")
        clock.forward(seconds=61)

    with pytest.raises(NotFound), cast.db.write() as tx:
        turns.dismiss(tx, cast.outsider, turn.id)
    with cast.db.write() as tx:
        turns.dismiss(tx, cast.clinician, turn.id)

    with cast.db.read() as tx:
        assert turns.unanswered(tx, "demo") == []


def test_staff_see_a_turn_that_nobody_asked(cast: Cast, clock: Clock) -> None:
    opened(cast)
    turn = cast.says("one").turn
    with cast.db.read() as tx:
        assert turns.unanswered(tx, "demo") == []

    clock.forward(seconds=31)

    with cast.db.read() as tx:
        assert [left.id for left in turns.unanswered(tx, "demo")] == [turn.id]


def test_a_timed_turn_stands_in_line_from_its_moment_on(cast: Cast, clock: Clock) -> None:
    opened(cast)
    with cast.db.write() as tx:
        timed = turns.add(tx, cast.patient, kind="timed", name="still_here", at=tx.now + timedelta(minutes=2))
    assert due(cast) == []
    later = cast.says("I am here").turn
    assert cast.owed().id == later.id
    assert due(cast) == [cast.patient.id]

    clock.forward(minutes=3)

    assert (cast.owed().id, cast.owed().name) == (timed.id, "still_here")


def test_nothing_is_due_while_somebody_runs_it(cast: Cast) -> None:
    assert due(cast) == [cast.patient.id]

    lease(cast, "a")

    assert due(cast) == []


def test_an_erased_conversation_has_no_turns(cast: Cast) -> None:
    turn = cast.says("one", found=CRISIS).turn
    lease(cast, "a")
    erasure.erase(cast.db, "demo", cast.patient.id, actor="patient")

    with pytest.raises(NotFound):
        settle(cast, turn, "a", "late")
    with pytest.raises(NotFound):
        fail(cast, turn, "a")
    with pytest.raises(NotFound):
        hold(cast, turn)
    assert not lease(cast, "b")
    assert due(cast) == []
    with cast.db.read() as tx:
        assert len(escalations.queue(tx, "demo")) == 1


def test_a_timed_line_waits_once_and_can_be_dropped(cast: Cast) -> None:
    later = cast.db.clock() + timedelta(hours=1)
    with cast.db.write() as tx:
        turns.schedule(tx, cast.patient, name="urge_check", at=later)
        turns.schedule(tx, cast.patient, name="urge_check", at=later + timedelta(hours=1))
        turns.schedule(tx, cast.patient, name="silence", at=later)
        turns.cancel_timed(tx, cast.patient.id, name="silence")

    with cast.db.read() as tx:
        timed = [one for one in turns.of_conversation(tx, cast.patient.id) if one.kind == "timed"]
    assert [(one.name, one.state) for one in timed] == [
        ("urge_check", "dropped"), ("urge_check", "pending"), ("silence", "dropped"),
    ]  # fmt: skip
