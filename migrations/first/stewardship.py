"""What the steward looks after, as first made: unmet needs, the place's numbers, blockages, entries that are one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

TABLES = (
    "unmet_need",
    "place_rules",
    "blockage",
    "blockage_referral",
    "entry_pair",
    "set_aside",
    "place_change",
)


def create() -> None:
    """Create the tables and their indexes."""
    _unmet_needs()
    op.create_table(
        "place_rules",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("numbers", JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        _belongs("place_rules", "place_id", "organisation"),
        _belongs("place_rules", "changed_by", "user_account"),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_place_rules")),
    )
    _blockages()
    _set_aside()
    _place_change()
    op.create_table(
        "entry_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("status_before", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision in ('same', 'apart')", name=op.f("ck_entry_pair_decision")),
        sa.CheckConstraint("kept_id <> other_id", name=op.f("ck_entry_pair_two")),
        sa.CheckConstraint(
            "(decision = 'same') = (status_before is not null)", name=op.f("ck_entry_pair_same_has_status")
        ),
        _belongs("entry_pair", "kept_id", "service"),
        _belongs("entry_pair", "other_id", "service"),
        _belongs("entry_pair", "decided_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_pair")),
    )
    op.create_index(op.f("ix_entry_pair_kept_id"), "entry_pair", ["kept_id"])
    op.create_index(op.f("ix_entry_pair_other_id"), "entry_pair", ["other_id"])
    holds = sa.text("decision = 'same' and undone_at is null")
    op.create_index(
        "uq_entry_pair_kept_once", "entry_pair", ["other_id"], unique=True, postgresql_where=holds
    )


def _unmet_needs() -> None:
    op.create_table(
        "unmet_need",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("ward", sa.Text(), nullable=True),
        sa.Column("neighbourhood", sa.Text(), nullable=True),
        sa.Column("how", sa.Text(), server_default="said", nullable=False),
        sa.Column("reasons", JSONB(), server_default="{}", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("how in ('said', 'found')", name=op.f("ck_unmet_need_how")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_unmet_need_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmet_need")),
    )
    op.create_index(op.f("ix_unmet_need_referral_id"), "unmet_need", ["referral_id"], unique=False)


def _blockages() -> None:
    op.create_table(
        "blockage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.Column("done", sa.LargeBinary(), nullable=True),
        _belongs("blockage", "organisation_id", "organisation"),
        _belongs("blockage", "written_by", "user_account"),
        _belongs("blockage", "looked_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blockage")),
    )
    op.create_index(op.f("ix_blockage_organisation_id"), "blockage", ["organisation_id"])
    op.create_table(
        "blockage_referral",
        sa.Column("blockage_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        _belongs("blockage_referral", "blockage_id", "blockage"),
        _belongs("blockage_referral", "referral_id", "referral"),
        sa.PrimaryKeyConstraint("blockage_id", name=op.f("pk_blockage_referral")),
    )
    op.create_index(op.f("ix_blockage_referral_referral_id"), "blockage_referral", ["referral_id"])


def _place_change() -> None:
    op.create_table(
        "place_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        _belongs("place_change", "changed_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_change")),
    )
    op.create_index(op.f("ix_place_change_subject"), "place_change", ["subject"])


def _set_aside() -> None:
    op.create_table(
        "set_aside",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _belongs("set_aside", "set_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
    )
    stands = sa.text("ended_at is null")
    once = ["kind", "subject_id"]
    op.create_index("uq_set_aside_once", "set_aside", once, unique=True, postgresql_where=stands)


def _belongs(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}_{parent}"))
