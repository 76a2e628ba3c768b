"""The versions of a referral as first made, and the trigger that keeps them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("referral_version",)
_KEEP = (
    "create function keep_referral_version() returns trigger language plpgsql as "
    "$$ begin "
    "insert into referral_version (referral_id, version, made_in, status, end_reason, needs, priority, reason, at) "
    "values (new.id, new.version, pg_current_xact_id()::text, new.status, new.end_reason, new.needs, "
    "coalesce(new.asked_priority, new.priority), new.reason, new.updated_at) on conflict do nothing; "
    "return null; end $$"
)
_TRIGGER = (
    "create trigger referral_keeps_version after insert or update on referral "
    "for each row when (not new.is_history) execute function keep_referral_version()"
)


def create() -> None:
    """Create the table, then the trigger: a change and its version are one transaction, whoever makes it."""
    op.create_table(
        "referral_version",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_in", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_version_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("referral_id", "version", name=op.f("pk_referral_version")),
    )
    op.execute(_KEEP)
    op.execute(_TRIGGER)


def drop_function() -> None:
    """Drop what is left when the table and the trigger are gone."""
    op.execute("drop function keep_referral_version()")
