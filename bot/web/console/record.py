"""The record of one escalation (clinical content 7.1): what was said, why it was flagged, how to reach the person."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.errors import NotFound
from bot.store import answers, audit, closing, conversations, escalations, facts, members, messages, presence, takeovers
from bot.store.audit import AuditRow
from bot.store.database import Transaction
from bot.store.findings import GRAVE, LEVELS
from bot.store.rows import Answer, Conversation, Escalation, EscalationRecord, Message, Signal
from bot.web.console.access import Visit
from bot.web.console.alarms import troubles
from bot.web.console.clocks import due
from bot.web.console.curves import curves
from bot.web.console.diary import diary, last_days
from bot.web.console.lines import Line, Marks, line, lines, marks_of
from bot.web.console.reaching import reach
from bot.web.console.rendering import Page, console_words, named, page_words
from bot.web.words import Words

FLAGGED_SHOWN = 5
NEAR = 12  # Numbers of a conversation that are looked through for the message before and after.
SAFETY = "safety"  # The dialogue whose answers staff read first.
HISTORY_SHOWN = 60
DIARY_DAYS = 14
SILENT = timedelta(minutes=2)
FIELDS = ("reason", "text", "shared", "said", "outcome", "note")


@dataclass(frozen=True, kw_only=True)
class Flagged:
    """A message that raised signals; ``said`` is None and only ``quote`` is left once the patient erased it.

    ``question`` tells that ``before`` is the question which this answers.
    """

    said: Line | None
    quote: str = field(repr=False)
    level: str
    question: bool = False
    before: Message | None = None
    after: Message | None = None

    @property
    def marked(self) -> bool:
        return self.said is not None and any(piece.marked for piece in self.said.pieces)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A question of the safety ladder and what the person answered."""

    message_id: str
    step: str
    level: str
    question: str = field(repr=False)
    text: str = field(repr=False)
    confirmed: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What somebody did or read; ``times`` in a row, the last one at ``at``."""

    who: str
    what: str
    at: datetime
    times: int


def page(visit: Visit, tx: Transaction) -> Page:
    """The page of one record. Raises NotFound, also if it is another clinic's."""
    record = escalations.load(tx, visit.member, visit.subject)
    words = console_words(visit.clinic)
    now, conversation = record.escalation, record.conversation
    marks = marks_of(tx, conversation.id, now.signals) if conversation else {}
    asked = ladder(tx, record) if conversation else []
    known = facts.get(tx, conversation.id) if conversation else {}
    done = visit.request.query_params.get("done", "")
    first_at = now.signals[0].at if now.signals else now.opened_at
    kept = diary(tx, conversation.id, words, **last_days(tx.now, DIARY_DAYS)) if conversation else None
    consent = conversations.consent_of(tx, conversation.id) if conversation else (None, None)
    context = {
        "record": now,
        "due": due(now, visit.clinic.settings.clocks),
        "first_signal_at": first_at,
        "diary": kept,
        "diary_days": DIARY_DAYS,
        "curves": curves(kept, ZoneInfo(visit.clinic.settings.timezone)) if kept else None,
        "bot_said": lines([one for one in record.messages if one.sender == "bot" and one.at >= first_at], (), {}),
        "consent_version": consent[0],
        "consent_at": consent[1],
        "troubles": troubles(tx, visit.clinic.id, now.id),
        "silent_since": _silent_since(now, conversation, tx),
        "lookers": _lookers(visit, tx, now),
        "alarm": page_words("alarm", visit.clinic),
        "signals": now.signals,
        "said": said(tx, record, marks, asked),
        "ladder": asked,
        "latest": latest(record.messages),
        "story": lines(record.messages, now.signals, marks),
        "conversation": conversation,
        "colleagues": [
            one
            for one in members.of_clinic(tx, visit.clinic.id)
            if one.disabled_at is None and one.id != visit.member.id
        ],
        "holder_name": takeovers.holder_name(tx, conversation) if conversation else None,
        "language": conversation.language if conversation else "",
        "reach": reach(known, conversation, words),
        "notes": record.notes,
        "history": history(tx, visit, words),
        "kept": {name: visit.form.get(name, "") for name in FIELDS},
        "asks_proof": now.level == "emergency" and not now.drill and not visit.is_proved(tx),
        "two_must_close": closing.needs_two(tx, now),
        "proof": page_words("people", visit.clinic)["proof"],
        "seen": newest(record.messages),
        "news": 0,
        "done": named(words["done"], done) if done in words["done"] else "",
    }
    return Page(template="record", context=context)


def _silent_since(now: Escalation, conversation: Conversation | None, tx: Transaction) -> datetime | None:
    """Since when the patient has been quiet while something grave is open (clinical content 4.17, SL3)."""
    if conversation is None or now.closed_at is not None or now.level not in GRAVE:
        return None
    return conversation.last_at if tx.now - conversation.last_at >= SILENT else None


def _lookers(visit: Visit, tx: Transaction, now: Escalation) -> tuple[str, ...]:
    """Who else has the record or its conversation open."""
    return presence.others(presence.lookers(tx, visit.clinic.id), visit.member, now.id, now.conversation_id)


def head(visit: Visit, tx: Transaction) -> Page:
    """The head of the record alone, with how many messages came after the one that the page has shown last."""
    record = escalations.load(tx, visit.member, visit.subject)
    query = visit.request.query_params
    now = record.escalation
    seen, seen_signal = (_number(query.get(name, "")) for name in ("after", "signal"))
    context = {
        "record": now,
        "due": due(now, visit.clinic.settings.clocks),
        "first_signal_at": now.signals[0].at if now.signals else now.opened_at,
        "troubles": troubles(tx, visit.clinic.id, now.id),
        "silent_since": _silent_since(now, record.conversation, tx),
        "lookers": _lookers(visit, tx, now),
        "seen": seen,
        "news": len([message for message in record.messages if message.seq > seen and not message.hidden])
        or max(0, now.last_signal_seq - seen_signal),
    }
    return Page(template="record_head", context=context)


def newest(shown: Sequence[Message]) -> int:
    """The number of the last message that a page shows."""
    return max((message.seq for message in shown), default=0)


def said(tx: Transaction, record: EscalationRecord, marks: Marks, asked: Sequence[Answered]) -> list[Flagged]:
    """The messages that raised signals: first the person's own words, the newest of the worst level, then the others.

    Answers to the safety questions stand by themselves, and here only where there is nothing else to show.
    """
    by_message: dict[str, list[Signal]] = {}
    for signal in record.escalation.signals:
        by_message.setdefault(signal.message_id, []).append(signal)
    laddered = {answer.message_id for answer in asked}
    own = [group for name, group in by_message.items() if name not in laddered] or list(by_message.values())
    groups = sorted(own, key=lambda group: (group[0].layer == "answer", -group[-1].seq))
    worst = min(groups, key=lambda group: (group[0].layer == "answer", _rank(group)), default=None)
    ordered = ([worst] if worst else []) + [group for group in groups if group is not worst]
    return [_flagged(tx, record, group, marks) for group in ordered[:FLAGGED_SHOWN]]


def ladder(tx: Transaction, record: EscalationRecord) -> list[Answered]:
    """What was answered to the safety questions since this record was opened."""
    since = record.escalation.opened_at
    given = answers.of(tx, record.escalation.conversation_id, SAFETY)
    return [_answered(tx, record, one) for one in given if one.at >= since]


def latest(shown: Sequence[Message]) -> Message | None:
    """The last thing that the person wrote: whether they are still there, and what they ask for."""
    return next((message for message in reversed(shown) if message.sender == "patient"), None)


def history(tx: Transaction, visit: Visit, words: Words) -> list[Deed]:
    """Who did and read what, newest first; the same several times in a row is one line, also when it was kept open."""
    deeds: list[Deed] = []
    last: AuditRow | None = None
    for row in audit.of(tx, visit.clinic.id, kind="escalation", subject=visit.subject):
        row = replace(row, act="view") if row.act == "watch" else row
        if last is not None and (row.actor, row.act) == (last.actor, last.act):
            deeds[-1] = Deed(who=deeds[-1].who, what=deeds[-1].what, at=row.at, times=deeds[-1].times + 1)
        else:
            deeds.append(Deed(who=_who(tx, row.actor, words), what=named(words["acts"], row.act), at=row.at, times=1))
        last = row
    return deeds[: -HISTORY_SHOWN - 1 : -1]


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0


def _rank(group: list[Signal]) -> int:
    return min(LEVELS.index(signal.level) for signal in group)


def _flagged(tx: Transaction, record: EscalationRecord, group: list[Signal], marks: Marks) -> Flagged:
    level = LEVELS[_rank(group)]
    conversation = record.conversation
    if conversation is None:
        return Flagged(said=None, quote=group[0].quote, level=level)
    try:
        message = messages.load(tx, conversation.id, group[0].message_id)
    except NotFound:
        return Flagged(said=None, quote=group[0].quote, level=level)
    around = messages.after(tx, conversation.id, message.seq - NEAR, limit=2 * NEAR)
    before = [one for one in around if one.seq < message.seq]
    question = messages.question_of(tx, message) if message.kind != "text" else None
    return Flagged(
        said=line(message, level, marks.get(message.id, ())),
        quote=group[0].quote,
        level=level,
        question=question is not None,
        before=question or (before[-1] if before else None),
        after=next((one for one in around if one.seq > message.seq), None),
    )


def _answered(tx: Transaction, record: EscalationRecord, answer: Answer) -> Answered:
    message = messages.load(tx, record.escalation.conversation_id, answer.message_id)
    question = messages.question_of(tx, message)
    levels = [signal.level for signal in record.escalation.signals if signal.message_id == message.id]
    return Answered(
        message_id=message.id,
        step=answer.step,
        level=min(levels, key=LEVELS.index, default=""),
        question=question.text if question else answer.wording,
        text=message.text,
        confirmed=answer.confirmed,
        at=answer.at,
    )


def _who(tx: Transaction, actor: str, words: Words) -> str:
    try:
        return members.name(tx, actor)
    except NotFound:
        return named(words["actors"], actor)
