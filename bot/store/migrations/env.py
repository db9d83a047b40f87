"""What Alembic runs; the connection comes from `bot.store.migrate`, and its transaction is the caller's."""

from alembic import context

from bot.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
