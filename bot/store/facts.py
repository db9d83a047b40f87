"""Facts about the patient that outlive a dialogue: what to be called, how to be reached safely, the word for the
medicine.
"""

from typing import Any

import sqlalchemy as sa

from bot.store import conversations
from bot.store.database import Transaction
from bot.store.schema import facts

ALL = sa.select(facts).where(facts.c.conversation_id == sa.bindparam("conversation")).order_by(facts.c.name)


def set(tx: Transaction, conversation_id: str, name: str, value: Any) -> None:  # noqa: A001 - reads well as facts.set.
    """Keep a fact (JSON); the last value counts. Raises NotFound if the conversation was erased."""
    conversation = conversations.find(tx, conversation_id)
    place = {"table": "facts", "row": f"{conversation_id}/{name}", "column": "value", "clinic": conversation.clinic_id}
    values = {"value": tx.seal_json(value, **place), "at": tx.now}
    mine = (facts.c.conversation_id == conversation_id, facts.c.name == name)
    if tx.changed(sa.update(facts).where(*mine).values(**values)) == 0:
        key = {"conversation_id": conversation_id, "name": name, "clinic_id": conversation.clinic_id}
        tx.run(sa.insert(facts), {**key, **values})


def get(tx: Transaction, conversation_id: str) -> dict[str, Any]:
    """Every fact of the conversation, by name."""
    rows = tx.rows(ALL, {"conversation": conversation_id})
    return {
        row.name: tx.open_json(
            row.value, table="facts", row=f"{conversation_id}/{row.name}", column="value", clinic=row.clinic_id
        )
        for row in rows
    }
