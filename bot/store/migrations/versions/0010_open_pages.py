"""Who has a record or a conversation open now."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_pages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("fades_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_open_pages_clinic_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_open_pages_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_pages")),
    )
    op.create_index("ix_open_pages_clinic_id", "open_pages", ["clinic_id"])
