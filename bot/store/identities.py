"""Identity tokens of portals: each opens a conversation once. Only a hash is kept, and only until the token expires."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.errors import Conflict
from bot.store.database import Transaction
from bot.store.schema import used_identities

# A token is taken a little after its end too, since clocks of two machines differ.
KEPT_AFTER = timedelta(minutes=5)


def use(tx: Transaction, clinic_id: str, identity: str, expires_at: datetime) -> None:
    """Mark a token as used. Raises Conflict if it was used before.

    What counts is the part that is signed: a signature can be written in several ways, its text cannot.
    """
    text = f"{clinic_id}:{identity.rpartition('.')[0]}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    tx.run(sa.delete(used_identities).where(used_identities.c.expires_at < tx.now - KEPT_AFTER))
    values: dict[str, Any] = {"digest": digest, "clinic_id": clinic_id, "expires_at": expires_at}
    if tx.row(sa.select(used_identities.c.digest).where(used_identities.c.digest == digest)) is not None:
        raise Conflict("this identity token was used before", current=clinic_id)
    tx.run(sa.insert(used_identities), values)
