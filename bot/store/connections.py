"""Engines for SQLite and PostgreSQL, set as design section 11 says, and the drivers' exceptions made ours."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from bot.errors import Conflict, NotMigrated, StoreError, StoreUnavailable

BUSY_SECONDS = 5.0
LOOK_SECONDS = 0.002
POOL = {"pool_size": 10, "max_overflow": 40}  # More than a web process has threads.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
DEAD_PEER_MILLISECONDS = 10_000
MISSING = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")


def driver_url(url: str) -> sa.URL:
    """Name the driver that we have: Rasa's form of an address leaves it out."""
    found = sa.make_url(url)
    if found.drivername in ("postgres", "postgresql"):
        return found.set(drivername="postgresql+psycopg")
    return found


def make_engine(url: sa.URL, busy_seconds: float) -> Engine:
    """An engine that gives up on a lock after `busy_seconds`. Opens nothing yet; shows no values in its errors."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, busy_seconds)
    wait = int(busy_seconds * 1000)
    options = f"-c lock_timeout={wait} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    connect = {
        "connect_timeout": max(2, int(busy_seconds)),
        "options": options,
        "tcp_user_timeout": DEAD_PEER_MILLISECONDS,
    }
    return sa.create_engine(
        url, pool_pre_ping=True, pool_timeout=busy_seconds, hide_parameters=True, connect_args=connect, **POOL
    )


@contextmanager
def foreign_errors() -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers raise into our errors; messages leave out statements and values."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _ours(error.orig or error) from None
    except (sqlite3.Error, psycopg.Error) as error:
        raise _ours(error) from None
    except exc.TimeoutError:
        raise StoreUnavailable("every connection to the database was busy for too long") from None


def _ours(error: BaseException) -> StoreError:
    kind = type(error).__name__
    said = f"{kind}: {str(error).splitlines()[0] if str(error) else 'no message'}"
    if any(sign in said for sign in MISSING):
        return NotMigrated("the database lacks a table or a column of this version: run `between migrate`")
    if isinstance(error, sqlite3.IntegrityError | psycopg.IntegrityError):
        return Conflict("the database has such a row already, or needs one that is missing")
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.DataError | psycopg.ProgrammingError | psycopg.DataError):
        return StoreError(f"the database refused ({kind})")
    return StoreUnavailable(f"the database cannot be used now ({said})")


def _sqlite(url: sa.URL, busy_seconds: float) -> Engine:
    connect = {"timeout": busy_seconds}
    engine = sa.create_engine(url, pool_timeout=busy_seconds, hide_parameters=True, connect_args=connect, **POOL)

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, record: object) -> None:  # noqa: ARG001 - SQLAlchemy's signature.
        connection.isolation_level = None  # We say BEGIN ourselves.
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        how = connection.get_execution_options().get("begin")
        if how is None:
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_writing(connection.connection.driver_connection, how, busy_seconds)

    return engine


def _begin_writing(connection: Any, how: str, busy_seconds: float) -> None:
    """Wait for the other processes' writers. SQLite itself would sleep longer each time, past many that were quick."""
    connection.execute("PRAGMA busy_timeout=0")
    deadline = time.monotonic() + busy_seconds
    try:
        while True:
            try:
                connection.execute(how)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
            time.sleep(LOOK_SECONDS)
    finally:
        connection.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")
