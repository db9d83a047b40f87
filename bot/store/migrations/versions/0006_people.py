"""Second factors, invitations, who vouched for whom, and closings that wait for a second person.

SQLite cannot add a foreign key to a table that is there: `proposed_by` is a plain id.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _widen()
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_recovery_codes_member_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_member_id", "recovery_codes", ["member_id"])
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("invited_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_invitations_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index("ix_invitations_clinic_id", "invitations", ["clinic_id"])
    op.create_table(
        "vouches",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vouched_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_vouches_clinic_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_vouches_member_id")),
        sa.ForeignKeyConstraint(["vouched_by"], ["members.id"], name=op.f("fk_vouches_vouched_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouches")),
    )
    op.create_index("ix_vouches_clinic_id", "vouches", ["clinic_id", "expires_at"])


def _widen() -> None:
    op.add_column("members", sa.Column("totp", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("totp_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("members", sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False))
    op.add_column("sessions", sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("escalations", sa.Column("proposed_by", sa.String(length=64), nullable=True))
    op.add_column("escalations", sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("escalations", sa.Column("proposed_outcome", sa.String(length=200), nullable=True))
    op.create_index("ix_audit_clinic_id", "audit", ["clinic_id", "seq"])
