"""The first tables, locked by row-level security from the start."""

from __future__ import annotations

from alembic import context, op

from migrations.first import (
    async_jobs,
    care,
    changes,
    directory,
    messages,
    people,
    row_level_security,
    subscriptions,
    versions,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, then the policies, triggers and grants that guard them."""
    for part in (directory, people, care, messages, subscriptions, async_jobs, versions, changes):
        part.create()
    for statement in row_level_security.statements(context.config.attributes["app_role"]):
        op.execute(statement)


def downgrade() -> None:
    """Drop everything; the policies and triggers go with their tables."""
    for part in (versions, async_jobs, subscriptions, messages, care, people, directory):
        for table in reversed(part.TABLES):
            op.execute(f"drop table {table} cascade")  # the policies of others look at it
    op.execute("drop function refuse_change()")
    subscriptions.drop_function()
    versions.drop_function()
    changes.drop_function()
