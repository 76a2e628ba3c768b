"""The tables of people's own stories and of funders' links, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("story", "funder_link")


def create() -> None:
    """Create the tables and their indexes."""
    _create_story()
    _create_funder_link()


def _create_story() -> None:
    op.create_table(
        "story",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("told_as", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("uses", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(agreed_on is null) = (asked_by is null) and (agreed_on is null) = (cardinality(uses) = 0)",
            name=op.f("ck_story_agreed_whole"),
        ),
        sa.CheckConstraint("uses <@ array['pack', 'public']", name=op.f("ck_story_uses_known")),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by is null) and withdrawn_by in ('provider', 'person')",
            name=op.f("ck_story_withdrawn"),
        ),
        sa.CheckConstraint(
            "withdrawn_at is null or (words is null and told_as is null)",
            name=op.f("ck_story_withdrawn_is_gone"),
        ),
        *_references(
            "story",
            organisation_id="organisation",
            placement_id="placement",
            referral_id="referral",
            person_id="person",
            recorded_by="user_account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    for column in ("organisation_id", "placement_id", "person_id"):
        op.create_index(op.f(f"ix_story_{column}"), "story", [column], unique=False)


def _create_funder_link() -> None:
    op.create_table(
        "funder_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pack", postgresql.JSONB(), nullable=False),
        sa.Column("story_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        *_references("funder_link", organisation_id="organisation", made_by="user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funder_link")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_funder_link_code_hash")),
    )
    op.create_index(op.f("ix_funder_link_organisation_id"), "funder_link", ["organisation_id"], unique=False)


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
        for column, other in columns.items()
    ]
