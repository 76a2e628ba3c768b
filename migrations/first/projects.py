"""Projects that work with the dataset, as first made: what was asked, each step taken, and their tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

TABLES = ("project", "project_step", "project_token")


def create() -> None:
    """Create the tables and their indexes."""
    _projects()
    _steps()
    _tokens()


def _projects() -> None:
    known = "'draft', 'submitted', 'approved', 'refused', 'withdrawn', 'ended'"
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("papers", JSONB(), nullable=False),
        sa.Column("member_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("agreement", JSONB(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"status in ({known})", name=op.f("ck_project_status")),
        _belongs("project", "place_id", "organisation"),
        _belongs("project", "asked_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_index(op.f("ix_project_place_id"), "project", ["place_id"])
    op.create_index(op.f("ix_project_asked_by"), "project", ["asked_by"])


def _steps() -> None:
    known = "'asked', 'submitted', 'changed', 'agreement', 'approved', 'refused', 'withdrawn', 'ended'"
    approved = "act <> 'approved' or (by_id is not null and decides_as in ('steward', 'guardian'))"
    op.create_table(
        "project_step",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decides_as", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("papers", JSONB(), nullable=False),
        sa.Column("agreement", JSONB(), nullable=True),
        sa.CheckConstraint(f"act in ({known})", name=op.f("ck_project_step_act")),
        sa.CheckConstraint(approved, name=op.f("ck_project_step_approved_by")),
        _belongs("project_step", "project_id", "project"),
        _belongs("project_step", "by_id", "user_account"),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_project_step")),
    )


def _tokens() -> None:
    op.create_table(
        "project_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        _belongs("project_token", "project_id", "project"),
        _belongs("project_token", "user_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_project_token_token_hash")),
    )
    op.create_index(op.f("ix_project_token_project_id"), "project_token", ["project_id"])
    op.create_index(op.f("ix_project_token_user_id"), "project_token", ["user_id"])


def _belongs(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}_{parent}"))
