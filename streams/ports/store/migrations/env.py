"""Alembic's environment: one connection is handed in by `opening.migrate`."""

from alembic import context

from streams.ports.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
