"""The fixture `database`: every test that asks for it runs on SQLite and on a real PostgreSQL server.

The server is a private cluster in a temporary folder, started once per session, without a TCP port. Each test gets a
copy of a migrated database and of its keyring, and a clock that it can move.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from glob import glob
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.encryption import Keyring

ENGINES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
TEMPLATE = "between_template"


class Clock:
    """The real time, and what a test adds to it; once stopped, only what a test adds."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._stopped: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stopped or datetime.now(UTC)) + self.ahead

    def stop(self) -> None:
        """Stand still: a slow machine then changes nothing in what is waited for."""
        self._stopped = datetime.now(UTC)

    def forward(self, **amount: float) -> None:
        """Move on by so many `seconds`, `minutes`, `hours` or `days`."""
        self.ahead += timedelta(**amount)


class Cluster:
    """A PostgreSQL server of our own. Root runs it as the user postgres: the server refuses to be run by root."""

    def __init__(self) -> None:
        newest = sorted(glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
        self.programs = Path(newest[-1] if newest else Path(shutil.which("initdb") or "initdb").parent)
        self.folder = Path(tempfile.mkdtemp(prefix="between-postgres-"))
        self._as_postgres: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as_postgres = ["runuser", "-u", "postgres", "--"]

    def start(self) -> None:
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync")
        self.boot()

    def boot(self) -> None:
        """Start the server, also again after `halt`."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w", "start")

    def halt(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program: str, *arguments: str) -> str:
        """Run one of the server's programs and give what it printed."""
        command = [*self._as_postgres, str(self.programs / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
        return done.stdout

    def dump(self, database: str) -> str:
        """The rows of a database as text."""
        return self.run("pg_dump", "-h", str(self.folder), "-U", "postgres", "--inserts", database)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def command(self, statement: str) -> None:
        """Run a statement that creates or drops a database."""
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def keyring_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keyring that the templates were made with; tests use copies."""
    path = tmp_path_factory.mktemp("keyring") / "keys.json"
    Keyring.create(path)
    return path


@pytest.fixture(scope="session")
def postgres(keyring_file: Path) -> Iterator[Cluster]:
    """The server, with a migrated template."""
    cluster = Cluster()
    try:
        cluster.start()
        cluster.command(f"CREATE DATABASE {TEMPLATE}")
        template = Database(cluster.url(TEMPLATE), Keyring.load(keyring_file))
        template.migrate()
        template.close()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def sqlite_template(keyring_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file."""
    path = tmp_path_factory.mktemp("template") / "between.db"
    template = Database(f"sqlite:///{path}", Keyring.load(keyring_file))
    template.migrate()
    template.close()
    return path


@pytest.fixture
def clock() -> Clock:
    """The clock of `database`."""
    return Clock()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database; once for each engine."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "between.db")
        yield f"sqlite:///{tmp_path / 'between.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    cluster.command(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield cluster.url(name)
    cluster.command(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def connect(database_url: str, keyring_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Database]]:
    """Opens the test's database once more, as another process would: `connect(busy_seconds=…)`."""
    keys = tmp_path / "keys.json"
    if not keys.exists():
        shutil.copy(keyring_file, keys)
    tracker_url = database_url.replace("between.db", "tracker.db")
    opened: list[Database] = []

    def open_one(**options: float) -> Database:
        options = {"busy_seconds": 5.0, **options}
        db = Database(database_url, Keyring.load(keys), tracker_url=tracker_url, clock=clock, **options)
        opened.append(db)
        return db

    yield open_one
    for db in opened:
        db.close()


@pytest.fixture
def database(connect: Callable[..., Database]) -> Database:
    """A migrated, empty database, and the address of a tracker that is not there yet. Keyring: tmp_path/keys.json."""
    return connect()
