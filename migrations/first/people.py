"""People, and what each practice has said of them, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("person", "person_key", "person_word")


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fence_id", sa.Uuid(), nullable=True),
        sa.Column("nhs_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("replaced_indexes", sa.ARRAY(sa.LargeBinary()), server_default="{}", nullable=False),
        sa.Column("likeness_index", sa.LargeBinary(), nullable=True),
        sa.Column("nhs_number", sa.LargeBinary(), nullable=True),
        sa.Column("names", sa.LargeBinary(), nullable=True),
        sa.Column("birth_date", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("about", sa.LargeBinary(), nullable=True),
        sa.Column("identity_confirmed", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("deceased", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("type1_opt_out", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("national_opt_out", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("heard", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["fence_id"], ["organisation.id"], name=op.f("fk_person_fence_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(
        "uq_person_nhs_number_index_fence_id",
        "person",
        ["nhs_number_index", "fence_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("nhs_number_index is not null"),
    )
    op.create_index("ix_person_likeness_index_fence_id", "person", ["likeness_index", "fence_id"])
    op.create_index("ix_person_replaced_indexes", "person", ["replaced_indexes"], postgresql_using="gin")
    op.create_table(
        "person_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(data_key is null) = (destroyed_at is not null)", name=op.f("ck_person_key_there_or_destroyed")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_key")),
    )
    op.create_index("ix_person_key_key_id_person_id", "person_key", ["key_id", "person_id"])
    op.create_table(
        "person_word",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("nhs_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("heard", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_word_person_id_person")),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["organisation.id"], name=op.f("fk_person_word_practice_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_word")),
    )
    op.create_index(
        "ix_person_word_practice_id_nhs_number_index", "person_word", ["practice_id", "nhs_number_index"]
    )
    op.create_index(
        "uq_person_word_person_id_practice_id", "person_word", ["person_id", "practice_id"], unique=True
    )
