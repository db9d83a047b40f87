"""Tries to log in are counted before they are checked, and each failure makes the next one wait longer.

Counted per e-mail address, per network address, and per member for second factors: whoever guesses waits, and nobody is
locked out where they have been before.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.store.database import Transaction
from bot.store.schema_staff import login_attempts

FREE_FAILURES = {"email": 5, "address": 20, "factor": 5}
LONGEST_PAUSE_SECONDS = {"email": 60, "address": 900, "factor": 900}
FORGET_HOURS = 24
KNOWN_DAYS = 30
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Keys = dict[str, str]


def login_keys(tx: Transaction, email: str, address: str) -> Keys:
    """What a try counts against: the address, and the e-mail; at a known address, the pair of both instead."""
    known = login_attempts.c.key_hash == _key(tx, "known", email, address)
    recent = login_attempts.c.last_at > tx.now - timedelta(days=KNOWN_DAYS)
    if tx.row(sa.select(login_attempts.c.key_hash).where(known, recent)) is None:
        return {"email": _key(tx, "email", email), "address": _key(tx, "address", address)}
    return {"email": _key(tx, "pair", email, address), "address": _key(tx, "address", address)}


def factor_keys(tx: Transaction, member_id: str) -> Keys:
    """What a try of a second factor counts against."""
    return {"factor": _key(tx, "factor", member_id)}


def admit(tx: Transaction, keys: Keys) -> bool:
    """Count a try, before it is checked; False if it must wait. Tries at the same time are counted one by one."""
    for key in sorted(keys.values()):
        tx.ensure(login_attempts, {"key_hash": key, "failures": 0, "last_at": tx.now, "blocked_until": NEVER})
        tx.row(sa.select(login_attempts.c.failures).where(login_attempts.c.key_hash == key), lock=True)
    if wait(tx, keys) > 0:
        return False
    for kind, key in keys.items():
        _count(tx, kind, key)
    return True


def wait(tx: Transaction, keys: Keys) -> float:
    """Seconds until the next try; 0 if it need not wait."""
    mine = login_attempts.c.key_hash.in_(keys.values())
    rows = tx.rows(sa.select(login_attempts.c.blocked_until).where(mine))
    return max([0.0, *(float((row.blocked_until - tx.now).total_seconds()) for row in rows)])


def forgive(tx: Transaction, keys: Keys) -> None:
    """A right password or code clears the person's failures, and this try from the address's."""
    own = [key for kind, key in keys.items() if kind != "address"]
    tx.run(sa.delete(login_attempts).where(login_attempts.c.key_hash.in_(own)))
    shared = login_attempts.c.key_hash == keys.get("address", "")
    mine = sa.update(login_attempts).where(shared, login_attempts.c.failures > 0)
    tx.run(mine.values(failures=login_attempts.c.failures - 1, blocked_until=NEVER))


def remember(tx: Transaction, email: str, address: str) -> None:
    """This member has logged in from here: strangers' tries elsewhere do not lock the member out."""
    key = _key(tx, "known", email, address)
    tx.run(sa.delete(login_attempts).where(login_attempts.c.last_at < tx.now - timedelta(days=KNOWN_DAYS)))
    tx.ensure(login_attempts, {"key_hash": key, "failures": 0, "last_at": tx.now, "blocked_until": NEVER})
    tx.run(sa.update(login_attempts).where(login_attempts.c.key_hash == key).values(last_at=tx.now))


def _count(tx: Transaction, kind: str, key: str) -> None:
    mine = login_attempts.c.key_hash == key
    [found] = tx.rows(sa.select(login_attempts).where(mine))
    failures = 1 if found.last_at < tx.now - timedelta(hours=FORGET_HOURS) else found.failures + 1
    over = failures - FREE_FAILURES[kind]
    pause = timedelta(seconds=min(2.0 ** min(over, 20), LONGEST_PAUSE_SECONDS[kind]))
    values = {"failures": failures, "last_at": tx.now, "blocked_until": tx.now + pause if over >= 0 else NEVER}
    tx.run(sa.update(login_attempts).where(mine).values(**values))


def _key(tx: Transaction, kind: str, *parts: str) -> str:
    return tx.keyring.keyed_hash("login", kind, *(part.strip().casefold() for part in parts))
