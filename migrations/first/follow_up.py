"""The tables of follow-ups and milestones, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("follow_up", "milestone")
_OPEN = "('planned', 'to-send', 'asked', 'to-call')"
_STATUSES = (
    "'planned', 'to-send', 'asked', 'to-call', 'answered', 'skipped', 'could-not-reach', "
    "'not-asked', 'stopped'"
)


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_times", sa.Integer(), server_default="0", nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("months between 1 and 60", name=op.f("ck_follow_up_months")),
        sa.CheckConstraint(f"status in ({_STATUSES})", name=op.f("ck_follow_up_status")),
        sa.CheckConstraint("way in ('text', 'email', 'letter', 'phone')", name=op.f("ck_follow_up_way")),
        sa.CheckConstraint(f"(status in {_OPEN}) = (settled_at is null)", name=op.f("ck_follow_up_settled")),
        sa.CheckConstraint(
            f"(status in {_OPEN}) = (look_on is not null)", name=op.f("ck_follow_up_open_has_day")
        ),
        _of("follow_up", "referral_id", "referral"),
        _of("follow_up", "team_id", "organisation"),
        _of("follow_up", "mail_id", "mail_message"),
        _of("follow_up", "settled_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("referral_id", "months", name=op.f("uq_follow_up_referral_id_months")),
    )
    op.create_index(op.f("ix_follow_up_referral_id"), "follow_up", ["referral_id"])
    op.create_index(
        "ix_follow_up_open", "follow_up", ["look_on"], postgresql_where=sa.text(f"status in {_OPEN}")
    )
    _create_milestone()
    op.add_column("mail_message", sa.Column("to_person", sa.LargeBinary(), nullable=True))
    op.alter_column("mail_message", "to_address", nullable=True)
    op.create_check_constraint(
        op.f("ck_mail_message_to_one"), "mail_message", "to_address is null or to_person is null"
    )


def _create_milestone() -> None:
    op.create_table(
        "milestone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        _of("milestone", "referral_id", "referral"),
        _of("milestone", "placement_id", "placement"),
        _of("milestone", "organisation_id", "organisation"),
        _of("milestone", "recorded_by", "user_account"),
        _of("milestone", "removed_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    op.create_index(op.f("ix_milestone_referral_id"), "milestone", ["referral_id"])
    op.create_index(op.f("ix_milestone_placement_id"), "milestone", ["placement_id"])


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
