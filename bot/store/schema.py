"""Every table, as SQLAlchemy Core. Columns commented "sealed" hold what `bot.store.encryption` makes; the rest are
ids, times and states, and never a person's words. `SEALED` says which columns those are, and how each value is
bound to its place.
"""

from typing import NamedTuple

import sqlalchemy as sa

from bot.store.columns import flag, index_where, key, moment, number, ref, sealed, word
from bot.store.columns import metadata as metadata  # Whoever needs every table finds it here.
from bot.store.schema_staff import channels, clinics, invitations, members

key_check = sa.Table(
    "key_check", metadata, key("name"), sealed("value"), sa.Column("root_hash", sa.String(64), nullable=False)
)

conversations = sa.Table(
    "conversations",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    word("language"),
    word("consent"),
    word("consent_version", null=True),
    moment("consent_at", null=True),
    ref("holder", "members.id", null=True),
    sa.Column("identity_hash", sa.String(64), nullable=True),
    sealed("identity", null=True),
    number("last_seq"),
    moment("created_at"),
    moment("last_at"),
    moment("ended_at", null=True),
    moment("erased_at", null=True),
    flag("legal_hold"),
    flag("drill"),
    word("lease_owner", null=True),
    moment("lease_until", null=True),
    index_where(
        "ended_at IS NULL AND identity_hash IS NOT NULL",
        "uq_conversations_open_identity",
        "clinic_id",
        "identity_hash",
        unique=True,
    ),
    sa.Index("ix_conversations_idle", "consent", "last_at"),
    sa.Index("ix_conversations_clinic", "clinic_id", "last_at"),
    sa.Index("ix_conversations_last_at", "last_at"),
    index_where("holder IS NOT NULL", "ix_conversations_held", "clinic_id"),
)

messages = sa.Table(
    "messages",
    metadata,
    key(),
    ref("conversation_id", "conversations.id"),
    word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    word("sender"),
    ref("member_id", "members.id", null=True),
    word("kind"),
    sealed("text"),
    sealed("body"),
    flag("offers"),
    flag("hidden"),
    word("answers_id", null=True),
    word("client_id", null=True),
    sa.Column("body_hash", sa.String(64), nullable=True),
    word("turn_id", null=True),
    moment("at"),
    moment("taken_back_at", null=True),
    moment("read_at", null=True),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.UniqueConstraint("conversation_id", "client_id"),
    sa.Index("ix_messages_turn_id", "turn_id"),
    index_where("taken_back_at IS NOT NULL", "ix_messages_taken_back", "conversation_id"),
)

assessments = sa.Table(
    "assessments",
    metadata,
    ref("message_id", "messages.id"),
    word("layer"),
    ref("conversation_id", "conversations.id"),
    word("clinic_id"),
    sealed("detail"),
    moment("at"),
    sa.PrimaryKeyConstraint("message_id", "layer"),
    sa.Index("ix_assessments_conversation_id", "conversation_id"),
)

turns = sa.Table(
    "turns",
    metadata,
    key(),
    ref("conversation_id", "conversations.id"),
    word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    word("kind"),
    word("name", null=True),
    ref("message_id", "messages.id", null=True),
    word("state"),
    number("attempts"),
    word("reason", null=True),
    word("holding_id", null=True),
    moment("created_at"),
    moment("next_at"),
    moment("settled_at", null=True),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.Index("ix_turns_due", "state", "next_at"),
    sa.Index("ix_turns_clinic", "clinic_id", "state"),
)

escalations = sa.Table(
    "escalations",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    ref("conversation_id", "conversations.id"),
    word("level"),
    sa.Column("level_rank", sa.Integer, nullable=False),
    word("action"),
    word("state"),
    moment("opened_at"),
    moment("level_at"),
    moment("alerted_at", null=True),
    moment("acknowledged_at", null=True),
    ref("acknowledged_by", "members.id", null=True),
    ref("claimed_by", "members.id", null=True),
    moment("claimed_at", null=True),
    moment("claim_expires_at", null=True),
    moment("closed_at", null=True),
    ref("closed_by", "members.id", null=True),
    word("outcome", null=True),
    sa.Column("proposed_by", sa.String(64), nullable=True),
    moment("proposed_at", null=True),
    word("proposed_outcome", null=True),
    number("last_signal_seq"),
    index_where("closed_at IS NULL", "uq_escalations_open", "conversation_id", unique=True),
    sa.Index("ix_escalations_queue", "clinic_id", "closed_at", "level_rank", "opened_at"),
    sa.Index("ix_escalations_opened", "clinic_id", "opened_at"),
    sa.Index("ix_escalations_conversation_id", "conversation_id"),
)

signals = sa.Table(
    "signals",
    metadata,
    key(),
    ref("escalation_id", "escalations.id"),
    word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    word("message_id"),
    word("layer"),
    word("category"),
    word("level"),
    word("action"),
    word("rule", null=True),
    sealed("quote"),
    sa.Column("start", sa.Integer, nullable=True),
    sa.Column("end", sa.Integer, nullable=True),
    moment("at"),
    sa.UniqueConstraint("message_id", "layer", "category"),
    sa.UniqueConstraint("escalation_id", "seq"),
    sa.Index("ix_signals_category", "clinic_id", "category", "at"),
    sa.Index("ix_signals_at", "clinic_id", "at"),
)

notes = sa.Table(
    "notes",
    metadata,
    key(),
    ref("escalation_id", "escalations.id"),
    word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    ref("member_id", "members.id"),
    word("kind"),
    sealed("text"),
    flag("shared"),
    moment("at"),
    sa.UniqueConstraint("escalation_id", "seq"),
    sa.Index("ix_notes_at", "clinic_id", "at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    ref("escalation_id", "escalations.id", null=True),
    ref("conversation_id", "conversations.id", null=True),
    word("kind"),
    word("level"),
    moment("created_at"),
    moment("next_at"),
    number("attempts"),
    word("lease_owner", null=True),
    moment("lease_until", null=True),
    moment("delivered_at", null=True),
    word("error", null=True),
    word("step", null=True),
    word("channel_id", null=True),
    moment("ended_at", null=True),
    sa.Index("ix_outbox_due", "ended_at", "next_at"),
    sa.Index("ix_outbox_escalation_id", "escalation_id"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    key(),
    word("notification_id"),
    word("clinic_id"),
    word("escalation_id", null=True),
    word("channel_id", null=True),
    word("kind"),
    word("step"),
    number("attempt"),
    word("outcome"),
    word("reason", null=True),
    moment("at"),
    sa.Index("ix_deliveries_notification_id", "notification_id"),
    sa.Index("ix_deliveries_escalation_id", "escalation_id"),
    sa.Index("ix_deliveries_clinic_id", "clinic_id", "at"),
)

incidents = sa.Table(
    "incidents",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    word("kind"),
    word("subject"),
    moment("opened_at"),
    moment("last_at"),
    moment("closed_at", null=True),
    index_where("closed_at IS NULL", "uq_incidents_open", "clinic_id", "kind", "subject", unique=True),
)

answers = sa.Table(
    "answers",
    metadata,
    key(),
    ref("conversation_id", "conversations.id"),
    word("clinic_id"),
    sa.Column("seq", sa.Integer, nullable=False),
    ref("message_id", "messages.id"),
    word("dialogue"),
    word("session"),
    word("step"),
    sealed("detail"),
    flag("confirmed"),
    moment("at"),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.UniqueConstraint("message_id", "dialogue", "step"),
)

formulations = sa.Table(
    "formulations",
    metadata,
    key(),
    ref("conversation_id", "conversations.id"),
    word("clinic_id"),
    word("session"),
    word("model_version"),
    sealed("detail"),
    moment("started_at"),
    moment("at"),
    moment("shown_at", null=True),
    sa.UniqueConstraint("conversation_id", "session"),
)

facts = sa.Table(
    "facts",
    metadata,
    ref("conversation_id", "conversations.id"),
    word("name"),
    word("clinic_id"),
    sealed("value"),
    moment("at"),
    sa.PrimaryKeyConstraint("conversation_id", "name"),
)

search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("word_hash", sa.String(32), nullable=False),
    moment("at"),
    ref("message_id", "messages.id"),
    ref("conversation_id", "conversations.id"),
    sa.PrimaryKeyConstraint("word_hash", "at", "message_id"),
    sa.Index("ix_search_words_conversation_id", "conversation_id"),
)

erasures = sa.Table(
    "erasures",
    metadata,
    key(),
    word("clinic_id"),
    word("conversation_id"),
    word("actor"),
    moment("at"),
    moment("tracker_erased_at", null=True),
    sa.Index("ix_erasures_conversation_id", "conversation_id"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    moment("at"),
    word("clinic_id", null=True),
    word("actor"),
    word("act"),
    word("kind"),
    word("subject"),
    sa.Column("mac", sa.String(64), nullable=False),
    sa.Index("ix_audit_subject", "kind", "subject"),
    sa.Index("ix_audit_clinic_id", "clinic_id", "seq"),
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
    key("digest"),
    word("clinic_id"),
    moment("expires_at"),
    sa.Index("ix_used_identities_expires_at", "expires_at"),
)

processes = sa.Table(
    "processes",
    metadata,
    key("name"),
    sa.Column("pid", sa.Integer, nullable=False),
    number("starts"),
    moment("started_at"),
    moment("beat_at"),
)

examples = sa.Table(
    "examples",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    ref("escalation_id", "escalations.id"),
    sealed("text"),
    word("category"),
    word("level"),
    ref("author_id", "members.id"),
    moment("proposed_at"),
    ref("judged_by", "members.id", null=True),
    moment("judged_at", null=True),
    sa.Column("accepted", sa.Boolean(create_constraint=False), nullable=True),
    sa.Index("ix_examples_clinic_id", "clinic_id"),
    sa.Index("ix_examples_escalation_id", "escalation_id"),
)

samples = sa.Table(
    "samples",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    word("month"),
    ref("conversation_id", "conversations.id"),
    moment("drawn_at"),
    word("found", null=True),
    ref("read_by", "members.id", null=True),
    moment("read_at", null=True),
    sa.UniqueConstraint("clinic_id", "month", "conversation_id"),
)


class Sealed(NamedTuple):
    """Where a table keeps sealed values: the row id in the associated data is the key columns joined by "/"."""

    table: sa.Table
    key: tuple[str, ...]
    clinic: str
    columns: tuple[str, ...]


SEALED = (
    Sealed(clinics, ("id",), "id", ("settings",)),
    Sealed(members, ("id",), "clinic_id", ("email", "name", "totp")),
    Sealed(invitations, ("id",), "clinic_id", ("email", "name")),
    Sealed(channels, ("id",), "clinic_id", ("name", "address")),
    Sealed(conversations, ("id",), "clinic_id", ("identity",)),
    Sealed(messages, ("id",), "clinic_id", ("text", "body")),
    Sealed(assessments, ("message_id", "layer"), "clinic_id", ("detail",)),
    Sealed(signals, ("id",), "clinic_id", ("quote",)),
    Sealed(notes, ("id",), "clinic_id", ("text",)),
    Sealed(examples, ("id",), "clinic_id", ("text",)),
    Sealed(answers, ("id",), "clinic_id", ("detail",)),
    Sealed(formulations, ("id",), "clinic_id", ("detail",)),
    Sealed(facts, ("conversation_id", "name"), "clinic_id", ("value",)),
)
