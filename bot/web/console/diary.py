"""What the patient has entered in the last days: ratings, sleep, changes of the dose, urges, slips, sessions, notes.

Read from the answers as they were given; nothing is averaged and nothing is filled in where a day has no entry.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.store import answers, escalations, formulations
from bot.store.database import Transaction
from bot.store.rows import Answer
from bot.web.console.rendering import named
from bot.web.words import Words

RATINGS = ("pull", "anxiety", "sleep")
UNCHANGED = ("no", "skip", None)
NOTHING = ("none", "skip")


@dataclass(frozen=True, kw_only=True)
class Rated:
    """One check-in; None where the question was skipped."""

    at: datetime
    pull: int | None
    anxiety: int | None
    sleep: int | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened, for the time line; ``words`` are the patient's own, where there are any."""

    at: datetime
    kind: str
    title: str
    words: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A note that the patient sent to the therapist, or wrote for them in a check-in."""

    id: str
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Diary:
    """The days from ``since`` to ``until``. ``changes``: when a change of the dose was told."""

    since: datetime
    until: datetime
    rated: tuple[Rated, ...]
    changes: tuple[datetime, ...]
    entries: tuple[Entry, ...]
    shared: tuple[Shared, ...]
    kept_private: int
    answers: tuple[Answer, ...] = field(repr=False)

    def of(self, dialogue: str) -> dict[str, list[Answer]]:
        """The answers of a dialogue in these days, session by session."""
        found: dict[str, list[Answer]] = {}
        for one in self.answers:
            if one.dialogue == dialogue:
                found.setdefault(one.session, []).append(one)
        return found


def diary(tx: Transaction, conversation_id: str, words: Words, *, since: datetime, until: datetime) -> Diary:
    """The patient's entries of these days, oldest first."""
    given = tuple(one for one in answers.of(tx, conversation_id, since=since) if one.at <= until)
    shared, private = _notes(given)
    entries = [*_told(given, words["diary"]), *_sessions(tx, conversation_id, since, until, words)]
    entries += [Entry(at=one.at, kind="note", title=words["diary"]["note"], words=one.text) for one in shared]
    entries += list(_records(tx, conversation_id, since, until, words))
    return Diary(
        since=since,
        until=until,
        rated=tuple(_rated(given)),
        changes=tuple(one.at for one in given if _is_change(one)),
        entries=tuple(sorted(entries, key=lambda entry: entry.at)),
        shared=tuple(shared),
        kept_private=private,
        answers=given,
    )


def last_days(now: datetime, days: int) -> Mapping[str, datetime]:
    """The span of the last days, for `diary`."""
    return {"since": now - timedelta(days=days), "until": now}


def is_named(one: Answer) -> bool:
    """Whether the value names something: a red flag, a change; not "none", nothing skipped."""
    values = one.value if isinstance(one.value, list) else [one.value]
    return any(value not in (*NOTHING, None) for value in values)


def _rated(given: Sequence[Answer]) -> Iterator[Rated]:
    sessions: dict[str, list[Answer]] = {}
    for one in given:
        if one.dialogue == "check_in" and one.step in RATINGS:
            sessions.setdefault(one.session, []).append(one)
    for found in sessions.values():
        values = {one.step: one.value if isinstance(one.value, int) else None for one in found}
        if any(value is not None for value in values.values()):
            yield Rated(at=found[0].at, **{name: values.get(name) for name in RATINGS})


def _told(given: Sequence[Answer], said: Words) -> Iterator[Entry]:
    own = {(one.session, one.step): one.text or "" for one in given}
    for one in given:
        if _is_change(one):
            words = own.get((one.session, "dose_change_words"), "")
            planned = next((told for told in given if (told.session, told.step) == (one.session, "planned")), None)
            title = said["dose"].format(change=named(said["changes"], str(one.value)))
            if planned is not None:
                title = f"{title} {named(said['planned'], str(planned.value))}"
            yield Entry(at=one.at, kind="dose", title=title, words=words)
        elif one.step == "red_flags" and is_named(one):
            values = one.value if isinstance(one.value, list) else [one.value]
            flags = ", ".join(named(said["red_flags"], str(value)) for value in values)
            yield Entry(at=one.at, kind="body", title=said["body"].format(flags=flags))
        elif (one.dialogue, one.step) == ("slip", "prescribed"):
            yield Entry(at=one.at, kind="slip", title=said["slip"], words=own.get((one.session, "hour_before"), ""))
        elif (one.dialogue, one.step) == ("urge", "before") and isinstance(one.value, int):
            after = next((told.value for told in given if (told.session, told.step) == (one.session, "after")), None)
            title = said["urge"].format(before=one.value, after=said["no_after"] if after is None else after)
            yield Entry(at=one.at, kind="urge", title=title, words=own.get((one.session, "helped"), ""))


def _sessions(tx: Transaction, conversation_id: str, since: datetime, until: datetime, words: Words) -> Iterator[Entry]:
    for found in formulations.of(tx, conversation_id, since=since):
        if found.started_at <= until:
            headline = named(words["sessions"]["headlines"], str(found.detail["formulation"]["headline"]))
            title = words["diary"]["session"].format(headline=headline)
            yield Entry(at=found.started_at, kind="session", title=title)


def _records(tx: Transaction, conversation_id: str, since: datetime, until: datetime, words: Words) -> Iterator[Entry]:
    for record in escalations.of_conversation(tx, conversation_id):
        if since <= record.opened_at <= until:
            about = ", ".join(named(words["categories"], category) for category in record.categories)
            title = words["diary"]["record"].format(level=words["levels"][record.level], categories=about)
            yield Entry(at=record.opened_at, kind="record", title=title)


def _notes(given: Sequence[Answer]) -> tuple[list[Shared], int]:
    """What was written for the therapist and sent, and how many notes were kept."""
    shared = [
        Shared(id=one.id, at=one.at, text=one.text or "")
        for one in given
        if (one.dialogue, one.step) == ("check_in", "note_for_therapist") and one.text and one.value == one.text
    ]
    notes: dict[str, dict[str, Answer]] = {}
    for one in given:
        if one.dialogue == "note":
            notes.setdefault(one.session, {})[one.step] = one
    private = 0
    for found in notes.values():
        written = found.get("note")
        if written is None or not written.text or written.value != written.text:
            continue
        if _value(found.get("note_sent")) == "send":
            shared.append(Shared(id=written.id, at=written.at, text=written.text))
        else:
            private += 1
    return sorted(shared, key=lambda one: one.at), private


def _is_change(one: Answer) -> bool:
    return (one.dialogue, one.step) == ("check_in", "dose_change") and one.value not in UNCHANGED


def _value(one: Answer | None) -> Any:
    return None if one is None else one.value
