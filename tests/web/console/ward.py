"""A ward for the console's tests: a real database, the real application, a cast of staff, and patients who write.

Ada and Ben work for the demonstration clinic; Cleo works for another one and must see nothing of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyotp
import sqlalchemy as sa

from bot.safety import Assessment, Span
from bot.settings import Settings, load
from bot.store import answers, audit, clinics, conversations, escalations, factors, facts, members, messages, turns
from bot.store.audit import AuditRow
from bot.store.database import Database, open_database
from bot.store.rows import ClinicSettings, Conversation, Escalation, Member, Message, Session
from bot.store.schema_staff import sessions

PASSWORD = "a long enough password"
EMAILS = {"ada": "ada@demo.example", "ben": "ben@demo.example", "cleo": "cleo@other.example"}
NAMES = {"ada": "Ada Nowak", "ben": "Ben Osei", "cleo": "Cleo Byrne"}
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

    def say(self, text: str, level: str = "none", *found: str, phrase: str = "", **sent: Any) -> Message:
        """What the patient writes, and what the screen makes of it: a level, the categories, the phrase."""
        with self.ward.db.write() as tx:
            received = messages.receive(
                tx,
                self.conversation,
                client_id=str(uuid4()),
                body=sent or {"text": text},
                text=text,
                assessment=finding(level, *found, text=text, phrase=phrase),
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
        message = self.say(title, level, "suicidal_ideation", choice=choice)
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

    def tell(self, dialogue: str, session: str, **steps: Any) -> str:
        """Answers of one session of a dialogue; a pair is the value and the words. Gives the id of the first."""
        kept = []
        for step, given in steps.items():
            value, text = given if isinstance(given, tuple) else (given, None)
            message = self.say(text or str(value))
            with self.ward.db.write() as tx:
                kept.append(
                    answers.save(
                        tx, conversation_id=self.conversation.id, message_id=message.id, dialogue=dialogue,
                        session=session, step=step, wording="", value=value, text=text,
                    )
                )  # fmt: skip
        return kept[0].id

    def note(self, text: str, *, sent: bool = True) -> str:
        """A note to the therapist, sent or kept. Gives its id."""
        return self.tell("note", uuid4().hex, note=(text, text), note_sent="send" if sent else "keep")

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


def found_ward(folder: Path) -> dict[str, str]:
    """Make the database with two clinics and their staff, all signed in. Gives the tokens of their sessions.

    Passwords are slow to hash on purpose: tests open copies of one ward.
    """
    db = open_database(settings_in(folder), migrate=True)
    with db.write() as tx:
        clinics.create(tx, "demo", ClinicSettings(name="Riverside Clinic", demo=True))
        clinics.create(tx, "other", ClinicSettings(name="Another"))
        for who, name in NAMES.items():
            clinic = EMAILS[who].split("@")[1].split(".")[0]
            members.create(tx, clinic, EMAILS[who], name, "clinician", PASSWORD)
    sessions = {who: members.login(db, email, PASSWORD, "127.0.0.1") for who, email in EMAILS.items()}
    _set_up_second_factor(db, sessions["cleo"])
    db.close()
    return {who: session.token for who, session in sessions.items() if session}


def _set_up_second_factor(db: Database, session: Session | None) -> None:
    """Another clinic is a live one, where a password is not enough."""
    assert session is not None
    with db.write() as tx:
        secret = factors.secret(tx, session.member)
    assert factors.confirm(db, session.token, session.member, pyotp.TOTP(secret).now())


def settings_in(folder: Path) -> Settings:
    return load({"DATA_DIR": str(folder), "INNER_SECRET": "a-secret-of-the-tests"})


class Ward:
    """A ward that was founded in this folder."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = settings_in(folder)
        self.db = open_database(self.settings)
        self.clock = self.db.clock = Clock()
        with self.db.write() as tx:
            tx.run(sa.update(sessions).values(proved_at=tx.now))  # The ward may have been founded an hour ago.
            self.clinic = clinics.get(tx, "demo")
            staff = {member.name: member for clinic in ("demo", "other") for member in members.of_clinic(tx, clinic)}
        self.ada, self.ben, self.cleo = (staff[name] for name in NAMES.values())

    def case(self, *, consent: str = "given") -> Case:
        """A conversation in which nothing has been said yet."""
        with self.db.write() as tx:
            conversation, _ = conversations.start(tx, self.clinic, language="en")
            conversations.set_consent(tx, conversation.id, consent, "1")
            return Case(self, conversations.load(tx, "demo", conversation.id))

    def emergency(self) -> Case:
        """A patient in danger, whose words were highlighted."""
        case = self.case()
        case.say("i want to kill myself tonight", "emergency", "suicidal_ideation", phrase="kill myself")
        return case

    def rows(self, member: Member) -> list[AuditRow]:
        """What the audit trail says that a member has done and seen."""
        with self.db.read() as tx:
            return [row for row in audit.of(tx, member.clinic_id) if row.actor == member.id]

    def close(self) -> None:
        self.db.close()


def finding(level: str, *categories: str, text: str = "", phrase: str = "") -> Assessment:
    """What a layer found; staff are asked for from urgent on, the rest is read."""
    action = {"emergency": "page", "urgent": "page", "same_day": "ask", "note": "review", "none": "none"}[level]
    start = text.find(phrase) if phrase else -1
    spans = [
        Span(start=start, end=start + len(phrase), rule=f"{category}.test", category=category, level=level)
        for category in categories[: 1 if start >= 0 else 0]
    ]
    return Assessment(
        level=level,
        action=action,
        categories=categories if level != "none" else (),
        spans=tuple(spans),
        reasons=(),
        rules_version="test",
    )
