"""Rasa's tracker table as `bot.engine.tracker` writes it, for the tests of what the store does to it."""

import json

import sqlalchemy as sa

from bot.store.connections import make_engine
from bot.store.database import Database

EVENTS = sa.Table(
    "events",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
)


class Tracker:
    """The tracker database that belongs to a database."""

    def __init__(self, db: Database) -> None:
        assert db.tracker_url is not None
        self._db = db
        self._engine = make_engine(db.tracker_url, 5)
        EVENTS.create(self._engine, checkfirst=True)

    def hears(self, sender_id: str, text: str) -> None:
        """Store an event, sealed by the rule in `bot.store.encryption`."""
        place = {"table": "events", "row": sender_id, "clinic": "-"}
        data = self._db.keyring.seal(json.dumps({"text": text}), column="data", **place)
        intent = self._db.keyring.seal("greet", column="intent_name", **place)
        values = {"sender_id": sender_id, "type_name": "user", "data": data, "intent_name": intent, "action_name": None}
        with self._engine.begin() as connection:
            connection.execute(sa.insert(EVENTS), values)

    def heard(self, sender_id: str) -> list[str]:
        """The texts of a conversation's events."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                sa.select(EVENTS).where(EVENTS.c.sender_id == sender_id).order_by(EVENTS.c.id)
            ).all()
        place = {"table": "events", "row": sender_id, "clinic": "-"}
        assert [self._db.keyring.open(row.intent_name, column="intent_name", **place) for row in rows] == [
            "greet"
        ] * len(rows)
        return [json.loads(self._db.keyring.open(row.data, column="data", **place))["text"] for row in rows]

    def keys(self) -> set[str]:
        """The ids of the keys that events are sealed with."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(EVENTS.c.data, EVENTS.c.intent_name)).all()
        return {value.split(".")[1] for row in rows for value in row}

    def close(self) -> None:
        self._engine.dispose()
