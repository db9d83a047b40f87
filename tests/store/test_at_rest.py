"""What people wrote stands nowhere in the database's bytes; nor in what an error says."""

import logging
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store import answers, clinics, closing, conversations, escalations, facts, members, messages, outbox, turns
from tests.databases import Cluster
from tests.store.conftest import CRISIS, Cast
from tests.store.trackers import Tracker

CANARY = "canarysentence"


def canary_everywhere(cast: Cast) -> None:
    """Put the canary wherever a person can write."""
    said = f"I want to die {CANARY}"
    with cast.db.write() as tx:
        clinics.change(tx, "demo", identity_secret=CANARY, therapist=CANARY)
        patient, opening = conversations.start(tx, cast.clinic, language="en", identity=CANARY)
        members.create(tx, "demo", f"{CANARY}@demo.example", CANARY, "clinician", CANARY)
        received = messages.receive(tx, patient, client_id="1", body={"text": said}, text=said, assessment=CRISIS)
        answers.save(
            tx,
            conversation_id=patient.id,
            message_id=received.message.id,
            dialogue="check_in",
            session="s",
            step="CI1",
            wording=CANARY,
            value=[CANARY],
            text=CANARY,
        )
        facts.set(tx, patient.id, "name", CANARY)
        assert turns.lease(tx, patient.id, "a")
        reply = {"text": CANARY, "choices": [{"id": CANARY, "title": CANARY}], "state": CANARY}
        meaning = {"level": "urgent", "action": "ask", "categories": ["self_harm"], "reasons": [CANARY]}
        turns.settle(tx, received.turn, "a", [reply], meaning=meaning)
        turns.settle(tx, opening, "a", [reply], meaning=None)
        escalations.claim(tx, cast.clinician, received.escalation.id)
        escalations.add_note(tx, cast.clinician, received.escalation.id, CANARY)
        escalations.contact(tx, cast.clinician, received.escalation.id, "contacted", CANARY)
        messages.staff_say(tx, patient, cast.clinician, CANARY)
        last = escalations.open_of(tx, patient.id).last_signal_seq
        closing.close(tx, cast.clinician, received.escalation.id, "C1", CANARY, last)
        outbox.add(tx, clinic_id="demo", kind="summary", level="note", conversation_id=patient.id)
    assert members.login(cast.db, f"{CANARY}@demo.example", CANARY, CANARY) is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_canary_is_not_in_the_bytes_of_the_file(cast: Cast, tracker: Tracker, tmp_path: Path) -> None:
    canary_everywhere(cast)
    tracker.hears(cast.patient.id, CANARY)

    files = [path for path in tmp_path.iterdir() if path.name.startswith(("between.db", "tracker.db"))]
    assert {"between.db", "between.db-wal", "tracker.db"} <= {path.name for path in files}
    written = b"".join(path.read_bytes() for path in files)

    assert cast.patient.id.encode() in written
    assert CANARY.encode() not in written


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_canary_is_not_in_a_dump(cast: Cast, tracker: Tracker, postgres: Cluster) -> None:
    canary_everywhere(cast)
    tracker.hears(cast.patient.id, CANARY)

    dumped = postgres.dump(cast.db.url.database)

    assert cast.patient.id in dumped
    assert CANARY not in dumped


def test_the_canary_is_not_in_errors_or_logs(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(StoreError) as refused, cast.db.write() as tx:
        tx.connection.exec_driver_sql("INSERT INTO facts (name, value) VALUES ('x', '" + CANARY + "')")
    with pytest.raises(StoreError) as again, cast.db.write() as tx:
        tx.connection.exec_driver_sql("SELEC '" + CANARY + "'")

    assert CANARY not in str(refused.value) + str(again.value)
    assert CANARY not in caplog.text
    assert refused.value.__cause__ is None


def test_the_canary_is_not_in_the_repr_of_what_is_read(cast: Cast) -> None:
    received = cast.says(f"I want to die {CANARY}", found=CRISIS)
    with cast.db.write() as tx:
        kept = answers.save(
            tx,
            conversation_id=cast.patient.id,
            message_id=received.message.id,
            dialogue="check_in",
            session="s",
            step="CI1",
            wording=CANARY,
            value=CANARY,
            text=CANARY,
        )
        note = escalations.add_note(tx, cast.clinician, received.escalation.id, CANARY)
        record = escalations.load(tx, cast.clinician, received.escalation.id)
        patient, _ = conversations.start(tx, cast.clinic, language="en", identity=CANARY)

    assert CANARY not in repr((received, kept, note, record, patient))
