"""Migrations lead to exactly the tables that the code speaks of, on both engines, also when run at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.errors import NotMigrated
from bot.store.database import Database
from bot.store.encryption import Keyring
from bot.store.schema import SEALED, metadata
from tests.databases import Cluster

Empty = Callable[[], Database]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Empty]:
    """Opens the same database, in which nothing is yet."""
    Keyring.create(tmp_path / "keys.json")
    cluster: Cluster | None = request.getfixturevalue("postgres") if request.param == "postgres" else None
    name, opened = f"empty_{uuid4().hex}", list[Database]()
    if cluster:
        cluster.command(f"CREATE DATABASE {name}")

    def open_one() -> Database:
        url = cluster.url(name) if cluster else f"sqlite:///{tmp_path / 'between.db'}"
        opened.append(Database(url, Keyring.load(tmp_path / "keys.json")))
        return opened[-1]

    yield open_one
    for db in opened:
        db.close()
    if cluster:
        cluster.command(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_migrated_schema_is_the_schema(empty: Empty) -> None:
    database = empty()
    database.migrate()

    with database.read() as tx:
        context = MigrationContext.configure(
            tx.connection, opts={"compare_type": True, "compare_server_default": False}
        )
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_processes_that_migrate_at_once_wait_for_each_other(empty: Empty) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: empty().migrate(), range(4)))

    empty().check()


def test_an_empty_database_is_not_migrated(empty: Empty) -> None:
    with pytest.raises(NotMigrated, match="empty"):
        empty().check()


def test_every_text_column_is_sealed_or_a_word() -> None:
    """A column without a length could hold what a person wrote: it must be among those that are sealed."""
    sealed = {(found.table.name, column) for found in SEALED for column in found.columns} | {("key_check", "value")}
    free = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.type.__class__.__name__ == "Text"
    }

    assert free == sealed
