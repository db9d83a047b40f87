"""A ward for the console's tests: a real database, the real application, a cast of staff, and patients who write.

Ada and Ben work for the demonstration clinic; Cleo works for another one and must see nothing of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.safety import Assessment, screen
from bot.settings import Settings, load
from bot.store import answers, audit, clinics, conversations, escalations, facts, members, messages, turns
from bot.store.audit import AuditRow
from bot.store.database import open_database
from bot.store.rows import ClinicSettings, Conversation, Escalation, Member, Message

PASSWORD = "a long enough password"
EMAILS = {"ada": "ada@demo.example", "ben": "ben@demo.example", "cleo": "cleo@other.example"}
QUESTIONS = {
    "Q0": "Today, have you hurt yourself, taken too much of something, or tried to end your life?",
    "Q1": "Are you having thoughts of ending your life?",
    "Q3": "Do you feel you might act on these thoughts?",
}


class Clock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def at(self, **ago: float) -> None:
        """Go so far back: what is stored next happened then."""
        self.ahead = -timedelta(**ago)


@dataclass
class Case:
    """A patient's conversation and the escalation that it raised."""

    ward: "Ward"
    conversation: Conversation

    def say(self, text: str, *, assessment: Assessment | None = None, **body: Any) -> Message:
        found = assessment or screen(text)
        with self.ward.db.write() as tx:
            sent = body or {"text": text}
            received = messages.receive(
                tx, self.conversation, client_id=str(uuid4()), body=sent, text=text, assessment=found
            )
        return received.message

    def bot(self, text: str, **reply: Any) -> None:
        """The bot's answer to everything that it owes one to."""
        with self.ward.db.write() as tx:
            turns.lease(tx, self.conversation.id, "test")
            for turn in [one for one in turns.of_conversation(tx, self.conversation.id) if one.state in turns.OWED]:
                turns.settle(tx, turn, "test", [], meaning=None)
            turns.release(tx, self.conversation.id, "test")
            messages.bot_say(
                tx, self.conversation, {"text": text, **reply}, turn_id=uuid4().hex, kind="reply", hidden=False
            )

    def answer(self, step: str, title: str, choice: str, *, level: str) -> None:
        """The question of the ladder, and the patient's answer to it."""
        self.bot(QUESTIONS[step], choices=[{"id": "no", "title": "No"}, {"id": choice, "title": title}], state=step)
        found = finding(level, "suicidal_ideation") if level != "none" else finding("none")
        message = self.say(title, assessment=found, choice=choice)
        with self.ward.db.write() as tx:
            answers.save(
                tx,
                conversation_id=self.conversation.id,
                message_id=message.id,
                dialogue="safety",
                session=uuid4().hex,
                step=step,
                wording=f"utter_{step}",
                value=choice,
                text=title,
            )

    def know(self, **known: Any) -> None:
        with self.ward.db.write() as tx:
            for name, value in known.items():
                facts.set(tx, self.conversation.id, name, value)

    @property
    def escalation(self) -> Escalation:
        with self.ward.db.read() as tx:
            return escalations.of_conversation(tx, self.conversation.id)[-1]

    @property
    def path(self) -> str:
        return f"/console/escalations/{self.escalation.id}"


class Ward:
    """The database with two clinics and their staff."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = load({"DATA_DIR": str(folder), "INNER_SECRET": "a-secret-of-the-tests"})
        self.db = open_database(self.settings, migrate=True)
        self.clock = self.db.clock = Clock()
        with self.db.write() as tx:
            self.clinic = clinics.create(tx, "demo", ClinicSettings(name="Riverside Clinic", demo=True))
            clinics.create(tx, "other", ClinicSettings(name="Another"))
            self.ada = members.create(tx, "demo", EMAILS["ada"], "Ada Nowak", "clinician", PASSWORD)
            self.ben = members.create(tx, "demo", EMAILS["ben"], "Ben Osei", "clinician", PASSWORD)
            self.cleo = members.create(tx, "other", EMAILS["cleo"], "Cleo Byrne", "clinician", PASSWORD)

    def case(self, *said: str, consent: str = "given") -> Case:
        """A conversation in which the patient has said something; the first that is flagged opens the escalation."""
        with self.db.write() as tx:
            conversation, _ = conversations.start(tx, self.clinic, language="en")
            conversations.set_consent(tx, conversation.id, consent, "1")
            conversation = conversations.load(tx, "demo", conversation.id)
        case = Case(self, conversation)
        for text in said:
            case.say(text)
        return case

    def rows(self, member: Member) -> list[AuditRow]:
        """What the audit trail says that a member has done and seen."""
        with self.db.read() as tx:
            return [row for row in audit.of(tx, member.clinic_id) if row.actor == member.id]

    def close(self) -> None:
        self.db.close()


def finding(level: str, *categories: str, action: str = "page") -> Assessment:
    """What a layer found, without a phrase."""
    return Assessment(
        level=level,
        action=action if level != "none" else "none",
        categories=categories,
        spans=(),
        reasons=(),
        rules_version="test",
    )
