"""A real SQLite store, the real action server over it, and patients.

One server runs for all tests; every test has a database of its own, a copy of one that was made once.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import httpx
import pytest
import uvicorn

from bot.actions import holder
from bot.actions.server import create_app
from bot.settings import Settings, load
from bot.store.database import Database
from bot.store.encryption import Keyring
from tests.actions.patient import Patient, make_clinic
from tests.databases import Clock

KEPT = ("slots", "events", "form", "said", "conversation")
SECRET = "a made-up inner secret"
CONSENTED = ("go_on", "understood", "safe", "adult", "patient", "worry_sleep", "agree")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database, its keyring and one clinic."""
    folder = tmp_path_factory.mktemp("template")
    database = Database(settings_in(folder).database_url, Keyring.create(folder / "keys.json"))
    database.migrate()
    make_clinic(database)
    database.close()
    return folder


@pytest.fixture(scope="session")
def server(template: Path) -> Iterator[httpx.Client]:
    """The action server on a free port of this machine."""
    app = create_app(settings_in(template), open_copy(template))
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=False) as client:
        yield client
    running.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def onboarded(template: Path, server: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """A patient who has been through the onboarding, once for all tests; use `known`."""
    database = open_copy(template, tmp_path_factory.mktemp("onboarded"))
    holder.hold(database)
    patient = Patient(server, database, SECRET, identity="patient-1").open()
    for option in CONSENTED:
        patient.picks(option)
    patient.says("07700 900456").says("skip", "skip").says("skip", "skip")
    patient.picks("call_and_message").picks("no_one").picks("tablet").says("Sam").picks("skip")
    assert patient.asked == "ON13"
    database.close()
    return patient


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(template: Path, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    yield from held(open_copy(template, tmp_path, clock))


@pytest.fixture
def patient(server: httpx.Client, store: Database) -> Patient:
    """A patient who has just opened the chat for the first time."""
    return Patient(server, store, SECRET, identity="patient-1").open()


@pytest.fixture
def known(server: httpx.Client, onboarded: Patient, tmp_path: Path, clock: Clock) -> Iterator[Patient]:
    """A patient who has been through the onboarding and consented."""
    folder = Path(onboarded.database.url.database or "").parent
    for database in held(open_copy(folder, tmp_path, clock)):
        progress = deepcopy({name: getattr(onboarded, name) for name in KEPT})
        yield Patient(server, database, SECRET, identity="patient-1", **progress)


def settings_in(folder: Path) -> Settings:
    return load({"DATA_DIR": str(folder), "INNER_SECRET": SECRET, "KEYS_FILE": str(folder / "keys.json")})


def open_copy(source: Path, folder: Path | None = None, clock: Clock | None = None) -> Database:
    """The database of a folder, copied into another if one is named."""
    if folder is not None:
        for file in source.glob("between.db*"):
            shutil.copy(file, folder)
        shutil.copy(source / "keys.json", folder)
    place = folder or source
    database_url = settings_in(place).database_url
    return Database(database_url, Keyring.load(place / "keys.json"), clock=clock or Clock())


def held(database: Database) -> Iterator[Database]:
    holder.hold(database)
    yield database
    database.close()
