"""The words that services are found by, as first made; written by triggers whenever what they are made of changes.

pg_trgm and unaccent come with PostgreSQL and are trusted: the database's owner may create them, no superuser is needed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("service_words",)
_FUNCTIONS = """
create function write_service_words(which uuid[]) returns void language sql as $$
    insert into service_words (service_id, plain, words)
    select s.id,
           lower(unaccent(concat_ws(' ', s.name, o.name, s.description, s.eligibility, p.description, v.names))),
           setweight(to_tsvector('english', unaccent(s.name)), 'A')
               || setweight(to_tsvector('english', unaccent(o.name)), 'B')
               || setweight(to_tsvector('english', unaccent(concat_ws(' ', s.description, s.eligibility))), 'C')
               || setweight(to_tsvector('english', unaccent(concat_ws(' ', p.description, v.names))), 'D')
    from service s
    join organisation o on o.id = s.provider_id
    left join organisation_profile p on p.organisation_id = o.id
    left join lateral (
        select string_agg(distinct venue.name, ' ') as names
        from service_session join venue on venue.id = service_session.venue_id
        where service_session.service_id = s.id
    ) v on true
    where s.id = any(which)
    on conflict (service_id) do update set plain = excluded.plain, words = excluded.words
$$;
create function service_words_changed() returns trigger language plpgsql as $$
begin
    case tg_table_name
        when 'service' then perform write_service_words(array[new.id]);
        when 'service_session' then
            perform write_service_words(array[case tg_op when 'DELETE' then old.service_id else new.service_id end]);
        when 'organisation' then
            perform write_service_words(array(select id from service where provider_id = new.id));
        when 'organisation_profile' then
            perform write_service_words(array(select id from service where provider_id = new.organisation_id));
        when 'venue' then
            perform write_service_words(
                array(select distinct service_id from service_session where venue_id = new.id));
    end case;
    return null;
end
$$
"""
_WATCHED = {
    "service": "insert or update of name, description, eligibility, provider_id",
    "service_session": "insert or delete or update of service_id, venue_id",
    "organisation": "update of name",
    "organisation_profile": "insert or update of description",
    "venue": "update of name",
}


def create() -> None:
    """Create the table and the triggers on the tables that it is made of."""
    op.execute("create extension if not exists pg_trgm")
    op.execute("create extension if not exists unaccent")
    op.create_table(
        "service_words",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_words_service_id_service")
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_service_words")),
    )
    op.create_index("ix_service_words_words", "service_words", ["words"], postgresql_using="gin")
    op.create_index(
        "ix_service_words_plain",
        "service_words",
        ["plain"],
        postgresql_using="gin",
        postgresql_ops={"plain": "gin_trgm_ops"},
    )
    op.execute(_FUNCTIONS)
    for table, when in _WATCHED.items():
        op.execute(
            f"create trigger {table}_words after {when} on {table} "
            "for each row execute function service_words_changed()"
        )


def drop() -> None:
    """Drop the functions with their triggers; the extensions stay, because somebody else may use them."""
    op.execute("drop function service_words_changed() cascade")
    op.execute("drop function write_service_words(uuid[])")
