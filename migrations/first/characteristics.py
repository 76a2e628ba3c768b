"""What people chose to say of themselves, as first made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("person_characteristic",)
_TO = {"person_id": "person", "team_id": "organisation", "recorded_by": "user_account"}


def create() -> None:
    """Create the table and its index."""
    name = "person_characteristic"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("said_by in ('person', 'link-worker')", name=op.f(f"ck_{name}_said_by")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{name}_{column}_{table}"))
            for column, table in _TO.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "person_id", "team_id", "question", name=op.f(f"uq_{name}_person_id_team_id_question")
        ),
    )
    op.create_index(op.f(f"ix_{name}_person_id"), name, ["person_id"])
