"""Second factors: codes that change every 30 seconds (TOTP, RFC 6238), recovery codes kept as hashes, and for the night
on which a phone is lost a colleague who vouches, while the managers are alarmed.

A session begins with the password, and is good for nothing until it has passed here (`sessions.passed_at`).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import sqlalchemy as sa

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, members, outbox, throttle
from bot.store.database import Database, Transaction
from bot.store.rows import Member
from bot.store.schema_staff import members as members_table
from bot.store.schema_staff import recovery_codes, sessions, vouches

ISSUER = "Between Sessions"
STEP_SECONDS = 30
SLACK_STEPS = 1  # Clocks of telephones differ.
RECOVERY_CODES = 10
RECOVERY_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # None that looks like another.
RECOVERY_LENGTH = 12
VOUCH_MINUTES = 30
VOUCHED_HOURS = 4


@dataclass(frozen=True, kw_only=True)
class Vouch:
    """A member who asks to be let in without the second factor."""

    id: str
    member_id: str
    member_name: str
    asked_at: datetime


def secret(tx: Transaction, member: Member) -> str:
    """The secret for the member's telephone, made once; shown until the first code has confirmed it.

    Raises Conflict after that.
    """
    found = tx.row(sa.select(members_table).where(members_table.c.id == member.id), lock=True)
    if found is None or found.totp_at is not None:
        raise Conflict("this member has a second factor already")
    if found.totp is not None:
        return _open(tx, member, found.totp)
    made = pyotp.random_base32()
    sealed = tx.seal(made, table="members", row=member.id, column="totp", clinic=member.clinic_id)
    tx.run(sa.update(members_table).where(members_table.c.id == member.id).values(totp=sealed))
    return made


def address(member: Member, made: str) -> str:
    """The secret as the address that authenticator apps read."""
    return pyotp.TOTP(made).provisioning_uri(name=member.email, issuer_name=ISSUER)


def confirm(db: Database, token: str, member: Member, code: str) -> tuple[str, ...] | None:
    """Begin to use the second factor. Gives the recovery codes, which are shown this once; None for a wrong code."""
    if not _is_admitted(db, member):
        return None
    with db.write() as tx:
        if not _is_code(tx, member, code):
            return None
        throttle.forgive(tx, throttle.factor_keys(tx, member.id))
        tx.run(sa.update(members_table).where(members_table.c.id == member.id).values(totp_at=tx.now))
        _pass(tx, token)
        _write(tx, member, "second_factor")
        return _make_codes(tx, member.id)


def check(db: Database, token: str, member: Member, code: str) -> bool:
    """Let the session pass with a code of the telephone or a recovery code; each is good once."""
    if not _is_admitted(db, member):
        return False
    with db.write() as tx:
        by_phone = _is_code(tx, member, code)
        if not by_phone and not _use_recovery(tx, member, code):
            return False
        throttle.forgive(tx, throttle.factor_keys(tx, member.id))
        _pass(tx, token)
        _write(tx, member, "login" if by_phone else "login_by_recovery_code")
        return True


def wait_seconds(tx: Transaction, member: Member) -> float:
    """How long the next code must wait; 0 if it need not."""
    return throttle.wait(tx, throttle.factor_keys(tx, member.id))


def codes_left(tx: Transaction, member_id: str) -> int:
    """How many recovery codes have not been used."""
    mine = sa.select(sa.func.count()).where(recovery_codes.c.member_id == member_id, recovery_codes.c.used_at.is_(None))
    return int(tx.rows(mine)[0][0])


def renew_codes(tx: Transaction, member: Member) -> tuple[str, ...]:
    """New recovery codes; the old ones are void. Raises Incomplete without a second factor."""
    if not member.has_factor:
        raise Incomplete("recovery codes belong to a second factor")
    _write(tx, member, "recovery_codes")
    return _make_codes(tx, member.id)


def reset(tx: Transaction, member_id: str) -> None:
    """Take the second factor away: the next sign-in sets up another. Ends every session."""
    mine = sa.update(members_table).where(members_table.c.id == member_id)
    tx.run(mine.values(totp=None, totp_at=None, totp_step=0))
    tx.run(sa.delete(recovery_codes).where(recovery_codes.c.member_id == member_id))
    members.end_sessions(tx, member_id)


def ask(tx: Transaction, token: str, member: Member) -> None:
    """Ask a colleague to vouch for this session, and alarm the managers. Asking twice is asking once."""
    if pending(tx, token) is not None:
        return
    expires_at = tx.now + timedelta(minutes=VOUCH_MINUTES)
    values = {"id": secrets.token_hex(16), "clinic_id": member.clinic_id, "member_id": member.id}
    values["session_hash"] = members.session_hash(tx, token)
    tx.run(sa.insert(vouches), {**values, "asked_at": tx.now, "expires_at": expires_at})
    outbox.add(tx, clinic_id=member.clinic_id, kind="let_in", level="urgent", step="manager")
    _write(tx, member, "ask_to_be_let_in")


def pending(tx: Transaction, token: str) -> datetime | None:
    """Until when this session waits for a colleague; None if it does not."""
    mine = vouches.c.session_hash == members.session_hash(tx, token)
    found = tx.row(sa.select(vouches).where(mine, vouches.c.ended_at.is_(None), vouches.c.expires_at > tx.now))
    return found.expires_at if found else None


def waiting(tx: Transaction, clinic_id: str) -> list[Vouch]:
    """Who of the clinic waits to be let in, oldest first."""
    mine = (vouches.c.clinic_id == clinic_id, vouches.c.ended_at.is_(None), vouches.c.expires_at > tx.now)
    rows = tx.rows(sa.select(vouches).where(*mine).order_by(vouches.c.asked_at))
    return [
        Vouch(id=row.id, member_id=row.member_id, member_name=members.name(tx, row.member_id), asked_at=row.asked_at)
        for row in rows
    ]


def vouch(tx: Transaction, colleague: Member, vouch_id: str, *, granted: bool) -> None:
    """Let a member in for a few hours, or refuse it; the managers are alarmed again when somebody is let in.

    Raises NotFound if nobody waits there, Conflict if the member would vouch for themselves.
    """
    mine = (vouches.c.id == vouch_id, vouches.c.clinic_id == colleague.clinic_id, vouches.c.ended_at.is_(None))
    found = tx.row(sa.select(vouches).where(*mine, vouches.c.expires_at > tx.now), lock=True)
    if found is None:
        raise NotFound("nobody waits to be let in there")
    if found.member_id == colleague.id:
        raise Conflict("nobody vouches for themselves")
    tx.run(sa.update(vouches).where(vouches.c.id == vouch_id).values(vouched_by=colleague.id, ended_at=tx.now))
    if granted:
        until = tx.now + timedelta(hours=VOUCHED_HOURS)
        tx.run(
            sa.update(sessions)
            .where(sessions.c.token_hash == found.session_hash)
            .values(passed_at=tx.now, last_at=tx.now, expires_at=until)
        )
        outbox.add(tx, clinic_id=colleague.clinic_id, kind="let_in", level="urgent", step="manager")
    act = "let_in" if granted else "keep_out"
    audit.write(
        tx, clinic_id=colleague.clinic_id, actor=colleague.id, act=act, kind="member", subject=found.member_id
    )  # fmt: skip


def _is_admitted(db: Database, member: Member) -> bool:
    """Count the try in a transaction of its own: a wrong code must not undo it."""
    with db.write() as tx:
        return throttle.admit(tx, throttle.factor_keys(tx, member.id))


def _is_code(tx: Transaction, member: Member, code: str) -> bool:
    """Whether it is a code of now, that was not used before."""
    found = tx.row(sa.select(members_table).where(members_table.c.id == member.id), lock=True)
    given = "".join(code.split())
    if found is None or found.totp is None or not given.isdecimal():
        return False
    totp = pyotp.TOTP(_open(tx, member, found.totp))
    now = int(tx.now.timestamp()) // STEP_SECONDS
    for step in range(now - SLACK_STEPS, now + SLACK_STEPS + 1):
        if step > found.totp_step and secrets.compare_digest(totp.generate_otp(step), given):
            tx.run(sa.update(members_table).where(members_table.c.id == member.id).values(totp_step=step))
            return True
    return False


def _use_recovery(tx: Transaction, member: Member, code: str) -> bool:
    mine = recovery_codes.c.code_hash == _code_hash(tx, member.id, code)
    return (
        tx.changed(sa.update(recovery_codes).where(mine, recovery_codes.c.used_at.is_(None)).values(used_at=tx.now)) > 0
    )


def _make_codes(tx: Transaction, member_id: str) -> tuple[str, ...]:
    tx.run(sa.delete(recovery_codes).where(recovery_codes.c.member_id == member_id))
    codes = tuple(_new_code() for _ in range(RECOVERY_CODES))
    for code in codes:
        tx.run(sa.insert(recovery_codes), {"code_hash": _code_hash(tx, member_id, code), "member_id": member_id})
    return codes


def _new_code() -> str:
    signs = "".join(secrets.choice(RECOVERY_SIGNS) for _ in range(RECOVERY_LENGTH))
    return "-".join(signs[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4))


def _code_hash(tx: Transaction, member_id: str, code: str) -> str:
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return tx.keyring.keyed_hash("recovery", member_id, plain)


def _pass(tx: Transaction, token: str) -> None:
    mine = sessions.c.token_hash == members.session_hash(tx, token)
    tx.run(sa.update(sessions).where(mine).values(passed_at=tx.now, last_at=tx.now))


def _open(tx: Transaction, member: Member, sealed: str) -> str:
    return tx.open(sealed, table="members", row=member.id, column="totp", clinic=member.clinic_id)


def _write(tx: Transaction, member: Member, act: str) -> None:
    audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act=act, kind="member", subject=member.id)
