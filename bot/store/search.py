"""Search by exact word over a keyed hash index: the database holds no word, and without the keyring none can be tried.

The index is written with each message that is shown, in the order of time, and erased with it. Words are compared
without case (Unicode NFKC, casefold).
"""

import re
import unicodedata
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Transaction
from bot.store.encryption import Keyring
from bot.store.rows import Message
from bot.store.schema import messages as messages_table
from bot.store.schema import search_words

HASH_CHARS = 32
MANY = 1000
WORD = re.compile(r"\w+")


def words_of(text: str) -> set[str]:
    """The words of a text as they are compared."""
    return set(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def index(tx: Transaction, *, clinic_id: str, conversation_id: str, message_id: str, text: str) -> None:
    """Write the index of one message that is stored in this transaction."""
    place = {"at": tx.now, "message_id": message_id, "conversation_id": conversation_id}
    rows = [{"word_hash": mark(tx.keyring, clinic_id, word), **place} for word in sorted(words_of(text))]
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
    """The clinic's messages of that time that have every one of these words, newest first.

    The entries of the rarest word are walked through from the newest, and each is asked for the other words, until
    `limit` are found: the cost hardly depends on how much was ever written.
    """
    from bot.store import messages

    marks = [mark(tx.keyring, clinic_id, word) for word in words_of(words)]
    if not marks:
        return []
    rarest, *others = sorted(marks, key=lambda one: _spread(tx, one)) if len(marks) > 1 else marks
    hit = search_words.alias()
    hits = sa.select(hit.c.message_id).where(hit.c.word_hash == rarest)
    hits = hits.where(*(_beside(hit, one) for one in others))
    if since is not None:
        hits = hits.where(hit.c.at >= since)
    if until is not None:
        hits = hits.where(hit.c.at < until)
    hits = hits.order_by(hit.c.at.desc(), hit.c.message_id).limit(limit)
    statement = sa.select(messages_table).where(messages_table.c.id.in_(hits), messages_table.c.clinic_id == clinic_id)
    ordered = statement.order_by(messages_table.c.at.desc(), messages_table.c.seq.desc())
    return [messages.from_row(tx, row) for row in tx.rows(ordered)]


def mark(keyring: Keyring, clinic_id: str, word: str) -> str:
    """What the index has of a clinic's word."""
    return keyring.keyed_hash("search", clinic_id, word)[:HASH_CHARS]


def _spread(tx: Transaction, one: str) -> int:
    """In how many messages a word stands, at most MANY: enough to tell a rare one from a common one."""
    some = sa.select(search_words.c.at).where(search_words.c.word_hash == one).limit(MANY).subquery()
    return int(tx.rows(sa.select(sa.func.count()).select_from(some))[0][0])


def _beside(hit: sa.FromClause, one: str) -> sa.Exists:
    """Whether the message of an entry has another word too."""
    other = search_words.alias()
    place = (other.c.at == hit.c.at, other.c.message_id == hit.c.message_id)
    return sa.exists().where(other.c.word_hash == one, *place)
