"""The database: opening it, one write transaction, one read transaction, and foreign errors made ours.

SQLite (WAL, synchronous=FULL, BEGIN IMMEDIATE for writes) and PostgreSQL run the same code above this file. Nothing
is opened at import, and no transaction may be open across a call to another process.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from bot.errors import KeyMismatch, NotMigrated, StoreError, StoreUnavailable
from bot.settings import Settings
from bot.store import migrate
from bot.store.encryption import Keyring
from bot.store.schema import Sealed, clinics, key_check

BUSY_SECONDS = 5.0
CHANNEL = "between_changes"
KNOWN = "between sessions"
MISSING_TABLE = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")
ROTATION_LOCK = 0x6265_7477  # Writers hold it shared, the end of a rotation holds it alone (PostgreSQL).


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Transaction:
    """One transaction: a connection, the moment it began, and the keyring. `writing` tells which of the two kinds it
    is.
    """

    connection: Connection
    keyring: Keyring
    now: datetime
    writing: bool

    def run(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        """Execute a statement (with the values of one row, or of several)."""
        return self.connection.execute(statement, values)

    def row(self, statement: sa.Select[Any], *, lock: bool = False) -> sa.Row[Any] | None:
        """Give the first row, or None. `lock`: in a write transaction no other can change it meanwhile."""
        if lock and self.writing:
            statement = statement.with_for_update(key_share=True)
        return self.connection.execute(statement).first()

    def rows(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        return list(self.connection.execute(statement))

    def changed(self, statement: sa.Update | sa.Delete) -> int:
        """Execute a conditional change and give how many rows it met: compare-and-set reads its verdict here."""
        return int(self.connection.execute(statement).rowcount)

    def seal(self, text: str, *, table: str, row: str, column: str, clinic: str) -> str:
        return self.keyring.seal(text, table=table, row=row, column=column, clinic=clinic)

    def seal_json(self, value: Any, *, table: str, row: str, column: str, clinic: str) -> str:
        return self.keyring.seal(
            json.dumps(value, ensure_ascii=True), table=table, row=row, column=column, clinic=clinic
        )

    def open(self, sealed: str, *, table: str, row: str, column: str, clinic: str) -> str:
        return self.keyring.open(sealed, table=table, row=row, column=column, clinic=clinic)

    def open_json(self, sealed: str, *, table: str, row: str, column: str, clinic: str) -> Any:
        return json.loads(self.keyring.open(sealed, table=table, row=row, column=column, clinic=clinic))


class Database:
    """One database and the keyring it is read with. Connections are opened at the first use; threads may share it."""

    def __init__(
        self,
        database_url: str,
        keyring: Keyring,
        *,
        tracker_url: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self.url = driver_url(database_url)
        self.keyring = keyring
        self.tracker_url = driver_url(tracker_url) if tracker_url else None
        self.clock = clock
        self.busy_seconds = busy_seconds
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = make_engine(self.url, busy_seconds)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may change rows; commits at the end, or not at all.

        Raises StoreUnavailable when the database is away, locked for longer than `busy_seconds`, read-only or full.
        """
        with self._begin(self._writer, writing=True) as tx:
            yield tx
            if not self.is_sqlite:
                tx.connection.exec_driver_sql(f"NOTIFY {CHANNEL}")

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads: on SQLite it waits for no writer and sees one state throughout."""
        with self._begin(self._engine, writing=False) as tx:
            yield tx

    @contextmanager
    def _begin(self, engine: Engine, *, writing: bool) -> Iterator[Transaction]:
        with foreign_errors(), engine.connect() as connection, connection.begin():
            if writing and not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({ROTATION_LOCK})")
            yield Transaction(connection, self.keyring, self.clock(), writing)

    @property
    def engine(self) -> Engine:
        """For migrations, rotation and the watcher; the verbs use `write` and `read`."""
        return self._engine

    def migrate(self) -> None:
        """Bring the schema to this version. Raises KeyMismatch if the keyring is not this database's."""
        if self.is_sqlite:
            _make_private(self.url.database)
        with foreign_errors(), self._writer.connect() as connection, connection.begin():
            migrate.upgrade(connection)
            tx = Transaction(connection, self.keyring, self.clock(), True)
            if tx.row(sa.select(key_check)) is None and tx.row(sa.select(clinics.c.id)) is None:
                write_key_check(tx)
        self.check()

    def check(self) -> None:
        """Raises NotMigrated if the schema is not this version's, KeyMismatch if the keyring is not this database's."""
        with self.read() as tx:
            migrate.check(tx.connection)
            check_keys(tx)

    def close(self) -> None:
        self._engine.dispose()


def open_database(settings: Settings, *, migrate: bool = False) -> Database:
    """Open the database that the settings name, checked. A keyring is made only for an empty database.

    Raises KeyMismatch (missing or wrong key), NotMigrated (unless `migrate`), StoreUnavailable.
    """
    if settings.database_url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not settings.keys_file.exists():
        _refuse_keys_for_a_used_database(settings)
        _create_keyring(settings.keys_file)
    database = Database(settings.database_url, Keyring.load(settings.keys_file), tracker_url=settings.tracker_url)
    try:
        database.migrate() if migrate else database.check()
    except Exception:
        database.close()
        raise
    return database


def _create_keyring(path: Path) -> None:
    try:
        Keyring.create(path)
    except KeyMismatch:
        if not path.exists():  # Another process was first with its own: that one is the keyring.
            raise


def _refuse_keys_for_a_used_database(settings: Settings) -> None:
    for url, table in ((settings.database_url, "clinics"), (settings.tracker_url, "events")):
        if _holds_rows(driver_url(url), table):
            raise KeyMismatch(
                f"{settings.keys_file}: the file with the encryption keys is missing, and the database has rows that were "
                "written with it. Bring the file back; a new one is made for an empty database only"
            )


def _holds_rows(url: sa.URL, table: str) -> bool:
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        return False
    engine = make_engine(url, BUSY_SECONDS)
    try:
        with foreign_errors(), engine.connect() as connection:
            if not sa.inspect(connection).has_table(table):
                return False
            return (
                connection.execute(sa.select(sa.literal(1)).select_from(sa.table(table)).limit(1)).first() is not None
            )
    finally:
        engine.dispose()


def write_key_check(tx: Transaction) -> None:
    """Seal the known value by which the keyring is recognised."""
    value = tx.seal(KNOWN, table="key_check", row="known", column="value", clinic="-")
    tx.run(sa.delete(key_check))
    tx.run(
        sa.insert(key_check), {"name": "known", "value": value, "root_hash": tx.keyring.keyed_hash("key check", KNOWN)}
    )


def check_keys(tx: Transaction) -> None:
    """Raises KeyMismatch if the known value does not open, or the root is another one."""
    found = tx.row(sa.select(key_check))
    if found is None:
        raise KeyMismatch(
            "the database has no key check, yet it is in use: it was changed by hand, or restored in part"
        )
    tx.open(found.value, table="key_check", row="known", column="value", clinic="-")
    if found.root_hash != tx.keyring.keyed_hash("key check", KNOWN):
        raise KeyMismatch("the keyring's root is not the one that this database was written with")


def row_id(sealed: Sealed, row: Mapping[str, Any]) -> str:
    """The row id in the associated data of a sealed value."""
    return "/".join(str(row[name]) for name in sealed.key)


def driver_url(url: str) -> sa.URL:
    """Name the driver that we have: Rasa's form of an address leaves it out."""
    found = sa.make_url(url)
    if found.drivername in ("postgres", "postgresql"):
        return found.set(drivername="postgresql+psycopg")
    return found


def make_engine(url: sa.URL, busy_seconds: float) -> Engine:
    """An engine whose connections are set as section 11 of the design says. Opens nothing yet."""
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            url, connect_args={"timeout": busy_seconds}, pool_timeout=busy_seconds, max_overflow=20
        )
        sa.event.listen(engine, "connect", _set_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    wait = int(busy_seconds * 1000)
    options = f"-c lock_timeout={wait} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=busy_seconds,
        max_overflow=20,
        connect_args={"connect_timeout": max(2, int(busy_seconds)), "options": options},
    )


def _set_sqlite(connection: Any, record: object) -> None:  # noqa: ARG001 - SQLAlchemy's signature.
    connection.isolation_level = None  # We say BEGIN ourselves.
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _make_private(path: str | None) -> None:
    """Create the file readable by its owner only; SQLite gives its WAL the same mode."""
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@contextmanager
def foreign_errors() -> Iterator[None]:
    """Turn what SQLAlchemy raises into our errors; messages leave out statements and values."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _ours(error) from None
    except exc.TimeoutError:
        raise StoreUnavailable("every connection to the database was busy for too long") from None


def _ours(error: exc.DBAPIError) -> StoreError:
    said = f"{type(error.orig).__name__}: {str(error.orig).splitlines()[0] if str(error.orig) else ''}"
    if any(sign in said for sign in MISSING_TABLE):
        return NotMigrated("the database lacks a table or a column of this version: run `between migrate`")
    if (
        isinstance(error, exc.OperationalError | exc.InterfaceError)
        or error.connection_invalidated
        or "ReadOnlySql" in said
    ):
        return StoreUnavailable(f"the database cannot be used now ({said})")
    if type(error.orig).__name__ == "DatabaseError":
        return StoreUnavailable(f"the database file cannot be read ({said})")
    return StoreError(f"the database refused ({type(error.orig).__name__})")
