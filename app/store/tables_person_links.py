"""The tables of people's own door: the links that open what is recorded of them, and what they say of it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


def _one_of(name: str, *columns: str) -> Index:
    """At any time one account is one person's, and one person has one account of a provider."""
    still = text("ended_at is null")
    return Index(f"uq_person_identity_{name}", *columns, unique=True, postgresql_where=still)


class PersonIdentityRow(Base):
    """Whose a provider's account (NHS login) is, from the first time on: issuer, and its name for them as a digest."""

    __tablename__ = "person_identity"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    issuer: Mapped[str]
    subject_hash: Mapped[bytes | None]  # none: ended, or erased
    bound_at: Mapped[datetime]
    used_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        _one_of("subject", "issuer", "subject_hash"),
        _one_of("person", "person_id", "issuer"),
    )


class PersonLinkRow(Base):
    """A link by which a person looks at one referral of theirs, or answers about it; of its code only the digest."""

    __tablename__ = "person_link"
    id: Mapped[UUID] = new_id()
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    digits_hash: Mapped[bytes | None]  # of six digits, keyed with the link's code; none: it asks for none
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id")
    )  # so that its policy needs no other table
    purpose: Mapped[str]
    said_safe: Mapped[bool] = mapped_column(
        server_default="false"
    )  # by a link worker, of a restricted record
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # the last time
    wrong: Mapped[int] = mapped_column(
        server_default="0"
    )  # dates of birth and digits that were not theirs, one after another
    carer: Mapped[bytes | None]  # who opens it for the person, sealed with the person's key; null: themselves
    agreed_on: Mapped[date | None]  # when the person agreed that their carer may
    identity_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person_identity.id"), index=True
    )  # a visit, not a link: opened by signing in at a provider, and by no date of birth
    provider_session: Mapped[bytes | None] = mapped_column(index=True)  # the digest of the session there
    __table_args__ = (
        CheckConstraint("purpose in ('progress', 'follow-up', 'check-in')", "purpose"),
        CheckConstraint("(carer is null) = (agreed_on is null)", "carer_agreed"),
        CheckConstraint("identity_id is null or carer is null", "nobody_signs_in_for_others"),
    )


class OwnVisitRow(Base):
    """A visit of one's own page, opened by a date of birth or a sign-in: of its secret only the digest."""

    __tablename__ = "own_visit"
    id: Mapped[UUID] = new_id()
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("person_link.id"), index=True)
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)  # without another step
    ended_at: Mapped[datetime | None]  # by leaving


class PersonCommentRow(Base):
    """What a person says of their own record, and the team's answer: both stay beside what they are about."""

    __tablename__ = "person_comment"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # as of a link
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_link.id"))  # none: written down for them
    about: Mapped[str]
    kind: Mapped[str]
    words: Mapped[bytes | None]  # sealed with the person's key
    made_at: Mapped[datetime]
    answer: Mapped[bytes | None]  # sealed likewise
    settled: Mapped[str | None]  # how it was answered
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        CheckConstraint("kind in ('comment', 'not-right')", "kind"),
        CheckConstraint("settled in ('noted', 'corrected', 'kept')", "settled"),
        CheckConstraint("(settled is null) = (answered_at is null)", "answered_whole"),
    )
