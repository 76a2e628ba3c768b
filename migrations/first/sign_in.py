"""Signing in beyond a password, and what accounts and sessions gained for it, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = (
    "totp_secret",
    "passkey",
    "recovery_code",
    "kept_form",
    "identity",
    "logout_token",
    "seat",
    "steward_grant",
)


def create() -> None:
    """Create the tables, then add the columns to the accounts and sessions that are there."""
    op.create_table(
        "totp_secret",
        *_owned(key=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        _moment("made_at"),
        _moment("confirmed_at", needed=False),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        _of("totp_secret", "user_id"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp_secret")),
    )
    op.create_table(
        "passkey",
        *_owned(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        _moment("made_at"),
        _moment("used_at", needed=False),
        _of("passkey", "user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_table(
        "recovery_code",
        *_owned(),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        _moment("made_at"),
        _moment("used_at", needed=False),
        _of("recovery_code", "user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    op.create_table(
        "kept_form",
        *_owned(),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("for_later", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _of("kept_form", "user_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_kept_form_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_form")),
    )
    _create_identities()
    _create_seats()
    _create_grants()
    for table in ("passkey", "recovery_code", "kept_form", "identity", "seat", "steward_grant"):
        op.create_index(op.f(f"ix_{table}_user_id"), table, ["user_id"])
    _add_columns()


def _create_identities() -> None:
    op.create_table(
        "identity",
        *_owned(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        _moment("joined_at"),
        _moment("used_at", needed=False),
        _of("identity", "user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("issuer", "subject_hash", name=op.f("uq_identity_issuer_subject_hash")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_identity_user_id_issuer")),
    )
    op.create_table(
        "logout_token",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("issuer", "jti", name=op.f("pk_logout_token")),
    )
    op.create_index("ix_logout_token_expires_at", "logout_token", ["expires_at"])


def _create_seats() -> None:
    op.create_table(
        "seat",
        *_owned(),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        _moment("begun_at"),
        sa.Column("begun_by", sa.Uuid(), nullable=False),
        _moment("ended_at", needed=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("role in ('link-worker', 'provider', 'practice')", name=op.f("ck_seat_role")),
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name=op.f("ck_seat_ended_whole")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_seat_organisation_id_organisation")
        ),
        *(_of("seat", column) for column in ("user_id", "begun_by", "ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_organisation_id"), "seat", ["organisation_id"])
    op.create_index(
        "uq_seat_one_runs",
        "seat",
        ["user_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.add_column("user_session", sa.Column("seat_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_user_session_seat_id_seat"), "user_session", "seat", ["seat_id"], ["id"])


def _create_grants() -> None:
    op.create_table(
        "steward_grant",
        *_owned(),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        _moment("asked_at"),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        _moment("decided_at", needed=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="steward", nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("email", "email_before", "role")),
        sa.CheckConstraint(
            "kind in ('steward', 'address', 'steps', 'role', 'end')", name=op.f("ck_steward_grant_kind")
        ),
        sa.CheckConstraint("(kind = 'address') = (email is not null)", name=op.f("ck_steward_grant_address")),
        sa.CheckConstraint("(kind = 'role') = (role is not null)", name=op.f("ck_steward_grant_role")),
        sa.CheckConstraint(
            "decided_by <> asked_by or granted is not true", name=op.f("ck_steward_grant_two_people")
        ),
        sa.CheckConstraint(
            "(decided_at is null) = (granted is null)", name=op.f("ck_steward_grant_decided_whole")
        ),
        _of("steward_grant", "user_id"),
        _of("steward_grant", "asked_by"),
        _of("steward_grant", "decided_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steward_grant")),
    )
    op.create_index(
        "uq_steward_grant_one_waits",
        "steward_grant",
        ["user_id", "kind"],
        unique=True,
        postgresql_where=sa.text("decided_at is null"),
    )


def _add_columns() -> None:
    no = sa.text("false")
    op.add_column("user_account", sa.Column("email", sa.Text(), nullable=True))
    op.create_index(op.f("ix_user_account_email"), "user_account", ["email"])
    op.add_column("user_account", sa.Column("manages", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("user_account", _moment("begun_at", needed=False))
    op.add_column("user_session", sa.Column("id", sa.Uuid(), nullable=False))
    op.create_unique_constraint(op.f("uq_user_session_id"), "user_session", ["id"])
    op.add_column("user_session", _moment("confirmed_at"))
    op.add_column("user_session", sa.Column("waiting", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("user_session", sa.Column("two_steps", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("user_session", sa.Column("device", sa.Text(), server_default="", nullable=False))
    op.add_column("user_session", sa.Column("challenge", sa.LargeBinary(), nullable=True))
    op.add_column("user_session", sa.Column("identity_id", sa.Uuid(), nullable=True))
    op.add_column("user_session", sa.Column("provider_session", sa.LargeBinary(), nullable=True))
    for column in ("identity_id", "provider_session"):
        op.create_index(op.f(f"ix_user_session_{column}"), "user_session", [column])


def _owned(*, key: bool = False) -> list[sa.Column[object]]:
    user = sa.Column("user_id", sa.Uuid(), nullable=False)
    return [user] if key else [sa.Column("id", sa.Uuid(), nullable=False), user]


def _moment(name: str, *, needed: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def _of(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["user_account.id"], name=op.f(f"fk_{table}_{column}_user_account")
    )
