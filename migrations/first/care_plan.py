"""The tables of care and support plans, as first made: versions, and goals that a provider may read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("care_plan", "shared_goal")


def create() -> None:
    """Create the tables and their indexes."""
    _create_plan()
    _create_shared_goal()


def _create_plan() -> None:
    op.create_table(
        "care_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("how in ('with', 'for', 'own-link')", name=op.f("ck_care_plan_how")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_care_plan_version")),
        *_references(
            "care_plan",
            person_id="person",
            referral_id="referral",
            team_id="organisation",
            recorded_by="user_account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan")),
        sa.UniqueConstraint("referral_id", "version", name=op.f("uq_care_plan_referral_id_version")),
    )
    op.create_index(op.f("ix_care_plan_person_id"), "care_plan", ["person_id"])


def _create_shared_goal() -> None:
    op.create_table(
        "shared_goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at is null or words is null", name=op.f("ck_shared_goal_ended_is_gone")),
        *_references(
            "shared_goal",
            person_id="person",
            referral_id="referral",
            team_id="organisation",
            placement_id="placement",
            recorded_by="user_account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_goal")),
    )
    for column in ("person_id", "referral_id"):
        op.create_index(op.f(f"ix_shared_goal_{column}"), "shared_goal", [column])
    op.create_index(
        "uq_shared_goal_running",
        "shared_goal",
        ["placement_id", "goal_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
        for column, other in columns.items()
    ]
