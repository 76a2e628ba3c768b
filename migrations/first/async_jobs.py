"""What was promised for later, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("async_job", "async_part")


def create() -> None:
    """Create the tables and their indexes, parents first."""
    op.create_table(
        "async_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'done') = (answer is not null)", name=op.f("ck_async_job_answered_when_done")
        ),
        sa.CheckConstraint("kind in ('message', 'export')", name=op.f("ck_async_job_kind")),
        sa.CheckConstraint("status in ('waiting', 'done')", name=op.f("ck_async_job_status")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_client.id"], name=op.f("fk_async_job_client_id_api_client")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_async_job_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_async_job")),
        sa.UniqueConstraint("client_id", "request_id", name=op.f("uq_async_job_client_id_request_id")),
    )
    op.create_index(op.f("ix_async_job_client_id"), "async_job", ["client_id"], unique=False)
    op.create_index("ix_async_job_ends_at", "async_job", ["ends_at"], unique=False)
    op.create_index(
        "ix_async_job_due",
        "async_job",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "async_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["async_job.id"], name=op.f("fk_async_part_job_id_async_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_async_part")),
        sa.UniqueConstraint("job_id", "file", "number", name=op.f("uq_async_part_job_id_file_number")),
    )
