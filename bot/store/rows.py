"""The rows as frozen dataclasses: what the verbs of this room give to the others."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Spanned(Protocol):
    """Where a rule fired: offsets (code points) into the original text. `bot.safety.Span` is one."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def rule(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def level(self) -> str: ...


class Assessed(Protocol):
    """What was found in a message. `bot.safety.Assessment` is one; so is `bot.store.findings.Finding`."""

    @property
    def level(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def spans(self) -> tuple[Spanned, ...]: ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class ClinicSettings:
    """What a clinic decides for itself."""

    name: str
    country: str = "UK"
    language: str = "en"
    timezone: str = "Europe/London"
    staff_hours: str = ""
    therapist: str = "your therapist"
    contacts: tuple[dict[str, Any], ...] = ()
    origins: tuple[str, ...] = ()
    identity_secret: str = ""
    identity_required: bool = False
    demo: bool = False
    colour: str = ""
    resume_days: int = 30
    retention_days: int = 365
    legal_hold: bool = False
    gad7: bool = False
    two_person_close: bool = False
    consent_text: str = ""
    clocks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Clinic:
    id: str
    settings: ClinicSettings
    created_at: datetime

    def consent_version(self, reviewed: str) -> str:
        """The version of the text that patients agree to: that of the reviewed one, and a mark of the clinic's own
        words, so that who agreed to other words is asked again.
        """
        own = self.settings.consent_text
        return f"{reviewed}+{hashlib.sha256(own.encode()).hexdigest()[:8]}" if own else reviewed


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of a clinic's staff."""

    id: str
    clinic_id: str
    email: str
    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None = None
    title: str | None = None
    has_factor: bool = False

    @property
    def public_name(self) -> str:
        """Who patients read that they talk to: the first name, and what the member is. "Ada, nurse"."""
        first = self.name.split()[0] if self.name.split() else self.name
        return f"{first}, {self.title}" if self.title else first


@dataclass(frozen=True, kw_only=True)
class Session:
    """A login. The token is known here only: the database has its hash. `passed` False: the second factor is owed."""

    token: str = field(repr=False)
    member: Member
    expires_at: datetime
    passed: bool = True


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One finding: unique per message, layer and category."""

    seq: int
    message_id: str
    layer: str
    category: str
    level: str
    action: str
    rule: str | None
    quote: str = field(repr=False)
    start: int | None
    end: int | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """The record that staff act on. A claim that ran out is shown as none."""

    id: str
    clinic_id: str
    conversation_id: str
    level: str
    action: str
    state: str
    categories: tuple[str, ...]
    opened_at: datetime
    level_at: datetime
    alerted_at: datetime | None
    acknowledged_at: datetime | None
    claimed_by: str | None
    claimer_name: str | None
    claimed_at: datetime | None
    claim_expires_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    last_signal_seq: int
    signals: tuple[Signal, ...]
    drill: bool = False
    proposed_by: str | None = None
    proposer_name: str | None = None
    proposed_outcome: str | None = None

    @property
    def is_seen(self) -> bool:
        """Whether a person has said so, since it reached its level."""
        return self._since_level(self.acknowledged_at, self.claimed_at)

    @property
    def is_told(self) -> bool:
        """Whether an alert has arrived, or a person has seen it. What came before the level rose does not count."""
        return self.is_seen or self._since_level(self.alerted_at)

    def _since_level(self, *moments: datetime | None) -> bool:
        return any(moment is not None and moment >= self.level_at for moment in moments)


@dataclass(frozen=True, kw_only=True)
class Conversation:
    id: str
    clinic_id: str
    language: str
    consent: str
    holder: str | None
    identity: str | None = field(repr=False)
    created_at: datetime
    last_at: datetime
    ended_at: datetime | None
    legal_hold: bool
    open_escalation: Escalation | None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. `seq` is the cursor; `answers` is the id of the question that was open when a patient wrote this.
    One that its patient took back is not shown to them again; staff see it with a mark. `read_at`: of a person's
    message, when the patient's page has shown it.
    """

    id: str
    seq: int
    conversation_id: str
    sender: str
    name: str | None
    text: str = field(repr=False)
    kind: str
    choices: tuple[dict[str, str], ...] = ()
    multiple: bool = False
    scale: dict[str, Any] | None = None
    date: bool = False
    state: str | None = None
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    answers: str | None = None
    hidden: bool = False
    client_id: str | None = None
    turn_id: str | None = None
    taken_back_at: datetime | None = None
    read_at: datetime | None = None
    at: datetime

    def public(self) -> dict[str, Any]:
        """The message as the chat API shows it (design section 5)."""
        shown: dict[str, Any] = {"id": self.id, "from": self.sender}
        if self.name is not None:
            shown["name"] = self.name
        shown |= {"text": "" if self.taken_back_at else self.text, "choices": [dict(choice) for choice in self.choices]}
        if self.multiple:
            shown["multiple"] = True
        if self.scale is not None:
            shown["scale"] = dict(self.scale)
        if self.date:
            shown["date"] = True
        if self.taken_back_at is not None:
            shown["taken_back"] = True
        return shown | {"at": self.at.isoformat()}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Something that the dialogue owes a reply to, in the order of `seq`."""

    id: str
    seq: int
    conversation_id: str
    clinic_id: str
    kind: str
    name: str | None
    message: Message | None
    state: str
    attempts: int
    next_at: datetime
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a patient's message. `raised`: an escalation was opened or raised by it."""

    message: Message
    duplicate: bool
    turn: Turn | None
    escalation: Escalation | None
    raised: bool


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a member wrote on an escalation. `kind`: "note", or a contact's result (`contact_tried`, `contacted`),
    or "closing".
    """

    id: str
    member_id: str
    member_name: str
    kind: str
    text: str = field(repr=False)
    shared: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class EscalationRecord:
    """All that staff see of one escalation; without conversation and messages once the patient erased them."""

    escalation: Escalation
    conversation: Conversation | None
    notes: tuple[Note, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    id: str
    message_id: str
    dialogue: str
    session: str
    step: str
    wording: str = field(repr=False)
    value: Any = field(repr=False)
    text: str | None = field(repr=False)
    confirmed: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredFormulation:
    """What a reflective session added up to, by the model of its version; ``shown_at`` None: it was not shown."""

    id: str
    session: str
    model_version: str
    detail: Mapping[str, Any] = field(repr=False)
    started_at: datetime
    at: datetime
    shown_at: datetime | None
