"""The directory's tables beside organisation and service, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("organisation_profile", "assurance", "venue", "service_session", "taxonomy_term")


def create() -> None:
    """Create the tables and their indexes, parents first."""
    _profile()
    _assurance()
    _venue()
    _session()
    op.create_table(
        "taxonomy_term",
        sa.Column("taxonomy", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("taxonomy", "code", name=op.f("pk_taxonomy_term")),
    )


def _belongs(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}_{parent}"))


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _profile() -> None:
    op.create_table(
        "organisation_profile",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("legal_form", sa.Text(), server_default="unconstituted", nullable=False),
        sa.Column("charity_number", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("led_by", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("size", sa.Text(), server_default="volunteers-only", nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), server_default="own", nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "host_id <> organisation_id", name=op.f("ck_organisation_profile_host_is_another")
        ),
        _belongs("organisation_profile", "organisation_id", "organisation"),
        _belongs("organisation_profile", "host_id", "organisation"),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisation_profile")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_organisation_profile_source_external_id")),
    )
    _index("organisation_profile", "host_id")


def _assurance() -> None:
    op.create_table(
        "assurance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("taken_back_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind in ('safeguarding', 'insurance', 'dbs', 'data-protection', 'health-and-safety')",
            name=op.f("ck_assurance_kind"),
        ),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_assurance_ends_after_it_begins")),
        _belongs("assurance", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assurance")),
    )
    _index("assurance", "organisation_id")


def _venue() -> None:
    op.create_table(
        "venue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="physical", nullable=False),
        sa.Column("address_lines", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("access", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), server_default="own", nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('physical', 'virtual', 'postal')", name=op.f("ck_venue_kind")),
        sa.CheckConstraint("(latitude is null) = (longitude is null)", name=op.f("ck_venue_point_whole")),
        sa.CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180",
            name=op.f("ck_venue_point_range"),
        ),
        _belongs("venue", "host_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_venue_source_external_id")),
    )
    _index("venue", "host_id")


def _session() -> None:
    op.create_table(
        "service_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=True),
        sa.Column("weekday", sa.Text(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("repeats", sa.Text(), server_default="weekly", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "weekday in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')",
            name=op.f("ck_service_session_weekday"),
        ),
        sa.CheckConstraint("repeats in ('weekly', 'monthly')", name=op.f("ck_service_session_repeats")),
        _belongs("service_session", "service_id", "service"),
        _belongs("service_session", "venue_id", "venue"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_session")),
    )
    _index("service_session", "service_id")
    _index("service_session", "venue_id")
