"""Members of staff: login (argon2id, RFC 9106), throttled (`bot.store.throttle`), and sessions stored as hashes."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Conflict, NotFound
from bot.store import clinics, throttle
from bot.store.database import Database, Transaction
from bot.store.rows import Member, Session
from bot.store.schema_staff import members, sessions

SESSION_HOURS = 12
IDLE_MINUTES = 60
TOUCH_SECONDS = 60
PROOF_MINUTES = 10

_hasher = PasswordHasher()


def create(
    tx: Transaction, clinic_id: str, email: str, name: str, role: str, password: str, *, title: str | None = None
) -> Member:
    """Add a member; `title` is what patients read that they are ("nurse"). Raises Conflict for a known address."""
    if is_known(tx, email):
        raise Conflict("this e-mail address belongs to a member already")
    new = uuid4().hex
    place = {"table": "members", "row": new, "clinic": clinic_id}
    values = {"id": new, "clinic_id": clinic_id, "email_hash": _email_hash(tx, email), "role": role, "title": title}
    sealed = {"email": tx.seal(email, column="email", **place), "name": tx.seal(name, column="name", **place)}
    tx.run(sa.insert(members), {**values, **sealed, "created_at": tx.now, "password_hash": _hasher.hash(password)})
    return get(tx, new)


def get(tx: Transaction, member_id: str) -> Member:
    """Give the member. Raises NotFound."""
    found = tx.row(sa.select(members).where(members.c.id == member_id))
    if found is None:
        raise NotFound("no such member")
    return _member(tx, found)


def name(tx: Transaction, member_id: str) -> str:
    """The member's name, as colleagues see it."""
    return get(tx, member_id).name


def of_clinic(tx: Transaction, clinic_id: str) -> list[Member]:
    """The clinic's members, by name."""
    rows = tx.rows(sa.select(members).where(members.c.clinic_id == clinic_id))
    return sorted((_member(tx, row) for row in rows), key=lambda member: (member.name.casefold(), member.id))


def by_email(tx: Transaction, clinic_id: str, email: str) -> Member:
    """The clinic's member with this e-mail address. Raises NotFound."""
    wanted = email.strip().casefold()
    for member in of_clinic(tx, clinic_id):
        if member.email.strip().casefold() == wanted:
            return member
    raise NotFound(f"{email!r} is not of the staff of {clinic_id!r}: see between staff list {clinic_id}")


def is_known(tx: Transaction, email: str) -> bool:
    """Whether a member of any clinic has this e-mail address."""
    return tx.row(sa.select(members.c.id).where(members.c.email_hash == _email_hash(tx, email))) is not None


def set_title(tx: Transaction, member_id: str, title: str) -> None:
    """Change what patients read that the member is; an empty one is none."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(title=title.strip() or None))


def set_password(tx: Transaction, member_id: str, password: str) -> None:
    """Change the password and end every session."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(password_hash=_hasher.hash(password)))
    end_sessions(tx, member_id)


def set_role(tx: Transaction, member_id: str, role: str) -> None:
    """Let a member have another role from now on."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(role=role))


def disable(tx: Transaction, member_id: str) -> None:
    """Let a member log in no more, and end every session."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(disabled_at=tx.now))
    end_sessions(tx, member_id)


def enable(tx: Transaction, member_id: str) -> None:
    """Let a member log in again."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(disabled_at=None))


def login(db: Database, email: str, password: str, address: str) -> Session | None:
    """Give a session, or None for a wrong, unknown, disabled or throttled login (see `wait_seconds`).

    It is good for nothing until the second factor has passed (`bot.store.factors`), where one is needed.
    """
    found = _checked(db, email, password, address)
    if found is None:
        return None
    fresh = _hasher.hash(password) if _hasher.check_needs_rehash(found.password_hash) else found.password_hash
    with db.write() as tx:
        throttle.remember(tx, email, address)
        unchanged = sa.and_(members.c.id == found.id, members.c.password_hash == found.password_hash)
        tx.run(sa.update(members).where(unchanged).values(password_hash=fresh))
        return _start_session(tx, get(tx, found.id))


def prove(db: Database, token: str, member: Member, password: str, address: str) -> bool:
    """Whether the member at this session knows the password; asked again before what cannot be undone."""
    if _checked(db, member.email, password, address) is None:
        return False
    with db.write() as tx:
        tx.run(sa.update(sessions).where(sessions.c.token_hash == session_hash(tx, token)).values(proved_at=tx.now))
    return True


def is_proved(tx: Transaction, token: str) -> bool:
    """Whether the password was given at this session in the last minutes."""
    found = tx.row(sa.select(sessions.c.proved_at).where(sessions.c.token_hash == session_hash(tx, token)))
    since = tx.now - timedelta(minutes=PROOF_MINUTES)
    return found is not None and found.proved_at is not None and found.proved_at > since


def wait_seconds(tx: Transaction, email: str, address: str) -> float:
    """How long the next try to log in must wait; 0 if it need not."""
    return throttle.wait(tx, throttle.login_keys(tx, email, address))


def session(db: Database, token: str) -> Member | None:
    """Give the member of a living session, and note that it is used (once a minute at most)."""
    with db.read() as tx:
        found = _living(tx, token)
        if found is None or found.passed_at is None:
            return None
        member = get(tx, found.member_id)
        stale = found.last_at <= tx.now - timedelta(seconds=TOUCH_SECONDS)
    if member.disabled_at is not None:
        return None
    if stale:
        with db.write() as tx:
            tx.run(sa.update(sessions).where(sessions.c.token_hash == found.token_hash).values(last_at=tx.now))
    return member


def halfway(db: Database, token: str) -> Member | None:
    """The member of a session that still waits for its second factor."""
    with db.read() as tx:
        found = _living(tx, token)
        if found is None or found.passed_at is not None:
            return None
        member = get(tx, found.member_id)
    return member if member.disabled_at is None else None


def logout(tx: Transaction, token: str) -> None:
    """End the session; an unknown one is none."""
    tx.run(sa.delete(sessions).where(sessions.c.token_hash == session_hash(tx, token)))


def end_sessions(tx: Transaction, member_id: str) -> None:
    """End every session of a member."""
    tx.run(sa.delete(sessions).where(sessions.c.member_id == member_id))


def session_hash(tx: Transaction, token: str) -> str:
    """What the database has of a session's token."""
    return tx.keyring.keyed_hash("session", token)


def _checked(db: Database, email: str, password: str, address: str) -> sa.Row[Any] | None:
    """The row of the member with this e-mail address and password; None for every other, and for one throttled.

    The password is hashed outside of any transaction, so that a flood of logins holds up no patient's message. Each try
    counts as a failure before it is checked: tries at the same time are throttled too. An unknown e-mail address costs
    the same work. Where a member has logged in before, strangers' tries elsewhere do not lock the member out.
    """
    with db.write() as tx:
        keys = throttle.login_keys(tx, email, address)
        if not throttle.admit(tx, keys):
            return None
        found = tx.row(sa.select(members).where(members.c.email_hash == _email_hash(tx, email)))
    if not _matches(found.password_hash if found else None, password) or found is None or found.disabled_at is not None:
        return None
    with db.write() as tx:
        throttle.forgive(tx, keys)
    return found


def _living(tx: Transaction, token: str) -> sa.Row[Any] | None:
    """The session's row, if it has neither ended nor been idle for too long."""
    found = tx.row(sa.select(sessions).where(sessions.c.token_hash == session_hash(tx, token)))
    if found is None or found.expires_at <= tx.now or found.last_at <= tx.now - timedelta(minutes=IDLE_MINUTES):
        return None
    return found


def _start_session(tx: Transaction, member: Member) -> Session:
    token = secrets.token_urlsafe(32)
    expires_at = tx.now + timedelta(hours=SESSION_HOURS)
    is_live = not clinics.get(tx, member.clinic_id).settings.demo
    passed_at = None if member.has_factor or is_live else tx.now
    tx.run(sa.delete(sessions).where(sessions.c.expires_at <= tx.now))
    values = {"token_hash": session_hash(tx, token), "member_id": member.id, "created_at": tx.now}
    values |= {"last_at": tx.now, "expires_at": expires_at, "proved_at": tx.now, "passed_at": passed_at}
    tx.run(sa.insert(sessions), values)
    return Session(token=token, member=member, expires_at=expires_at, passed=passed_at is not None)


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def _nobody() -> str:
    """A hash that no password has, with the same cost as a real one."""
    global _nobodys_hash
    if _nobodys_hash is None:
        _nobodys_hash = _hasher.hash(secrets.token_hex(16))
    return _nobodys_hash


_nobodys_hash: str | None = None


def _email_hash(tx: Transaction, email: str) -> str:
    return tx.keyring.keyed_hash("email", email.strip().casefold())


def _member(tx: Transaction, row: sa.Row[Any]) -> Member:
    place = {"table": "members", "row": row.id, "clinic": row.clinic_id}
    return Member(
        id=row.id,
        clinic_id=row.clinic_id,
        email=tx.open(row.email, column="email", **place),
        name=tx.open(row.name, column="name", **place),
        role=row.role,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        title=row.title,
        has_factor=row.totp_at is not None,
    )
