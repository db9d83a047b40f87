"""`between migrate`: bring the database to this version's schema."""

import typer

from bot.commands.surroundings import load_settings
from bot.store.database import open_database


def migrate() -> None:
    """Bring the database to this version; makes database and keys if there are none."""
    settings = load_settings()
    open_database(settings, migrate=True).close()
    typer.echo(f"{_shown(settings.database_url)} is at this version")


def _shown(url: str) -> str:
    """The address without a password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url
