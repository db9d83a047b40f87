"""After a rotation everything opens, nothing is sealed with the old key, and a stop anywhere is made good."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import KeyMismatch
from bot.store import answers, audit, clinics, conversations, erasure, escalations, facts, members, rotation, search
from bot.store.database import Database
from bot.store.encryption import TOKENS, Keyring
from bot.store.schema import SEALED
from tests.store.conftest import CRISIS, YES_OR_NO, Cast
from tests.store.trackers import Tracker


@pytest.fixture
def lived_in(cast: Cast) -> Cast:
    """A value in every sealed column."""
    cast.bot_says(YES_OR_NO)
    message = cast.says("secret words", found=CRISIS).message
    with cast.db.write() as tx:
        place = {"conversation_id": cast.patient.id, "message_id": message.id, "dialogue": "check_in", "session": "s"}
        answers.save(tx, **place, step="CI1", wording="How?", value="secret answer")
        for number in range(5):
            facts.set(tx, cast.patient.id, f"fact {number}", number)
        conversations.start(tx, cast.clinic, language="en", identity="patient 7")
        escalations.add_note(tx, cast.clinician, cast.open_escalation().id, "note of staff")
    return cast


def rotate(cast: Cast, keys: Path) -> rotation.Rotation:
    return rotation.rotate(cast.db, keys, grace_seconds=0)


def keys_used(cast: Cast) -> set[str]:
    """The ids of the keys that any value of ours is sealed with."""
    found: set[str] = set()
    with cast.db.read() as tx:
        for sealed in SEALED:
            for column in sealed.columns:
                values = tx.connection.execute(sa.select(sealed.table.c[column])).scalars()
                found |= {value.split(".")[1] for value in values if value is not None}
        found.add(tx.connection.exec_driver_sql("SELECT value FROM key_check").scalar_one().split(".")[1])
    return found


def readable(cast: Cast) -> dict[str, object]:
    """Everything that was sealed, opened."""
    with cast.db.read() as tx:
        everything = erasure.export(tx, cast.patient.id)
        known = [row.identity for row in conversations.of_clinic(tx, "demo")]
        names = [member.name for member in members.of_clinic(tx, "demo")]
        found = [message.text for message in search.find(tx, "demo", "secret")]
        return {"all": everything, "known": known, "names": names, "found": found, "clinics": clinics.all(tx)}


def test_every_value_is_sealed_again_and_opens(
    lived_in: Cast, tracker: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    for number in range(5):
        tracker.hears(lived_in.patient.id, f"secret {number}")
    before, token_key = readable(lived_in), lived_in.db.keyring.derive(TOKENS)
    [old] = keys_used(lived_in)

    done = rotate(lived_in, tmp_path / "keys.json")

    assert keys_used(lived_in) == tracker.keys() == {done.active} != {old}
    assert readable(lived_in) == before
    assert tracker.heard(lived_in.patient.id) == [f"secret {number}" for number in range(5)]
    assert done.dropped == (old,)
    assert list(json.loads((tmp_path / "keys.json").read_text())["keys"]) == [done.active]
    assert Keyring.load(tmp_path / "keys.json").derive(TOKENS) == token_key
    with lived_in.db.read() as tx:
        assert audit.verify(tx).ok
    lived_in.db.check()


def test_a_fresh_process_opens_what_was_rotated(
    lived_in: Cast, connect: Callable[..., Database], tmp_path: Path
) -> None:
    before = readable(lived_in)

    rotate(lived_in, tmp_path / "keys.json")

    fresh = connect()
    fresh.check()
    assert readable(Cast(**{**vars(lived_in), "db": fresh})) == before


def test_a_running_process_goes_on_during_and_after_a_rotation(
    lived_in: Cast, connect: Callable[..., Database], tmp_path: Path
) -> None:
    running = Cast(**{**vars(lived_in), "db": connect()})
    running.says("before")

    def meanwhile(table: str, count: int) -> None:
        running.says(f"while {table} was sealed again")

    rotation.rotate(lived_in.db, tmp_path / "keys.json", progress=meanwhile, grace_seconds=0)
    running.says("after")

    assert len(keys_used(lived_in)) == 1
    assert {"before", "after", "while messages was sealed again"} <= set(running.shown())


@pytest.mark.parametrize("table", ["clinics", "messages", "facts", "events"])
def test_a_stop_anywhere_is_made_good_by_running_it_again(
    lived_in: Cast, tracker: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    tracker.hears(lived_in.patient.id, "secret 1")
    tracker.hears(lived_in.patient.id, "secret 2")
    before = readable(lived_in)

    def stop(name: str, count: int) -> None:
        if name == table:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(lived_in.db, tmp_path / "keys.json", progress=stop, grace_seconds=0)
    assert readable(lived_in) == before
    assert len(Keyring.load(tmp_path / "keys.json").ids) == 2

    done = rotate(lived_in, tmp_path / "keys.json")

    assert keys_used(lived_in) == tracker.keys() == {done.active}
    assert readable(lived_in) == before
    assert Keyring.load(tmp_path / "keys.json").ids == (done.active,)


def test_a_process_with_an_old_copy_of_the_keyring_refuses_to_start(
    lived_in: Cast, connect: Callable[..., Database], tmp_path: Path
) -> None:
    old = (tmp_path / "keys.json").read_bytes()
    rotate(lived_in, tmp_path / "keys.json")

    (tmp_path / "keys.json").write_bytes(old)

    with pytest.raises(KeyMismatch):
        connect().check()


def test_a_wrong_keyring_rotates_nothing(lived_in: Cast, tmp_path: Path) -> None:
    Keyring.create(tmp_path / "wrong.json")
    before = (tmp_path / "wrong.json").read_bytes()

    with pytest.raises(KeyMismatch):
        rotate(lived_in, tmp_path / "wrong.json")

    assert (tmp_path / "wrong.json").read_bytes() == before
    lived_in.db.check()


def test_rotating_twice_leaves_one_key(lived_in: Cast, tmp_path: Path) -> None:
    before = readable(lived_in)

    first, second = rotate(lived_in, tmp_path / "keys.json"), rotate(lived_in, tmp_path / "keys.json")

    assert second.dropped == (first.active,)
    assert second.values >= first.values > 0
    assert readable(lived_in) == before
