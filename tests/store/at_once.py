"""What another process does in `test_at_once`: sends one message, again and again, until it is stored.

Arguments: the database's address, the keyring, the conversation, the client_id and text of each message.
"""

import sys

from bot.store import conversations, messages
from bot.store.database import Database
from bot.store.encryption import Keyring
from bot.store.findings import Finding

url, keys, conversation_id, *sent = sys.argv[1:]
CRISIS = Finding(level="emergency", action="page", categories=("suicidal_ideation",))

db = Database(url, Keyring.load(keys), busy_seconds=30)
for client_id, text in zip(sent[::2], sent[1::2], strict=True):
    with db.write() as tx:
        patient = conversations.find(tx, conversation_id)
        messages.receive(tx, patient, client_id=client_id, body={"text": text}, text=text, assessment=CRISIS)
db.close()
