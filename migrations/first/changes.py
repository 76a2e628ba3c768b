"""When a person, an organisation or a service last changed, kept by the database whoever makes the change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ()
_DATED = ("person", "organisation", "organisation_profile", "service")
# A key that was wrapped anew, a place in the order of messages and a choice about secondary use, which nobody in care
# is to read, are no change of what is told.
_UNTOLD = (
    "'{data_key,key_id,heard,national_opt_out,national_checked_on,national_check_id,updated_at}'::text[]"
)
_NOTE = f"""
create function note_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or to_jsonb(new) - {_UNTOLD} is distinct from to_jsonb(old) - {_UNTOLD} then
    new.updated_at := coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now());
  end if;
  return new;
end $$
"""


def create() -> None:
    """Add the columns to tables that are there, then the trigger that keeps them."""
    op.execute(_NOTE)
    for table in _DATED:
        moment = sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        )
        op.add_column(table, moment)
        op.execute(
            f"create trigger {table}_notes_change before insert or update on {table} "
            "for each row execute function note_change()"
        )


def drop_function() -> None:
    """Drop what is left when the tables and their triggers are gone."""
    op.execute("drop function note_change()")
