"""Search by exact word over a keyed hash index: the database holds no word, and without the keyring none can be tried.

The index is written with the message and erased with it. Words are compared without case (Unicode NFKC, casefold).
"""

import re
import unicodedata
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Transaction
from bot.store.rows import Message
from bot.store.schema import messages as messages_table
from bot.store.schema import search_words

HASH_CHARS = 32
WORD = re.compile(r"\w+")


def words_of(text: str) -> set[str]:
    """The words of a text as they are compared."""
    return set(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def index(tx: Transaction, *, clinic_id: str, conversation_id: str, message_id: str, text: str) -> None:
    """Write the index of one message."""
    rows = [
        {"word_hash": _hash(tx, clinic_id, word), "message_id": message_id, "conversation_id": conversation_id}
        for word in sorted(words_of(text))
    ]
    if rows:
        tx.run(sa.insert(search_words), rows)


def find(
    tx: Transaction,
    clinic_id: str,
    words: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Message]:
    """The clinic's messages of that time that have every one of these words, newest first; hidden ones left out."""
    from bot.store import messages

    wanted = [_hash(tx, clinic_id, word) for word in sorted(words_of(words))]
    if not wanted:
        return []
    hits = sa.select(search_words.c.message_id).where(search_words.c.word_hash.in_(wanted))
    hits = hits.group_by(search_words.c.message_id).having(sa.func.count() == len(wanted))
    statement = sa.select(messages_table).where(
        messages_table.c.id.in_(hits), messages_table.c.clinic_id == clinic_id, messages_table.c.hidden.is_(False)
    )
    if since is not None:
        statement = statement.where(messages_table.c.at >= since)
    if until is not None:
        statement = statement.where(messages_table.c.at < until)
    ordered = statement.order_by(messages_table.c.at.desc(), messages_table.c.seq.desc()).limit(limit)
    return [messages.from_row(tx, row) for row in tx.rows(ordered)]


def _hash(tx: Transaction, clinic_id: str, word: str) -> str:
    return tx.keyring.keyed_hash("search", clinic_id, word)[:HASH_CHARS]
