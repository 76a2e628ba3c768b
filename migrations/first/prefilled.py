"""Referrals that a practice's system has begun, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("prefilled_referral",)


def create() -> None:
    """Create the table and its index."""
    op.create_table(
        "prefilled_referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_prefilled_referral_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prefilled_referral")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_prefilled_referral_code_hash")),
    )
    op.create_index(op.f("ix_prefilled_referral_expires_at"), "prefilled_referral", ["expires_at"])
