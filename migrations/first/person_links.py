"""People's own door, as first made: the links that open what is recorded of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("person_identity", "person_link", "own_visit", "person_comment")
_OF_A_COMMENT = {
    "person_id": "person",
    "referral_id": "referral",
    "team_id": "organisation",
    "link_id": "person_link",
    "answered_by": "user_account",
}


def create() -> None:
    """Create the tables and their indexes."""
    _identities()
    _links()
    _visits()
    _comments()


def _identities() -> None:
    op.create_table(
        "person_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _to("person_identity", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identity")),
    )
    op.create_index(op.f("ix_person_identity_person_id"), "person_identity", ["person_id"])
    still = sa.text("ended_at is null")
    for name, columns in {"subject": ["issuer", "subject_hash"], "person": ["person_id", "issuer"]}.items():
        op.create_index(
            f"uq_person_identity_{name}", "person_identity", columns, unique=True, postgresql_where=still
        )


def _links() -> None:
    op.create_table(
        "person_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("digits_hash", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("said_safe", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False),
        sa.Column("carer", sa.LargeBinary(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("identity_id", sa.Uuid(), nullable=True),
        sa.Column("provider_session", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "purpose in ('progress', 'follow-up', 'check-in')", name=op.f("ck_person_link_purpose")
        ),
        sa.CheckConstraint("(carer is null) = (agreed_on is null)", name=op.f("ck_person_link_carer_agreed")),
        sa.CheckConstraint(
            "identity_id is null or carer is null", name=op.f("ck_person_link_nobody_signs_in_for_others")
        ),
        _to("person_link", "identity_id", "person_identity"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_link_person_id_person")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_person_link_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["organisation.id"], name=op.f("fk_person_link_team_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_link")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_person_link_code_hash")),
    )
    op.create_index(op.f("ix_person_link_person_id"), "person_link", ["person_id"])
    for column in ("referral_id", "identity_id", "provider_session"):
        op.create_index(op.f(f"ix_person_link_{column}"), "person_link", [column])


def _visits() -> None:
    op.create_table(
        "own_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _to("own_visit", "person_id", "person"),
        _to("own_visit", "link_id", "person_link"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_visit")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_own_visit_token_hash")),
    )
    for column in ("person_id", "link_id", "expires_at"):
        op.create_index(op.f(f"ix_own_visit_{column}"), "own_visit", [column])


def _comments() -> None:
    op.create_table(
        "person_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("settled", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind in ('comment', 'not-right')", name=op.f("ck_person_comment_kind")),
        sa.CheckConstraint(
            "settled in ('noted', 'corrected', 'kept')", name=op.f("ck_person_comment_settled")
        ),
        sa.CheckConstraint(
            "(settled is null) = (answered_at is null)", name=op.f("ck_person_comment_answered_whole")
        ),
        *(_to("person_comment", column, table) for column, table in _OF_A_COMMENT.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_comment")),
    )
    op.create_index(op.f("ix_person_comment_person_id"), "person_comment", ["person_id"])
    op.create_index(op.f("ix_person_comment_referral_id"), "person_comment", ["referral_id"])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
