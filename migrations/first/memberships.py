"""The table of agreements between groups and their anchors, and where it is kept who entered for whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("membership",)


def create() -> None:
    """Create the table, its indexes, and the columns that name who enters for another."""
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("anchor_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("agreed_how", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("anchor_id <> member_id", name=op.f("ck_membership_two")),
        sa.CheckConstraint(
            "kinds <@ array['see', 'record', 'directory'] and cardinality(kinds) > 0",
            name=op.f("ck_membership_kinds_known"),
        ),
        sa.CheckConstraint(
            "agreed_how in ('phone', 'meeting', 'letter', 'email')", name=op.f("ck_membership_agreed_how")
        ),
        sa.CheckConstraint(
            "(ended_at is null) = (ended_by is null) and ended_by in ('member', 'anchor', 'steward')",
            name=op.f("ck_membership_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["organisation.id"], name=op.f("fk_membership_anchor_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["organisation.id"], name=op.f("fk_membership_member_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_anchor_id"), "membership", ["anchor_id"], unique=False)
    op.create_index(op.f("ix_membership_member_id"), "membership", ["member_id"], unique=False)
    op.create_index(
        "uq_membership_one_runs",
        "membership",
        ["anchor_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    for table, column in (("user_session", "entering_for"), ("transition", "entered_by_id")):
        op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_{column}_organisation"), table, "organisation", [column], ["id"]
        )
