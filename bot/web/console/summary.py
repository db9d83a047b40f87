"""The therapist's weekly summary (clinical content 7.3): one page, the patient's words first. It is not a report card.

Notes that the patient sent stand here too, each with who has read it: a receipt is a row of the audit trail.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.content.reading import CONTENT
from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, conversations, escalations, facts, members
from bot.store.database import Transaction
from bot.store.rows import Answer, Conversation, Escalation
from bot.web.console import exports
from bot.web.console.access import Visit
from bot.web.console.curves import curves
from bot.web.console.diary import Diary, Shared, diary, is_named, last_days
from bot.web.console.exports import File
from bot.web.console.rendering import Failure, Page, console_words, named, reference
from bot.web.console.sessions import Session, sessions
from bot.web.words import Words

DAYS = 7
QUOTES = 5
READ = "read"  # The act, and "note" the kind, of a receipt in the audit trail.


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A note that was sent, and who has said that they read it."""

    note: Shared
    read_by: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the page shows of one week; ``urges`` are pairs of before and after, None where that was skipped."""

    diary: Diary
    quotes: tuple[str, ...] = field(repr=False)
    about: tuple[tuple[str, int], ...] = field(repr=False)
    sessions: tuple[Session, ...] = field(repr=False)
    urges: tuple[tuple[int, int | None], ...]
    helped: tuple[str, ...] = field(repr=False)
    slips: tuple[tuple[datetime, str], ...] = field(repr=False)
    body: tuple[tuple[datetime, str, int | None], ...] = field(repr=False)
    plan: tuple[tuple[str, str], ...] = field(repr=False)
    records: tuple[Escalation, ...]

    @property
    def average(self) -> tuple[float, float] | None:
        """Of the urges that were rated before and after, and shown only beside their number."""
        both = [(before, after) for before, after in self.urges if after is not None]
        if not both:
            return None
        return sum(one for one, _ in both) / len(both), sum(one for _, one in both) / len(both)


def page(visit: Visit, tx: Transaction) -> Page:
    """The page of one conversation. Raises NotFound, also if it is another clinic's."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    wording = console_words(visit.clinic)
    found = summarise(tx, conversation, wording)
    known = facts.get(tx, conversation.id)
    done = visit.request.query_params.get("done", "")
    context = {
        "conversation": conversation,
        "name": str(known.get("name") or wording["facts"]["not_known"]),
        "language": conversation.language,
        "summary": found,
        "diary": found.diary,
        "curves": curves(found.diary, ZoneInfo(visit.clinic.settings.timezone)),
        "receipts": [receipt(tx, visit.clinic.id, one) for one in found.diary.shared],
        "done": wording["summary"]["done"] if done == READ else "",
        **exports.asked(visit, tx),
    }
    return Page(template="summary", context=context)


def write(visit: Visit, tx: Transaction) -> File:
    """The page as JSON: what stands on it, and no more. Raises NotFound."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    wording = console_words(visit.clinic)
    found = summarise(tx, conversation, wording)
    return exports.as_json(f"summary-{reference(conversation.id)}", _plain(found, conversation, wording))


def _plain(found: Summary, conversation: Conversation, wording: Words) -> dict[str, Any]:
    return {
        "conversation": conversation.id,
        "since": found.diary.since,
        "until": found.diary.until,
        "in_their_words": found.quotes,
        "about": [{"what": what, "times": times} for what, times in found.about],
        "ratings": [asdict(one) for one in found.diary.rated],
        "dose_changes": found.diary.changes,
        "sessions": [_session(one) for one in found.sessions],
        "urges": [{"before": before, "after": after} for before, after in found.urges],
        "helped": found.helped,
        "slips": [{"at": at, "words": words} for at, words in found.slips],
        "body": [{"at": at, "what": what, "days_after_a_dose_change": days} for at, what, days in found.body],
        "plan": [{"part": part, "words": words} for part, words in found.plan],
        "records": [
            {"id": one.id, "level": one.level, "opened_at": one.opened_at, "closed_at": one.closed_at}
            for one in found.records
        ],
        "notes_kept_private": found.diary.kept_private,
        "footer": wording["sessions"]["footer"],
    }


def _session(one: Session) -> dict[str, Any]:
    skipped = [row.number for row in one.rows if row.state == "skipped"]
    headline, fits = one.picture["headline"], one.told.get("person_fit")
    return {"at": one.found.started_at, "headline": headline, "does_it_fit": fits, "skipped": skipped}


def read_note(visit: Visit, tx: Transaction) -> str:
    """Say that a note was read: the receipt that the patient may see. Again is harmless."""
    conversation = conversations.load(tx, visit.clinic.id, visit.subject)
    found = summarise(tx, conversation, console_words(visit.clinic)).diary
    noted = next((one for one in found.shared if one.id == visit.form.get("note")), None)
    if noted is None:
        raise Incomplete("a receipt names a note that was sent")
    if visit.member.name not in [name for name, _ in receipt(tx, visit.clinic.id, noted).read_by]:
        audit.write(tx, clinic_id=visit.clinic.id, actor=visit.member.id, act=READ, kind="note", subject=f"{noted.id}")
    audit.write(
        tx, clinic_id=visit.clinic.id, actor=visit.member.id, act="read_note", kind="conversation",
        subject=conversation.id,
    )  # fmt: skip
    return f"/console/conversations/{conversation.id}/summary?done={READ}#notes"


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:  # noqa: ARG001 - one form for all.
    return Failure(lines=(console_words(visit.clinic)["summary"]["no_note"],)), 422


def summarise(tx: Transaction, conversation: Conversation, wording: Words) -> Summary:
    """The last DAYS days of a conversation."""
    found = diary(tx, conversation.id, wording, **last_days(tx.now, DAYS))
    language = conversation.language
    written = language if (CONTENT / language / "reflection_questions.yml").is_file() else "en"
    week = tuple(sessions(tx, conversation.id, written, since=found.since))
    urges = [_last(given) for given in found.of("urge").values()]
    slips = [_last(given) for given in found.of("slip").values()]
    return Summary(
        diary=found,
        quotes=tuple(one.text for one in reversed(found.shared))[:QUOTES],
        about=_about(week, wording),
        sessions=week,
        urges=tuple((one["before"].value, _number(one.get("after"))) for one in urges if _number(one.get("before"))),
        helped=tuple(_own(one, "helped") for one in urges if _own(one, "helped")),
        slips=tuple((next(iter(one.values())).at, _own(one, "hour_before")) for one in slips),
        body=tuple(_body(found, wording)),
        plan=tuple((one.step, one.text or "") for one in found.answers if _is_plan(one)),
        records=tuple(
            one
            for one in escalations.of_conversation(tx, conversation.id)
            if one.opened_at >= found.since or (one.closed_at is not None and one.closed_at >= found.since)
        ),
    )


def receipt(tx: Transaction, clinic_id: str, note: Shared) -> Receipt:
    """Who has said that they read a note, oldest first."""
    rows = [row for row in audit.of(tx, clinic_id, kind="note", subject=note.id) if row.act == READ]
    return Receipt(note=note, read_by=tuple((_name(tx, row.actor), row.at) for row in rows))


def _name(tx: Transaction, actor: str) -> str:
    try:
        return members.name(tx, actor)
    except NotFound:
        return actor


def _last(given: Sequence[Answer]) -> dict[str, Answer]:
    return {one.step: one for one in given}


def _own(answers: dict[str, Answer], step: str) -> str:
    one = answers.get(step)
    return one.text if one is not None and one.text and one.value == one.text else ""


def _number(one: Answer | None) -> int | None:
    return one.value if one is not None and isinstance(one.value, int) else None


def _about(week: Sequence[Session], wording: Words) -> tuple[tuple[str, int], ...]:  # noqa: ARG001
    told: Counter[str] = Counter()
    for one in week:
        told.update(part for part in one.told.get("cues", "").split("; ") if part)
    return tuple(told.most_common(QUOTES))


def _body(found: Diary, wording: Words) -> list[tuple[datetime, str, int | None]]:
    """New symptoms, when they were told, and how many days after the last change of the dose in these days."""
    said = []
    for one in found.answers:
        if one.step == "red_flags" and is_named(one):
            values: list[Any] = one.value if isinstance(one.value, list) else [one.value]
            flags = ", ".join(named(wording["diary"]["red_flags"], str(value)) for value in values)
            before = [at for at in found.changes if at <= one.at]
            said.append((one.at, flags, (one.at - before[-1]) // timedelta(days=1) if before else None))
    return said


def _is_plan(one: Answer) -> bool:
    return one.dialogue == "plan" and bool(one.text) and one.value == one.text
