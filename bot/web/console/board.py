"""The queue: what is open, worst level first, then the oldest; emergencies stand apart and no choice hides them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.content.clocks import Minutes
from bot.store import escalations, factors, presence, takeovers, turns
from bot.store.database import Transaction
from bot.store.factors import Vouch
from bot.store.findings import LEVELS
from bot.store.presence import Looker
from bot.store.roles import may
from bot.store.rows import Clinic, Escalation, Turn
from bot.store.takeovers import Held
from bot.web.console.access import Visit
from bot.web.console.alarms import alarms
from bot.web.console.clocks import Due, due
from bot.web.console.rendering import Page, named, page_words, reference
from bot.web.words import Words

CHOICES = ("all", "unclaimed", "mine")
UNSEEN = ("open", "alerted")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One open escalation, without a word of the patient's."""

    id: str
    level: str
    state: str
    categories: tuple[str, ...]
    level_at: datetime
    due: Due | None
    claimed_by: str | None
    claimer_name: str | None
    signals: int
    drill: bool
    lookers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unanswered:
    """One turn that the bot owes."""

    id: str
    conversation_id: str
    since: datetime
    kind: str
    state: str
    attempts: int
    next_at: datetime


@dataclass(frozen=True, kw_only=True)
class Board:
    """All that the queue shows, but for the time."""

    show: str
    emergencies: tuple[Row, ...]
    others: tuple[Row, ...]
    hidden: int
    unanswered: tuple[Unanswered, ...]
    held: tuple[Held, ...]
    alarms: tuple[str, ...]
    vouches: tuple[str, ...] = ()
    late: int = 0
    counts: dict[str, int] = field(default_factory=dict, hash=False)

    def is_about(self, member_id: str) -> bool:
        """Whether something in it is the member's own, and reads differently for them."""
        return any(row.claimed_by == member_id for row in self.rows.values()) or any(
            one.holder == member_id for one in self.held
        )

    @property
    def unseen(self) -> int:
        """How many emergencies wait that nobody has acknowledged."""
        return sum(row.state in UNSEEN for row in self.emergencies)

    @property
    def rows(self) -> dict[str, Row]:
        return {row.id: row for row in (*self.emergencies, *self.others)}


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What was read for the queues of a clinic at a moment."""

    at: datetime
    records: tuple[tuple[Row, Escalation], ...]
    lookers: Mapping[str, tuple[Looker, ...]]
    held: tuple[Held, ...]
    unanswered: tuple[Unanswered, ...]
    alarms: tuple[str, ...]
    vouches: tuple[Vouch, ...]


def page(visit: Visit, tx: Transaction) -> Page:
    """The page with the queue."""
    board = read(visit, tx)
    return Page(template="queue", context={"board": board, "alarm": page_words("alarm", visit.clinic), "here": "queue"})


def read(visit: Visit, tx: Transaction) -> Board:
    """The queue as this member has asked to see it."""
    return arranged(visit, gather(tx, visit.clinic))


def gather(tx: Transaction, clinic: Clinic) -> Gathered:
    """What the queues of all members show, whoever looks."""
    return Gathered(
        at=tx.now,
        records=tuple((_row(one, clinic.settings.clocks), one) for one in escalations.queue(tx, clinic.id)),
        lookers=presence.lookers(tx, clinic.id),
        held=tuple(takeovers.held(tx, clinic.id)),
        unanswered=tuple(_unanswered(turn) for turn in turns.unanswered(tx, clinic.id)),
        alarms=alarms(tx, clinic.id),
        vouches=tuple(factors.waiting(tx, clinic.id)),
    )


def arranged(visit: Visit, found: Gathered) -> Board:
    """What was gathered, as this member has asked to see it."""
    show = visit.request.query_params.get("show", "all")
    show = show if show in CHOICES else "all"
    rows = [_looked_at(row, record, found, visit) for row, record in found.records]
    others = [row for row in rows if row.level != "emergency"]
    shown = [row for row in others if _is_chosen(row, show, visit.member.id)]
    counts = Counter(row.level for row in rows)
    return Board(
        show=show,
        emergencies=tuple(row for row in rows if row.level == "emergency"),
        others=tuple(shown),
        hidden=len(others) - len(shown),
        held=found.held,
        unanswered=found.unanswered,
        alarms=found.alarms,
        vouches=tuple(one.member_name for one in found.vouches if _may_vouch(visit, one)),
        late=sum(_is_late(row, found.at) for row in rows) if may(visit.member.role, "oversee") else 0,
        counts={level: counts[level] for level in LEVELS} | {"open": len(rows)},
    )


def news(before: Board, after: Board, words: Words) -> str:
    """What has changed, in a sentence or two, for those who hear the page instead of seeing it."""
    said = words["queue"]["news"]
    old, new = before.rows, after.rows
    lines = []
    for row in new.values():
        what = {"level": words["levels"][row.level], "categories": _about(row, words), "reference": reference(row.id)}
        was = old.get(row.id)
        if was is None:
            lines.append(said["new"].format(**what))
        elif _is_news(row, was):
            lines.append(said["raised"].format(**what))
        elif row.claimed_by != was.claimed_by:
            claimed = said["claimed"] if row.claimed_by else said["released"]
            lines.append(claimed.format(name=row.claimer_name, **what))
        elif row.signals != was.signals:
            lines.append(said["more"].format(**what))
    lines += [str(words["alarms"][name]) for name in after.alarms if name not in before.alarms]
    lines += [said["vouch"].format(name=name) for name in after.vouches if name not in before.vouches]
    lines += [said["left"].format(reference=reference(gone)) for gone in old if gone not in new]
    waited = {one.conversation_id for one in before.held if one.waiting_since}
    for one in after.held:
        if one.waiting_since and one.conversation_id not in waited:
            lines.append(said["held"].format(reference=reference(one.conversation_id), name=one.holder_name))
    if len(after.unanswered) > len(before.unanswered):
        lines.append(said["unanswered"].format(count=len(after.unanswered)))
    if lines:
        lines.append(said["total"].format(count=after.counts["open"]))
    return " ".join(lines)


def gravest_news(before: Board, after: Board) -> str:
    """The worst level at which a record is new in the queue or has risen to; empty if none has."""
    old = before.rows
    new = [row.level for row in after.rows.values() if _is_news(row, old.get(row.id))]
    return min(new, key=LEVELS.index, default="")


def _is_news(row: Row, was: Row | None) -> bool:
    return was is None or LEVELS.index(row.level) < LEVELS.index(was.level)


def _is_late(row: Row, now: datetime) -> bool:
    return row.due is not None and row.due.at <= now


def _may_vouch(visit: Visit, one: Vouch) -> bool:
    return may(visit.member.role, "vouch") and one.member_id != visit.member.id


def _about(row: Row, words: Words) -> str:
    return ", ".join(named(words["categories"], category) for category in row.categories)


def _looked_at(row: Row, record: Escalation, found: Gathered, visit: Visit) -> Row:
    """The row with the colleagues who look at it; most are the same row for everybody."""
    names = presence.others(found.lookers, visit.member, record.id, record.conversation_id)
    return replace(row, lookers=names) if names else row


def _row(escalation: Escalation, shorter: Minutes) -> Row:
    return Row(
        id=escalation.id,
        level=escalation.level,
        state=escalation.state,
        categories=escalation.categories,
        level_at=escalation.level_at,
        due=due(escalation, shorter),
        claimed_by=escalation.claimed_by,
        claimer_name=escalation.claimer_name,
        signals=escalation.last_signal_seq,
        drill=escalation.drill,
    )


def _unanswered(turn: Turn) -> Unanswered:
    return Unanswered(
        id=turn.id,
        conversation_id=turn.conversation_id,
        since=turn.created_at,
        kind=turn.kind,
        state=turn.state,
        attempts=turn.attempts,
        next_at=turn.next_at,
    )


def _is_chosen(row: Row, show: str, member_id: str) -> bool:
    if show == "unclaimed":
        return row.claimed_by is None
    return show == "all" or row.claimed_by == member_id
