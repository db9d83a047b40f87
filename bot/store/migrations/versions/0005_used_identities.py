"""Identity tokens that were used, so that none is taken twice."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "used_identities",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_identities")),
    )
    op.create_index("ix_used_identities_expires_at", "used_identities", ["expires_at"])
