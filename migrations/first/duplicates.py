"""The table of what was decided of two requests for one person, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("referral_bond",)


def create() -> None:
    """Create the table and its indexes."""
    op.create_table(
        "referral_bond",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision in ('together', 'apart')", name=op.f("ck_referral_bond_decision")),
        sa.CheckConstraint(
            "(decision = 'apart') = (reason is not null)", name=op.f("ck_referral_bond_apart_has_reason")
        ),
        sa.CheckConstraint("referral_id <> other_id", name=op.f("ck_referral_bond_two")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_bond_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["referral.id"], name=op.f("fk_referral_bond_other_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_referral_bond_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_bond")),
    )
    op.create_index(op.f("ix_referral_bond_referral_id"), "referral_bond", ["referral_id"], unique=False)
    op.create_index(op.f("ix_referral_bond_other_id"), "referral_bond", ["other_id"], unique=False)
    op.create_index(
        "uq_referral_bond_follows_one",
        "referral_bond",
        ["referral_id"],
        unique=True,
        postgresql_where=sa.text("decision = 'together' and undone_at is null"),
    )
