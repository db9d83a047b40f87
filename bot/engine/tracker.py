"""Rasa's tracker, encrypted at rest: what a patient said never stands in the file in clear.

Every value is sealed with the installation's keyring and bound to its conversation (``bot.store.encryption`` has the
rule). Unlike the stock store it waits at most a second for a lock, never falls back to memory, saves a turn in one
transaction, and refuses a turn that was computed from an older state of the conversation.
"""

import json
import logging
from functools import cache
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore, _create_sequence
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from sqlalchemy.orm import Query, Session, declarative_base, sessionmaker

from bot.errors import KeyMismatch, SettingError
from bot.store.encryption import Keyring

LOCK_SECONDS = 1
TABLE = "events"
NO_CLINIC = "-"
NOTHING = 0  # Below every row id.
PARSE_DATA_KEPT = (
    "intent",
    "entities",
    "meaning",
    "risk",
)  # Text, id and metadata stand beside it; the rest nobody reads again.
METADATA_DROPPED = ("clinic",)  # Wording for one turn.

logger = logging.getLogger(__name__)


class TrackerConflict(Exception):
    """Somebody else has added to this conversation since it was read."""


class EncryptedTrackerStore(SQLTrackerStore):
    """``endpoints.yml``: ``url`` is a SQLAlchemy URL (``sqlite:///`` or ``postgresql://``), ``keys_file`` a path.

    Raises SettingError or KeyMismatch when it cannot work: Rasa then does not start.
    """

    Base = declarative_base()

    class SQLEvent(Base):  # type: ignore[misc, valid-type]
        """Rasa's own columns. ``intent_name`` and ``action_name`` stay empty: nothing reads them."""

        __tablename__ = TABLE

        id = sa.Column(sa.Integer, _create_sequence(TABLE), primary_key=True)
        sender_id = sa.Column(sa.String(255), nullable=False, index=True)
        type_name = sa.Column(sa.String(255), nullable=False)
        timestamp = sa.Column(sa.Float)
        intent_name = sa.Column(sa.String(255))
        action_name = sa.Column(sa.String(255))
        data = sa.Column(sa.Text)

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: Any = None,
        keys_file: str | None = None,
        **unknown: Any,
    ) -> None:
        if not host or not keys_file or unknown:
            raise SettingError(
                f"endpoints.yml: tracker_store needs url and keys_file and nothing else, not {sorted(unknown)}"
            )
        TrackerStore.__init__(self, domain, event_broker)
        self._keyring = Keyring.load(keys_file)
        self.engine = _engine(host)
        self.Base.metadata.create_all(self.engine)
        self.sessionmaker = sessionmaker(bind=self.engine)
        self._check_key()

    async def read_turn(self, sender_id: str) -> tuple[DialogueStateTracker | None, int]:
        """The conversation's present session (None if there is none) and a mark of what is stored."""
        with self.session_scope() as session:
            rows = self._event_query(session, sender_id, fetch_events_from_all_sessions=False).all()
        return self._tracker(sender_id, rows), rows[-1].id if rows else NOTHING

    async def save_turn(self, tracker: DialogueStateTracker, *, mark: int, stored: int) -> None:
        """Append what a turn brought: the events after the first ``stored`` ones.

        Raises TrackerConflict if ``mark``, which ``read_turn`` gave, is no longer the last that is stored.
        """
        with self.session_scope() as session:
            _begin(session, tracker.sender_id)
            of_sender = session.query(sa.func.max(self.SQLEvent.id)).filter_by(sender_id=tracker.sender_id)
            if (of_sender.scalar() or NOTHING) != mark:
                raise TrackerConflict(f"events were added after {mark}")
            self._append(session, tracker, stored)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append what the tracker has beyond what is stored: Rasa's own way, for its own commands."""
        with self.session_scope() as session:
            _begin(session, tracker.sender_id)
            stored = self._event_query(session, tracker.sender_id, fetch_events_from_all_sessions=False).count()
            self._append(session, tracker, stored)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        with self.session_scope() as session:
            rows = self._event_query(session, sender_id, fetch_events_from_all_sessions).all()
        return self._tracker(sender_id, rows)

    def _event_query(self, session: Session, sender_id: str, fetch_events_from_all_sessions: bool) -> Query:
        """The events of a conversation in their order, or of its last session. Unlike in Rasa, no clock decides."""
        events = session.query(self.SQLEvent).filter_by(sender_id=sender_id).order_by(self.SQLEvent.id)
        if fetch_events_from_all_sessions:
            return events
        starts = session.query(sa.func.max(self.SQLEvent.id))
        start = starts.filter_by(sender_id=sender_id, type_name=SessionStarted.type_name).scalar()
        return events.filter(self.SQLEvent.id >= (start or NOTHING))

    def _append(self, session: Session, tracker: DialogueStateTracker, stored: int) -> None:
        for event in list(tracker.events)[stored:]:
            session.add(
                self.SQLEvent(
                    sender_id=tracker.sender_id,
                    type_name=event.type_name,
                    timestamp=event.timestamp,
                    data=self._seal(tracker.sender_id, _lean(event.as_dict())),
                )
            )
        session.commit()

    def _tracker(self, sender_id: str, rows: list[Any]) -> DialogueStateTracker | None:
        events = [_event(self._open(sender_id, row.data)) for row in rows]
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots) if events else None

    def _seal(self, sender_id: str, event: dict[str, Any]) -> str:
        return self._keyring.seal(json.dumps(event), table=TABLE, row=sender_id, column="data", clinic=NO_CLINIC)

    def _open(self, sender_id: str, sealed: str) -> dict[str, Any]:
        return json.loads(self._keyring.open(sealed, table=TABLE, row=sender_id, column="data", clinic=NO_CLINIC))

    def _check_key(self) -> None:
        """The newest event must open. Raises KeyMismatch with what to do."""
        with self.session_scope() as session:
            newest = session.query(self.SQLEvent).order_by(self.SQLEvent.id.desc()).first()
        try:
            if newest is not None:
                self._open(newest.sender_id, newest.data)
        except KeyMismatch as error:
            raise KeyMismatch(
                f"{self._keyring.path} is not the keyring that {self.engine.url!r} was written with ({error}). "
                "Put the right file there, or point TRACKER_URL at the database that belongs to it."
            ) from error


def _engine(url: str) -> sa.engine.Engine:
    """An engine that gives up on a lock after LOCK_SECONDS. Errors never show the values of a statement."""
    if url.startswith("postgresql"):
        options = f"-c lock_timeout={LOCK_SECONDS * 1000} -c statement_timeout={LOCK_SECONDS * 3000}"
        return sa.create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=5,
            pool_timeout=LOCK_SECONDS,
            connect_args={"connect_timeout": LOCK_SECONDS * 2, "options": options},
        )
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": LOCK_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # Transactions begin where _begin says so.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine


def _begin(session: Session, sender_id: str) -> None:
    """Nobody else writes to this conversation until the commit, so that counting and appending are one step."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text("BEGIN IMMEDIATE"))
    else:
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:sender))"), {"sender": sender_id})


@cache
def _event_classes() -> dict[str, type[Event]]:
    return {kind.type_name: kind for kind in reversed(all_subclasses(Event))}


def _event(stored: dict[str, Any]) -> Event:
    """What Rasa's ``deserialise_events`` does, without a search through all classes for every event."""
    event = _event_classes()[stored["event"]]._from_parameters(stored)
    if event is None:
        raise ValueError(f"an event of the kind {stored['event']} could not be read")
    return event


def _lean(event: dict[str, Any]) -> dict[str, Any]:
    """An event as it is stored: a message is without the kilobytes that were of use in its own turn only."""
    if event.get("event") == UserUttered.type_name:
        metadata, parse_data = event.get("metadata") or {}, event.get("parse_data") or {}
        event["metadata"] = {key: value for key, value in metadata.items() if key not in METADATA_DROPPED}
        event["parse_data"] = {key: parse_data[key] for key in PARSE_DATA_KEPT if key in parse_data}
    return event
