"""The national checks for opt-outs, and of when the last answer on each person is, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("national_check",)


def create() -> None:
    """Create the table, and what a person's record has since."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "national_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settled_at", moment, nullable=True),
        sa.Column("opted_out", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "problem in ('overdue', 'unreadable', 'not-taken')", name=op.f("ck_national_check_problem")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_check")),
    )
    op.add_column("person", sa.Column("national_checked_on", sa.Date(), nullable=True))
    op.add_column("person", sa.Column("national_check_id", sa.Uuid(), nullable=True))
