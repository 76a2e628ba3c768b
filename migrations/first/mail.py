"""E-mail to organisations and the links in it, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("mail_message", "one_tap_link")


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "mail_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("to_address ~ '^[!-?A-~]+@[!-?A-~]+$'", name=op.f("ck_mail_message_to_address")),
        sa.CheckConstraint("subject !~ '[[:cntrl:]]'", name=op.f("ck_mail_message_subject")),
        _of_an_organisation("mail_message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_message")),
    )
    op.create_index(op.f("ix_mail_message_organisation_id"), "mail_message", ["organisation_id"])
    waiting = sa.text("sent_at is null and failed_at is null")
    op.create_index("ix_mail_message_due", "mail_message", ["due_at"], postgresql_where=waiting)
    op.create_table(
        "one_tap_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries_since", sa.DateTime(timezone=True), nullable=True),
        _of_an_organisation("one_tap_link"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_tap_link")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_one_tap_link_code_hash")),
    )
    op.create_index(op.f("ix_one_tap_link_organisation_id"), "one_tap_link", ["organisation_id"])
    op.create_index(op.f("ix_one_tap_link_subject_id"), "one_tap_link", ["subject_id"])


def _of_an_organisation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_organisation_id_organisation")
    return sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=name)
