"""Answers that a dialogue kept: the wording that was asked, the value, and the patient's own words."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.store import conversations, messages
from bot.store.database import Transaction
from bot.store.rows import Answer
from bot.store.schema import answers, formulations
from bot.store.schema import messages as messages_table

SAFETY = "safety"  # What was said in a safety step counts, whatever is taken back.


def save(
    tx: Transaction,
    *,
    conversation_id: str,
    message_id: str,
    dialogue: str,
    session: str,
    step: str,
    wording: str,
    value: Any,
    text: str | None = None,
    confirmed: bool = True,
) -> Answer:
    """Keep an answer (`value` is JSON). Idempotent per message, dialogue and step: a turn that is run again writes
    the same row. It is as old as its message, which may have waited: for Rasa, or for a question about a risk.

    Raises NotFound if the conversation was erased or has no such message.
    """
    conversation = conversations.find(tx, conversation_id)
    message = messages.load(tx, conversation_id, message_id)
    mine = (answers.c.message_id == message_id, answers.c.dialogue == dialogue, answers.c.step == step)
    known = tx.row(sa.select(answers.c.id).where(*mine))
    row = known.id if known else uuid4().hex
    detail = {"wording": wording, "value": value, "text": text}
    sealed = tx.seal_json(detail, table="answers", row=row, column="detail", clinic=conversation.clinic_id)
    values = {"session": session, "detail": sealed, "confirmed": confirmed}
    if known:
        tx.run(sa.update(answers).where(answers.c.id == row).values(**values))
    else:
        place: dict[str, Any] = {"id": row, "conversation_id": conversation_id, "clinic_id": conversation.clinic_id}
        place["seq"] = tx.next_number(answers.c.seq, answers.c.conversation_id == conversation_id)
        tx.run(
            sa.insert(answers),
            {**place, "message_id": message_id, "dialogue": dialogue, "step": step, **values, "at": message.at},
        )
    return _answer(tx, tx.rows(sa.select(answers).where(answers.c.id == row))[0])


def of(
    tx: Transaction,
    conversation_id: str,
    dialogue: str | None = None,
    *,
    since: datetime | None = None,
    taken_back: bool = False,
) -> list[Answer]:
    """A conversation's answers, oldest first; of one dialogue if it is named, from `since` on. What the patient took
    back is left out unless it is asked for.
    """
    statement = sa.select(answers).where(answers.c.conversation_id == conversation_id)
    if dialogue is not None:
        statement = statement.where(answers.c.dialogue == dialogue)
    if since is not None:
        statement = statement.where(answers.c.at >= since)
    if not taken_back:
        gone = sa.select(messages_table.c.id).where(
            messages_table.c.conversation_id == conversation_id, messages_table.c.taken_back_at.is_not(None)
        )
        statement = statement.where(sa.or_(answers.c.dialogue == SAFETY, answers.c.message_id.not_in(gone)))
    return [_answer(tx, row) for row in tx.rows(statement.order_by(answers.c.seq))]


def delete(tx: Transaction, conversation_id: str, *, dialogue: str, session: str) -> int:
    """Take one session of a dialogue out, and what it added up to. Gives how many answers it had; again is harmless."""
    found = (formulations.c.conversation_id == conversation_id, formulations.c.session == session)
    tx.run(sa.delete(formulations).where(*found))
    mine = (answers.c.conversation_id == conversation_id, answers.c.dialogue == dialogue, answers.c.session == session)
    return tx.changed(sa.delete(answers).where(*mine))


def _answer(tx: Transaction, row: sa.Row[Any]) -> Answer:
    detail = tx.open_json(row.detail, table="answers", row=row.id, column="detail", clinic=row.clinic_id)
    return Answer(
        id=row.id,
        message_id=row.message_id,
        dialogue=row.dialogue,
        session=row.session,
        step=row.step,
        wording=detail["wording"],
        value=detail["value"],
        text=detail["text"],
        confirmed=row.confirmed,
        at=row.at,
    )
