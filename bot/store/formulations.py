"""The picture that a reflective session gave, sealed, one per session, with the version of the model that computed it.

A session that is computed again (an answer more, an answer changed) replaces its own; what was shown stays so.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.store import conversations
from bot.store.database import Transaction
from bot.store.rows import StoredFormulation
from bot.store.schema import formulations


def save(
    tx: Transaction,
    *,
    conversation_id: str,
    session: str,
    model_version: str,
    detail: dict[str, Any],
    shown: bool = False,
) -> None:
    """Keep what a session's answers add up to now (``detail`` is JSON). ``shown``: the patient is told it in this turn.

    Raises NotFound if the conversation was erased.
    """
    conversation = conversations.find(tx, conversation_id)
    mine = (formulations.c.conversation_id == conversation_id, formulations.c.session == session)
    known = tx.row(sa.select(formulations.c.id).where(*mine))
    row = known.id if known else uuid4().hex
    sealed = tx.seal_json(detail, table="formulations", row=row, column="detail", clinic=conversation.clinic_id)
    values: dict[str, Any] = {"model_version": model_version, "detail": sealed, "at": tx.now}
    if shown:
        values["shown_at"] = tx.now
    if known:
        tx.run(sa.update(formulations).where(formulations.c.id == row).values(**values))
        return
    place = {"id": row, "conversation_id": conversation_id, "clinic_id": conversation.clinic_id, "session": session}
    tx.run(sa.insert(formulations), {**place, "started_at": tx.now, **values})


def of(tx: Transaction, conversation_id: str, *, since: datetime | None = None) -> list[StoredFormulation]:
    """A conversation's sessions, oldest first; those that began at `since` or later."""
    statement = sa.select(formulations).where(formulations.c.conversation_id == conversation_id)
    if since is not None:
        statement = statement.where(formulations.c.started_at >= since)
    return [_formulation(tx, row) for row in tx.rows(statement.order_by(formulations.c.started_at, formulations.c.id))]


def _formulation(tx: Transaction, row: sa.Row[Any]) -> StoredFormulation:
    return StoredFormulation(
        id=row.id,
        session=row.session,
        model_version=row.model_version,
        detail=tx.open_json(row.detail, table="formulations", row=row.id, column="detail", clinic=row.clinic_id),
        started_at=row.started_at,
        at=row.at,
        shown_at=row.shown_at,
    )
