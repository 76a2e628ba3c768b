"""What people's rights need: consent with its way and last day, messages that name the offer they tell of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("subject_access", "access_withheld", "erasure")


def create() -> None:
    """Widen the tables of consent and of messages, then create those of requests and of erasures."""
    _widen()
    _create_subject_access()
    _create_access_withheld()
    _create_erasure()


def _widen() -> None:
    for column in (
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
    ):
        op.add_column("consent", column)
    op.add_column("mail_message", sa.Column("placement_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_mail_message_placement_id_placement"), "mail_message", "placement", ["placement_id"], ["id"]
    )
    op.create_index(op.f("ix_mail_message_placement_id"), "mail_message", ["placement_id"])


def _create_subject_access() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "subject_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_how", sa.Text(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("released_at", moment, nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("status in ('asked', 'released')", name=op.f("ck_subject_access_status")),
        sa.CheckConstraint(
            "(status = 'released') = (released_at is not null)", name=op.f("ck_subject_access_released")
        ),
        _of("subject_access", "person_id", "person"),
        _of("subject_access", "referral_id", "referral"),
        _of("subject_access", "team_id", "organisation"),
        _of("subject_access", "asked_by", "user_account"),
        _of("subject_access", "released_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_access")),
    )
    op.create_index(op.f("ix_subject_access_person_id"), "subject_access", ["person_id"])
    is_open = sa.text("status = 'asked'")
    theirs = ["person_id", "team_id"]
    op.create_index("uq_subject_access_open", "subject_access", theirs, unique=True, postgresql_where=is_open)


def _create_access_withheld() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "access_withheld",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("access_id", sa.Uuid(), nullable=False),
        sa.Column("piece", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", moment, nullable=True),
        _of("access_withheld", "access_id", "subject_access"),
        _of("access_withheld", "made_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_withheld")),
    )
    op.create_index(op.f("ix_access_withheld_access_id"), "access_withheld", ["access_id"])
    stands, once = sa.text("undone_at is null"), ["access_id", "piece"]
    op.create_index("uq_access_withheld_piece", "access_withheld", once, unique=True, postgresql_where=stands)


def _create_erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"])


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
