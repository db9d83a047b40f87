"""The one database of the actions process, opened at its start and handed to the actions here. Nothing else is kept."""

from bot.errors import StoreUnavailable
from bot.store.database import Database

_held: list[Database] = []


def hold(database: Database) -> None:
    """Give the actions their database; a second one replaces the first."""
    _held[:] = [database]


def database() -> Database:
    """The database that the process opened. Raises StoreUnavailable before that."""
    if not _held:
        raise StoreUnavailable("the actions process has opened no database")
    return _held[0]
