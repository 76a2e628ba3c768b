"""The tables that hold a person's data; every one of them is under row-level security (see store/rls.py)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id

_OPEN = "('received', 'in-triage', 'active', 'waiting')"
_NOW = text("current_setting('app.now')::timestamptz")  # the house's clock, as the transaction told it


class PersonRow(Base):
    """A person: identifiers encrypted under a data key of their own, found by a keyed index."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_likeness_index_fence_id", "likeness_index", "fence_id"),
        Index("ix_person_replaced_indexes", "replaced_indexes", postgresql_using="gin"),
        Index(
            "uq_person_nhs_number_index_fence_id",
            "nhs_number_index",
            "fence_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("nhs_number_index is not null"),
        ),
    )
    id: Mapped[UUID] = new_id()
    # whose test persons they are among, set once (see Organisation.fence_id); null: a person of live practices
    fence_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    nhs_number_index: Mapped[bytes | None]
    # of the numbers that this one replaced: whoever still sends an old one means this person
    replaced_indexes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default="{}")
    likeness_index: Mapped[bytes | None]  # of family name and birth date: a question, never an answer
    nhs_number: Mapped[bytes | None]
    names: Mapped[bytes | None]
    birth_date: Mapped[bytes | None]
    address: Mapped[bytes | None]
    contact: Mapped[bytes | None]
    about: Mapped[bytes | None]  # gender, language, ethnicity
    identity_confirmed: Mapped[bool]
    restricted: Mapped[bool] = mapped_column(server_default="false")
    deceased: Mapped[bool] = mapped_column(server_default="false")
    type1_opt_out: Mapped[bool] = mapped_column(server_default="false")
    national_opt_out: Mapped[bool] = mapped_column(server_default="false")  # as the national check said last
    national_checked_on: Mapped[date | None]
    national_check_id: Mapped[UUID | None]  # the last question that asked about them
    heard: Mapped[dict[str, Any]] = mapped_column(
        server_default="{}"
    )  # part -> place in time of the newest word on it
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())  # kept by a trigger


class ReferralRow(Base):
    """One GP request for one person. Open ones have an owner and a next date, or the database refuses them."""

    __tablename__ = "referral"
    id: Mapped[UUID] = new_id()
    reference: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    on_duty: Mapped[bool] = mapped_column(server_default="true")  # in place of an owner: the team's duty
    status: Mapped[str] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()
    priority: Mapped[str]
    asked_priority: Mapped[str | None]  # its own requester's, while one worked together with it presses more
    use_case: Mapped[str]
    needs: Mapped[list[str]]
    access: Mapped[list[str]]
    needs_by_person: Mapped[bool] = mapped_column(
        server_default="false"
    )  # a link worker's word: no message changes it
    safeguarding: Mapped[bool]
    asked_safeguarding: Mapped[bool | None]  # likewise
    reason: Mapped[bytes | None]  # the referrer's words, sealed with the person's key
    brief: Mapped[bytes | None]  # the link worker's words for whoever is asked next, sealed likewise
    cautions: Mapped[bytes | None]  # what must be known before contact, sealed likewise
    wishes: Mapped[bytes | None]  # how the person would like it, sealed likewise
    requested_by: Mapped[bytes | None]  # the professional's name, sealed likewise
    original_bundle_id: Mapped[str] = mapped_column(index=True)
    header_id: Mapped[str]
    correlation_id: Mapped[str | None] = mapped_column(index=True)
    requester_reference: Mapped[str | None]
    requester_identifiers: Mapped[list[dict[str, str]]] = mapped_column(
        JSONB, server_default="[]"
    )  # all of them
    order_sent: Mapped[bytes | None]  # the request as its requester first sent it, sealed likewise
    authored_on: Mapped[datetime | None]  # when the requester wrote it; `received_at` is when it came
    journey_id: Mapped[str | None]
    reply_endpoint: Mapped[str | None]
    heard: Mapped[dict[str, Any]] = mapped_column(
        server_default="{}"
    )  # as of a person, of the case's messages
    received_at: Mapped[datetime]
    next_action_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), default=_NOW, onupdate=_NOW)
    is_history: Mapped[bool] = mapped_column(
        server_default="false"
    )  # loaded from before, never sent anywhere
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(f"status not in {_OPEN} or next_action_on is not null", "open_has_next_action"),
        CheckConstraint(f"status not in {_OPEN} or (owner_id is null) = on_duty", "open_has_owner"),
        CheckConstraint(f"(status in {_OPEN}) = (ended_at is null)", "ended_has_date"),
    )


class PlacementRow(Base):
    """An onward referral to one provider; names the team too, so that its policy needs no other table."""

    __tablename__ = "placement"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()
    offered_at: Mapped[datetime]
    respond_by: Mapped[date]
    respond_by_before: Mapped[date | None]  # its own day, while a referral that presses shortens it
    answered_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    why: Mapped[bytes | None]  # the explanation of the suggestion, sealed with the person's key
    brief: Mapped[bytes | None]  # the words that this provider was asked with, sealed likewise
    passed_from: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"))  # who passed them on
    origin_told: Mapped[bool] = mapped_column(server_default="false")  # whether this provider is told so
    __mapper_args__ = {"version_id_col": version}


class OfferPlanRow(Base):
    """Where the referral goes next if one offer is declined or met with silence; in the person's order."""

    __tablename__ = "offer_plan"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"))  # the offer that it comes after
    position: Mapped[int]
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    why: Mapped[bytes | None]  # as of a placement
    __table_args__ = (UniqueConstraint("placement_id", "position"),)


class ContactRow(Base):
    """One contact of a provider, or of the team (no placement), about the person."""

    __tablename__ = "contact"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    channel: Mapped[str]
    reached: Mapped[bool]
    happened_on: Mapped[date]
    minutes: Mapped[int | None]
    note: Mapped[bytes | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))  # none by a safe link
    recorded_at: Mapped[datetime]
    with_whom: Mapped[str] = mapped_column(server_default="person")
    result: Mapped[str | None]  # what came of it, where the team wrote it down
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class OutcomeRow(Base):
    """How a placement, or the whole referral (no placement), ended."""

    __tablename__ = "outcome"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    state: Mapped[str]
    goal: Mapped[bytes | None]
    goal_before: Mapped[int | None]
    goal_after: Mapped[int | None]
    summary: Mapped[bytes | None]
    actions: Mapped[bytes | None]
    risks: Mapped[bytes | None]
    recorded_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint(
            "state in ('better', 'no-change', 'worse', 'did-not-engage', 'could-not-reach', 'not-asked',"
            " 'not-known')",
            "state",
        ),
        CheckConstraint("goal_before between 0 and 10 and goal_after between 0 and 10", "goal_range"),
    )


class TransitionRow(Base):
    """Every step of every track, append-only; the status columns only cache the last of these."""

    __tablename__ = "transition"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    track: Mapped[str]
    action: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str | None]
    stage: Mapped[str | None]  # what it is told as, where that does not follow from the steps alone
    said: Mapped[bytes | None]  # what a provider said beside the coded reason, sealed with the person's key
    role: Mapped[str]
    actor: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    entered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))  # for the one that acts
    named: Mapped[
        bytes | None
    ]  # who told it, or typed it by a safe link, without an account: sealed likewise


class FeedbackRow(Base):
    """A message to the practice: the outcome or a word on the way, its message ids, how far it got."""

    __tablename__ = "feedback"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"))
    kind: Mapped[str]
    number: Mapped[int]  # of the referral's messages, in their order: a clock is too coarse for it
    status: Mapped[str] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()
    message_id: Mapped[str] = mapped_column(unique=True)
    header_id: Mapped[str] = mapped_column(unique=True)
    transport: Mapped[str]
    composed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_how: Mapped[str | None]
    failure: Mapped[str | None]
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("referral_id", "number"),
        CheckConstraint("kind in ('outcome', 'waiting', 'accepted', 'in-progress', 'declined')", "kind"),
    )


class ConsentRow(Base):
    """What the person agreed to or refused, kept as it was told, newest last."""

    __tablename__ = "consent"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    kind: Mapped[str]  # app.domain.consent_wordings.Kind, and ask-before-sharing
    given: Mapped[bool]
    source: Mapped[str]  # message, link-worker, provider
    asked_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("user_account.id")
    )  # who asked the person, if known
    recorded_at: Mapped[datetime]
    how: Mapped[str | None]  # the way that the word came
    expires_on: Mapped[date | None]  # of a yes: the last day on which it counts, where the person named one
    wording: Mapped[int | None]  # the version of our words that the person was shown, where we know
    ways: Mapped[list[str]] = mapped_column(server_default="{}")  # of a yes to contact: which; none: any


class TaskRow(Base):
    """Something a person must look at: an identity to confirm, a message that failed, a parked referral."""

    __tablename__ = "task"
    id: Mapped[UUID] = new_id()
    kind: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))  # None: the steward's
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"), index=True)
    inbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("inbox_message.id"))
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    fields: Mapped[list[str]] = mapped_column(
        server_default="{}"
    )  # what a message changed: codes, never values
    __table_args__ = (Index("ix_task_open", "organisation_id", postgresql_where=text("done_at is null")),)
