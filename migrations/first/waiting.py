"""The tables of waiting lists and of providers' questions, and who asked for a consent, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("waiting_place", "question")


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "waiting_place",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait_weeks", sa.Integer(), nullable=True),
        sa.Column("wait_said_on", sa.Date(), nullable=True),
        sa.CheckConstraint("wait_weeks between 0 and 104", name=op.f("ck_waiting_place_wait_weeks")),
        sa.CheckConstraint(
            "(wait_weeks is null) = (wait_said_on is null)", name=op.f("ck_waiting_place_wait_whole")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_waiting_place_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("placement_id", name=op.f("pk_waiting_place")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_question_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_question_asked_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["user_account.id"], name=op.f("fk_question_answered_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index(op.f("ix_question_placement_id"), "question", ["placement_id"], unique=False)
    op.add_column("consent", sa.Column("asked_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_consent_asked_by_user_account"), "consent", "user_account", ["asked_by"], ["id"]
    )
