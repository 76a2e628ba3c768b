"""The tables of a person's care, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = (
    "referral",
    "placement",
    "offer_plan",
    "contact",
    "outcome",
    "measure_response",
    "transition",
    "consent",
)


def create() -> None:
    """Create the tables and their indexes, parents first."""
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("asked_priority", sa.Text(), nullable=True),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("access", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("needs_by_person", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("safeguarding", sa.Boolean(), nullable=False),
        sa.Column("asked_safeguarding", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("brief", sa.LargeBinary(), nullable=True),
        sa.Column("cautions", sa.LargeBinary(), nullable=True),
        sa.Column("wishes", sa.LargeBinary(), nullable=True),
        sa.Column("requested_by", sa.LargeBinary(), nullable=True),
        sa.Column("original_bundle_id", sa.Text(), nullable=False),
        sa.Column("header_id", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("requester_reference", sa.Text(), nullable=True),
        sa.Column("requester_identifiers", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("order_sent", sa.LargeBinary(), nullable=True),
        sa.Column("authored_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("journey_id", sa.Text(), nullable=True),
        sa.Column("reply_endpoint", sa.Text(), nullable=True),
        sa.Column("heard", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_action_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("is_history", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "(status in ('received', 'in-triage', 'active', 'waiting')) = (ended_at is null)",
            name=op.f("ck_referral_ended_has_date"),
        ),
        sa.CheckConstraint(
            "status not in ('received', 'in-triage', 'active', 'waiting') or next_action_on is not null",
            name=op.f("ck_referral_open_has_next_action"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_referral_owner_id_user_account")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_referral_person_id_person")),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["organisation.id"], name=op.f("fk_referral_requester_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["organisation.id"], name=op.f("fk_referral_team_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("reference", name=op.f("uq_referral_reference")),
    )
    for column in (
        "original_bundle_id",
        "correlation_id",
    ):  # a later message of the same case is found by these
        op.create_index(op.f(f"ix_referral_{column}"), "referral", [column], unique=False)
    op.create_index(op.f("ix_referral_person_id"), "referral", ["person_id"], unique=False)
    op.create_index(op.f("ix_referral_requester_id"), "referral", ["requester_id"], unique=False)
    op.create_index(op.f("ix_referral_status"), "referral", ["status"], unique=False)
    op.create_index(op.f("ix_referral_team_id"), "referral", ["team_id"], unique=False)
    op.create_table(
        "placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.Date(), nullable=False),
        sa.Column("respond_by_before", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.Column("brief", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["organisation.id"], name=op.f("fk_placement_provider_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_placement_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_placement_service_id_service")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["organisation.id"], name=op.f("fk_placement_team_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index(op.f("ix_placement_provider_id"), "placement", ["provider_id"], unique=False)
    op.create_index(op.f("ix_placement_referral_id"), "placement", ["referral_id"], unique=False)
    op.create_index(op.f("ix_placement_status"), "placement", ["status"], unique=False)
    op.create_table(
        "offer_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_offer_plan_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_offer_plan_service_id_service")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_offer_plan_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_plan")),
        sa.UniqueConstraint("placement_id", "position", name=op.f("uq_offer_plan_placement_id_position")),
    )
    op.create_index(op.f("ix_offer_plan_referral_id"), "offer_plan", ["referral_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("with_whom", sa.Text(), server_default="person", nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_contact_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by"], ["user_account.id"], name=op.f("fk_contact_taken_back_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_contact_recorded_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_contact_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_placement_id"), "contact", ["placement_id"], unique=False)
    op.create_index(op.f("ix_contact_referral_id"), "contact", ["referral_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("goal", sa.LargeBinary(), nullable=True),
        sa.Column("goal_before", sa.Integer(), nullable=True),
        sa.Column("goal_after", sa.Integer(), nullable=True),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("actions", sa.LargeBinary(), nullable=True),
        sa.Column("risks", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('better', 'no-change', 'worse', 'did-not-engage', 'could-not-reach', 'not-asked',"
            " 'not-known')",
            name=op.f("ck_outcome_state"),
        ),
        sa.CheckConstraint(
            "goal_before between 0 and 10 and goal_after between 0 and 10", name=op.f("ck_outcome_goal_range")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_outcome_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_outcome_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_placement_id"), "outcome", ["placement_id"], unique=False)
    op.create_index(op.f("ix_outcome_referral_id"), "outcome", ["referral_id"], unique=False)
    op.create_table(
        "measure_response",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Text(), server_default="1", nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("said_by", sa.Text(), server_default="provider", nullable=False),
        sa.Column("way", sa.Text(), server_default="page", nullable=False),
        sa.Column("skipped", sa.Text(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_measure_response_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_measure_response_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_response")),
    )
    op.create_index(
        op.f("ix_measure_response_placement_id"), "measure_response", ["placement_id"], unique=False
    )
    op.create_index(
        op.f("ix_measure_response_referral_id"), "measure_response", ["referral_id"], unique=False
    )
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_transition_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_transition_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_transition_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_transition_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
    )
    op.create_index(op.f("ix_transition_placement_id"), "transition", ["placement_id"], unique=False)
    op.create_index(op.f("ix_transition_referral_id"), "transition", ["referral_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_consent_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_person_id"), "consent", ["person_id"], unique=False)
    op.create_index(op.f("ix_consent_referral_id"), "consent", ["referral_id"], unique=False)
