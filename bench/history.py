"""Years of a busy clinic, made up in bulk: what `bench.console` measures its pages on.

Rows are written as the store would have written them (sealed, indexed, in the order of time), thousands at once, and
not by its verbs, which would take hours. The marks of the audit trail are left empty: nobody verifies this one.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bot.store import audit as trail
from bot.store import members, search
from bot.store.database import Database, Transaction
from bot.store.findings import LEVELS
from bot.store.rows import Member
from bot.store.schema import (
    answers,
    assessments,
    audit,
    audit_head,
    conversations,
    deliveries,
    escalations,
    messages,
    notes,
    outbox,
    search_words,
    signals,
    turns,
)  # fmt: skip

DAYS = 700
OPEN = 50  # Records that are open at the end, however long the history is: what people can work on.
FLAGGED = 3  # The number of a conversation's message that raised its record.
LONGEST = 200  # The patient who has been here from the start wrote one message in so many.
A_DAY = 14  # Messages of that patient on a day: four of them answer the check-in.
BATCH = 20_000
VOCABULARY = 3000
TEXTS = 4000
VIEWS = 10  # How often staff have read each record.
COMMON, OTHER, RARE = "word0", "word7", "heliotrope"
RARELY = 9973  # One message in so many has the rare word.
CATEGORIES = ("suicidal_ideation", "abrupt_stop", "dangerous_combination", "escalating_use", "request_human")
RARE_CATEGORY = "child_safeguarding"
OUTCOMES = ("C1", "C4", "C5", "C7", "C1", "C8")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much there is: a tenth as many conversations as messages, and one in five of them with a record."""

    messages: int

    @property
    def conversations(self) -> int:
        return self.messages // 10

    @property
    def escalations(self) -> int:
        return self.messages // 50


@dataclass(frozen=True, kw_only=True)
class History:
    """What was made: the ids by which pages are asked for."""

    open_records: tuple[str, ...]
    conversations: tuple[str, ...]
    longest: str
    longest_record: str


class Clinic:
    """One clinic whose years are written into a database, oldest first."""

    def __init__(self, database: Database, clinic_id: str, size: Size, seed: int = 1) -> None:
        self.database, self.clinic_id, self.size = database, clinic_id, size
        self.random = random.Random(seed)
        with database.read() as tx:
            self.now, self.staff = tx.now, members.of_clinic(tx, clinic_id)
        self.texts = [self._text("") for _ in range(TEXTS)]
        self.rare = self._text(RARE)
        self.rows: dict[sa.Table, list[dict[str, Any]]] = {table: [] for table in ORDER}
        self.records: list[str] = []
        self.known: list[str] = []
        self.views = 0
        self.said = 0

    def write(self) -> History:
        """Write all of it, and give the ids."""
        step = timedelta(days=DAYS) / self.size.conversations
        others = self.size.messages - self.size.messages // LONGEST
        each, left = divmod(others, self.size.conversations - 1)
        for number in range(self.size.conversations - 1):
            start = self.now - timedelta(days=DAYS) + number * step
            flagged = number % 5 == 4
            self._conversation(start, each + (number < left), timedelta(minutes=1), flagged=flagged)
            if sum(map(len, self.rows.values())) > BATCH:
                self._flush()
        longest = self._longest()
        self._flush()
        with self.database.write() as tx:
            tx.run(sa.update(audit_head).values(rows=self.views))
            if not self.database.is_sqlite:
                tx.connection.exec_driver_sql("ANALYZE")
        return History(
            open_records=tuple(self.records[-OPEN - 1 : -1]),
            conversations=tuple(self.known[:: len(self.known) // OPEN]),
            longest=longest,
            longest_record=self.records[-1],
        )

    def _longest(self) -> str:
        """The patient who has been here from the start, with a check-in every day and a record now and then."""
        count = self.size.messages // LONGEST
        return self._conversation(
            self.now - timedelta(days=1 + count // A_DAY), count, timedelta(days=1) / A_DAY, flagged=True, keeps=True
        )

    def _conversation(
        self, start: datetime, count: int, pause: timedelta, *, flagged: bool, keeps: bool = False
    ) -> str:
        new = self._id()
        self.known.append(new)
        end = start + count * pause
        self.rows[conversations].append(
            {
                "id": new, "clinic_id": self.clinic_id, "language": "en", "consent": "given", "consent_version": "1",
                "consent_at": start, "holder": None, "identity_hash": None, "identity": None, "last_seq": count,
                "created_at": start, "last_at": end, "ended_at": None, "erased_at": None, "legal_hold": False,
                "drill": False, "lease_owner": None, "lease_until": None,
            }
        )  # fmt: skip
        for seq in range(1, count + 1):
            at = start + seq * pause
            message = self._message(new, seq, at)
            if seq % 2 and keeps and seq % A_DAY in (1, 3, 5, 7):
                self._answer(new, message, seq, at)
            if flagged and seq == (count - count % 2 - 1 if keeps else FLAGGED):
                self._record(new, message, at)
        return new

    def _message(self, conversation: str, seq: int, at: datetime) -> str:
        """Odd numbers are the patient's, each with what the screen found and a turn; even ones are the bot's."""
        self.said += 1
        new, by_patient = self._id(), seq % 2 == 1
        text, words = self.rare if self.said % RARELY == 0 else self.random.choice(self.texts)
        body = {"body": {"text": text}} if by_patient else {}
        self.rows[messages].append(
            {
                "id": new, "conversation_id": conversation, "clinic_id": self.clinic_id, "seq": seq,
                "sender": "patient" if by_patient else "bot", "kind": "text" if by_patient else "reply",
                "member_id": None,
                "text": self._seal(messages, new, "text", text), "body": self._seal(messages, new, "body", body),
                "offers": False, "hidden": False, "answers_id": None, "client_id": new if by_patient else None,
                "body_hash": None, "turn_id": None, "at": at, "taken_back_at": None, "read_at": None,
            }
        )  # fmt: skip
        place = {"at": at, "message_id": new, "conversation_id": conversation}
        self.rows[search_words] += [{"word_hash": word, **place} for word in words]
        if by_patient:
            self._assessment(conversation, new, at)
            self.rows[turns].append(
                {
                    "id": self._id(), "conversation_id": conversation, "clinic_id": self.clinic_id, "seq": seq,
                    "kind": "message", "name": None, "message_id": new, "state": "settled", "attempts": 1,
                    "reason": None, "holding_id": None, "created_at": at, "next_at": at, "settled_at": at,
                }
            )  # fmt: skip
        return new

    def _assessment(self, conversation: str, message: str, at: datetime) -> None:
        detail = {"level": "none", "action": "none", "categories": [], "spans": []}
        sealed = self._seal(assessments, f"{message}/rules", "detail", detail)
        row = {"message_id": message, "layer": "rules", "conversation_id": conversation, "clinic_id": self.clinic_id}
        self.rows[assessments].append({**row, "detail": sealed, "at": at})

    def _answer(self, conversation: str, message: str, seq: int, at: datetime) -> None:
        new, step = self._id(), {1: "pull", 3: "anxiety", 5: "sleep", 7: "note_for_therapist"}[seq % A_DAY]
        value: Any = "a good day" if step == "note_for_therapist" else self.random.randrange(11)
        text = value if isinstance(value, str) else None
        detail = {"wording": "", "value": value, "text": text}
        sealed = self._seal(answers, new, "detail", detail)
        self.rows[answers].append(
            {
                "id": new, "conversation_id": conversation, "clinic_id": self.clinic_id, "seq": seq,
                "message_id": message, "dialogue": "check_in", "session": f"{conversation}-{seq // A_DAY}",
                "step": step, "detail": sealed, "confirmed": True, "at": at,
            }
        )  # fmt: skip

    def _record(self, conversation: str, message: str, at: datetime) -> None:
        new, member = self._id(), self.random.choice(self.staff)
        self.records.append(new)
        number = len(self.records)
        is_open = number > self.size.escalations - OPEN
        level = LEVELS[number % 4]
        ended = None if is_open else at + timedelta(hours=1)
        self.rows[escalations].append(
            {
                "id": new, "clinic_id": self.clinic_id, "conversation_id": conversation, "level": level,
                "level_rank": LEVELS.index(level), "action": "page", "state": "acknowledged" if is_open else "closed",
                "opened_at": at, "level_at": at, "alerted_at": at, "acknowledged_at": at, "acknowledged_by": member.id,
                "claimed_by": None, "claimed_at": None, "claim_expires_at": None, "closed_at": ended,
                "closed_by": member.id if ended else None, "outcome": self.random.choice(OUTCOMES) if ended else None,
                "proposed_by": None, "proposed_at": None, "proposed_outcome": None, "last_signal_seq": 1,
            }
        )  # fmt: skip
        category = RARE_CATEGORY if number % 5000 == 1 else CATEGORIES[number % len(CATEGORIES)]
        signal = self._id()
        quote = self._seal(signals, signal, "quote", "word0 word7")
        self.rows[signals].append(
            {
                "id": signal, "escalation_id": new, "clinic_id": self.clinic_id, "seq": 1, "message_id": message,
                "layer": "rules", "category": category, "level": level, "action": "page", "rule": f"{category}.made",
                "quote": quote, "start": 0, "end": 5, "at": at,
            }
        )  # fmt: skip
        self._note(new, member, at)
        self._alert(new, level, at)
        self._viewed(new, at)

    def _note(self, record: str, member: Member, at: datetime) -> None:
        new = self._id()
        text = self._seal(notes, new, "text", "reached by telephone")
        row = {"id": new, "escalation_id": record, "clinic_id": self.clinic_id, "seq": 1, "member_id": member.id}
        self.rows[notes].append({**row, "kind": "contacted", "text": text, "shared": False, "at": at})

    def _alert(self, record: str, level: str, at: datetime) -> None:
        new = self._id()
        self.rows[outbox].append(
            {
                "id": new, "clinic_id": self.clinic_id, "escalation_id": record, "conversation_id": None,
                "kind": "opened", "level": level, "created_at": at, "next_at": at, "attempts": 1, "lease_owner": None,
                "lease_until": None, "delivered_at": at, "error": None, "step": "duty", "channel_id": None,
                "ended_at": at,
            }
        )  # fmt: skip
        row = {"id": self._id(), "notification_id": new, "clinic_id": self.clinic_id, "escalation_id": record}
        tried = {"kind": "webhook", "step": "duty", "attempt": 1, "outcome": "delivered", "reason": None, "at": at}
        self.rows[deliveries].append({**row, "channel_id": None, **tried})

    def _viewed(self, record: str, at: datetime) -> None:
        for _ in range(VIEWS):
            self.views += 1
            who = self.random.choice(self.staff).id
            row = {"seq": self.views, "at": at, "clinic_id": self.clinic_id, "actor": who, "act": "view"}
            self.rows[audit].append({**row, "kind": "escalation", "subject": record, "mac": trail.START})

    def _flush(self) -> None:
        with self.database.write() as tx:
            for table, rows in self.rows.items():
                if rows:
                    _put(tx, table, rows)
                rows.clear()

    def _seal(self, table: sa.Table, row: str, column: str, value: Any) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        return self.database.keyring.seal(text, table=table.name, row=row, column=column, clinic=self.clinic_id)

    def _text(self, word: str) -> tuple[str, list[str]]:
        """A sentence of made-up words, the first of them the commonest, and the marks of its words in the index."""
        said = " ".join([word, *self._words()]).strip()
        keyring = self.database.keyring
        return said, [search.mark(keyring, self.clinic_id, one) for one in sorted(search.words_of(said))]

    def _words(self) -> Iterator[str]:
        for _ in range(self.random.randint(2, 6)):
            yield f"word{int(VOCABULARY ** self.random.random()) - 1}"

    def _id(self) -> str:
        return UUID(int=self.random.getrandbits(128)).hex


def _put(tx: Transaction, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Hand rows to the driver as they are: what SQLAlchemy does for each of them would take most of the time."""
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    cursor: Any = tx.connection.connection.cursor()
    if tx.connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        values = [tuple(map(_naive, row.values())) for row in rows]
        cursor.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", values)
        return
    with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def _naive(value: Any) -> Any:
    """A moment as SQLite has it: in UTC, without saying so."""
    return value.replace(tzinfo=None).isoformat(" ", "microseconds") if isinstance(value, datetime) else value


ORDER = (
    conversations, messages, assessments, turns, answers, escalations, signals, notes, outbox, deliveries,
    search_words, audit,
)  # fmt: skip
