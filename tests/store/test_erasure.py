"""Erasing leaves ids and times, and the safety record; exporting gives everything."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bot.errors import Conflict, NotFound, StoreUnavailable
from bot.store import answers, audit, clinics, conversations, erasure, escalations, facts, messages, outbox, turns
from bot.store.database import Database
from bot.store.erasure import Receipt
from bot.store.schema import erasures, metadata
from tests.databases import Clock
from tests.store.conftest import CRISIS, YES_OR_NO, Cast
from tests.store.trackers import Tracker

LEFT = {"conversations", "escalations", "signals", "notes", "outbox", "erasures", "audit"}
OURS = {"clinics", "members", "key_check", "audit_head"}


def lives(cast: Cast) -> None:
    """A conversation in which everything happened."""
    cast.bot_says(YES_OR_NO)
    message = cast.says("secret words", found=CRISIS).message
    with cast.db.write() as tx:
        place = {"conversation_id": cast.patient.id, "message_id": message.id, "dialogue": "check_in", "session": "s"}
        answers.save(tx, **place, step="CI1", wording="How?", value="secret answer")
        facts.set(tx, cast.patient.id, "name", "secret name")
        outbox.add(tx, clinic_id="demo", kind="summary", level="note", conversation_id=cast.patient.id)
        escalations.add_note(tx, cast.clinician, cast.open_escalation().id, "note of staff")
        turns.add(tx, cast.patient, kind="timed", name="still_here")


def erase(cast: Cast, actor: str = "patient") -> Receipt:
    return erasure.erase(cast.db, "demo", cast.patient.id, actor=actor)


def tables_with_rows(cast: Cast) -> set[str]:
    with cast.db.read() as tx:
        return {
            table.name
            for table in metadata.sorted_tables
            if tx.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        }


def test_erasing_leaves_the_safety_record_and_ids(cast: Cast, tracker: Tracker) -> None:
    lives(cast)
    tracker.hears(cast.patient.id, "secret words")
    tracker.hears("somebody else", "stays")

    receipt = erase(cast)

    assert tables_with_rows(cast) == LEFT | OURS
    assert tracker.heard(cast.patient.id) == []
    assert tracker.heard("somebody else") == ["stays"]
    assert (receipt.conversation_id, receipt.actor) == (cast.patient.id, "patient")
    assert receipt.tracker_erased_at is not None
    with cast.db.read() as tx:
        [left] = escalations.queue(tx, "demo")
        assert [signal.quote for signal in left.signals] == ["secret words"]
        assert [note.text for note in escalations.notes_of(tx, left.id)] == ["note of staff"]
        assert [row.act for row in audit.of(tx, "demo", kind="conversation", subject=cast.patient.id)] == ["erase"]


def test_an_erased_conversation_is_not_found(cast: Cast) -> None:
    lives(cast)
    erase(cast)

    with pytest.raises(NotFound):
        cast.now()
    with pytest.raises(NotFound):
        erase(cast)
    with pytest.raises(NotFound):
        cast.says("one more")
    with pytest.raises(NotFound), cast.db.read() as tx:
        erasure.export(tx, cast.patient.id)


def test_the_identity_goes_too_and_the_patient_can_begin_anew(cast: Cast) -> None:
    with cast.db.write() as tx:
        known, _ = conversations.start(tx, cast.clinic, language="en", identity="patient 7")

    erasure.erase(cast.db, "demo", known.id, actor="patient")

    with cast.db.write() as tx:
        row = tx.connection.exec_driver_sql(
            f"SELECT identity, identity_hash FROM conversations WHERE id = '{known.id}'"
        ).one()
        again, _ = conversations.start(tx, cast.clinic, language="en", identity="patient 7")
    assert tuple(row) == (None, None)
    assert again.id != known.id


def test_an_alert_that_is_still_owed_is_not_lost(cast: Cast) -> None:
    lives(cast)

    erase(cast)

    with cast.db.write() as tx:
        [owed] = outbox.claim(tx, "worker")
        outbox.delivered(tx, owed)
        assert (owed.kind, owed.level) == ("opened", "emergency")


def test_a_delivered_alert_is_erased(cast: Cast) -> None:
    lives(cast)
    with cast.db.write() as tx:
        for owed in outbox.claim(tx, "worker"):
            outbox.delivered(tx, owed)

    erase(cast)

    assert tables_with_rows(cast) == (LEFT | OURS) - {"outbox"}


@pytest.mark.parametrize("whose", ["conversation", "clinic"])
def test_legal_hold_stands_against_erasure(cast: Cast, tracker: Tracker, whose: str) -> None:
    lives(cast)
    tracker.hears(cast.patient.id, "secret words")
    with cast.db.write() as tx:
        if whose == "clinic":
            clinics.change(tx, "demo", legal_hold=True)
        else:
            conversations.set_legal_hold(tx, cast.patient.id, True)

    with pytest.raises(Conflict):
        erase(cast)

    assert "secret words" in cast.shown()
    assert tracker.heard(cast.patient.id) == ["secret words"]


def test_another_clinic_cannot_erase(cast: Cast) -> None:
    with pytest.raises(NotFound):
        erasure.erase(cast.db, "other", cast.patient.id, actor="patient")


def test_without_a_tracker_table_there_is_nothing_to_do_there(cast: Cast) -> None:
    assert erase(cast).tracker_erased_at is not None


def test_a_stop_before_the_tracker_is_made_good(cast: Cast, tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker.hears(cast.patient.id, "secret words")

    def away(db: Database, conversation_id: str) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(erasure, "_erase_tracker", away)
        with pytest.raises(StoreUnavailable):
            erase(cast)
    with cast.db.read() as tx:
        assert [receipt.tracker_erased_at for receipt in erasure.receipts(tx)] == [None]
    assert tracker.heard(cast.patient.id) == ["secret words"]

    assert erasure.sweep(cast.db) == 1

    assert tracker.heard(cast.patient.id) == []
    with cast.db.read() as tx:
        assert erasure.receipts(tx)[0].tracker_erased_at is not None


def test_events_that_a_running_turn_wrote_later_are_swept(cast: Cast, tracker: Tracker, clock: Clock) -> None:
    erase(cast)
    tracker.hears(cast.patient.id, "late")

    erasure.sweep(cast.db)

    assert tracker.heard(cast.patient.id) == []
    clock.forward(hours=25)
    assert erasure.sweep(cast.db) == 0


def test_what_a_backup_brought_back_is_erased_again(cast: Cast, tracker: Tracker) -> None:
    lives(cast)
    done = erase(cast)
    with cast.db.write() as tx:  # What a restored backup looks like: the row is alive, the receipt unknown.
        tx.connection.exec_driver_sql("UPDATE conversations SET erased_at = NULL, ended_at = NULL")
        tx.run(sa.delete(erasures))
        facts.set(tx, cast.patient.id, "name", "secret name")
    tracker.hears(cast.patient.id, "secret words")

    assert erasure.replay(cast.db, [done]) == 1
    assert erasure.replay(cast.db, [done]) == 0

    assert "facts" not in tables_with_rows(cast)
    assert tracker.heard(cast.patient.id) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_the_erased_pages_are_overwritten(cast: Cast) -> None:
    message = cast.says("secret words").message
    path = cast.db.url.database
    with cast.db.read() as tx:
        sealed = tx.connection.exec_driver_sql(f"SELECT text FROM messages WHERE id = '{message.id}'").scalar().encode()
    assert any(sealed in _bytes(path + end) for end in ("", "-wal"))

    erase(cast)

    assert not any(sealed in _bytes(path + end) for end in ("", "-wal"))


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def test_the_export_has_all_that_is_stored(cast: Cast) -> None:
    lives(cast)
    with cast.db.write() as tx:
        audit.write(
            tx, clinic_id="demo", actor=cast.clinician.id, act="view", kind="conversation", subject=cast.patient.id
        )

    with cast.db.read() as tx:
        exported = erasure.export(tx, cast.patient.id)
        told = [message.text for message in messages.transcript(tx, cast.patient.id)]

    json.dumps(exported)
    assert exported["conversation"]["id"] == cast.patient.id
    assert [message["text"] for message in exported["messages"]] == told
    assert exported["answers"][0]["value"] == "secret answer"
    assert exported["facts"] == {"name": "secret name"}
    assert exported["assessments"][0]["level"] == "emergency"
    assert [found["signals"][0]["quote"] for found in exported["escalations"]] == ["secret words"]
    assert [turn["kind"] for turn in exported["turns"]] == ["open", "message", "timed"]
    acts = [(row["act"], row["kind"], row["by"]) for row in exported["read_by"]]
    assert acts == [("note", "escalation", "Clara"), ("view", "conversation", "Clara")]
    assert "note of staff" not in json.dumps(exported)


def test_a_database_that_is_away_erases_nothing(cast: Cast, connect: Callable[..., Database]) -> None:
    lives(cast)
    impatient = connect(busy_seconds=0.2)

    with cast.db.write() as tx:
        conversations.load(tx, "demo", cast.patient.id)
        with pytest.raises(StoreUnavailable):
            erasure.erase(impatient, "demo", cast.patient.id, actor="patient")

    assert "secret words" in cast.shown()
