"""Who has a record or a conversation open now: a row per open page, that fades unless the page is renewed.

It helps two people not to do the same at once, and is forgotten at once; who has looked is in the audit trail.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.store import members
from bot.store.database import Transaction
from bot.store.rows import Member
from bot.store.schema_staff import open_pages

FADE_SECONDS = 45


@dataclass(frozen=True, kw_only=True)
class Looker:
    """A member who has it open, on one page or on several."""

    member_id: str
    name: str


def look(tx: Transaction, member: Member, subject: str, page_id: str) -> None:
    """Note that a page of the member's shows ``subject``, for FADE_SECONDS from now; the same page again renews it."""
    tx.run(sa.delete(open_pages).where(sa.or_(open_pages.c.id == page_id, open_pages.c.fades_at <= tx.now)))
    values = {"id": page_id, "clinic_id": member.clinic_id, "member_id": member.id, "subject": subject}
    tx.run(sa.insert(open_pages), {**values, "fades_at": tx.now + timedelta(seconds=FADE_SECONDS)})


def leave(tx: Transaction, page_id: str) -> None:
    """The page was closed."""
    tx.run(sa.delete(open_pages).where(open_pages.c.id == page_id))


def lookers(tx: Transaction, clinic_id: str) -> Mapping[str, tuple[Looker, ...]]:
    """Who looks at what in a clinic, by the id of the record or conversation; each member once."""
    mine = (open_pages.c.clinic_id == clinic_id, open_pages.c.fades_at > tx.now)
    shown = sa.select(open_pages.c.subject, open_pages.c.member_id).where(*mine).distinct()
    found: dict[str, list[Looker]] = defaultdict(list)
    for row in tx.rows(shown.order_by(open_pages.c.subject, open_pages.c.member_id)):
        found[row.subject].append(Looker(member_id=row.member_id, name=members.name(tx, row.member_id)))
    return {subject: tuple(those) for subject, those in found.items()}


def others(seen: Mapping[str, tuple[Looker, ...]], member: Member, *subjects: str) -> tuple[str, ...]:
    """The names of those other than the member who look at one of these, in order."""
    found = {one.name for subject in subjects for one in seen.get(subject, ()) if one.member_id != member.id}
    return tuple(sorted(found))
