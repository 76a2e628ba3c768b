"""Runs the migrations as the owner of the tables; the application's role is told to them, it runs none."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from app.store.every_table import METADATA


def run() -> None:
    """Apply the migrations in one transaction, giving up rather than queueing behind a long lock."""
    config = context.config
    engine = create_engine(config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("set lock_timeout = '5s'")
        connection.exec_driver_sql("set timezone = 'UTC'")
        connection.commit()
        context.configure(connection=connection, target_metadata=METADATA, compare_server_default=True)
        with context.begin_transaction():
            context.run_migrations()


run()
