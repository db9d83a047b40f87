"""Reading what is newest must not cost more the longer a clinic is there: the word index in the order of time, and
indexes for held conversations, messages taken back, and records by the day and category.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_conversations_held", "conversations", ["clinic_id"], "holder IS NOT NULL"),
    ("ix_conversations_last_at", "conversations", ["last_at"], None),
    ("ix_messages_taken_back", "messages", ["conversation_id"], "taken_back_at IS NOT NULL"),
    ("ix_escalations_opened", "escalations", ["clinic_id", "opened_at"], None),
    ("ix_escalations_conversation_id", "escalations", ["conversation_id"], None),
    ("ix_signals_category", "signals", ["clinic_id", "category", "at"], None),
    ("ix_signals_at", "signals", ["clinic_id", "at"], None),
    ("ix_notes_at", "notes", ["clinic_id", "at"], None),
)


def upgrade() -> None:
    _date_the_words()
    for name, table, columns, where in INDEXES:
        only = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def _date_the_words() -> None:
    """Make the table anew: its key begins with the word and the time."""
    op.rename_table("search_words", "old_search_words")
    op.drop_index("ix_search_words_conversation_id", "old_search_words")
    if op.get_bind().dialect.name == "postgresql":
        for kind in ("pk_search_words", "fk_search_words_conversation_id", "fk_search_words_message_id"):
            op.drop_constraint(kind, "old_search_words")
    op.create_table(
        "search_words",
        sa.Column("word_hash", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_search_words_conversation_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_search_words_message_id")),
        sa.PrimaryKeyConstraint("word_hash", "at", "message_id", name=op.f("pk_search_words")),
    )
    op.execute(
        "INSERT INTO search_words (word_hash, at, message_id, conversation_id) "
        "SELECT old.word_hash, messages.at, old.message_id, old.conversation_id "
        "FROM old_search_words AS old JOIN messages ON messages.id = old.message_id"
    )
    op.drop_table("old_search_words")
    op.create_index("ix_search_words_conversation_id", "search_words", ["conversation_id"])
