"""When a patient took a message back."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
