"""The first tables, locked by row-level security from the start."""

from __future__ import annotations

from alembic import context, op

from migrations.first import (
    async_jobs,
    audit_proofs,
    care,
    care_plan,
    changes,
    characteristics,
    cohort,
    corrections,
    directory,
    duplicates,
    emergency,
    entries,
    finding,
    follow_up,
    geography,
    hand_overs,
    imports,
    late_words,
    mail,
    memberships,
    messages,
    messages_out,
    opt_outs,
    pack,
    payments,
    people,
    person_links,
    places,
    prefilled,
    projects,
    register,
    retention,
    rights,
    row_level_security,
    safe_links,
    sign_in,
    stewardship,
    stories,
    subscriptions,
    versions,
    waiting,
    watch,
    wordings,
)

_PARTS = (
    directory,
    places,
    geography,
    finding,
    imports,
    mail,
    entries,
    people,
    care,
    duplicates,
    memberships,
    payments,
    pack,
    messages,
    stewardship,
    subscriptions,
    async_jobs,
    versions,
    waiting,
    register,
    late_words,
    hand_overs,
    watch,
    cohort,
    projects,
    person_links,
    corrections,
    prefilled,
    stories,
    follow_up,
    messages_out,
    opt_outs,
    safe_links,
    characteristics,
    care_plan,
    rights,
    retention,
    sign_in,
    audit_proofs,
    wordings,
    emergency,
    changes,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, then the policies, triggers and grants that guard them."""
    for part in _PARTS:
        part.create()
    for statement in row_level_security.statements(context.config.attributes["app_role"]):
        op.execute(statement)


def downgrade() -> None:
    """Drop everything; the policies and triggers go with their tables."""
    for part in reversed(_PARTS):
        for table in reversed(part.TABLES):
            op.execute(f"drop table {table} cascade")  # the policies of others look at it
    finding.drop()
    op.execute("drop function refuse_change()")
    subscriptions.drop_function()
    versions.drop_function()
    changes.drop_function()
