"""Safe links to one offer, as first made: a group's helpers, whether it wants links, the visits they open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("link_helper", "links_off", "link_visit", "kept_link_form")
_OF_A_VISIT = {
    "link_id": "one_tap_link",
    "placement_id": "placement",
    "organisation_id": "organisation",
    "helper_id": "link_helper",
}


def create() -> None:
    """Create the tables, their indexes, and what other tables keep of who told or typed."""
    _helpers()
    _off()
    _visits()
    _kept_forms()
    op.add_column("one_tap_link", sa.Column("helper_id", sa.Uuid(), nullable=True))
    name = op.f("fk_one_tap_link_helper_id_link_helper")
    op.create_foreign_key(name, "one_tap_link", "link_helper", ["helper_id"], ["id"])
    op.add_column("user_session", sa.Column("told_by", sa.Text(), nullable=True))
    op.add_column("transition", sa.Column("named", sa.LargeBinary(), nullable=True))


def _helpers() -> None:
    op.create_table(
        "link_helper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("link_to", sa.Text(), nullable=False),
        sa.Column("code_kind", sa.Text(), nullable=False),
        sa.Column("code_to", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_how", sa.Text(), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("code_kind in ('email', 'text')", name=op.f("ck_link_helper_code_kind")),
        sa.CheckConstraint("link_to <> code_to", name=op.f("ck_link_helper_two_channels")),
        sa.CheckConstraint(
            "(verified_on is null) = (verified_how is null)", name=op.f("ck_link_helper_verified_whole")
        ),
        sa.CheckConstraint(
            "(verified_on is null) = (verified_by is null)", name=op.f("ck_link_helper_verified_by_somebody")
        ),
        _to("link_helper", "organisation_id", "organisation"),
        _to("link_helper", "added_by", "user_account"),
        _to("link_helper", "verified_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_helper")),
    )
    op.create_index(op.f("ix_link_helper_organisation_id"), "link_helper", ["organisation_id"])


def _off() -> None:
    op.create_table(
        "links_off",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("off_by", sa.Uuid(), nullable=True),
        sa.Column("on_at", sa.DateTime(timezone=True), nullable=True),
        _to("links_off", "organisation_id", "organisation"),
        _to("links_off", "off_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links_off")),
    )
    still = sa.text("on_at is null")
    op.create_index(
        "uq_links_off_organisation_id", "links_off", ["organisation_id"], unique=True, postgresql_where=still
    )


def _visits() -> None:
    op.create_table(
        "link_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("codes_sent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("named", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *(_to("link_visit", column, table) for column, table in _OF_A_VISIT.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_visit")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_visit_token_hash")),
    )
    for column in ("link_id", "placement_id", "helper_id"):
        op.create_index(op.f(f"ix_link_visit_{column}"), "link_visit", [column])


def _kept_forms() -> None:
    op.create_table(
        "kept_link_form",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _to("kept_link_form", "helper_id", "link_helper"),
        _to("kept_link_form", "placement_id", "placement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_link_form")),
    )
    for column in ("helper_id", "placement_id"):
        op.create_index(op.f(f"ix_kept_link_form_{column}"), "kept_link_form", [column])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
