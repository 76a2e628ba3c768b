"""The audit: a line for every read and write, in the same transaction, and no line changed without being found."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, pool, text
from sqlalchemy.exc import DBAPIError

from app.domain.access import system
from app.domain.errors import NotAllowed
from app.domain.lifecycle import ReferralStatus
from app.services import triage
from app.store import audit, people, referrals
from app.store.audit import Entry
from app.store.session import Database
from app.store.tables_messages import AuditRow
from tests.conftest import TestDatabase
from tests.factories import MadePlace, MadeReferral, make_referral


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.ACTIVE)


def lines(admin: Engine, after: int = 0) -> list[dict[str, Any]]:
    query = text("select * from audit_event where seq > :after order by seq")
    with admin.connect() as connection:
        return [dict(row) for row in connection.execute(query, {"after": after}).mappings()]


@contextmanager
def tampering(admin: Engine) -> Iterator[Connection]:
    """As somebody who has taken over the server: triggers stand back."""
    with admin.connect() as connection:
        connection.execute(text("set session_replication_role = replica"))
        yield connection
        connection.execute(text("set session_replication_role = origin"))


def test_chain_of_honest_work_holds(database: Database, made: MadeReferral, admin: Engine) -> None:
    read, last, fault = audit.verify(database.engine)
    found = lines(admin)
    assert (read, last, fault) == (len(found), found[-1]["hash"], None)
    assert [line["seq"] for line in found] == list(range(1, read + 1))


# What makes another value of each column that says something.
ANOTHER = {
    "at": "at + interval '1 microsecond'",
    "role": "'analyst'",
    "actor": "actor || '.'",
    "organisation_id": "gen_random_uuid()",
    "act": "act || ' '",
    "subject": "'x'",
    "subject_id": "subject_id || '0'",
    "person_id": "gen_random_uuid()",
    "detail": """detail || '{"more": 1}'""",
    "previous_hash": "set_byte(previous_hash, 31, get_byte(previous_hash, 31) # 1)",
    "hash": "set_byte(hash, 0, get_byte(hash, 0) # 128)",
    "seq": "1000000",
}


def test_every_column_is_tampered_with_below() -> None:
    assert set(ANOTHER) == set(AuditRow.__table__.columns.keys())


@pytest.mark.parametrize("column", ANOTHER)
def test_flipped_byte_is_found_at_its_line(
    database: Database, made: MadeReferral, admin: Engine, column: str
) -> None:
    with tampering(admin) as connection:
        connection.execute(text(f"update audit_event set {column} = {ANOTHER[column]} where seq = 3"))  # noqa: S608 - from the table above
    _, _, fault = audit.verify(database.engine)
    assert fault is not None
    assert fault.seq == 3


@pytest.mark.parametrize("seq", [1, 4])
def test_removed_line_is_found(database: Database, made: MadeReferral, admin: Engine, seq: int) -> None:
    with tampering(admin) as connection:
        connection.execute(text("delete from audit_event where seq = :seq"), {"seq": seq})
    _, _, fault = audit.verify(database.engine)
    assert fault is not None
    assert (fault.seq, fault.sentence) == (seq, "a line is missing")


def test_swapped_lines_are_found(database: Database, made: MadeReferral, admin: Engine) -> None:
    with tampering(admin) as connection:
        for before, after in ((2, -1), (3, 2), (-1, 3)):
            connection.execute(
                text("update audit_event set seq = :after where seq = :before"),
                {"before": before, "after": after},
            )
    _, _, fault = audit.verify(database.engine)
    assert fault is not None
    assert fault.seq == 2


def test_cut_off_end_is_found_by_an_earlier_head(
    database: Database, made: MadeReferral, admin: Engine
) -> None:
    read, last, _ = audit.verify(database.engine)
    head = f"{read}:{last.hex()}"
    with tampering(admin) as connection:
        connection.execute(text("delete from audit_event where seq = :seq"), {"seq": read})
    assert audit.verify(database.engine)[2] is None
    fault = audit.verify(database.engine, head=head)[2]
    assert fault is not None
    assert fault.sentence == "the end of the chain was cut off"


@pytest.mark.parametrize("table", ["audit_event", "transition"])
@pytest.mark.parametrize("deed", ["update {table} set role = 'x'", "delete from {table}", "truncate {table}"])
def test_not_even_the_owner_changes_history(
    made: MadeReferral, test_database: TestDatabase, table: str, deed: str
) -> None:
    engine = create_engine(test_database.owner_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("select set_config('app.role', 'system', false)"))
        with pytest.raises(DBAPIError, match=rf"rows of {table} are never changed or removed"):
            connection.execute(text(deed.format(table=table)))


def test_reading_a_record_is_written_down_with_who_and_whose(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    before = lines(admin)[-1]["seq"]
    with database.transaction(place.link_worker) as tx:
        referral = referrals.get(tx, made.id, audit="look at referral")
        people.get(tx, referral.person_id, audit="look at referral")
    first, second = lines(admin, before)
    assert (first["subject"], first["subject_id"], first["act"]) == (
        "referral",
        str(made.id),
        "look at referral",
    )
    assert (second["subject"], second["person_id"]) == ("person", made.person_id)
    assert {line["actor"] for line in (first, second)} == {f"user:{place.link_worker.user_id}"}
    assert {line["organisation_id"] for line in (first, second)} == {place.team.id}


def test_refused_deed_leaves_neither_change_nor_line(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    before = lines(admin)[-1]["seq"]
    with pytest.raises(NotAllowed):
        triage.offer(database, place.actor("provider-0"), made.id, [place.services[1].id])
    assert lines(admin, before) == []


def test_parallel_writers_make_one_unbroken_chain(database: Database, place: MadePlace) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            with database.transaction(system(f"writer-{number}")) as tx:
                tx.audit(Entry("test", "nothing", str(number)))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    read, _, fault = audit.verify(database.engine)
    assert (read, fault) == (40, None)
