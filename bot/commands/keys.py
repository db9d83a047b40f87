"""`between keys`: the encryption keys."""

import sys

import typer

from bot.commands.surroundings import load_settings
from bot.store import audit
from bot.store.database import open_database
from bot.store.rotation import rotate as rotate_keys

app = typer.Typer(no_args_is_help=True, help="The encryption keys.")


@app.callback()
def keys() -> None:
    """The encryption keys."""


@app.command()
def rotate() -> None:
    """Seal everything again with a new key, while the processes run. Stopped halfway, it goes on when run again."""
    settings = load_settings()
    database = open_database(settings)
    try:
        done = rotate_keys(database, settings.keys_file, progress=_tell)
        with database.write() as tx:
            audit.write(tx, clinic_id=None, actor="between keys", act="rotate", kind="key", subject=done.active)
    finally:
        database.close()
    typer.echo(f"{done.values} values are sealed with key {done.active}; dropped: {', '.join(done.dropped) or 'none'}")


def _tell(table: str, values: int) -> None:
    print(f"  {table}: {values}", file=sys.stderr, flush=True)
