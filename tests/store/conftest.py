"""The fixed cast of the store's tests: a patient, her clinician, a colleague, and an outsider of another clinic."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from bot.store import clinics, conversations, escalations, members, messages, turns
from bot.store.database import Database
from bot.store.findings import Finding
from bot.store.rows import Assessed, Clinic, ClinicSettings, Conversation, Escalation, Member, Message, Received, Turn
from tests.store.trackers import Tracker

NOTHING = Finding(level="none", action="none", categories=())
NOTED = Finding(level="note", action="review", categories=("driving_caring_impaired",), reasons=("rule d1",))
TODAY = Finding(level="same_day", action="ask", categories=("escalating_use",), reasons=("rule e1",))
CRISIS = Finding(level="emergency", action="page", categories=("suicidal_ideation",), reasons=("rule s1",))
YES_OR_NO = {"text": "Is it safe?", "choices": [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]}


@dataclass(frozen=True)
class Cast:
    """The people, and a conversation of the patient that has just begun."""

    db: Database
    clinic: Clinic
    patient: Conversation
    clinician: Member
    colleague: Member
    outsider: Member

    def says(
        self,
        text: str,
        *,
        client_id: str | None = None,
        found: Assessed = NOTHING,
        body: dict[str, object] | None = None,
        unscreened: bool = False,
    ) -> Received:
        """The patient sends a text (or another body); one transaction."""
        with self.db.write() as tx:
            return messages.receive(
                tx,
                self.patient,
                client_id=client_id or uuid4().hex,
                body=body or {"text": text},
                text=text,
                assessment=found,
                unscreened=unscreened,
            )

    def owed(self) -> Turn | None:
        """The turn that would be asked now."""
        with self.db.read() as tx:
            return turns.next(tx, self.patient.id)

    def bot_says(self, *replies: dict[str, object]) -> list[Message]:
        """The oldest turn that is owed is asked and settled with these replies."""
        owner = uuid4().hex
        with self.db.write() as tx:
            assert turns.lease(tx, self.patient.id, owner)
            turn = turns.next(tx, self.patient.id)
            assert turn is not None
            said = turns.settle(tx, turn, owner, replies, meaning=None)
            turns.release(tx, self.patient.id, owner)
        return said

    def now(self) -> Conversation:
        """The patient's conversation as it is now."""
        with self.db.read() as tx:
            return conversations.load(tx, self.clinic.id, self.patient.id)

    def open_escalation(self) -> Escalation:
        """The patient's open escalation; there must be one."""
        with self.db.read() as tx:
            found = escalations.open_of(tx, self.patient.id)
        assert found is not None
        return found

    def shown(self) -> list[str]:
        """The texts that the patient sees."""
        with self.db.read() as tx:
            return [message.text for message in messages.after(tx, self.patient.id, 0)]


@pytest.fixture
def cast(database: Database, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(members, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))  # A real one takes 50 ms.
    with database.write() as tx:
        clinic = clinics.create(tx, "demo", ClinicSettings(name="Demonstration clinic", demo=True))
        clinics.create(tx, "other", ClinicSettings(name="Another clinic"))
        clinician = members.create(tx, "demo", "clara@demo.example", "Clara", "clinician", "secret of Clara")
        colleague = members.create(tx, "demo", "carl@demo.example", "Carl", "clinician", "secret of Carl")
        outsider = members.create(tx, "other", "olga@other.example", "Olga", "clinician", "secret of Olga")
        patient, _ = conversations.start(tx, clinic, language="en")
    return Cast(database, clinic, patient, clinician, colleague, outsider)


@pytest.fixture
def tracker(database: Database) -> Iterator[Tracker]:
    """The tracker database, with Rasa's table in it."""
    tracker = Tracker(database)
    yield tracker
    tracker.close()
