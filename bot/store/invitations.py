"""Invitations: a link that makes one person a member of the clinic's staff, once, within three days."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.errors import Incomplete, NotFound
from bot.store import audit, members
from bot.store.database import Transaction
from bot.store.roles import ROLES
from bot.store.rows import Member
from bot.store.schema_staff import invitations

LIFE = timedelta(days=3)
PASSWORD_CHARACTERS = 12


@dataclass(frozen=True, kw_only=True)
class Invitation:
    id: str
    clinic_id: str
    email: str
    name: str
    role: str
    title: str | None
    expires_at: datetime


def invite(tx: Transaction, clinic_id: str, email: str, name: str, role: str, title: str, *, by: str) -> str:
    """Invite a person. Gives the token of the link, which is known this once.

    Raises Incomplete naming the field that is wrong: email, name or role. An invitation of the same address ends.
    """
    email, name = email.strip(), name.strip()
    if "@" not in email.strip("@") or any(sign.isspace() for sign in email):
        raise Incomplete("email")
    if members.is_known(tx, email):
        raise Incomplete("email_known")
    if not name:
        raise Incomplete("name")
    if role not in ROLES:
        raise Incomplete("role")
    for old in waiting(tx, clinic_id):
        if old.email.casefold() == email.casefold():
            _end(tx, old.id)
    new, token = uuid4().hex, secrets.token_urlsafe(32)
    place = {"table": "invitations", "row": new, "clinic": clinic_id}
    sealed = {"email": tx.seal(email, column="email", **place), "name": tx.seal(name, column="name", **place)}
    values: dict[str, Any] = {
        "id": new,
        "clinic_id": clinic_id,
        "token_hash": _hash(tx, token),
        "role": role,
        "invited_by": by,
    }
    values |= {"title": title.strip() or None, "created_at": tx.now, "expires_at": tx.now + LIFE}
    tx.run(sa.insert(invitations), {**values, **sealed})
    audit.write(tx, clinic_id=clinic_id, actor=by, act="invite", kind="invitation", subject=new)
    return token


def waiting(tx: Transaction, clinic_id: str) -> list[Invitation]:
    """The clinic's invitations that can still be used, oldest first."""
    mine = (invitations.c.clinic_id == clinic_id, invitations.c.ended_at.is_(None), invitations.c.expires_at > tx.now)
    return [
        _invitation(tx, row) for row in tx.rows(sa.select(invitations).where(*mine).order_by(invitations.c.created_at))
    ]


def withdraw(tx: Transaction, clinic_id: str, invitation_id: str, *, by: str) -> None:
    """Let the link lead nowhere. Raises NotFound, also if it is another clinic's."""
    if invitation_id not in [one.id for one in waiting(tx, clinic_id)]:
        raise NotFound("no such invitation")
    _end(tx, invitation_id)
    audit.write(tx, clinic_id=clinic_id, actor=by, act="withdraw", kind="invitation", subject=invitation_id)


def find(tx: Transaction, token: str) -> Invitation:
    """The invitation of a link. Raises NotFound: unknown, used, withdrawn and too old are not told apart."""
    mine = (invitations.c.token_hash == _hash(tx, token), invitations.c.ended_at.is_(None))
    found = tx.row(sa.select(invitations).where(*mine, invitations.c.expires_at > tx.now), lock=tx.writing)
    if found is None:
        raise NotFound("no such invitation")
    return _invitation(tx, found)


def accept(tx: Transaction, token: str, password: str) -> Member:
    """Make the person a member; the link is used up. Raises NotFound, or Incomplete for a password that is too easy."""
    found = find(tx, token)
    if not is_good(password, found.email):
        raise Incomplete("password")
    _end(tx, found.id)
    member = members.create(tx, found.clinic_id, found.email, found.name, found.role, password, title=found.title)
    audit.write(tx, clinic_id=found.clinic_id, actor=member.id, act="join", kind="member", subject=member.id)
    return member


def is_good(password: str, email: str) -> bool:
    """Long enough, not one sign again and again, and not the address (NIST SP 800-63B: length, no riddles)."""
    return (
        len(password) >= PASSWORD_CHARACTERS
        and len(set(password)) > 3
        and email.split("@")[0].casefold() not in password.casefold()
    )


def _end(tx: Transaction, invitation_id: str) -> None:
    tx.run(sa.update(invitations).where(invitations.c.id == invitation_id).values(ended_at=tx.now))


def _hash(tx: Transaction, token: str) -> str:
    return tx.keyring.keyed_hash("invitation", token)


def _invitation(tx: Transaction, row: sa.Row[tuple[object, ...]]) -> Invitation:
    place = {"table": "invitations", "row": row.id, "clinic": row.clinic_id}
    return Invitation(
        id=row.id,
        clinic_id=row.clinic_id,
        email=tx.open(row.email, column="email", **place),
        name=tx.open(row.name, column="name", **place),
        role=row.role,
        title=row.title,
        expires_at=row.expires_at,
    )
