"""Where alerts of a clinic go: one row per way to reach a member of staff, or the clinic as a whole.

The address (an Apprise URL, or a webhook's with its signing secret) is sealed: it holds telephone numbers, passwords
and tokens. What became of the last try is beside it, in words of ours only.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import sqlalchemy as sa

from bot.errors import Incomplete, NotFound
from bot.store import members
from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.store.schema_staff import channels

LANES = ("duty", "clinic")
WEBHOOK = "webhook"
LOG = "log"  # log:// writes alerts into the worker's log.
WEBHOOK_SCHEMES = ("webhook+https", "webhook+http")
SECRET_BYTES = 24
UNTESTED_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One way to reach somebody. `lane`: "duty" (who is on duty; a member's own, or a shared duty phone) or "clinic"
    (the clinic's out-of-hours contact). `least`: the least serious level that it is used for.
    """

    id: str
    clinic_id: str
    member_id: str | None
    lane: str
    kind: str
    least: str
    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    tested_at: datetime | None
    ok_at: datetime | None
    failed_at: datetime | None
    error: str | None

    @property
    def is_failing(self) -> bool:
        return self.failed_at is not None and (self.ok_at is None or self.ok_at < self.failed_at)


def add(
    tx: Transaction,
    clinic_id: str,
    url: str,
    *,
    name: str,
    member_id: str | None = None,
    lane: str = "duty",
    least: str = "same_day",
) -> Channel:
    """Add a channel. A URL that begins with webhook+https:// is a signed webhook and gets a secret.

    Raises Incomplete for a URL without scheme, an unknown lane or level; NotFound for another clinic's member.
    """
    scheme = urlsplit(url.strip()).scheme.lower()
    if not scheme or "://" not in url:
        raise Incomplete("a channel is a URL: mailto://…, webhook+https://…, or another that Apprise knows")
    if lane not in LANES:
        raise Incomplete(f"lane={lane!r}: allowed is one of {', '.join(LANES)}")
    if least not in LEVELS[:3]:
        raise Incomplete(f"least={least!r}: allowed is one of {', '.join(LEVELS[:3])}")
    if member_id is not None and members.get(tx, member_id).clinic_id != clinic_id:
        raise NotFound("no such member")
    is_webhook = scheme in WEBHOOK_SCHEMES
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode() if is_webhook else ""
    address = {"url": url.strip().removeprefix("webhook+"), "secret": secret}
    new = uuid4().hex
    place = {"table": "channels", "row": new, "clinic": clinic_id}
    values = {"id": new, "clinic_id": clinic_id, "member_id": member_id, "lane": lane, "least": least}
    sealed = {
        "name": tx.seal(name, column="name", **place),
        "address": tx.seal_json(address, column="address", **place),
    }
    kind = WEBHOOK if is_webhook else scheme
    tx.run(sa.insert(channels), {**values, **sealed, "kind": kind, "created_at": tx.now})
    return get(tx, clinic_id, new)


def get(tx: Transaction, clinic_id: str, channel_id: str) -> Channel:
    """Give the channel. Raises NotFound, also if it is another clinic's."""
    found = tx.row(sa.select(channels).where(channels.c.id == channel_id, channels.c.clinic_id == clinic_id))
    if found is None:
        raise NotFound("no such channel")
    return _channel(tx, found)


def of_clinic(tx: Transaction, clinic_id: str) -> list[Channel]:
    """Every channel of the clinic and of its members, in the order in which they were added."""
    rows = tx.rows(sa.select(channels).where(channels.c.clinic_id == clinic_id).order_by(channels.c.created_at))
    return [_channel(tx, row) for row in rows]


def remove(tx: Transaction, clinic_id: str, channel_id: str) -> None:
    """Take a channel away. Raises NotFound."""
    get(tx, clinic_id, channel_id)
    tx.run(sa.delete(channels).where(channels.c.id == channel_id))


def tried(tx: Transaction, channel_id: str, *, reason: str | None, test: bool = False) -> None:
    """Note the last try: it arrived (`reason` None), or why it did not. A channel that is gone meanwhile is left."""
    state = {"failed_at": tx.now, "error": reason} if reason else {"ok_at": tx.now, "error": None}
    if test and not reason:
        state["tested_at"] = tx.now
    tx.run(sa.update(channels).where(channels.c.id == channel_id).values(**state))


def _channel(tx: Transaction, row: sa.Row[Any]) -> Channel:
    place = {"table": "channels", "row": row.id, "clinic": row.clinic_id}
    address = tx.open_json(row.address, column="address", **place)
    return Channel(
        id=row.id,
        clinic_id=row.clinic_id,
        member_id=row.member_id,
        lane=row.lane,
        kind=row.kind,
        least=row.least,
        name=tx.open(row.name, column="name", **place),
        url=address["url"],
        secret=address["secret"],
        tested_at=row.tested_at,
        ok_at=row.ok_at,
        failed_at=row.failed_at,
        error=row.error,
    )
