"""Looks at records in an emergency, and unusual looks that the audit shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("emergency_access", "look_alert")
_STEWARD = "current_setting('app.role', true) = 'steward'"
_OWN = (
    "user_id = nullif(current_setting('app.user', true), '')::uuid"
    " and organisation_id = nullif(current_setting('app.org', true), '')::uuid"
)
# Whoever looked sees their own looks, of which no other team knows; the steward reviews them all.
POLICIES: dict[str, tuple[str, str | None]] = {
    "emergency_access": (f"({_OWN}) or {_STEWARD}", "false"),
    "look_alert": (_STEWARD, "false"),
}


def create() -> None:
    """Create both tables and their indexes, and what finds the audit's newest lines."""
    _create_emergency_access()
    _create_look_alert()
    op.create_index("ix_audit_event_at", "audit_event", ["at"], postgresql_using="brin")


def _create_emergency_access() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "emergency_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("reviewed_at", moment, nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(reviewed_at is null) = (verdict is null)", name=op.f("ck_emergency_access_reviewed")
        ),
        sa.CheckConstraint(
            "reviewed_by is distinct from user_id", name=op.f("ck_emergency_access_by_another")
        ),
        _of("emergency_access", "person_id", "person"),
        _of("emergency_access", "user_id", "user_account"),
        _of("emergency_access", "organisation_id", "organisation"),
        _of("emergency_access", "reviewed_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index(op.f("ix_emergency_access_person_id"), "emergency_access", ["person_id"])
    op.create_index("ix_emergency_access_opened_at", "emergency_access", ["opened_at"])
    op.create_index("ix_emergency_access_user_id", "emergency_access", ["user_id", "opened_at"])


def _create_look_alert() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "look_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("from_at", moment, nullable=False),
        sa.Column("noted_at", moment, nullable=False),
        sa.Column("reviewed_at", moment, nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.CheckConstraint("(reviewed_at is null) = (verdict is null)", name=op.f("ck_look_alert_reviewed")),
        _of("look_alert", "user_id", "user_account"),
        _of("look_alert", "organisation_id", "organisation"),
        _of("look_alert", "person_id", "person"),
        _of("look_alert", "reviewed_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_alert")),
    )
    op.create_index(op.f("ix_look_alert_person_id"), "look_alert", ["person_id"])
    once = ["kind", "user_id", "from_at", "person_id"]
    op.create_index("uq_look_alert_once", "look_alert", once, unique=True, postgresql_nulls_not_distinct=True)
    is_open = sa.text("reviewed_at is null")
    op.create_index("ix_look_alert_open", "look_alert", ["noted_at"], postgresql_where=is_open)


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
