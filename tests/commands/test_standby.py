"""When the worker is dead the web process does its urgent work, says so, and stops when the worker is back."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from bot import settings as settings_table
from bot.alerts import worker
from bot.commands import standby
from bot.settings import Settings
from bot.store import channels, clinics, conversations, escalations, incidents, messages, outbox, processes, timed
from bot.store.database import Database
from bot.store.findings import Finding
from bot.store.rows import ClinicSettings
from bot.web.rasa import RasaClient
from bot.web.storing import Store
from bot.web.turns import TurnRunner
from tests.alerts.receivers import Hook, hook
from tests.databases import Clock

CRISIS = Finding(level="emergency", action="page", categories=("suicidal_ideation",))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_table.load({"DATA_DIR": str(tmp_path), "RASA_URL": "http://127.0.0.1:9", "INNER_SECRET": "s" * 20})


def begin(database: Database, box: Hook) -> str:
    """A clinic with a channel, and a patient in a crisis. Gives the conversation."""
    with database.write() as tx:
        clinic = clinics.create(tx, "demo", ClinicSettings(name="Harbour Lane Clinic"))
        channels.add(tx, "demo", box.url, name="duty")
        patient, _ = conversations.start(tx, clinic, language="en")
        body = {"text": "I want to die"}
        messages.receive(tx, patient, client_id=uuid4().hex, body=body, text=body["text"], assessment=CRISIS)
        return patient.id


def beat(database: Database) -> None:
    with database.write() as tx:
        processes.beat(tx, worker.NAME, 1)


async def stands_by(settings: Settings, database: Database, seen: Callable[[], bool]) -> None:
    """Let the web process stand by until `seen` (a function) says so."""
    rasa = RasaClient(settings.rasa_url, settings.inner_secret)
    runner = TurnRunner(Store(database), rasa)
    task = asyncio.create_task(standby.stand_by(settings, database, runner))
    try:
        async with asyncio.timeout(60):
            while not seen():
                await asyncio.sleep(0.1)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await runner.aclose()
        await rasa.aclose()


def test_a_dead_worker_delays_no_alert_and_is_an_incident_that_is_paged_once(
    database: Database, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "LOOK_SECONDS", 0.1)
    with hook() as box:
        beat(database)
        conversation = begin(database, box)

        def seen() -> bool:
            clock.forward(seconds=5)
            with database.read() as tx:
                record = escalations.open_of(tx, conversation)
                lines = [line for line in timed.due(tx) if line.name == "told"]
                return record is not None and record.is_told and not lines and len(box.posts) >= 2

        asyncio.run(stands_by(settings, database, seen))

    kinds = sorted(body.split('"alert.')[1].split('"')[0] for _, body in box.posts)
    assert kinds == ["house", "needs"]
    with database.read() as tx:
        assert [one.kind for one in incidents.open_of(tx, "demo")] == ["worker"]


def test_a_living_worker_is_left_to_its_work(database: Database, clock: Clock) -> None:
    with hook() as box:
        begun = clock()
        begin(database, box)
        beat(database)
        with database.read() as tx:
            assert not standby.is_late(tx, begun)
        clock.forward(seconds=21)
        with database.read() as tx:
            assert standby.is_late(tx, begun)
            assert not standby.is_late(tx, clock())


def test_a_worker_that_is_back_ends_the_incident(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "LOOK_SECONDS", 0.1)
    with hook() as box:
        begin(database, box)
        with database.write() as tx:
            incidents.opened(tx, "demo", "worker", worker.NAME)

        def seen() -> bool:
            beat(database)
            with database.read() as tx:
                return incidents.open_of(tx, "demo") == []

        asyncio.run(stands_by(settings, database, seen))
        with database.read() as tx:
            assert [one.kind for one in outbox.undelivered(tx, "demo")] == ["opened"]
