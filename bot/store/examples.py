"""Examples that a clinic gives its own risk screen: a clinician's paraphrase, never the patient's sentence, of what was
flagged for nothing (C7) or missed (C8), and a second person's judgement of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.content.examples import normal
from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, escalations, members
from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.store.rows import Escalation, Member
from bot.store.schema import examples

FALSE_ALARM, MISSED = "C7", "C8"
HARMLESS = "none"
LONGEST = 600  # Signs. What is longer is rather the story itself than an example of it.
SAME_WORDS = 0.5  # Of the words of both, the share that may be the same.
SAME_RUN = 4  # So many words in a row may not be the patient's.


class TooNear(Incomplete):
    """The paraphrase is too much like what the patient wrote."""


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A paraphrase, and what came of it: ``accepted`` is None until a second person has judged it."""

    id: str
    clinic_id: str
    escalation_id: str
    text: str = field(repr=False)
    category: str
    level: str
    author_id: str
    author_name: str
    proposed_at: datetime
    judged_by: str | None
    judged_at: datetime | None
    accepted: bool | None


def wanted(record: Escalation) -> bool:
    """Whether a record asks for an example: it was closed as a false alarm or as a miss."""
    return record.closed_at is not None and record.outcome in (FALSE_ALARM, MISSED)


def propose(tx: Transaction, member: Member, escalation_id: str, *, text: str, category: str, level: str) -> Proposed:
    """Keep a paraphrase for a second person to judge. Of a false alarm the level is always ``none``.

    Raises NotFound, Conflict if the record does not ask for one, Incomplete for what is missing, TooNear.
    """
    record = escalations.load(tx, member, escalation_id)
    if not wanted(record.escalation):
        raise Conflict("only a record closed as C7 or C8 takes an example", current=record.escalation.outcome)
    text, level = text.strip(), HARMLESS if record.escalation.outcome == FALSE_ALARM else level
    if not any(letter.isalnum() for letter in text) or len(text) > LONGEST:
        raise Incomplete("an example needs a text, and no long one")
    if level not in LEVELS or (level == HARMLESS) != (record.escalation.outcome == FALSE_ALARM) or not category:
        raise Incomplete("an example needs a level and a category")
    said = [one.text for one in record.messages if one.sender == "patient"]
    if is_near(text, [*said, *(signal.quote for signal in record.escalation.signals)]):
        raise TooNear("this is nearly what the patient wrote")
    new = uuid4().hex
    tx.run(
        sa.insert(examples),
        {
            "id": new,
            "clinic_id": member.clinic_id,
            "escalation_id": escalation_id,
            "text": tx.seal(text, table="examples", row=new, column="text", clinic=member.clinic_id),
            "category": category,
            "level": level,
            "author_id": member.id,
            "proposed_at": tx.now,
        },
    )
    _audited(tx, member, "propose_example", new)
    return _load(tx, member, new)


def judge(tx: Transaction, member: Member, example_id: str, *, accept: bool) -> Proposed:
    """A second person's yes or no. Raises NotFound, Incomplete for the author, Conflict if it was judged before."""
    now = _load(tx, member, example_id)
    if now.author_id == member.id:
        raise Incomplete("an example is judged by a second person")
    open_one = sa.update(examples).where(examples.c.id == example_id, examples.c.judged_at.is_(None))
    if not tx.changed(open_one.values(judged_by=member.id, judged_at=tx.now, accepted=accept)):
        raise Conflict("this example was judged before", current=now.accepted)
    _audited(tx, member, "accept_example" if accept else "refuse_example", example_id)
    return _load(tx, member, example_id)


def of_clinic(tx: Transaction, clinic_id: str, *, limit: int) -> list[Proposed]:
    """A clinic's examples: first those that nobody has judged, each newest first."""
    order = (examples.c.judged_at.is_not(None), examples.c.proposed_at.desc())
    return _read(tx, sa.select(examples).where(examples.c.clinic_id == clinic_id).order_by(*order).limit(limit))


def of_record(tx: Transaction, escalation_id: str) -> list[Proposed]:
    """What was proposed on one record, oldest first."""
    mine = sa.select(examples).where(examples.c.escalation_id == escalation_id)
    return _read(tx, mine.order_by(examples.c.proposed_at, examples.c.id))


def accepted(tx: Transaction) -> list[Proposed]:
    """What the next training learns from, of every clinic, oldest first."""
    chosen = sa.select(examples).where(examples.c.accepted.is_(True))
    return _read(tx, chosen.order_by(examples.c.proposed_at, examples.c.id))


def is_near(text: str, said: Iterable[str]) -> bool:
    """Whether it has half of its words, or four in a row, in common with one of the messages."""
    own = normal(text).split()
    return any(_shares(own, normal(one).split()) for one in said)


def _shares(own: Sequence[str], said: Sequence[str]) -> bool:
    runs = {tuple(said[at : at + SAME_RUN]) for at in range(len(said) - SAME_RUN + 1)}
    if any(tuple(own[at : at + SAME_RUN]) in runs for at in range(len(own) - SAME_RUN + 1)):
        return True
    both = set(own) & set(said)
    return len(both) >= SAME_WORDS * len(set(own) | set(said))


def _load(tx: Transaction, member: Member, example_id: str) -> Proposed:
    mine = sa.select(examples).where(examples.c.id == example_id, examples.c.clinic_id == member.clinic_id)
    found = _read(tx, mine)
    if not found:
        raise NotFound("no such example")
    return found[0]


def _read(tx: Transaction, statement: sa.Select[Any]) -> list[Proposed]:
    return [
        Proposed(
            id=row.id,
            clinic_id=row.clinic_id,
            escalation_id=row.escalation_id,
            text=tx.open(row.text, table="examples", row=row.id, column="text", clinic=row.clinic_id),
            category=row.category,
            level=row.level,
            author_id=row.author_id,
            author_name=members.name(tx, row.author_id),
            proposed_at=row.proposed_at,
            judged_by=members.name(tx, row.judged_by) if row.judged_by else None,
            judged_at=row.judged_at,
            accepted=row.accepted,
        )
        for row in tx.rows(statement)
    ]


def _audited(tx: Transaction, member: Member, act: str, example_id: str) -> None:
    audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act=act, kind="example", subject=example_id)
