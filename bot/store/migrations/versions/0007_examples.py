"""A clinic's own examples for the risk screen."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "examples",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_by", sa.String(length=64), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_examples_clinic_id")),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_examples_escalation_id")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_examples_author_id")),
        sa.ForeignKeyConstraint(["judged_by"], ["members.id"], name=op.f("fk_examples_judged_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examples")),
    )
    op.create_index("ix_examples_clinic_id", "examples", ["clinic_id"])
    op.create_index("ix_examples_escalation_id", "examples", ["escalation_id"])
