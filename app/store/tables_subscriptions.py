"""The tables of those who want to hear of steps, of the steps not told yet, and of the notices that wait for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class SubscriptionRow(Base):
    """An organisation's wish to be told; the endpoint and its headers may hold secrets and are sealed."""

    __tablename__ = "subscription"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("api_client.id"), index=True)
    role: Mapped[str]  # as whom the client asked: what it is told of is what that role may see
    status: Mapped[str]
    criteria: Mapped[str]
    payload: Mapped[str | None]
    content: Mapped[str | None]
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    told: Mapped[bytes]  # endpoint, headers, reason and contact, sealed under the row's own key
    ends_at: Mapped[datetime | None]
    error: Mapped[str | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_number: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("status in ('requested', 'active', 'error', 'off')", "status"),)


class NoticeRow(Base):
    """One step that one subscriber is to be told of; gone once its system has taken it."""

    __tablename__ = "subscription_notice"
    subscription_id: Mapped[UUID] = mapped_column(
        ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str]
    resource_id: Mapped[UUID]
    version: Mapped[str | None]  # none where a resource is made of several parts
    happened_at: Mapped[datetime]


class StepToTellRow(Base):
    """A step that nobody has looked at yet for subscribers; a trigger writes it beside the transition itself."""

    __tablename__ = "step_to_tell"
    transition_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
