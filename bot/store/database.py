"""The database: opening it, one write transaction, one read transaction.

SQLite (WAL, synchronous=FULL, BEGIN IMMEDIATE for writes) and PostgreSQL run the same code above this file. Nothing is
opened at import, and no transaction may be open across a call to another process.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from bot.errors import KeyMismatch, NotMigrated, StoreUnavailable
from bot.settings import Settings
from bot.store import migrate as migrations
from bot.store.connections import BUSY_SECONDS, driver_url, foreign_errors, make_engine
from bot.store.encryption import Keyring
from bot.store.line import Line
from bot.store.schema import key_check
from bot.store.schema_staff import clinics

CHANNEL = "between_changes"
KNOWN = "between sessions"
KNOWN_PLACE = {"table": "key_check", "row": "known", "column": "value", "clinic": "-"}
ROTATION_LOCK = 0x6265_7477  # Writers hold it shared, the beginning of a rotation holds it alone (PostgreSQL).


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Transaction:
    """One transaction: a connection, the keyring, and the moment it began. `writing` tells which of the two kinds."""

    connection: Connection
    keyring: Keyring
    now: datetime
    writing: bool

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def run(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        """Execute a statement (with the values of one row, or of several)."""
        if not self.writing and isinstance(statement, sa.UpdateBase):
            raise RuntimeError("this changes rows: it needs a write transaction")
        return self.connection.execute(statement, values)

    def row(
        self, statement: sa.Select[Any], values: dict[str, Any] | None = None, *, lock: bool = False
    ) -> sa.Row[Any] | None:
        """Give the first row, or None. `lock`: in a write transaction no other can change it meanwhile.

        What every turn asks is a statement that a module made once, with named `values`: making it anew, and its key in
        SQLAlchemy's cache, costs more than asking it.
        """
        if lock and self.writing and not self.is_sqlite:
            statement = statement.with_for_update(key_share=True)
        return self.connection.execute(statement, values).first()

    def rows(self, statement: sa.Select[Any], values: dict[str, Any] | None = None) -> list[sa.Row[Any]]:
        return list(self.connection.execute(statement, values))

    def changed(self, statement: sa.Update | sa.Delete) -> int:
        """Execute a conditional change and give how many rows it met: compare-and-set reads its verdict here."""
        return int(self.run(statement).rowcount)

    def ensure(self, table: sa.Table, values: dict[str, Any]) -> None:
        """Insert the row unless its key is there; who does it at once waits for the other."""
        insert = sqlite.insert if self.is_sqlite else postgresql.insert
        self.run(insert(table).values(**values).on_conflict_do_nothing())

    def next_number(self, column: sa.Column[int], *mine: sa.ColumnElement[bool]) -> int:
        """One more than the greatest of those rows; the caller has locked what they belong to."""
        return int(self.connection.execute(sa.select(sa.func.max(column)).where(*mine)).scalar() or 0) + 1

    def seal(self, text: str, *, table: str, row: str, column: str, clinic: str) -> str:
        return self.keyring.seal(text, table=table, row=row, column=column, clinic=clinic)

    def seal_json(self, value: Any, *, table: str, row: str, column: str, clinic: str) -> str:
        return self.seal(json.dumps(value, ensure_ascii=True), table=table, row=row, column=column, clinic=clinic)

    def open(self, sealed: str, *, table: str, row: str, column: str, clinic: str) -> str:
        return self.keyring.open(sealed, table=table, row=row, column=column, clinic=clinic)

    def open_json(self, sealed: str, *, table: str, row: str, column: str, clinic: str) -> Any:
        return json.loads(self.open(sealed, table=table, row=row, column=column, clinic=clinic))


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
        self.engine: Engine = make_engine(self.url, busy_seconds)
        self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self.line = Line()  # Before SQLite's one writer.

    @contextmanager
    def write(self, *, first: bool = False) -> Iterator[Transaction]:
        """A transaction that may change rows; commits at the end, or not at all.

        `first`: before the others of this process that wait to write. Raises StoreUnavailable when the database is
        away, locked for longer than `busy_seconds`, read-only or full.
        """
        with self._in_line(first), self._begin(self._writer, writing=True) as tx:
            yield tx
            if not self.is_sqlite:
                tx.connection.exec_driver_sql(f"NOTIFY {CHANNEL}")

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads: on SQLite it waits for no writer and sees one state throughout."""
        with self._begin(self.engine, writing=False) as tx:
            yield tx

    def migrate(self) -> None:
        """Bring the schema to this version. Raises KeyMismatch if the keyring is not this database's."""
        if self.is_sqlite:
            _make_private(self.url.database)
        with foreign_errors(), self._writer.connect() as connection, connection.begin():
            migrations.upgrade(connection)
            tx = Transaction(connection, self.keyring, self.clock(), True)
            if tx.row(sa.select(key_check)) is None and tx.row(sa.select(clinics.c.id)) is None:
                from bot.store import audit  # It is written in terms of this module.

                write_key_check(tx)
                audit.begin(tx)
        self.check()

    def check(self) -> None:
        """Raises NotMigrated if the schema is not this version's, KeyMismatch if the keyring is not this database's."""
        with self.read() as tx:
            migrations.check(tx.connection)
            check_keys(tx)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _in_line(self, first: bool) -> Iterator[None]:
        """SQLite has one writer: this process's threads wait here for each other, woken at once instead of polling."""
        if not self.is_sqlite:
            yield
            return
        if not self.line.acquire(first=first, timeout=self.busy_seconds):
            raise StoreUnavailable("other writers of this process held the database for too long")
        try:
            yield
        finally:
            self.line.release()

    @contextmanager
    def _begin(self, engine: Engine, *, writing: bool) -> Iterator[Transaction]:
        with foreign_errors(), engine.connect() as connection, connection.begin():
            if writing and not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({ROTATION_LOCK})")
            yield Transaction(connection, self.keyring, self.clock(), writing)


def open_database(settings: Settings, *, migrate: bool = False) -> Database:
    """Open the database that the settings name, checked. A keyring is made only for an empty database, to `migrate` it.

    Raises KeyMismatch (missing or wrong key), NotMigrated (unless `migrate`), StoreUnavailable.
    """
    if not settings.keys_file.exists():
        _refuse_without_keys(settings)
        if not migrate:
            raise NotMigrated("the database is empty: run `between migrate`")
        _create_keyring(settings.keys_file)
    database = Database(settings.database_url, Keyring.load(settings.keys_file), tracker_url=settings.tracker_url)
    try:
        database.migrate() if migrate else database.check()
    except Exception:
        database.close()
        raise
    return database


def write_key_check(tx: Transaction) -> None:
    """Seal the known value by which the keyring is recognised."""
    tx.run(sa.delete(key_check))
    values = {"name": "known", "value": tx.seal(KNOWN, **KNOWN_PLACE), "root_hash": _root_hash(tx)}
    tx.run(sa.insert(key_check), values)


def check_keys(tx: Transaction) -> None:
    """Raises KeyMismatch if the known value does not open, or the root is another one."""
    found = tx.row(sa.select(key_check))
    if found is None:
        raise KeyMismatch("the database is in use and has no key check: it was changed by hand, or restored in part")
    tx.open(found.value, **KNOWN_PLACE)
    if found.root_hash != _root_hash(tx):
        raise KeyMismatch("the keyring's root is not the one that this database was written with")


def _root_hash(tx: Transaction) -> str:
    return tx.keyring.keyed_hash("key check", KNOWN)


def _create_keyring(path: Path) -> None:
    try:
        Keyring.create(path)
    except KeyMismatch:
        if not path.exists():  # Else another process was first: its keyring is the one.
            raise


def _refuse_without_keys(settings: Settings) -> None:
    for url, table in ((settings.database_url, "key_check"), (settings.tracker_url, "events")):
        if _holds_rows(driver_url(url), table):
            raise KeyMismatch(
                f"{settings.keys_file}: the file with the encryption keys is missing, and the database has rows that "
                "were written with it. Bring the file back; a new one is made for an empty database only"
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


def _make_private(path: str | None) -> None:
    """Create the file readable by its owner only; SQLite gives its log the same mode."""
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
