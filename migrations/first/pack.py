"""Funders' grants and the people of the area, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("funder_grant", "population")


def create() -> None:
    """Create the tables and their index."""
    op.create_table(
        "funder_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("service_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_funder_grant_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_funder_grant_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funder_grant")),
    )
    op.create_index(
        op.f("ix_funder_grant_organisation_id"), "funder_grant", ["organisation_id"], unique=False
    )
    op.create_table(
        "population",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("of_group", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_population_people")),
        sa.PrimaryKeyConstraint("area", "kind", "of_group", name=op.f("pk_population")),
    )
