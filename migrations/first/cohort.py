"""Files of many referrals and their rows, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

TABLES = ("cohort", "cohort_line")


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "cohort",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_for", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('checked', 'sending', 'ended')", name=op.f("ck_cohort_status")),
        _organisation("requester_id"),
        _organisation("uploaded_for"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    op.create_index(op.f("ix_cohort_uploaded_for"), "cohort", ["uploaded_for"])
    sending = sa.text("status = 'sending'")
    op.create_index("ix_cohort_sending", "cohort", ["sent_at"], postgresql_where=sending)
    op.create_table(
        "cohort_line",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("number_id", sa.Uuid(), nullable=True),
        sa.Column("names_id", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.LargeBinary(), nullable=True),
        sa.Column("problems", JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status in ('wrong', 'ready', 'taken', 'known', 'refused')", name=op.f("ck_cohort_line_status")
        ),
        sa.CheckConstraint(
            "(status = 'ready') = (asked is not null)", name=op.f("ck_cohort_line_asked_while_ready")
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_line_cohort_id_cohort"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cohort_id", "number", name=op.f("pk_cohort_line")),
    )
    for column in ("number_id", "names_id"):
        op.create_index(op.f(f"ix_cohort_line_{column}"), "cohort_line", [column])


def _organisation(column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_cohort_{column}_organisation")
    return sa.ForeignKeyConstraint([column], ["organisation.id"], name=name)
