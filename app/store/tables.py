"""The shared base of all tables, and the tables of organisations, services, people who sign in and machines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; aware datetimes and text without length are the rule."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
    }


def new_id() -> Mapped[UUID]:
    """A primary key made by the application."""
    return mapped_column(primary_key=True, default=uuid4)


class OrganisationRow(Base):
    """Practices, link worker teams, providers of every size, the place itself."""

    __tablename__ = "organisation"
    id: Mapped[UUID] = new_id()
    kind: Mapped[str]
    name: Mapped[str]
    ods: Mapped[str | None] = mapped_column(unique=True)
    environment: Mapped[str] = mapped_column(server_default="live")
    use_cases: Mapped[list[str]] = mapped_column(server_default="{}")
    parks_unknown_use_cases: Mapped[bool] = mapped_column(
        server_default="false"
    )  # for the steward, not refused
    source_kind: Mapped[str] = mapped_column(server_default="practice")  # of a practice: what it really is
    team_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisation.id")
    )  # who triages a practice's referrals; a sandbox's provider is offered those of this team alone
    feedback_transport: Mapped[str | None]  # mesh or fhir
    feedback_address: Mapped[str | None]  # a mailbox or a URL
    feedback_format: Mapped[str] = mapped_column(server_default="bars")
    progress_messages: Mapped[str] = mapped_column(server_default="all")
    provider_kind: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())  # kept by a trigger
    __table_args__ = (
        CheckConstraint("kind in ('practice', 'team', 'provider', 'place')", "kind"),
        CheckConstraint("environment in ('live', 'sandbox')", "environment"),
        CheckConstraint(
            "kind <> 'practice' or (team_id is not null and (ods is not null or source_kind <> 'practice'))",
            "practice_has_ods_and_team",
        ),
        CheckConstraint(
            "source_kind in ('practice', 'hospital', 'council', 'faith', 'vcs', 'jobcentre', 'self')",
            "source_kind",
        ),
        CheckConstraint(
            "source_kind not in ('jobcentre', 'self') or feedback_transport is null", "silent_source"
        ),
        CheckConstraint("(feedback_transport is null) = (feedback_address is null)", "feedback_whole"),
        CheckConstraint("feedback_format in ('bars', 'send-document', 'letter')", "feedback_format"),
        CheckConstraint("progress_messages in ('all', 'outcome-only')", "progress_messages"),
    )


class ServiceRow(Base):
    """What a provider offers, with its machine-checkable rules."""

    __tablename__ = "service"
    id: Mapped[UUID] = new_id()
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    needs: Mapped[list[str]]
    areas: Mapped[list[str]] = mapped_column(server_default="{}")
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    genders: Mapped[list[str]] = mapped_column(server_default="{}")
    languages: Mapped[list[str]] = mapped_column(server_default="{en}")
    access: Mapped[list[str]] = mapped_column(server_default="{}")
    capacity: Mapped[str] = mapped_column(server_default="open")
    places_left: Mapped[int | None]
    answer_days: Mapped[int] = mapped_column(server_default="5")
    verified_on: Mapped[date | None]
    kind: Mapped[str] = mapped_column(server_default="activity")
    status: Mapped[str] = mapped_column(server_default="active")
    eligibility: Mapped[str] = mapped_column(server_default="")
    rules: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")  # app.domain.eligibility
    cost: Mapped[str] = mapped_column(server_default="")
    for_whom: Mapped[list[str]] = mapped_column(server_default="{}")
    takes: Mapped[str] = mapped_column(server_default="volunteers-only")
    wait_weeks: Mapped[int | None]
    weekly_limit: Mapped[int | None]
    full_until: Mapped[date | None]
    terms: Mapped[list[str]] = mapped_column(server_default="{}")
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_email: Mapped[str | None]
    verified_by: Mapped[str | None]
    source: Mapped[str] = mapped_column(server_default="own")
    external_id: Mapped[str | None]
    listed_at: Mapped[datetime] = mapped_column(server_default=func.now())  # since when it stands here
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())  # kept by a trigger
    __table_args__ = (
        CheckConstraint("capacity in ('open', 'limited', 'waiting-list', 'full', 'paused')", "capacity"),
        CheckConstraint("capacity <> 'limited' or weekly_limit is not null", "limited_has_limit"),
        CheckConstraint("places_left >= 0", "places_left"),
        CheckConstraint("wait_weeks >= 0 and weekly_limit > 0", "dial"),
        CheckConstraint("status in ('active', 'inactive', 'temporarily-closed')", "status"),
        CheckConstraint("takes in ('volunteers-only', 'trained', 'professional')", "takes"),
        UniqueConstraint("source", "external_id"),
    )


class UserRow(Base):
    """A member of staff or a volunteer who signs in; acts for one organisation in one role."""

    __tablename__ = "user_account"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    full_name: Mapped[str]
    email: Mapped[str | None] = mapped_column(index=True)  # for links to set a password, and news of changes
    manages: Mapped[bool] = mapped_column(server_default="false")  # may invite helpers of their own group
    active: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    begun_at: Mapped[datetime | None]  # when a password was first set: from then on it is somebody's


class SessionRow(Base):
    """A signed-in session: the cookie or bearer token is kept as its SHA-256 only."""

    __tablename__ = "user_session"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    entering_for: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))  # another than their own
    id: Mapped[UUID] = mapped_column(default=uuid4, unique=True)  # its name on their own page
    confirmed_at: Mapped[datetime]  # when they last showed who they are
    waiting: Mapped[bool] = mapped_column(server_default="false")  # for the second step: opens nothing yet
    two_steps: Mapped[bool] = mapped_column(server_default="false")  # it was opened by both
    device: Mapped[str] = mapped_column(server_default="")  # kind of browser, in words
    challenge: Mapped[bytes | None]  # what a passkey is to sign, once
    told_by: Mapped[str | None]  # who of that one told it, by telephone or on paper
    seat_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("seat.id")
    )  # by which they act, if not for their own
    identity_id: Mapped[UUID | None] = mapped_column(index=True)  # by which a provider opened it, if one did
    provider_session: Mapped[bytes | None] = mapped_column(index=True)  # the digest of its own name for it


class ApiClientRow(Base):
    """A system that signs in with a key of its own, for its organisation; may speak for the practices listed."""

    __tablename__ = "api_client"
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    practices: Mapped[list[str]]  # ODS codes
    jwks: Mapped[dict[str, Any]]  # its public keys: as registered, or as last fetched from jwks_uri
    jwks_uri: Mapped[str | None]
    jwks_fetched_at: Mapped[datetime | None]
    jwks_tried_at: Mapped[datetime | None]
    scopes: Mapped[list[str]]
    dialect: Mapped[str] = mapped_column(
        server_default="bars"
    )  # how a repeat is answered: bars 409, fhir as before
    active: Mapped[bool] = mapped_column(server_default="true")
    behind_proxy: Mapped[bool] = mapped_column(
        server_default="false"
    )  # NHS England's, with all of its headers
    __table_args__ = (CheckConstraint("dialect in ('bars', 'fhir')", "dialect"),)


class ApiTokenRow(Base):
    """An access token given to a GP system, kept as its SHA-256 only."""

    __tablename__ = "api_token"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("api_client.id"), index=True)
    scope: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    certificate: Mapped[bytes | None]  # the SHA-256 of the one that it is bound to, if it is


class ApiAssertionRow(Base):
    """Every client assertion seen, so that none is used twice, by any process, after any restart."""

    __tablename__ = "api_assertion"
    client_id: Mapped[str] = mapped_column(ForeignKey("api_client.id"), primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
    __table_args__ = (Index("ix_api_assertion_expires_at", "expires_at"),)
