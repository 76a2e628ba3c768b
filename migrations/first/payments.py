"""The tables of payments on engagement, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("payment_terms", "payment_line")


def create() -> None:
    """Create the tables and their indexes, parents first."""
    op.create_table(
        "payment_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("overheads", sa.Integer(), nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "engagement in ('accepted', 'first-session', 'sessions')",
            name=op.f("ck_payment_terms_engagement"),
        ),
        sa.CheckConstraint("amount > 0 and overheads >= 0", name=op.f("ck_payment_terms_amounts")),
        sa.CheckConstraint(
            "(engagement = 'sessions') = (sessions is not null)", name=op.f("ck_payment_terms_sessions")
        ),
        *_references(
            "payment_terms", service_id="service", provider_id="organisation", payer_id="organisation"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_terms")),
    )
    op.create_index(op.f("ix_payment_terms_service_id"), "payment_terms", ["service_id"], unique=False)
    op.create_index(
        "ix_payment_terms_running_once",
        "payment_terms",
        ["service_id", "payer_id", "engagement", sa.text("coalesce(sessions, 0)")],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "payment_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(paid_on is null) = (paid_by is null)", name=op.f("ck_payment_line_paid_whole")),
        *_references(
            "payment_line",
            terms_id="payment_terms",
            placement_id="placement",
            provider_id="organisation",
            payer_id="organisation",
            paid_by="user_account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_line")),
        sa.UniqueConstraint("terms_id", "placement_id", name=op.f("uq_payment_line_terms_id_placement_id")),
    )
    op.create_index(op.f("ix_payment_line_provider_id"), "payment_line", ["provider_id"], unique=False)
    op.create_index(op.f("ix_payment_line_payer_id"), "payment_line", ["payer_id"], unique=False)


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
        for column, other in columns.items()
    ]
