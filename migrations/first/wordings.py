"""Words of consent by version, which of them a person was shown, and questionnaires taken up, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("consent_wording", "measure_file")
_KINDS = "kind in ('share-with-provider', 'secondary-use', 'follow-up', 'contact', 'research')"


def create() -> None:
    """Create the tables, and what a person's word on consent has since: the version it answered, and the ways."""
    op.create_table(
        "consent_wording",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(_KINDS, name=op.f("ck_consent_wording_kind")),
        sa.CheckConstraint("version > 1", name=op.f("ck_consent_wording_version")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_consent_wording_made_by_user_account")
        ),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_consent_wording")),
    )
    op.add_column("consent", sa.Column("wording", sa.Integer(), nullable=True))
    ways = sa.Column("ways", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    op.add_column("consent", ways)
    _create_measure_file()


def _create_measure_file() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "measure_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("kind", "code", "version", "content", "state")
        ),
        sa.Column("taken_up_at", moment, nullable=False),
        sa.Column("taken_up_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind in ('measure', 'words', 'framework')", name=op.f("ck_measure_file_kind")),
        sa.CheckConstraint("state in ('kept', 'in-use', 'withdrawn')", name=op.f("ck_measure_file_state")),
        *(
            sa.ForeignKeyConstraint(
                [column], ["user_account.id"], name=op.f(f"fk_measure_file_{column}_user_account")
            )
            for column in ("taken_up_by", "changed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_file")),
        sa.UniqueConstraint("kind", "code", "version", name=op.f("uq_measure_file_kind_code_version")),
    )
