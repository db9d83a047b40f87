"""Alembic, run from Python: bring a connection's schema to the newest revision, or say that it is not there.

A change of `bot.store.schema` goes with a new file in `migrations/versions`; a test compares the two on both engines.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from bot.errors import NotMigrated

FOLDER = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file."""
    found = Config()
    found.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found


def upgrade(connection: Connection) -> None:
    """Run what is missing, inside the connection's open transaction. Processes that do it at once wait for each
    other.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(0x6d696772)".replace("0x6d696772", str(0x6D696772)))
    command.upgrade(config(connection), "head")


def check(connection: Connection) -> None:
    """Raises NotMigrated unless the schema is exactly this version's."""
    found = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(config()).get_current_head()
    if found != wanted:
        raise NotMigrated(
            f"the database's schema is {found or 'empty'}, this version needs {wanted}: run `between migrate`"
        )
