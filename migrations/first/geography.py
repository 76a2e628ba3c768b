"""Postcodes, areas and the NHS's organisations from open data, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("postcode", "area", "ods_entry")


def create() -> None:
    """Create the tables; they hang on no other, because files come in any order."""
    op.create_table(
        "postcode",
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("ward", sa.Text(), nullable=True),
        sa.Column("lsoa", sa.Text(), nullable=True),
        sa.Column("msoa", sa.Text(), nullable=True),
        sa.Column("lad", sa.Text(), nullable=True),
        sa.Column("imd_decile", sa.Integer(), nullable=True),
        sa.Column("ended", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("(latitude is null) = (longitude is null)", name=op.f("ck_postcode_point_whole")),
        sa.CheckConstraint("imd_decile between 1 and 10", name=op.f("ck_postcode_imd_decile")),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcode")),
    )
    op.create_table(
        "area",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("neighbourhood", sa.Text(), nullable=True),
        sa.Column("imd_decile", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("imd_decile between 1 and 10", name=op.f("ck_area_imd_decile")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area")),
    )
    op.create_table(
        "ods_entry",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("address_lines", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("network", sa.Text(), nullable=True),
        sa.CheckConstraint("role in ('practice', 'network')", name=op.f("ck_ods_entry_role")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ods_entry")),
    )
    op.create_index("ix_ods_entry_network", "ods_entry", ["network"], unique=False)
