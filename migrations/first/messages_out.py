"""Asking whether help has arrived, practices' settings, and what messages out need beyond e-mail, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("check_in", "practice_setting")
_OPEN = "('planned', 'asked', 'to-call')"
_STATUSES = "'planned', 'asked', 'to-call', 'answered', 'no-answer', 'not-asked', 'stopped'"
_CHECKS = {
    "day": "day between 1 and 60",
    "status": f"status in ({_STATUSES})",
    "way": "way in ('text', 'email', 'letter', 'phone')",
    "answer": "answer in ('yes', 'not-yet', 'no-longer')",
    "answered_whole": "(answer is null) = (answered_at is null)",
    "answered": "(status = 'answered') = (answer is not null)",
    "settled": f"(status in {_OPEN}) = (settled_at is null)",
    "open_has_day": f"(status in {_OPEN}) = (look_on is not null)",
}


def create() -> None:
    """Create the tables and their indexes, and widen the table of e-mail."""
    _create_check_in()
    _create_practice_setting()
    _widen_mail()


def _create_check_in() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "check_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("asked_at", moment, nullable=True),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", moment, nullable=True),
        *(sa.CheckConstraint(check, name=op.f(f"ck_check_in_{name}")) for name, check in _CHECKS.items()),
        _of("check_in", "referral_id", "referral"),
        _of("check_in", "team_id", "organisation"),
        _of("check_in", "mail_id", "mail_message"),
        _of("check_in", "answered_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("referral_id", "day", name=op.f("uq_check_in_referral_id_day")),
    )
    op.create_index(op.f("ix_check_in_referral_id"), "check_in", ["referral_id"])
    open_ones = sa.text(f"status in {_OPEN}")
    op.create_index("ix_check_in_open", "check_in", ["look_on"], postgresql_where=open_ones)


def _create_practice_setting() -> None:
    op.create_table(
        "practice_setting",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("summary_on", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("summary_to", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_month", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "summary_to ~ '^[!-?A-~]+@[!-?A-~]+$'", name=op.f("ck_practice_setting_summary_to")
        ),
        _of("practice_setting", "practice_id", "organisation"),
        _of("practice_setting", "changed_by", "user_account"),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_practice_setting")),
    )


def _widen_mail() -> None:
    for column in (
        sa.Column("channel", sa.Text(), server_default="email", nullable=False),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("was_tried", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("transport", sa.Text(), nullable=True),
        sa.Column("transport_reference", sa.Text(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("watch_on", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("mail_message", column)
    for name, check in {
        "channel": "channel in ('text', 'email', 'letter')",
        "transport": "transport in ('smtp', 'notify', 'shown')",
    }.items():
        op.create_check_constraint(op.f(f"ck_mail_message_{name}"), "mail_message", check)
    op.create_foreign_key(
        op.f("fk_mail_message_referral_id_referral"), "mail_message", "referral", ["referral_id"], ["id"]
    )
    op.create_index(op.f("ix_mail_message_referral_id"), "mail_message", ["referral_id"])
    watched = sa.text("watch_on is not null")
    op.create_index("ix_mail_message_watch", "mail_message", ["watch_on"], postgresql_where=watched)


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
