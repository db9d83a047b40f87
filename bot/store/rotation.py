"""Rotation: a new sealing key, and every value sealed again with it, while the other processes go on.

1. A key is added to the keyring file and becomes the active one. Running processes notice when they next seal.
2. The key check is sealed with it, so that a process with an old copy of the keyring refuses to start. This transaction
   waits for every other; those that begin after it seal with the new key.
3. Every value in our tables and in Rasa's tracker is sealed again, in batches, each compared before it is replaced.
4. Only when none is left, the old keys are dropped from the file.

A stop anywhere is made good by running it again. The root key, from which hashes and tokens derive, stays.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.store.connections import foreign_errors, make_engine
from bot.store.database import ROTATION_LOCK, Database, Transaction, check_keys, write_key_check
from bot.store.encryption import VERSION, Keyring
from bot.store.schema import SEALED

BATCH = 200
GRACE_SECONDS = 2.0
TRACKER_COLUMNS = ("data", "intent_name", "action_name")
TRACKER_CLINIC = "-"

Progress = Callable[[str, int], None]


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """What a rotation did: values sealed again, the key that seals now, and the keys that were dropped."""

    values: int
    active: str
    dropped: tuple[str, ...]


def rotate(
    db: Database, keyring_path: str | Path, *, progress: Progress | None = None, grace_seconds: float = GRACE_SECONDS
) -> Rotation:
    """Run a rotation, or go on with one that was stopped. `progress` is told the table and size of each batch.

    `grace_seconds`: how long a Rasa process may take from sealing an event to storing it.
    Raises KeyMismatch (a wrong keyring: nothing is changed; or a value that does not open), StoreUnavailable.
    """
    keyring = Keyring.load(keyring_path)
    with db.read() as tx:
        check_keys(replace(tx, keyring=keyring))
    if len(keyring.ids) == 1:
        keyring.add_key()
    with _alone(db) as tx:
        write_key_check(replace(tx, keyring=keyring))
    values = 0
    for sealed in SEALED:
        place = _Place(sealed.table, sealed.key, sealed.key, sealed.clinic, sealed.columns)
        values += _reseal(db.engine, place, keyring, progress)
    values += _reseal_tracker(db, keyring, progress)
    time.sleep(grace_seconds)
    values += _reseal_tracker(db, keyring, progress)
    dropped = tuple(name for name in keyring.ids if name != keyring.active)
    keyring.drop_others()
    return Rotation(values=values, active=keyring.active, dropped=dropped)


class _Place(NamedTuple):
    """Where sealed values stand: how a row is found, and what its values are bound to (`clinic` None: "-")."""

    table: sa.TableClause
    key: tuple[str, ...]
    row: tuple[str, ...]
    clinic: str | None
    columns: tuple[str, ...]


def _reseal_tracker(db: Database, keyring: Keyring, progress: Progress | None) -> int:
    """Rasa's events, by the rule in `bot.store.encryption`. The table may not be there yet, nor every column."""
    if db.tracker_url is None:
        return 0
    engine = make_engine(db.tracker_url, db.busy_seconds)
    try:
        with foreign_errors(), engine.connect() as connection:
            inspector = sa.inspect(connection)
            there = (
                {found["name"] for found in inspector.get_columns("events")} if inspector.has_table("events") else set()
            )
        columns = tuple(name for name in TRACKER_COLUMNS if name in there)
        if not columns:
            return 0
        events = sa.table("events", *(sa.column(name) for name in ("id", "sender_id", *columns)))
        return _reseal(engine, _Place(events, ("id",), ("sender_id",), None, columns), keyring, progress)
    finally:
        engine.dispose()


def _reseal(engine: Engine, place: _Place, keyring: Keyring, progress: Progress | None) -> int:
    """Pass over a table until a pass finds nothing that is sealed with an old key. Gives how many values were."""
    done = 0
    while found := _pass(engine, place, keyring, progress):
        done += found
    return done


def _pass(engine: Engine, place: _Place, keyring: Keyring, progress: Progress | None) -> int:
    """Go through the table once, in the order of its key; rows are read without a lock, and compared when replaced."""
    done, last = 0, None
    while rows := _old_rows(engine, place, keyring, last):
        with foreign_errors(), engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            for row in rows:
                done += sum(_replace(connection, place, keyring, row, name) for name in place.columns)
        last = [rows[-1][name] for name in place.key]
        if progress is not None:
            progress(place.table.name, len(rows))
    return done


def _old_rows(engine: Engine, place: _Place, keyring: Keyring, last: list[Any] | None) -> list[dict[str, Any]]:
    columns = place.table.c
    key = [columns[name] for name in place.key]
    old = (
        columns[name].like(f"{VERSION}.%") & columns[name].not_like(_prefix(keyring) + "%") for name in place.columns
    )
    statement = sa.select(place.table).where(sa.or_(*old)).order_by(*key).limit(BATCH)
    if last is not None:
        statement = statement.where(sa.tuple_(*key) > sa.tuple_(*(sa.literal(value) for value in last)))
    with foreign_errors(), engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(statement)]


def _replace(connection: Connection, place: _Place, keyring: Keyring, row: dict[str, Any], name: str) -> bool:
    value = row[name]
    if value is None or not value.startswith(f"{VERSION}.") or value.startswith(_prefix(keyring)):
        return False
    where = {
        "table": place.table.name,
        "row": "/".join(str(row[part]) for part in place.row),
        "column": name,
        "clinic": row[place.clinic] if place.clinic else TRACKER_CLINIC,
    }
    fresh = keyring.seal(keyring.open(value, **where), **where)
    mine = [place.table.c[part] == row[part] for part in place.key]
    change = sa.update(place.table).where(*mine, place.table.c[name] == value).values({name: fresh})
    return int(connection.execute(change).rowcount) == 1


def _prefix(keyring: Keyring) -> str:
    return f"{VERSION}.{keyring.active}."


@contextmanager
def _alone(db: Database) -> Iterator[Transaction]:
    """A write transaction that begins when every other has ended; SQLite's always do."""
    if db.is_sqlite:
        with db.write() as tx:
            yield tx
        return
    with foreign_errors(), db.engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ROTATION_LOCK})")
        yield Transaction(connection, db.keyring, db.clock(), True)
