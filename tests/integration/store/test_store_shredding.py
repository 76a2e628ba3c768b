"""A person's key destroyed: nothing of theirs opens any more, here or in a copy that was made before."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, pool, select, text
from sqlalchemy.exc import ProgrammingError

from app.domain.access import system
from app.domain.errors import NotFound
from app.domain.lifecycle import ReferralStatus
from app.store import inbox, outbox, people, person_keys, referrals
from app.store.crypto import KeyProblem
from app.store.session import Database
from app.store.tables_care import FeedbackRow
from app.store.tables_messages import InboxRow, OutboxRow
from tests.conftest import TestDatabase, admin_of
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number, make_referral

ERASER = system("test")
GONE = (None, None, "", b"", b"")
NUMBER, OTHERS = make_nhs_number(61_001), make_nhs_number(61_002)
# How the records and the keys are backed up: deploy/README.md, "Backup and restore".
RECORDS = ("--no-owner", "--no-acl", "--exclude-table-data=person_key")
KEYS = ("--no-owner", "--data-only", "--table=person_key")


@pytest.fixture
def erased(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED, patient=Patient(nhs_number=NUMBER))


@pytest.fixture
def other(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED, patient=Patient(nhs_number=OTHERS))


def shred(database: Database, made: MadeReferral) -> bool:
    with database.transaction(ERASER) as tx:
        return person_keys.destroy(tx, made.person_id, audit="erase person")


def told_of(database: Database, made: MadeReferral) -> tuple[object, ...]:
    """Everything that is sealed for somebody in different ways: name, number, reason, message in, message out."""
    with database.transaction(ERASER) as tx:
        details = people.get(tx, made.person_id, audit="test").details
        reason = referrals.reason_text(tx, referrals.get(tx, made.id, audit="test"), audit="test")
        row = tx.session.scalars(select(InboxRow).where(InboxRow.referral_id == made.id)).first()
        news = select(FeedbackRow.id).where(FeedbackRow.referral_id == made.id)
        out = tx.session.scalars(select(OutboxRow).where(OutboxRow.feedback_id.in_(news))).first()
        assert row is not None
        assert out is not None
        came, went = inbox._opened(tx, row).body, outbox._body(tx, out)
        return details.family, details.nhs_number, reason, came, went


def test_after_it_nothing_of_the_person_opens_and_everybody_elses_does(
    database: Database, erased: MadeReferral, other: MadeReferral
) -> None:
    assert all(told_of(database, erased))
    assert shred(database, erased)
    assert told_of(database, erased) == GONE
    assert told_of(database, other)[:2] == ("Okonkwo", OTHERS)
    assert all(told_of(database, other))


def test_who_had_opened_it_in_the_same_transaction_has_it_no_more(
    database: Database, erased: MadeReferral
) -> None:
    with database.transaction(ERASER) as tx:
        assert people.get(tx, erased.person_id, audit="test").details.family == "Okonkwo"
        with tx.as_system("eraser") as system_tx:
            person_keys.destroy(system_tx, erased.person_id, audit="erase person")
        assert people.get(tx, erased.person_id, audit="test").details.family is None


def test_person_is_not_found_by_their_number_any_more(
    database: Database, place: MadePlace, erased: MadeReferral
) -> None:
    shred(database, erased)
    with database.transaction(ERASER) as tx:
        assert people.find_by_nhs_number(tx, NUMBER, fence_id=None, audit="test") is None
    again = make_referral(database, place, ReferralStatus.RECEIVED, patient=Patient(nhs_number=NUMBER))
    assert again.person_id != erased.person_id


def test_nothing_new_is_sealed_for_them(database: Database, erased: MadeReferral) -> None:
    shred(database, erased)
    with database.transaction(ERASER) as tx:
        told = replace(people.get(tx, erased.person_id, audit="test").details, family="Okonkwo")
        with pytest.raises(KeyProblem, match="destroyed"):
            people.record_details(tx, erased.person_id, told, audit="test")


def test_second_time_does_nothing_and_nobody_is_not_found(
    database: Database, erased: MadeReferral, admin: Engine
) -> None:
    shred(database, erased)
    assert not shred(database, erased)
    with admin.connect() as connection:
        (at,) = connection.execute(text("select destroyed_at from person_key")).one()
    assert at == database.clock()
    with pytest.raises(NotFound), database.transaction(ERASER) as tx:
        person_keys.destroy(tx, erased.id, audit="erase person")


def test_only_the_platform_destroys_a_key(database: Database, place: MadePlace, erased: MadeReferral) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.transaction(place.link_worker) as tx,
    ):
        person_keys.destroy(tx, erased.person_id, audit="erase person")
    assert told_of(database, erased)[1] == NUMBER


def test_missing_key_is_a_fault_and_no_empty_record(
    database: Database, erased: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(text("delete from person_key"))
    with pytest.raises(KeyProblem, match="restore the newest backup of the keys"):
        told_of(database, erased)


@pytest.fixture
def restored(admin_url: str) -> Iterator[Engine]:
    """An empty database to restore into."""
    name = "restored_for_shredding"
    with admin_of(admin_url).connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        connection.execute(text(f'create database "{name}"'))
    engine = create_engine(make_url(admin_url).set(database=name), poolclass=pool.NullPool)
    yield engine
    with admin_of(admin_url).connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


def test_dump_from_before_is_unreadable_with_the_keys_of_now(
    database: Database,
    erased: MadeReferral,
    other: MadeReferral,
    test_database: TestDatabase,
    restored: Engine,
    tmp_path: Path,
) -> None:
    if test_database.bin_dir is None:
        pytest.skip("pg_dump comes with the embedded server")
    before = told_of(database, other)
    with database.transaction(ERASER) as tx:
        row = tx.session.get_one(person_keys.PersonKeyRow, erased.person_id)
        wrapped = (row.data_key or b"").hex()
    records = dumped(test_database, tmp_path / "records.sql", *RECORDS)
    assert wrapped not in records.read_text()
    shred(database, erased)
    keys = dumped(test_database, tmp_path / "keys.sql", *KEYS)
    assert wrapped not in keys.read_text()
    for file in (records, keys):
        taken_up(test_database, restored, file)
    old = Database(restored, cipher=database.cipher, clock=database.clock, wake=database.wake)
    assert told_of(old, erased) == GONE
    assert told_of(old, other) == before


def test_dump_of_the_records_alone_opens_nobody(
    database: Database, erased: MadeReferral, test_database: TestDatabase, restored: Engine, tmp_path: Path
) -> None:
    if test_database.bin_dir is None:
        pytest.skip("pg_dump comes with the embedded server")
    taken_up(test_database, restored, dumped(test_database, tmp_path / "records.sql", *RECORDS))
    old = Database(restored, cipher=database.cipher, clock=database.clock, wake=database.wake)
    with pytest.raises(KeyProblem, match="missing"):
        told_of(old, erased)


def dumped(test_database: TestDatabase, to: Path, *options: str) -> Path:
    assert test_database.bin_dir is not None
    command = [test_database.bin_dir / "pg_dump", *options, f"--file={to}", test_database.admin_url]
    subprocess.run(command, check=True, capture_output=True)
    return to


def taken_up(test_database: TestDatabase, into: Engine, file: Path) -> None:
    assert test_database.bin_dir is not None
    url = into.url.render_as_string(hide_password=False)
    command = [test_database.bin_dir / "psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={file}", url]
    subprocess.run(command, check=True, capture_output=True)
