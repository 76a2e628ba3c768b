"""What keeps the directory right, as first made: dials, who was asked, what was said to have changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("service_dial", "entry_chase", "entry_change")


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "service_dial",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("week", sa.Date(), nullable=True),
        _belongs("service_dial", "service_id", "service"),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_service_dial")),
    )
    op.create_table(
        "entry_chase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("chased_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('still-right', 'dial')", name=op.f("ck_entry_chase_kind")),
        _belongs("entry_chase", "service_id", "service"),
        _belongs("entry_chase", "mail_id", "mail_message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_chase")),
    )
    op.create_index("ix_entry_chase_service_id_chased_at", "entry_chase", ["service_id", "chased_at"])
    op.create_table(
        "entry_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        _belongs("entry_change", "service_id", "service"),
        _belongs("entry_change", "organisation_id", "organisation"),
        _belongs("entry_change", "settled_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_change")),
    )
    op.create_index(op.f("ix_entry_change_service_id"), "entry_change", ["service_id"])
    op.create_index(op.f("ix_entry_change_organisation_id"), "entry_change", ["organisation_id"])
    is_open = sa.text("settled_at is null")
    op.create_index("ix_entry_change_open", "entry_change", ["told_at"], postgresql_where=is_open)


def _belongs(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}_{parent}"))
