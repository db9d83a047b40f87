"""The tables of clinics and of who works there; `bot.store.schema` says what of it is sealed, and how."""

import sqlalchemy as sa

from bot.store.columns import key, metadata, moment, number, ref, sealed, word

clinics = sa.Table("clinics", metadata, key(), sealed("settings"), moment("created_at"))

members = sa.Table(
    "members",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    sa.Column("email_hash", sa.String(64), nullable=False, unique=True),
    sealed("email"),
    sealed("name"),
    word("role"),
    word("title", null=True),
    word("password_hash"),
    sealed("totp", null=True),
    moment("totp_at", null=True),
    number("totp_step"),
    moment("created_at"),
    moment("disabled_at", null=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    key("token_hash"),
    ref("member_id", "members.id"),
    moment("created_at"),
    moment("last_at"),
    moment("expires_at"),
    moment("passed_at", null=True),
    moment("proved_at", null=True),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    key("code_hash"),
    ref("member_id", "members.id"),
    moment("used_at", null=True),
    sa.Index("ix_recovery_codes_member_id", "member_id"),
)

invitations = sa.Table(
    "invitations",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sealed("email"),
    sealed("name"),
    word("role"),
    word("title", null=True),
    word("invited_by"),
    moment("created_at"),
    moment("expires_at"),
    moment("ended_at", null=True),
    sa.Index("ix_invitations_clinic_id", "clinic_id"),
)

vouches = sa.Table(
    "vouches",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    ref("member_id", "members.id"),
    sa.Column("session_hash", sa.String(64), nullable=False),
    moment("asked_at"),
    moment("expires_at"),
    ref("vouched_by", "members.id", null=True),
    moment("ended_at", null=True),
    sa.Index("ix_vouches_clinic_id", "clinic_id", "expires_at"),
)

login_attempts = sa.Table(
    "login_attempts", metadata, key("key_hash"), number("failures"), moment("last_at"), moment("blocked_until")
)

channels = sa.Table(
    "channels",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    ref("member_id", "members.id", null=True),
    word("lane"),
    word("kind"),
    word("least"),
    sealed("name"),
    sealed("address"),
    moment("created_at"),
    moment("tested_at", null=True),
    moment("ok_at", null=True),
    moment("failed_at", null=True),
    word("error", null=True),
    sa.Index("ix_channels_clinic_id", "clinic_id"),
)

shifts = sa.Table(
    "shifts",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    ref("member_id", "members.id"),
    sa.Column("weekday", sa.Integer, nullable=False),
    word("starts"),
    word("ends"),
    number("place"),
    sa.Index("ix_shifts_clinic_id", "clinic_id"),
)

rota_days = sa.Table(
    "rota_days",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    word("day"),
    word("kind"),
    ref("member_id", "members.id", null=True),
    word("starts", null=True),
    word("ends", null=True),
    number("place"),
    sa.Index("ix_rota_days_clinic_id", "clinic_id", "day"),
)

open_pages = sa.Table(
    "open_pages",
    metadata,
    key(),
    ref("clinic_id", "clinics.id"),
    ref("member_id", "members.id"),
    word("subject"),
    moment("fades_at"),
    sa.Index("ix_open_pages_clinic_id", "clinic_id"),
)
