"""One open record per conversation; levels only rise; closing needs a code and the last signal."""

import pytest

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, closing, conversations, erasure, escalations, messages, outbox
from bot.store.findings import Finding
from bot.store.rows import Escalation, Member
from tests.databases import Clock
from tests.store.conftest import CRISIS, NOTED, TODAY, Cast


def kinds_owed(cast: Cast) -> list[tuple[str, str]]:
    with cast.db.read() as tx:
        return [(owed.kind, owed.level) for owed in outbox.undelivered(tx, "demo")]


def claim(cast: Cast, member: Member, found: Escalation) -> Escalation:
    with cast.db.write() as tx:
        return escalations.claim(tx, member, found.id)


def close(
    cast: Cast, member: Member, found: Escalation, outcome: str = "C1", note: str = "Spoken to her."
) -> Escalation:
    with cast.db.write() as tx:
        return closing.close(tx, member, found.id, outcome, note, found.last_signal_seq)


def test_findings_of_one_conversation_are_signals_of_one_record(cast: Cast) -> None:
    first = cast.says("my pills are gone", found=TODAY).escalation
    second = cast.says("I want to die", found=CRISIS).escalation

    assert second.id == first.id
    assert second.categories == ("escalating_use", "suicidal_ideation")
    assert [(signal.seq, signal.quote) for signal in second.signals] == [(1, "my pills are gone"), (2, "I want to die")]


@pytest.mark.parametrize(
    ("found", "owed"), [(CRISIS, [("opened", "emergency")]), (TODAY, [("opened", "same_day")]), (NOTED, [])]
)
def test_an_alert_is_owed_for_page_and_ask_and_not_for_review(
    cast: Cast, found: Finding, owed: list[tuple[str, str]]
) -> None:
    received = cast.says("something", found=found)

    assert received.raised
    assert received.escalation.state == "open"
    assert kinds_owed(cast) == owed


def test_a_higher_level_raises_it_restarts_its_clock_and_alerts_again_though_claimed(cast: Cast, clock: Clock) -> None:
    found = cast.says("my pills are gone", found=TODAY).escalation
    claim(cast, cast.clinician, found)
    clock.forward(minutes=5)

    received = cast.says("I want to die", found=CRISIS)

    assert received.raised
    assert (received.escalation.level, received.escalation.action) == ("emergency", "page")
    assert received.escalation.level_at > found.level_at
    assert received.escalation.opened_at == found.opened_at
    assert received.escalation.acknowledged_at is None
    assert (received.escalation.state, received.escalation.claimer_name) == ("claimed", "Clara")
    assert kinds_owed(cast) == [("opened", "same_day"), ("raised", "emergency")]


def test_a_finding_for_review_only_joins_a_record_and_pages_nobody_again(cast: Cast) -> None:
    cast.says("my pills are gone", found=TODAY)
    guess = Finding(level="emergency", action="review", categories=("abrupt_stop",))

    received = cast.says("three days ago", found=guess)

    assert not received.raised
    assert received.escalation.level == "same_day"
    assert "abrupt_stop" in received.escalation.categories
    assert kinds_owed(cast) == [("opened", "same_day")]


@pytest.mark.parametrize("milder", [NOTED, TODAY, CRISIS])
def test_a_level_never_falls_and_the_same_level_alerts_no_more(cast: Cast, milder: Finding) -> None:
    first = cast.says("I want to die", found=CRISIS).escalation

    received = cast.says("something", found=milder)

    assert not received.raised
    assert (received.escalation.level, received.escalation.level_at) == ("emergency", first.level_at)
    assert received.escalation.last_signal_seq == 2
    assert kinds_owed(cast) == [("opened", "emergency")]


def test_a_stronger_action_at_the_same_level_alerts(cast: Cast) -> None:
    cast.says("one", found=Finding(level="urgent", action="review", categories=("self_harm",)))

    received = cast.says("two", found=Finding(level="same_day", action="page", categories=("self_harm",)))

    assert received.raised
    assert (received.escalation.level, received.escalation.action) == ("urgent", "page")
    assert kinds_owed(cast) == [("raised", "urgent")]


def test_recording_the_same_finding_again_changes_nothing(cast: Cast) -> None:
    received = cast.says("I want to die", found=CRISIS)

    with cast.db.write() as tx:
        again = escalations.record(tx, cast.patient, message_id=received.message.id, assessment=CRISIS, layer="rules")

    assert again == (received.escalation, False)
    assert kinds_owed(cast) == [("opened", "emergency")]


def test_another_layer_is_another_signal(cast: Cast) -> None:
    received = cast.says("I want to die", found=CRISIS)

    with cast.db.write() as tx:
        found, raised = escalations.record(
            tx, cast.patient, message_id=received.message.id, assessment=CRISIS, layer="meaning"
        )

    assert not raised
    assert [signal.layer for signal in found.signals] == ["rules", "meaning"]
    assert found.categories == ("suicidal_ideation",)


def test_the_same_finding_that_comes_back_worse_raises_the_record(cast: Cast) -> None:
    received = cast.says("my pills are gone", found=TODAY)
    worse = Finding(level="urgent", action="page", categories=TODAY.categories)

    with cast.db.write() as tx:
        found, raised = escalations.record(
            tx, cast.patient, message_id=received.message.id, assessment=worse, layer="rules"
        )

    assert raised
    assert (found.level, found.action, len(found.signals)) == ("urgent", "page", 1)
    assert found.signals[0].level == "urgent"


def test_a_finding_that_is_recorded_again_after_the_close_opens_nothing(cast: Cast) -> None:
    received = cast.says("I want to die", found=CRISIS)
    close(cast, cast.clinician, received.escalation)

    with cast.db.write() as tx:
        found, raised = escalations.record(
            tx, cast.patient, message_id=received.message.id, assessment=CRISIS, layer="rules"
        )

    assert (found.state, raised) == ("closed", False)
    assert cast.now().open_escalation is None


def test_a_new_finding_after_the_close_opens_a_new_record(cast: Cast) -> None:
    first = cast.says("I want to die", found=CRISIS).escalation
    close(cast, cast.clinician, first)

    second = cast.says("I still want to", found=CRISIS)

    assert second.escalation.id != first.id
    assert second.raised
    with cast.db.read() as tx:
        assert [found.id for found in escalations.of_conversation(tx, cast.patient.id)] == [
            first.id,
            second.escalation.id,
        ]


def test_a_finding_in_a_message_of_another_conversation_is_refused(cast: Cast) -> None:
    with cast.db.write() as tx:
        other, _ = conversations.start(tx, cast.clinic, language="en")
    received = cast.says("hello")

    with pytest.raises(NotFound), cast.db.write() as tx:
        escalations.record(tx, other, message_id=received.message.id, assessment=CRISIS, layer="rules")


def test_the_queue_has_the_worst_first_and_then_the_oldest(cast: Cast, clock: Clock) -> None:
    said = []
    for found in (NOTED, TODAY, CRISIS, TODAY, CRISIS):
        with cast.db.write() as tx:
            other, _ = conversations.start(tx, cast.clinic, language="en")
            received = messages.receive(tx, other, client_id="1", body={"text": "x"}, text="x", assessment=found)
        said.append(received.escalation.id)
        clock.forward(seconds=10)

    with cast.db.read() as tx:
        queue = [found.id for found in escalations.queue(tx, "demo")]
        assert escalations.queue(tx, "other") == []
    assert queue == [said[2], said[4], said[1], said[3], said[0]]


@pytest.mark.parametrize(("outcome", "note"), [("C11", "note"), ("", "note"), ("C1", ""), ("C7", " "), ("C9", "\n")])
def test_closing_needs_a_known_code_and_a_note(cast: Cast, outcome: str, note: str) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation

    with pytest.raises(Incomplete):
        close(cast, cast.clinician, found, outcome, note)
    assert cast.open_escalation() == found


def test_a_test_record_closes_without_a_note(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation

    assert close(cast, cast.clinician, found, "C10", "").outcome == "C10"


def test_closing_is_refused_when_there_is_a_newer_signal(cast: Cast) -> None:
    seen = cast.says("my pills are gone", found=TODAY).escalation
    cast.says("I want to die", found=CRISIS)

    with pytest.raises(Conflict) as conflict:
        close(cast, cast.clinician, seen)

    assert conflict.value.current == 2
    assert close(cast, cast.clinician, cast.open_escalation()).state == "closed"


def test_closing_is_refused_while_a_colleague_has_it(cast: Cast) -> None:
    found = claim(cast, cast.clinician, cast.says("I want to die", found=CRISIS).escalation)

    with pytest.raises(Conflict) as conflict:
        close(cast, cast.colleague, found)
    assert conflict.value.current == "Clara"


@pytest.mark.parametrize("act", ["claim", "release", "acknowledge", "contact", "close"])
def test_a_closed_record_stays_closed(cast: Cast, act: str) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    closed = close(cast, cast.clinician, found)
    arguments = {"contact": ["contacted"], "close": ["C2", "note", 1]}.get(act, [])

    with pytest.raises(Conflict), cast.db.write() as tx:
        getattr(closing if act == "close" else escalations, act)(tx, cast.clinician, found.id, *arguments)
    with cast.db.read() as tx:
        assert escalations.closed(tx, "demo") == [closed]
        assert escalations.queue(tx, "demo") == []


def test_a_closed_record_owes_no_alerts(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation

    close(cast, cast.clinician, found)

    assert kinds_owed(cast) == []


def test_every_act_is_in_the_audit_trail_and_a_refused_one_is_not(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    with cast.db.write() as tx:
        escalations.acknowledge(tx, cast.clinician, found.id)
        escalations.claim(tx, cast.clinician, found.id)
        escalations.add_note(tx, cast.clinician, found.id, "note")
        escalations.contact(tx, cast.clinician, found.id, "contacted")
        escalations.release(tx, cast.clinician, found.id)
    with pytest.raises(Incomplete):
        close(cast, cast.clinician, found, "C1", "")
    close(cast, cast.clinician, found)

    with cast.db.read() as tx:
        rows = audit.of(tx, "demo", kind="escalation", subject=found.id)
    assert [row.act for row in rows] == ["acknowledge", "claim", "note", "contacted", "release", "close"]
    assert {row.actor for row in rows} == {cast.clinician.id}


def test_the_record_has_what_a_clinician_needs(cast: Cast) -> None:
    for number in range(32):
        cast.says(f"message {number}")
    found = cast.says("I want to die", found=CRISIS).escalation
    with cast.db.write() as tx:
        escalations.add_note(tx, cast.clinician, found.id, "Known to us", shared=True)

    with cast.db.read() as tx:
        record = escalations.load(tx, cast.colleague, found.id)

    assert record.escalation == found
    assert record.conversation == cast.now()
    assert [(note.text, note.shared) for note in record.notes] == [("Known to us", True)]
    assert len(record.messages) == 30
    assert record.messages[-1].text == "I want to die"


def test_the_record_outlives_the_conversation(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    erasure.erase(cast.db, "demo", cast.patient.id, actor="patient")

    claim(cast, cast.clinician, found)
    with cast.db.read() as tx:
        record = escalations.load(tx, cast.clinician, found.id)

    assert (record.conversation, record.messages) == (None, ())
    assert record.escalation.signals[0].quote == "I want to die"
    assert close(cast, cast.clinician, found).state == "closed"


def test_a_very_long_message_is_quoted_in_part(cast: Cast) -> None:
    received = cast.says("x" * 16_000, found=CRISIS)

    assert received.escalation.signals[0].quote == "x" * 500
