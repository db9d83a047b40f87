"""The audit trail: rows of ids only, each with an HMAC over itself and the one before, and a keyed head that counts
them.

A changed, removed or inserted row breaks the chain at that row; rows cut off at the end disagree with the head. A
reader who exports the head daily also notices that the whole trail was put back to an earlier state. After Schneier
and Kelsey, "Secure audit logs to support computer forensics" (1999), without key evolution.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.store.database import Transaction
from bot.store.encryption import AUDIT
from bot.store.schema import audit, audit_head

START = "0" * 64


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    seq: int
    at: datetime
    clinic_id: str | None
    actor: str
    act: str
    kind: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """`first_bad`: the number of the first row that is not as it was written; None when all are."""

    ok: bool
    rows: int
    first_bad: int | None


def write(tx: Transaction, *, clinic_id: str | None, actor: str, act: str, kind: str, subject: str) -> None:
    """Add a row. Ids and fixed words only; `actor` is a member's id, "patient", "system" or a command's name."""
    found = tx.row(sa.select(audit_head), lock=True)
    seq, last = (found.rows, _last_mac(tx, found.rows)) if found else _end(tx)
    values = {"at": tx.now, "clinic_id": clinic_id, "actor": actor, "act": act, "kind": kind, "subject": subject}
    mac = _mac(tx, last, seq + 1, values)
    tx.run(sa.insert(audit), {"seq": seq + 1, "mac": mac, **values})
    tx.run(sa.update(audit_head).values(rows=seq + 1, mac=_head_mac(tx, seq + 1, mac)))


def begin(tx: Transaction) -> None:
    """Write the head of an empty trail; a database is made with it, so that a missing head is a finding."""
    tx.run(sa.insert(audit_head), {"id": 1, "rows": 0, "mac": _head_mac(tx, 0, START)})


def verify(tx: Transaction) -> AuditReport:
    """Check the whole chain and its head."""
    head = tx.row(sa.select(audit_head))
    last, count = START, 0
    for row in tx.rows(sa.select(audit).order_by(audit.c.seq)):
        count += 1
        expected = _mac(tx, last, count, dict(row._mapping))
        if row.seq != count or not hmac.compare_digest(row.mac, expected):
            return AuditReport(ok=False, rows=count, first_bad=count)
        last = row.mac
    if head is None:
        return AuditReport(ok=False, rows=count, first_bad=count + 1)
    if head.rows != count or not hmac.compare_digest(head.mac, _head_mac(tx, count, last)):
        return AuditReport(ok=False, rows=count, first_bad=min(head.rows, count) + 1)
    return AuditReport(ok=True, rows=count, first_bad=None)


def head(tx: Transaction) -> str:
    """The count and the last row's mark, to be kept outside: ``rows:mac``."""
    found = tx.row(sa.select(audit_head))
    return f"0:{START}" if found is None else f"{found.rows}:{found.mac}"


def of(tx: Transaction, clinic_id: str, *, kind: str | None = None, subject: str | None = None) -> list[AuditRow]:
    """A clinic's rows, oldest first; those about one subject if it is given."""
    statement = sa.select(audit).where(audit.c.clinic_id == clinic_id).order_by(audit.c.seq)
    if kind is not None:
        statement = statement.where(audit.c.kind == kind)
    if subject is not None:
        statement = statement.where(audit.c.subject == subject)
    return [_row(row) for row in tx.rows(statement)]


def search(
    tx: Transaction,
    clinic_id: str,
    *,
    actor: str | None = None,
    act: str | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditRow]:
    """A clinic's rows that fit all that is given, newest first; `before` is the number of a row that is known."""
    wanted = {audit.c.actor: actor, audit.c.act: act, audit.c.kind: kind}
    statement = sa.select(audit).where(audit.c.clinic_id == clinic_id)
    statement = statement.where(*(column == value for column, value in wanted.items() if value is not None))
    if since is not None:
        statement = statement.where(audit.c.at >= since)
    if until is not None:
        statement = statement.where(audit.c.at < until)
    if before is not None:
        statement = statement.where(audit.c.seq < before)
    return [_row(row) for row in tx.rows(statement.order_by(audit.c.seq.desc()).limit(limit))]


def _end(tx: Transaction) -> tuple[int, str]:
    """Where to go on when the head is gone: an act is still written down, and `verify` tells of the head."""
    found = tx.row(sa.select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1))
    return (0, START) if found is None else (found.seq, found.mac)


def _last_mac(tx: Transaction, seq: int) -> str:
    found = tx.row(sa.select(audit.c.mac).where(audit.c.seq == seq))
    return START if found is None else str(found.mac)


def _mac(tx: Transaction, last: str, seq: int, values: dict[str, Any]) -> str:
    clinic = values["clinic_id"]
    parts = [last, str(seq), values["at"].isoformat(), "-" if clinic is None else f"={clinic}"]
    return _sign(tx, [*parts, values["actor"], values["act"], values["kind"], values["subject"]])


def _head_mac(tx: Transaction, rows: int, last: str) -> str:
    return _sign(tx, ["head", str(rows), last])


def _sign(tx: Transaction, parts: list[str]) -> str:
    data = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(tx.keyring.derive(AUDIT), data, hashlib.sha256).hexdigest()


def _row(row: sa.Row[Any]) -> AuditRow:
    values: dict[str, Any] = {name: value for name, value in row._mapping.items() if name != "mac"}
    return AuditRow(**values)
