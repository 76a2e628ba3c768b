"""What keeping and erasing need: reviews that two people decide, legal holds, the daily look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("retention_review", "legal_hold", "retention_run")
_MOMENT = sa.DateTime(timezone=True)


def create() -> None:
    """Create the tables."""
    _create_review()
    _create_hold()
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("ran_at", _MOMENT, nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(op.f("ix_retention_run_ran_at"), "retention_run", ["ran_at"])


def _create_review() -> None:
    name = "retention_review"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("asked_how", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("listed_at", _MOMENT, nullable=False),
        sa.Column("listed_by", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("proposed_at", _MOMENT, nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("dropped_why", sa.Text(), nullable=True),
        sa.Column("erasure_id", sa.Uuid(), nullable=True),
        *_review_checks(),
        _of(name, "person_id", "person"),
        _of(name, "referral_id", "referral"),
        *(_of(name, column, "user_account") for column in ("listed_by", "proposed_by", "decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_review")),
    )
    op.create_index(op.f("ix_retention_review_person_id"), name, ["person_id"])
    is_open = sa.text("status in ('due', 'proposed')")
    op.create_index("uq_retention_review_open", name, ["person_id"], unique=True, postgresql_where=is_open)


def _review_checks() -> list[sa.CheckConstraint]:
    checks = {
        "status": "status in ('due', 'proposed', 'erased', 'kept', 'dropped')",
        "verdict": "verdict in ('erase', 'keep')",
        "two_people": "decided_by is null or decided_by <> proposed_by",
        "proposed_by_somebody": "status <> 'proposed' or proposed_by is not null",
        "kept_by_two": "status <> 'kept' or "
        "(verdict = 'keep' and decided_by is not null and proposed_by is not null)",
        "erased_has_certificate": "(status = 'erased') = (erasure_id is not null)",
    }
    return [
        sa.CheckConstraint(words, name=op.f(f"ck_retention_review_{name}")) for name, words in checks.items()
    ]


def _create_hold() -> None:
    name = "legal_hold"
    two = "lifted_at is null or (lift_asked_by is not null and lifted_by is not null and lifted_by <> lift_asked_by)"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("lift_asked_at", _MOMENT, nullable=True),
        sa.Column("lift_asked_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", _MOMENT, nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(two, name=op.f("ck_legal_hold_lifted_by_two")),
        _of(name, "person_id", "person"),
        *(_of(name, column, "user_account") for column in ("made_by", "lift_asked_by", "lifted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_person_id"), name, ["person_id"])


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
