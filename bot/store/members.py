"""Members of staff: login (argon2id, RFC 9106), throttled per e-mail and per address, and sessions stored as hashes."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Conflict, NotFound
from bot.store.database import Database, Transaction
from bot.store.rows import Member, Session
from bot.store.schema_staff import login_attempts, members, sessions

SESSION_HOURS = 12
IDLE_MINUTES = 60
TOUCH_SECONDS = 60
FREE_FAILURES = {"email": 5, "address": 20}
LONGEST_PAUSE_SECONDS = {"email": 60, "address": 900}
FORGET_HOURS = 24
KNOWN_DAYS = 30
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_hasher = PasswordHasher()


def create(
    tx: Transaction, clinic_id: str, email: str, name: str, role: str, password: str, *, title: str | None = None
) -> Member:
    """Add a member; `title` is what patients read that they are ("nurse"). Raises Conflict for a known address."""
    email_hash = _email_hash(tx, email)
    if tx.row(sa.select(members.c.id).where(members.c.email_hash == email_hash)) is not None:
        raise Conflict("this e-mail address belongs to a member already")
    new = uuid4().hex
    place = {"table": "members", "row": new, "clinic": clinic_id}
    values = {"id": new, "clinic_id": clinic_id, "email_hash": email_hash, "role": role, "title": title}
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


def set_title(tx: Transaction, member_id: str, title: str) -> None:
    """Change what patients read that the member is; an empty one is none."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(title=title.strip() or None))


def set_password(tx: Transaction, member_id: str, password: str) -> None:
    """Change the password and end every session."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(password_hash=_hasher.hash(password)))
    tx.run(sa.delete(sessions).where(sessions.c.member_id == member_id))


def set_role(tx: Transaction, member_id: str, role: str) -> None:
    """Let a member have another role from now on."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(role=role))


def disable(tx: Transaction, member_id: str) -> None:
    """Let a member log in no more, and end every session."""
    tx.run(sa.update(members).where(members.c.id == member_id).values(disabled_at=tx.now))
    tx.run(sa.delete(sessions).where(sessions.c.member_id == member_id))


def login(db: Database, email: str, password: str, address: str) -> Session | None:
    """Give a session, or None for a wrong, unknown, disabled or throttled login (see `wait_seconds`).

    The password is hashed outside of any transaction, so that a flood of logins holds up no patient's message. Each try
    counts as a failure before it is checked: tries at the same time are throttled too. An unknown e-mail address costs
    the same work. Where a member has logged in before, strangers' tries elsewhere do not lock the member out.
    """
    with db.write() as tx:
        keys = _attempt_keys(tx, email, address)
        _stand_in_line(tx, keys)
        if _wait(tx, keys) > 0:
            return None
        for kind, key in keys.items():
            _count_try(tx, kind, key)
        found = tx.row(sa.select(members).where(members.c.email_hash == _email_hash(tx, email)))
    if not _matches(found.password_hash if found else None, password) or found is None or found.disabled_at is not None:
        return None
    fresh = _hasher.hash(password) if _hasher.check_needs_rehash(found.password_hash) else found.password_hash
    with db.write() as tx:
        _forgive(tx, keys)
        _remember(tx, _key(tx, "known", email, address))
        unchanged = sa.and_(members.c.id == found.id, members.c.password_hash == found.password_hash)
        tx.run(sa.update(members).where(unchanged).values(password_hash=fresh))
        return _start_session(tx, get(tx, found.id))


def wait_seconds(tx: Transaction, email: str, address: str) -> float:
    """How long the next try to log in must wait; 0 if it need not."""
    return _wait(tx, _attempt_keys(tx, email, address))


def session(db: Database, token: str) -> Member | None:
    """Give the member of a living session, and note that it is used (once a minute at most)."""
    with db.read() as tx:
        key = tx.keyring.keyed_hash("session", token)
        found = tx.row(sa.select(sessions).where(sessions.c.token_hash == key))
        if found is None or found.expires_at <= tx.now or found.last_at <= tx.now - timedelta(minutes=IDLE_MINUTES):
            return None
        member = get(tx, found.member_id)
        stale = found.last_at <= tx.now - timedelta(seconds=TOUCH_SECONDS)
    if member.disabled_at is not None:
        return None
    if stale:
        with db.write() as tx:
            tx.run(sa.update(sessions).where(sessions.c.token_hash == key).values(last_at=tx.now))
    return member


def logout(tx: Transaction, token: str) -> None:
    """End the session; an unknown one is none."""
    tx.run(sa.delete(sessions).where(sessions.c.token_hash == tx.keyring.keyed_hash("session", token)))


def _start_session(tx: Transaction, member: Member) -> Session:
    token = secrets.token_urlsafe(32)
    expires_at = tx.now + timedelta(hours=SESSION_HOURS)
    tx.run(sa.delete(sessions).where(sessions.c.expires_at <= tx.now))
    values = {"token_hash": tx.keyring.keyed_hash("session", token), "member_id": member.id, "created_at": tx.now}
    tx.run(sa.insert(sessions), {**values, "last_at": tx.now, "expires_at": expires_at})
    return Session(token=token, member=member, expires_at=expires_at)


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


def _attempt_keys(tx: Transaction, email: str, address: str) -> dict[str, str]:
    """What a try counts against: the address, and the e-mail; at a known address, the pair of both instead."""
    known = login_attempts.c.key_hash == _key(tx, "known", email, address)
    recent = login_attempts.c.last_at > tx.now - timedelta(days=KNOWN_DAYS)
    if tx.row(sa.select(login_attempts.c.key_hash).where(known, recent)) is None:
        return {"email": _key(tx, "email", email), "address": _key(tx, "address", address)}
    return {"email": _key(tx, "pair", email, address), "address": _key(tx, "address", address)}


def _stand_in_line(tx: Transaction, keys: dict[str, str]) -> None:
    """Tries against the same e-mail or address are counted one after the other."""
    for key in sorted(keys.values()):
        tx.ensure(login_attempts, {"key_hash": key, "failures": 0, "last_at": tx.now, "blocked_until": NEVER})
        tx.row(sa.select(login_attempts.c.failures).where(login_attempts.c.key_hash == key), lock=True)


def _wait(tx: Transaction, keys: dict[str, str]) -> float:
    mine = login_attempts.c.key_hash.in_(keys.values())
    rows = tx.rows(sa.select(login_attempts.c.blocked_until).where(mine))
    return max([0.0, *(float((row.blocked_until - tx.now).total_seconds()) for row in rows)])


def _count_try(tx: Transaction, kind: str, key: str) -> None:
    mine = login_attempts.c.key_hash == key
    [found] = tx.rows(sa.select(login_attempts).where(mine))
    failures = 1 if found.last_at < tx.now - timedelta(hours=FORGET_HOURS) else found.failures + 1
    over = failures - FREE_FAILURES[kind]
    pause = timedelta(seconds=min(2.0 ** min(over, 20), LONGEST_PAUSE_SECONDS[kind]))
    values = {"failures": failures, "last_at": tx.now, "blocked_until": tx.now + pause if over >= 0 else NEVER}
    tx.run(sa.update(login_attempts).where(mine).values(**values))


def _forgive(tx: Transaction, keys: dict[str, str]) -> None:
    """A right password clears the e-mail's failures, and this try from the address's."""
    tx.run(sa.delete(login_attempts).where(login_attempts.c.key_hash == keys["email"]))
    mine = sa.update(login_attempts).where(login_attempts.c.key_hash == keys["address"], login_attempts.c.failures > 0)
    tx.run(mine.values(failures=login_attempts.c.failures - 1, blocked_until=NEVER))


def _remember(tx: Transaction, key: str) -> None:
    tx.run(sa.delete(login_attempts).where(login_attempts.c.last_at < tx.now - timedelta(days=KNOWN_DAYS)))
    tx.ensure(login_attempts, {"key_hash": key, "failures": 0, "last_at": tx.now, "blocked_until": NEVER})
    tx.run(sa.update(login_attempts).where(login_attempts.c.key_hash == key).values(last_at=tx.now))


def _key(tx: Transaction, kind: str, *parts: str) -> str:
    return tx.keyring.keyed_hash("login", kind, *(part.strip().casefold() for part in parts))


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
    )
