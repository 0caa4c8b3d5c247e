"""Run by Alembic: applies one line of versions on the connection it is handed."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,  # SQLite's is, as our engines begin transactions themselves
)
with context.begin_transaction():
    context.run_migrations()
