"""Migrations lead to exactly the tables that the code speaks of, on both engines, also when processes migrate at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Empty:
    """Opens the same database, in which nothing is yet."""
    Keyring.create(tmp_path / "keys.json")
    url = f"sqlite:///{tmp_path / 'between.db'}"
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("postgres")
        name = f"empty_{tmp_path.name.replace('-', '_').lower()}"
        cluster.command(f'CREATE DATABASE "{name}"')
        request.addfinalizer(lambda: cluster.command(f'DROP DATABASE "{name}" WITH (FORCE)'))
        url = cluster.url(name)

    def open_one() -> Database:
        db = Database(url, Keyring.load(tmp_path / "keys.json"))
        request.addfinalizer(db.close)
        return db

    return open_one


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
