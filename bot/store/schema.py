"""Every table, as SQLAlchemy Core. Columns commented "sealed" hold what `bot.store.encryption` makes; the rest are
ids, times and states, and never a person's words. `SEALED` says which columns those are, and how each value is
bound to its place.
"""

from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware time in UTC. A naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time in the database must be aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id(name: str = "id", *, key: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), primary_key=key)


def _ref(name: str, target: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), sa.ForeignKey(target), nullable=null)


def _time(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Moment, nullable=null)


def _word(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(200), nullable=null)


def _number(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, default=default, server_default=str(default))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(
        name, sa.Boolean(create_constraint=False), nullable=False, default=False, server_default=sa.false()
    )


def _sealed(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


key_check = sa.Table(
    "key_check", metadata, _id("name"), _sealed("value"), sa.Column("root_hash", sa.String(64), nullable=False)
)

clinics = sa.Table("clinics", metadata, _id(), _sealed("settings"), _time("created_at"))

members = sa.Table(
    "members",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    sa.Column("email_hash", sa.String(64), nullable=False, unique=True),
    _sealed("email"),
    _sealed("name"),
    _word("role"),
    _word("title", null=True),
    _word("password_hash"),
    _time("created_at"),
    _time("disabled_at", null=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    _id("token_hash"),
    _ref("member_id", "members.id"),
    _time("created_at"),
    _time("last_at"),
    _time("expires_at"),
)

login_attempts = sa.Table(
    "login_attempts", metadata, _id("key_hash"), _number("failures"), _time("last_at"), _time("blocked_until")
)

conversations = sa.Table(
    "conversations",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    _word("language"),
    _word("consent"),
    _word("consent_version", null=True),
    _time("consent_at", null=True),
    _ref("holder", "members.id", null=True),
    sa.Column("identity_hash", sa.String(64), nullable=True),
    _sealed("identity", null=True),
    _number("last_seq"),
    _time("created_at"),
    _time("last_at"),
    _time("ended_at", null=True),
    _time("erased_at", null=True),
    _flag("legal_hold"),
    _flag("drill"),
    _word("lease_owner", null=True),
    _time("lease_until", null=True),
    sa.Index(
        "uq_conversations_open_identity",
        "clinic_id",
        "identity_hash",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND identity_hash IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND identity_hash IS NOT NULL"),
    ),
    sa.Index("ix_conversations_idle", "consent", "last_at"),
    sa.Index("ix_conversations_clinic", "clinic_id", "last_at"),
)

messages = sa.Table(
    "messages",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id"),
    _word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    _word("sender"),
    _ref("member_id", "members.id", null=True),
    _word("kind"),
    _sealed("text"),
    _sealed("body"),
    _flag("offers"),
    _flag("hidden"),
    _word("answers_id", null=True),
    _word("client_id", null=True),
    sa.Column("body_hash", sa.String(64), nullable=True),
    _word("turn_id", null=True),
    _time("at"),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.UniqueConstraint("conversation_id", "client_id"),
    sa.Index("ix_messages_turn_id", "turn_id"),
)

assessments = sa.Table(
    "assessments",
    metadata,
    _ref("message_id", "messages.id"),
    _word("layer"),
    _ref("conversation_id", "conversations.id"),
    _word("clinic_id"),
    _sealed("detail"),
    _time("at"),
    sa.PrimaryKeyConstraint("message_id", "layer"),
    sa.Index("ix_assessments_conversation_id", "conversation_id"),
)

turns = sa.Table(
    "turns",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id"),
    _word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    _word("kind"),
    _word("name", null=True),
    _ref("message_id", "messages.id", null=True),
    _word("state"),
    _number("attempts"),
    _word("reason", null=True),
    _word("holding_id", null=True),
    _time("created_at"),
    _time("next_at"),
    _time("settled_at", null=True),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.Index("ix_turns_due", "state", "next_at"),
    sa.Index("ix_turns_clinic", "clinic_id", "state"),
)

escalations = sa.Table(
    "escalations",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    _ref("conversation_id", "conversations.id"),
    _word("level"),
    sa.Column("level_rank", sa.Integer, nullable=False),
    _word("action"),
    _word("state"),
    _time("opened_at"),
    _time("level_at"),
    _time("alerted_at", null=True),
    _time("acknowledged_at", null=True),
    _ref("acknowledged_by", "members.id", null=True),
    _ref("claimed_by", "members.id", null=True),
    _time("claimed_at", null=True),
    _time("claim_expires_at", null=True),
    _time("closed_at", null=True),
    _ref("closed_by", "members.id", null=True),
    _word("outcome", null=True),
    _number("last_signal_seq"),
    sa.Index(
        "uq_escalations_open",
        "conversation_id",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    sa.Index("ix_escalations_queue", "clinic_id", "closed_at", "level_rank", "opened_at"),
)

signals = sa.Table(
    "signals",
    metadata,
    _id(),
    _ref("escalation_id", "escalations.id"),
    _word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    _word("message_id"),
    _word("layer"),
    _word("category"),
    _word("level"),
    _word("action"),
    _word("rule", null=True),
    _sealed("quote"),
    sa.Column("start", sa.Integer, nullable=True),
    sa.Column("end", sa.Integer, nullable=True),
    _time("at"),
    sa.UniqueConstraint("message_id", "layer", "category"),
    sa.UniqueConstraint("escalation_id", "seq"),
)

notes = sa.Table(
    "notes",
    metadata,
    _id(),
    _ref("escalation_id", "escalations.id"),
    _word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    _ref("member_id", "members.id"),
    _word("kind"),
    _sealed("text"),
    _flag("shared"),
    _time("at"),
    sa.UniqueConstraint("escalation_id", "seq"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    _ref("escalation_id", "escalations.id", null=True),
    _ref("conversation_id", "conversations.id", null=True),
    _word("kind"),
    _word("level"),
    _time("created_at"),
    _time("next_at"),
    _number("attempts"),
    _word("lease_owner", null=True),
    _time("lease_until", null=True),
    _time("delivered_at", null=True),
    _word("error", null=True),
    _word("step", null=True),
    _word("channel_id", null=True),
    _time("ended_at", null=True),
    sa.Index("ix_outbox_due", "ended_at", "next_at"),
    sa.Index("ix_outbox_escalation_id", "escalation_id"),
)

channels = sa.Table(
    "channels",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    _ref("member_id", "members.id", null=True),
    _word("lane"),
    _word("kind"),
    _word("least"),
    _sealed("name"),
    _sealed("address"),
    _time("created_at"),
    _time("tested_at", null=True),
    _time("ok_at", null=True),
    _time("failed_at", null=True),
    _word("error", null=True),
    sa.Index("ix_channels_clinic_id", "clinic_id"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _id(),
    _word("notification_id"),
    _word("clinic_id"),
    _word("escalation_id", null=True),
    _word("channel_id", null=True),
    _word("kind"),
    _word("step"),
    _number("attempt"),
    _word("outcome"),
    _word("reason", null=True),
    _time("at"),
    sa.Index("ix_deliveries_notification_id", "notification_id"),
    sa.Index("ix_deliveries_escalation_id", "escalation_id"),
    sa.Index("ix_deliveries_clinic_id", "clinic_id", "at"),
)

incidents = sa.Table(
    "incidents",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    _word("kind"),
    _word("subject"),
    _time("opened_at"),
    _time("last_at"),
    _time("closed_at", null=True),
    sa.Index(
        "uq_incidents_open",
        "clinic_id",
        "kind",
        "subject",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

shifts = sa.Table(
    "shifts",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    _ref("member_id", "members.id"),
    sa.Column("weekday", sa.Integer, nullable=False),
    _word("starts"),
    _word("ends"),
    _number("place"),
    sa.Index("ix_shifts_clinic_id", "clinic_id"),
)

rota_days = sa.Table(
    "rota_days",
    metadata,
    _id(),
    _ref("clinic_id", "clinics.id"),
    _word("day"),
    _word("kind"),
    _ref("member_id", "members.id", null=True),
    _word("starts", null=True),
    _word("ends", null=True),
    _number("place"),
    sa.Index("ix_rota_days_clinic_id", "clinic_id", "day"),
)

answers = sa.Table(
    "answers",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id"),
    _word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    _ref("message_id", "messages.id"),
    _word("dialogue"),
    _word("session"),
    _word("step"),
    _sealed("detail"),
    _flag("confirmed"),
    _time("at"),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.UniqueConstraint("message_id", "dialogue", "step"),
)

formulations = sa.Table(
    "formulations",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id"),
    _word("clinic_id"),
    _word("session"),
    _word("model_version"),
    _sealed("detail"),
    _time("started_at"),
    _time("at"),
    _time("shown_at", null=True),
    sa.UniqueConstraint("conversation_id", "session"),
)

facts = sa.Table(
    "facts",
    metadata,
    _ref("conversation_id", "conversations.id"),
    _word("name"),
    _word("clinic_id"),
    _sealed("value"),
    _time("at"),
    sa.PrimaryKeyConstraint("conversation_id", "name"),
)

search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("word_hash", sa.String(32), nullable=False),
    _ref("message_id", "messages.id"),
    _ref("conversation_id", "conversations.id"),
    sa.PrimaryKeyConstraint("word_hash", "message_id"),
    sa.Index("ix_search_words_conversation_id", "conversation_id"),
)

erasures = sa.Table(
    "erasures",
    metadata,
    _id(),
    _word("clinic_id"),
    _word("conversation_id"),
    _word("actor"),
    _time("at"),
    _time("tracker_erased_at", null=True),
    sa.Index("ix_erasures_conversation_id", "conversation_id"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    _time("at"),
    _word("clinic_id", null=True),
    _word("actor"),
    _word("act"),
    _word("kind"),
    _word("subject"),
    sa.Column("mac", sa.String(64), nullable=False),
    sa.Index("ix_audit_subject", "kind", "subject"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("mac", sa.String(64), nullable=False),
)

used_identities = sa.Table(
    "used_identities",
    metadata,
    _id("digest"),
    _word("clinic_id"),
    _time("expires_at"),
    sa.Index("ix_used_identities_expires_at", "expires_at"),
)

processes = sa.Table(
    "processes",
    metadata,
    _id("name"),
    sa.Column("pid", sa.Integer, nullable=False),
    _number("starts"),
    _time("started_at"),
    _time("beat_at"),
)


class Sealed(NamedTuple):
    """Where a table keeps sealed values: the row id in the associated data is the key columns joined by "/"."""

    table: sa.Table
    key: tuple[str, ...]
    clinic: str
    columns: tuple[str, ...]


SEALED = (
    Sealed(clinics, ("id",), "id", ("settings",)),
    Sealed(members, ("id",), "clinic_id", ("email", "name")),
    Sealed(channels, ("id",), "clinic_id", ("name", "address")),
    Sealed(conversations, ("id",), "clinic_id", ("identity",)),
    Sealed(messages, ("id",), "clinic_id", ("text", "body")),
    Sealed(assessments, ("message_id", "layer"), "clinic_id", ("detail",)),
    Sealed(signals, ("id",), "clinic_id", ("quote",)),
    Sealed(notes, ("id",), "clinic_id", ("text",)),
    Sealed(answers, ("id",), "clinic_id", ("detail",)),
    Sealed(formulations, ("id",), "clinic_id", ("detail",)),
    Sealed(facts, ("conversation_id", "name"), "clinic_id", ("value",)),
)
