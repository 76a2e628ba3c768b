"""What groups tell of help that the link worker had ended already, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("late_word",)
_TO = {
    "referral_id": "referral",
    "placement_id": "placement",
    "told_by": "user_account",
    "entered_by_id": "organisation",
    "settled_by": "user_account",
}


def create() -> None:
    """Create the table and its index."""
    name = "late_word"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("named", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_as", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state in ('better', 'no-change', 'worse', 'did-not-engage', 'could-not-reach', 'not-asked',"
            " 'not-known')",
            name=op.f(f"ck_{name}_state"),
        ),
        sa.CheckConstraint("settled_as in ('passed-on', 'left')", name=op.f(f"ck_{name}_settled_as")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{name}_{column}_{table}"))
            for column, table in _TO.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("placement_id", name=op.f(f"uq_{name}_placement_id")),
    )
    op.create_index(op.f(f"ix_{name}_referral_id"), name, ["referral_id"])
