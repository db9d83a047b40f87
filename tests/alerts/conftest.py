"""A clinic with people and channels, a crisis, and receivers on loopback."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from bot.alerts.dispatch import Dispatcher, Send
from bot.alerts.sending import send
from bot.store import channels, clinics, conversations, escalations, incidents, members, messages, outbox
from bot.store.channels import Channel
from bot.store.database import Database
from bot.store.findings import Finding
from bot.store.outbox import Try
from bot.store.rows import Clinic, ClinicSettings, Conversation, Escalation, Member
from tests.alerts.receivers import Hook, Mailbox, hook, mailbox

CANARY = "heliotrope"
CRISIS = Finding(level="emergency", action="page", categories=("suicidal_ideation",))
URGENT = Finding(level="urgent", action="page", categories=("abrupt_stop",))
TODAY = Finding(level="same_day", action="page", categories=("request_human",))
URL = "https://between.example"


@dataclass(frozen=True)
class Ward:
    """A clinic, a nurse and a manager, and what happens there."""

    db: Database
    clinic: Clinic
    nurse: Member
    manager: Member

    def channel(self, url: str, *, of: Member | None = None, lane: str = "duty", least: str = "same_day") -> Channel:
        with self.db.write() as tx:
            return channels.add(
                tx, "demo", url, name="a channel", member_id=of.id if of else None, lane=lane, least=least
            )

    def patient(self, identity: str | None = "p") -> Conversation:
        with self.db.write() as tx:
            clinic = clinics.get(tx, "demo")
            return conversations.start(tx, clinic, language="en", identity=identity and uuid4().hex)[0]

    def crisis(self, found: Finding = CRISIS, *, patient: Conversation | None = None) -> Escalation:
        """Somebody writes something that is found to be serious."""
        who = patient or self.patient()
        text = f"I want to die, says {CANARY}"
        with self.db.write() as tx:
            received = messages.receive(
                tx, who, client_id=uuid4().hex, body={"text": text}, text=text, assessment=found
            )  # fmt: skip
        assert received.escalation is not None
        return received.escalation

    def sends(self, how: Send = send) -> int:
        """What is due is sent, until everything that was begun has ended. Gives how many alerts were begun."""

        async def scene() -> int:
            dispatcher = Dispatcher(self.db, public_url=URL, send=how)
            begun = await dispatcher.run_due()
            await dispatcher.settled()
            return begun

        return asyncio.run(scene())

    def now(self, escalation: Escalation) -> Escalation:
        with self.db.read() as tx:
            return escalations.by_id(tx, escalation.id)

    def tries(self) -> list[Try]:
        with self.db.read() as tx:
            return outbox.tries_of(tx, clinic_id="demo")

    def incidents(self) -> list[str]:
        with self.db.read() as tx:
            return [one.kind for one in incidents.open_of(tx, "demo")]


@pytest.fixture
def ward(database: Database, monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setattr(members, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))  # A real one takes 50 ms.
    with database.write() as tx:
        clinic = clinics.create(tx, "demo", ClinicSettings(name="Harbour Lane Clinic"))
        nurse = members.create(tx, "demo", "nina@demo.example", "Nina", "clinician", "a password of Nina's")
        manager = members.create(tx, "demo", "max@demo.example", "Max", "manager", "a password of Max's")
    return Ward(database, clinic, nurse, manager)


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def web() -> Iterator[Hook]:
    with hook() as box:
        yield box
