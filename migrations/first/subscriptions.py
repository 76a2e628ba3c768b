"""Subscriptions as first made, and the trigger that notes every step for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("subscription", "subscription_notice", "step_to_tell")
_NOTE = (
    "create function note_step_to_tell() returns trigger language plpgsql as "
    "$$ begin insert into step_to_tell (transition_id) values (new.id); return null; end $$"
)
_TRIGGER = (
    "create trigger transition_to_tell after insert on transition "
    "for each row execute function note_step_to_tell()"
)


def create() -> None:
    """Create the tables, then the trigger: a step and its note are one transaction, whoever takes the step."""
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('requested', 'active', 'error', 'off')", name=op.f("ck_subscription_status")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_client.id"], name=op.f("fk_subscription_client_id_api_client")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_subscription_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_client_id"), "subscription", ["client_id"], unique=False)
    op.create_index(
        op.f("ix_subscription_organisation_id"), "subscription", ["organisation_id"], unique=False
    )
    op.create_table(
        "subscription_notice",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscription_notice_subscription_id_subscription"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "number", name=op.f("pk_subscription_notice")),
    )
    op.create_table(
        "step_to_tell",
        sa.Column("transition_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("transition_id", name=op.f("pk_step_to_tell")),
    )
    op.execute(_NOTE)
    op.execute(_TRIGGER)


def drop_function() -> None:
    """Drop what is left when the tables and their triggers are gone."""
    op.execute("drop function note_step_to_tell()")
