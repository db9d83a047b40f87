"""Opening refuses what it must refuse; transactions are whole; what is away, locked or full is `StoreUnavailable`."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import settings
from bot.errors import Conflict, KeyMismatch, NotMigrated, StoreUnavailable
from bot.settings import Settings
from bot.store import clinics
from bot.store.database import Database, Transaction, open_database
from bot.store.encryption import Keyring
from bot.store.rows import ClinicSettings
from bot.store.schema_staff import clinics as clinics_table
from tests.databases import Cluster
from tests.store.conftest import Cast

ROOT = Path(__file__).parent.parent.parent
DEMO = ClinicSettings(name="Demonstration clinic")


def settings_for(folder: Path, **environ: str) -> Settings:
    return settings.load({"DATA_DIR": str(folder), **environ})


def test_an_empty_database_is_made_with_its_keys(tmp_path: Path) -> None:
    database = open_database(settings_for(tmp_path), migrate=True)

    with database.write() as tx:
        clinics.create(tx, "demo", DEMO)
    database.close()

    again = open_database(settings_for(tmp_path))
    with again.read() as tx:
        assert clinics.get(tx, "demo").settings == DEMO
    again.close()
    assert (tmp_path / "between.db").stat().st_mode & 0o777 == 0o600


def test_nothing_is_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(NotMigrated, match="between migrate"):
        open_database(settings_for(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("migrate", [True, False])
def test_a_used_database_without_its_keys_is_refused(tmp_path: Path, migrate: bool) -> None:
    open_database(settings_for(tmp_path), migrate=True).close()
    (tmp_path / "keys.json").unlink()

    with pytest.raises(KeyMismatch, match="Bring the file back"):
        open_database(settings_for(tmp_path), migrate=migrate)
    assert not (tmp_path / "keys.json").exists()


def test_keys_are_not_made_while_the_tracker_holds_events(tmp_path: Path) -> None:
    tracker = sqlite3.connect(tmp_path / "tracker.db")
    tracker.execute("CREATE TABLE events (id INTEGER, sender_id TEXT)")
    tracker.execute("INSERT INTO events VALUES (1, 'somebody')")
    tracker.commit()
    tracker.close()

    with pytest.raises(KeyMismatch, match="Bring the file back"):
        open_database(settings_for(tmp_path), migrate=True)


@pytest.mark.parametrize("migrate", [True, False])
def test_another_installations_keys_are_refused(tmp_path: Path, migrate: bool) -> None:
    open_database(settings_for(tmp_path), migrate=True).close()
    (tmp_path / "keys.json").unlink()
    Keyring.create(tmp_path / "keys.json")

    with pytest.raises(KeyMismatch):
        open_database(settings_for(tmp_path), migrate=migrate)


def test_the_right_sealing_key_with_a_wrong_root_is_refused(database: Database) -> None:
    keyring = database.keyring
    wrong = Keyring(root=b"?" * 32, keys=keyring._keys.raw, active=keyring.active)

    database.keyring = wrong

    with pytest.raises(KeyMismatch, match="root"):
        database.check()


def test_a_database_without_its_key_check_is_refused(cast: Cast) -> None:
    with cast.db.write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM key_check")

    with pytest.raises(KeyMismatch, match="no key check"):
        cast.db.migrate()


def test_an_older_schema_is_refused(database: Database) -> None:
    with database.write() as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")

    with pytest.raises(NotMigrated, match="0000"):
        database.check()


def test_migrating_again_changes_nothing(cast: Cast) -> None:
    cast.says("still here")

    cast.db.migrate()

    assert cast.shown() == ["still here"]


def test_an_error_rolls_everything_back(cast: Cast) -> None:
    def fails(tx: Transaction) -> None:
        clinics.change(tx, "demo", name="Changed")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), cast.db.write() as tx:
        fails(tx)

    with cast.db.read() as tx:
        assert clinics.get(tx, "demo").settings.name == "Demonstration clinic"


def test_reading_cannot_change_anything(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="write transaction"), cast.db.read() as tx:
        clinics.change(tx, "demo", name="Changed")


def test_a_row_that_is_there_already_is_a_conflict(cast: Cast) -> None:
    with pytest.raises(Conflict), cast.db.write() as tx:
        tx.run(sa.insert(clinics_table), {"id": "demo", "settings": "x", "created_at": tx.now})


def test_a_locked_database_is_unavailable_after_the_set_time(connect: Callable[..., Database]) -> None:
    holding, waiting = connect(), connect(busy_seconds=0.2)
    with holding.write() as tx:
        clinics.create(tx, "demo", DEMO)

    with holding.write() as tx:
        clinics.change(tx, "demo", name="Held")

        with pytest.raises(StoreUnavailable), waiting.write() as other:
            clinics.change(other, "demo", name="Other")

    with waiting.write() as tx:
        assert clinics.change(tx, "demo", name="Other").settings.name == "Other"


def test_threads_of_one_process_wait_for_each_other_no_longer_than_set(connect: Callable[..., Database]) -> None:
    database = connect(busy_seconds=0.2)
    with database.write() as tx:
        clinics.create(tx, "demo", DEMO)

    with database.write() as tx:
        clinics.change(tx, "demo", name="Held")
        with pytest.raises(StoreUnavailable), database.write() as other:
            clinics.change(other, "demo", name="Other")


def test_reading_waits_for_no_writer(connect: Callable[..., Database]) -> None:
    writing, reading = connect(), connect(busy_seconds=0.2)
    with writing.write() as tx:
        clinics.create(tx, "demo", DEMO)

    with writing.write() as tx:
        clinics.change(tx, "demo", name="Half done")

        with reading.read() as other:
            assert clinics.get(other, "demo").settings == DEMO


def full(database: Database) -> None:
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    sa.event.listen(database.engine, "begin", lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}"))


def read_only(database: Database) -> None:
    sa.event.listen(database.engine, "begin", lambda c: c.exec_driver_sql("PRAGMA query_only=ON"))


@pytest.mark.parametrize("spoil", [full, read_only])
def test_a_full_or_read_only_file_is_unavailable(
    spoil: Callable[[Database], None], sqlite_template: Path, keyring_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "between.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{tmp_path / 'between.db'}", Keyring.load(keyring_file))
    spoil(db)

    with pytest.raises(StoreUnavailable), db.write() as tx:
        clinics.create(tx, "demo", ClinicSettings(name="x" * 100_000))
    with db.read() as tx:
        assert clinics.all(tx) == []
    db.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all/between.db",
        pytest.param("postgresql://127.0.0.1:1/nothing", marks=pytest.mark.postgres),
        pytest.param("postgresql:///nothing?host=/nowhere", marks=pytest.mark.postgres),
    ],
)
def test_a_database_that_is_away_is_unavailable(url: str) -> None:
    db = Database(url, Keyring.ephemeral(), busy_seconds=0.5)

    with pytest.raises(StoreUnavailable), db.write():
        pass
    with pytest.raises(StoreUnavailable), db.read():
        pass
    db.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "between.db").write_text("this is not a database, and long enough to be looked at" * 20)
    db = Database(f"sqlite:///{tmp_path / 'between.db'}", Keyring.ephemeral())

    with pytest.raises(StoreUnavailable), db.read():
        pass
    db.close()


@pytest.mark.postgres
def test_a_server_that_comes_back_is_used_again(postgres: Cluster, keyring_file: Path) -> None:
    postgres.command("CREATE DATABASE comes_back TEMPLATE between_template")
    db = Database(postgres.url("comes_back"), Keyring.load(keyring_file), busy_seconds=1)
    with db.write() as tx:
        clinics.create(tx, "demo", DEMO)
    try:
        postgres.halt()
        with pytest.raises(StoreUnavailable), db.write():
            pass
    finally:
        postgres.boot()

    with db.read() as tx:
        assert clinics.get(tx, "demo").settings == DEMO
    db.close()
    postgres.command("DROP DATABASE comes_back")


@pytest.mark.postgres
def test_a_connection_cut_in_the_middle_is_unavailable_and_keeps_nothing(postgres: Cluster, keyring_file: Path) -> None:
    postgres.command("CREATE DATABASE cut TEMPLATE between_template")
    db = Database(postgres.url("cut"), Keyring.load(keyring_file))

    def is_cut(tx: Transaction) -> None:
        clinics.create(tx, "demo", DEMO)
        pid = tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgres.command(f"SELECT pg_terminate_backend({pid})")

    with pytest.raises(StoreUnavailable), db.write() as tx:
        is_cut(tx)

    with db.read() as tx:
        assert clinics.all(tx) == []
    db.close()
    postgres.command("DROP DATABASE cut")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_is_set_to_keep_what_was_committed(database: Database) -> None:
    with database.read() as tx:
        said = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }

    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_every_module_can_be_imported_first_and_opens_nothing() -> None:
    script = (
        "import pkgutil, sys, bot.store\n"
        "names = [found.name for found in pkgutil.iter_modules(bot.store.__path__) if not found.ispkg]\n"
        "def opened(event, arguments):\n"
        "    assert event not in ('sqlite3.connect', 'socket.connect'), event\n"
        "sys.addaudithook(opened)\n"
        "for name in names:\n"
        "    for loaded in [loaded for loaded in sys.modules if loaded.startswith('bot.store.')]:\n"
        "        del sys.modules[loaded]\n"
        "    __import__(f'bot.store.{name}')\n"
        "print(len(names))\n"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.stderr, done.returncode) == ("", 0)
    assert int(done.stdout) > 20
