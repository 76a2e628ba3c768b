"""Organisations, services, people who sign in and machines, as first made."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = (
    "organisation",
    "service",
    "user_account",
    "user_session",
    "api_client",
    "api_token",
    "api_assertion",
)


def create() -> None:
    """Create the tables and their indexes, parents first."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ods", sa.Text(), nullable=True),
        sa.Column("environment", sa.Text(), server_default="live", nullable=False),
        sa.Column("use_cases", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("parks_unknown_use_cases", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("source_kind", sa.Text(), server_default="practice", nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("feedback_transport", sa.Text(), nullable=True),
        sa.Column("feedback_address", sa.Text(), nullable=True),
        sa.Column("feedback_format", sa.Text(), server_default="bars", nullable=False),
        sa.Column("progress_messages", sa.Text(), server_default="all", nullable=False),
        sa.Column("provider_kind", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("environment in ('live', 'sandbox')", name=op.f("ck_organisation_environment")),
        sa.CheckConstraint(
            "kind <> 'practice' or (team_id is not null and (ods is not null or source_kind <> 'practice'))",
            name=op.f("ck_organisation_practice_has_ods_and_team"),
        ),
        sa.CheckConstraint(
            "source_kind in ('practice', 'hospital', 'council', 'faith', 'vcs', 'jobcentre', 'self')",
            name=op.f("ck_organisation_source_kind"),
        ),
        sa.CheckConstraint(
            "source_kind not in ('jobcentre', 'self') or feedback_transport is null",
            name=op.f("ck_organisation_silent_source"),
        ),
        sa.CheckConstraint(
            "kind in ('practice', 'team', 'provider', 'place')", name=op.f("ck_organisation_kind")
        ),
        sa.CheckConstraint(
            "(feedback_transport is null) = (feedback_address is null)",
            name=op.f("ck_organisation_feedback_whole"),
        ),
        sa.CheckConstraint(
            "feedback_format in ('bars', 'send-document', 'letter')",
            name=op.f("ck_organisation_feedback_format"),
        ),
        sa.CheckConstraint(
            "progress_messages in ('all', 'outcome-only')", name=op.f("ck_organisation_progress_messages")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["organisation.id"], name=op.f("fk_organisation_team_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("ods", name=op.f("uq_organisation_ods")),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("areas", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("genders", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), server_default="{en}", nullable=False),
        sa.Column("access", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("capacity", sa.Text(), server_default="open", nullable=False),
        sa.Column("places_left", sa.Integer(), nullable=True),
        sa.Column("answer_days", sa.Integer(), server_default="5", nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        *_listing(),
        sa.CheckConstraint(
            "capacity in ('open', 'limited', 'waiting-list', 'full', 'paused')",
            name=op.f("ck_service_capacity"),
        ),
        sa.CheckConstraint(
            "capacity <> 'limited' or weekly_limit is not null", name=op.f("ck_service_limited_has_limit")
        ),
        sa.CheckConstraint("places_left >= 0", name=op.f("ck_service_places_left")),
        sa.CheckConstraint("wait_weeks >= 0 and weekly_limit > 0", name=op.f("ck_service_dial")),
        sa.CheckConstraint(
            "status in ('active', 'inactive', 'temporarily-closed')", name=op.f("ck_service_status")
        ),
        sa.CheckConstraint(
            "takes in ('volunteers-only', 'trained', 'professional')", name=op.f("ck_service_takes")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["organisation.id"], name=op.f("fk_service_provider_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_service_source_external_id")),
    )
    op.create_index(op.f("ix_service_provider_id"), "service", ["provider_id"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_user_account_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_index(
        op.f("ix_user_account_organisation_id"), "user_account", ["organisation_id"], unique=False
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "api_client",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("practices", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("jwks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("jwks_uri", sa.Text(), nullable=True),
        sa.Column("jwks_fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("jwks_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("dialect", sa.Text(), server_default="bars", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("behind_proxy", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("dialect in ('bars', 'fhir')", name=op.f("ck_api_client_dialect")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_api_client_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
    )
    op.create_index(op.f("ix_api_client_organisation_id"), "api_client", ["organisation_id"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_client.id"], name=op.f("fk_api_token_client_id_api_client")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_client_id"), "api_token", ["client_id"], unique=False)
    op.create_table(
        "api_assertion",
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_client.id"], name=op.f("fk_api_assertion_client_id_api_client")
        ),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_api_assertion")),
    )
    op.create_index("ix_api_assertion_expires_at", "api_assertion", ["expires_at"], unique=False)


def _listing() -> list[sa.Column[Any]]:
    """What is told of a service, and what the matching looks at beside age, area and need."""
    return [
        sa.Column("kind", sa.Text(), server_default="activity", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("eligibility", sa.Text(), server_default="", nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("cost", sa.Text(), server_default="", nullable=False),
        sa.Column("for_whom", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("takes", sa.Text(), server_default="volunteers-only", nullable=False),
        sa.Column("wait_weeks", sa.Integer(), nullable=True),
        sa.Column("weekly_limit", sa.Integer(), nullable=True),
        sa.Column("full_until", sa.Date(), nullable=True),
        sa.Column("terms", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), server_default="own", nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]
