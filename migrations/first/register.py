"""The tables of the register and of passing on, and where a placement came from, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("attendance", "onward")
_OPEN = "('offered', 'opened', 'information-requested', 'accepted', 'waitlisted', 'started', 'paused')"


def create() -> None:
    """Create the tables and their indexes."""
    _create_attendance()
    _create_onward()
    op.add_column("placement", sa.Column("passed_from", sa.Uuid(), nullable=True))
    op.add_column("placement", sa.Column("origin_told", sa.Boolean(), server_default="false", nullable=False))
    op.create_foreign_key(
        op.f("fk_placement_passed_from_placement"), "placement", "placement", ["passed_from"], ["id"]
    )
    op.create_index(
        "ix_placement_open_once",
        "placement",
        ["referral_id", "service_id"],
        unique=True,
        postgresql_where=sa.text(f"status in {_OPEN}"),
    )


def _create_attendance() -> None:
    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer in ('came', 'did-not-come', 'told-us')", name=op.f("ck_attendance_answer")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_attendance_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_attendance_recorded_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint(
            "placement_id", "held_on", "number", name=op.f("uq_attendance_placement_id_held_on_number")
        ),
    )
    op.create_index(op.f("ix_attendance_placement_id"), "attendance", ["placement_id"], unique=False)


def _create_onward() -> None:
    op.create_table(
        "onward",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('referred', 'signposted')", name=op.f("ck_onward_kind")),
        sa.CheckConstraint(
            "state in ('proposed', 'taken-up', 'not-taken-up', 'told')", name=op.f("ck_onward_state")
        ),
        sa.CheckConstraint(
            "(kind = 'signposted') = (state = 'told')", name=op.f("ck_onward_signposts_are_told")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_onward_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_onward_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_onward_service_id_service")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_onward_made_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_onward_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onward")),
    )
    op.create_index(op.f("ix_onward_referral_id"), "onward", ["referral_id"], unique=False)
    op.create_index(op.f("ix_onward_placement_id"), "onward", ["placement_id"], unique=False)
