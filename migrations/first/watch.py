"""The tables of what waits: who was told, what was put off, what was proved; as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("escalation", "snooze", "invariant_run")


def create() -> None:
    """Create the tables and their indexes, and what says that an open referral is somebody's."""
    duty = sa.Column("on_duty", sa.Boolean(), server_default="true", nullable=False)
    op.add_column("referral", duty)
    op.create_check_constraint(
        op.f("ck_referral_open_has_owner"),
        "referral",
        "status not in ('received', 'in-triage', 'active', 'waiting') or (owner_id is null) = on_duty",
    )
    _escalation()
    op.create_table(
        "snooze",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason in ('agreed-with-person', 'agreed-with-provider', 'person-away', 'waiting-for-others')",
            name=op.f("ck_snooze_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_snooze_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_snooze_made_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
    )
    op.create_index(op.f("ix_snooze_referral_id"), "snooze", ["referral_id"], unique=False)
    op.create_table(
        "invariant_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("breaches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invariant_run")),
    )
    op.create_index(op.f("ix_invariant_run_ran_at"), "invariant_run", ["ran_at"], unique=False)


def _escalation() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("presses", sa.Boolean(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_how", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "matter in ('next-action', 'answer', 'first-contact', 'review')",
            name=op.f("ck_escalation_matter"),
        ),
        sa.CheckConstraint(
            "told in ('provider', 'owner', 'team', 'steward', 'practice')", name=op.f("ck_escalation_told")
        ),
        sa.CheckConstraint(
            "settled_how in ('moved-on', 'provider-said')", name=op.f("ck_escalation_settled_how")
        ),
        sa.CheckConstraint(
            "(settled_at is null) = (settled_how is null)", name=op.f("ck_escalation_settled_whole")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_escalation_{column}_{table}"))
            for column, table in (
                ("referral_id", "referral"),
                ("placement_id", "placement"),
                ("team_id", "organisation"),
                ("provider_id", "organisation"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint(
            "subject_id", "matter", "due_at", "rung", name=op.f("uq_escalation_subject_id_matter_due_at_rung")
        ),
    )
    op.create_index(op.f("ix_escalation_referral_id"), "escalation", ["referral_id"], unique=False)
    op.create_index(op.f("ix_escalation_placement_id"), "escalation", ["placement_id"], unique=False)
    op.create_index(
        "ix_escalation_open", "escalation", ["team_id"], postgresql_where=sa.text("settled_at is null")
    )
