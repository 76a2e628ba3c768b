"""The tables that importing a directory leaves behind, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("field_origin", "import_set_aside")


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "field_origin",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "subject in ('organisation', 'service', 'venue')", name=op.f("ck_field_origin_subject")
        ),
        sa.PrimaryKeyConstraint("subject", "subject_id", "field", name=op.f("pk_field_origin")),
    )
    op.create_table(
        "import_set_aside",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_set_aside")),
        sa.UniqueConstraint("source", "digest", name=op.f("uq_import_set_aside_source_digest")),
    )
    op.create_index(
        "ix_import_set_aside_external_id", "import_set_aside", ["source", "external_id"], unique=False
    )
