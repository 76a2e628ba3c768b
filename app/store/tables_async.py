"""The tables of what was promised for later: messages whose answer waits, exports and the parts of their files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class AsyncJobRow(Base):
    """A request that is answered later: what was asked and what is answered are sealed under a key of its own."""

    __tablename__ = "async_job"
    id: Mapped[UUID] = new_id()
    kind: Mapped[str]  # message, export
    client_id: Mapped[str] = mapped_column(ForeignKey("api_client.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisation.id")
    )  # whose data an export is
    role: Mapped[str | None]  # as what an export reads
    request_id: Mapped[str | None]
    correlation_id: Mapped[str | None]
    content_type: Mapped[str | None]
    digest: Mapped[bytes]
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    asked: Mapped[bytes | None]  # let go when it is answered: the inbox has a message that was taken
    status: Mapped[str]  # waiting, done
    progress: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    answer_status: Mapped[int | None]
    answer: Mapped[bytes | None]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("client_id", "request_id"),
        CheckConstraint("kind in ('message', 'export')", "kind"),
        CheckConstraint("status in ('waiting', 'done')", "status"),
        CheckConstraint("(status = 'done') = (answer is not null)", "answered_when_done"),
        Index("ix_async_job_due", "next_attempt_at", postgresql_where=text("status = 'waiting'")),
        Index("ix_async_job_ends_at", "ends_at"),
    )


class AsyncPartRow(Base):
    """A stretch of lines of one file of an export, sealed under the export's key."""

    __tablename__ = "async_part"
    id: Mapped[UUID] = new_id()
    job_id: Mapped[UUID] = mapped_column(ForeignKey("async_job.id", ondelete="CASCADE"))
    file: Mapped[str]  # the resource type
    number: Mapped[int]
    lines: Mapped[int]
    size: Mapped[int]  # bytes in clear
    body: Mapped[bytes]
    __table_args__ = (UniqueConstraint("job_id", "file", "number"),)
