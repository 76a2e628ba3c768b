"""The audit: a line for every read and write, in the same transaction, and no line changed without being found."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, delete, insert, pool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.access import system
from app.domain.audit_checkpoint import Head
from app.domain.errors import NotAllowed
from app.domain.lifecycle import ReferralStatus
from app.services.caring import triage
from app.store import audit, audit_chain, audit_names, people, referrals
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


def put(admin: Engine, *rows: dict[str, Any]) -> None:
    """Write lines back with what was changed in them."""
    with tampering(admin) as connection:
        for row in rows:
            connection.execute(delete(AuditRow).where(AuditRow.seq == row["seq"]))
        for row in rows:
            connection.execute(insert(AuditRow), row)


def longest(admin: Engine) -> list[dict[str, Any]]:
    """The lines of the chain that has most."""
    found = lines(admin)
    shard, _ = Counter(line["shard"] for line in found).most_common(1)[0]
    return [line for line in found if line["shard"] == shard]


def test_chains_of_honest_work_hold(database: Database, made: MadeReferral, admin: Engine) -> None:
    walked, found = audit_chain.walk(database.engine), lines(admin)
    assert (walked.lines, walked.faults) == (len(found), ())
    ends = {line["shard"]: Head(line["number"], line["hash"]) for line in found}
    assert walked.heads == ends
    with database.transaction(system("test")) as tx:
        assert audit_chain.heads(tx) == ends
    for shard in ends:
        numbers = [line["number"] for line in found if line["shard"] == shard]
        assert numbers == list(range(1, len(numbers) + 1))


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
    "number": "1000000",
    "shard": "99",
}


def test_every_column_is_tampered_with_below() -> None:
    assert set(ANOTHER) == set(AuditRow.__table__.columns.keys())


@pytest.mark.parametrize("column", ANOTHER)
def test_flipped_byte_is_found_at_its_line(
    database: Database, made: MadeReferral, admin: Engine, column: str
) -> None:
    line = longest(admin)[2]
    with tampering(admin) as connection:
        changed = text(f"update audit_event set {column} = {ANOTHER[column]} where seq = :seq")  # noqa: S608 - from the table above
        connection.execute(changed, {"seq": line["seq"]})
    fault = audit_chain.walk(database.engine).faults[0]
    assert (fault.shard, fault.number) in ((line["shard"], line["number"]), (99, 1))


@pytest.mark.parametrize("at", [0, 3])
def test_removed_line_is_found(database: Database, made: MadeReferral, admin: Engine, at: int) -> None:
    line = longest(admin)[at]
    with tampering(admin) as connection:
        connection.execute(delete(AuditRow).where(AuditRow.seq == line["seq"]))
    (fault,) = audit_chain.walk(database.engine).faults
    assert (fault.shard, fault.number, fault.seq) == (line["shard"], line["number"], None)
    assert fault.sentence == "a line is missing"


@pytest.mark.parametrize(
    "columns", [("number",), ("number", "previous_hash"), ("number", "previous_hash", "hash")]
)
def test_swapped_lines_are_found(
    database: Database, made: MadeReferral, admin: Engine, columns: tuple[str, ...]
) -> None:
    one, other = longest(admin)[1:3]
    moved = [{**one, **{c: other[c] for c in columns}}, {**other, **{c: one[c] for c in columns}}]
    put(admin, *moved)
    (fault,) = audit_chain.walk(database.engine).faults
    assert (fault.shard, fault.number) == (one["shard"], one["number"])


def test_cut_off_end_is_found_by_where_it_stood(
    database: Database, made: MadeReferral, admin: Engine
) -> None:
    known, last = audit_chain.walk(database.engine).heads, longest(admin)[-1]
    with tampering(admin) as connection:
        connection.execute(delete(AuditRow).where(AuditRow.seq == last["seq"]))
    assert audit_chain.walk(database.engine).faults == ()
    (fault,) = audit_chain.walk(database.engine, known).faults
    assert (fault.shard, fault.number) == (last["shard"], last["number"])
    assert fault.sentence == "the end of the chain was cut off since the last checkpoint"


def test_whole_chain_that_is_gone_is_found(database: Database, made: MadeReferral, admin: Engine) -> None:
    known, shard = audit_chain.walk(database.engine).heads, longest(admin)[0]["shard"]
    with tampering(admin) as connection:
        connection.execute(delete(AuditRow).where(AuditRow.shard == shard))
    (fault,) = audit_chain.walk(database.engine, known).faults
    assert (fault.shard, fault.number) == (shard, 1)


def test_chain_written_anew_with_right_hashes_is_found(
    database: Database, made: MadeReferral, admin: Engine
) -> None:
    known, chain = audit_chain.walk(database.engine).heads, longest(admin)
    previous = audit.GENESIS
    for (
        line
    ) in chain:  # as somebody would who knows how: the first line says another thing, and all hashes fit
        line |= {"previous_hash": previous, "act": "something else" if line["number"] == 1 else line["act"]}
        line["hash"] = previous = audit.line_hash(previous, line)
    put(admin, *chain)
    assert audit_chain.walk(database.engine).faults == ()
    (fault,) = audit_chain.walk(database.engine, known).faults
    assert (fault.shard, fault.number) == (chain[0]["shard"], len(chain))


def test_first_fault_of_several_chains_is_that_of_the_oldest_line(
    database: Database, made: MadeReferral, admin: Engine
) -> None:
    for _ in range(2):  # a second chain, whatever else there is
        with database.transaction(system("one")) as tx, database.transaction(system("two")) as other:
            tx.audit(Entry("test", "nothing", "1"))
            other.audit(Entry("test", "nothing", "2"))
            other.audit(Entry("test", "nothing", "3"))
    first = {line["shard"]: line["seq"] for line in reversed(lines(admin))}
    with tampering(admin) as connection:
        connection.execute(text("update audit_event set act = act || '.'"))
    faults = audit_chain.walk(database.engine).faults
    assert [fault.seq for fault in faults] == sorted(first.values())


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


def test_parallel_writers_make_unbroken_chains_without_waiting(database: Database, admin: Engine) -> None:
    both = threading.Barrier(2, timeout=20)

    def write(number: int) -> None:
        for _ in range(10):
            with database.transaction(system(f"writer-{number}")) as tx:
                tx.audit(Entry("test", "nothing", str(number)))

    def hold(number: int) -> None:
        """Stand at the end of a chain, with its lock, until another does so too."""
        with Session(database.engine) as session, session.begin():
            line = audit.Line(Entry("test", "nothing", "held"), system(f"holder-{number}"), database.clock())
            audit.append(session, database.cipher, [line])
            both.wait()

    for work, count in ((write, 4), (hold, 2)):
        threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    walked = audit_chain.walk(database.engine)
    assert (walked.lines, walked.faults) == (42, ())
    held = [line["shard"] for line in lines(admin) if line["subject_id"] == "held"]
    assert len(set(held)) == 2


def test_when_all_chains_are_taken_one_of_them_is_waited_for(
    database: Database, admin: Engine, test_database: TestDatabase
) -> None:
    taken = create_engine(test_database.app_url, poolclass=pool.NullPool).connect()
    taken.execute(
        text(f"select pg_advisory_xact_lock(7243, i) from generate_series(0, {audit.SHARDS - 1}) i")  # noqa: S608
    )
    writing = threading.Thread(target=_write_one, args=(database,))
    writing.start()
    waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory'"
    with admin.connect() as connection:
        while not connection.scalar(text(waits)):
            pass
    assert lines(admin) == []
    taken.close()
    writing.join()
    assert len(lines(admin)) == 1
    assert audit_chain.walk(database.engine).faults == ()


def _write_one(database: Database) -> None:
    with database.transaction(system("test")) as tx:
        tx.audit(Entry("test", "nothing", "1"))


def test_name_without_an_account_lies_sealed_beside_the_chain_and_can_go(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    helper = replace(place.actor("provider-0"), user_id=None, named="Sam Lee")
    with database.transaction(helper) as tx:
        tx.audit(Entry("test", "nothing", "1"))
        tx.audit(Entry("test", "nothing", "2"))
    (one, other) = lines(admin)
    assert one["detail"] == other["detail"]
    with admin.connect() as connection:
        kept = connection.execute(text("select * from audit_name")).mappings().one()
    assert one["detail"]["named"] == str(kept["id"])
    assert b"Sam" not in bytes(kept["name"])
    with database.transaction(place.actor("steward")) as tx:
        assert audit_names.list_names(tx.session, tx.cipher, [kept["id"]]) == {kept["id"]: "Sam Lee"}
    with database.transaction(place.link_worker) as tx:
        assert audit_names.list_names(tx.session, tx.cipher, [kept["id"]]) == {}
    with database.transaction(system("test")) as tx:
        audit_names.remove_of(tx.session, place.providers[0].id)
        assert audit_names.list_names(tx.session, tx.cipher, [kept["id"]]) == {}
    assert audit_chain.walk(database.engine).faults == ()
