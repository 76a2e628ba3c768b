"""The ledger after a restore: later holds stand again, and nothing of who was erased stays as it came back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import Conflict
from app.domain.lifecycle import ReferralStatus
from app.services.retaining import holding, ledger
from app.services.retaining.ledger import Replayed
from app.store import legal_holds, people
from app.store.session import Database
from tests.conftest import TestDatabase
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number, make_referral
from tests.integration.rights.keeping import WORDS, copied, dumped, erase, on_hold, second_steward, take_up

OPERATOR = system("command-line")
NUMBER = make_nhs_number(72_001)
Old = Callable[[Path], Database]
# How the records and the keys are backed up: deploy/README.md, "Backup and restore".
PASSING = ("cohort", "cohort_line", "prefilled_referral")
RECORDS = tuple(f"--exclude-table-data={each}" for each in ("person_key", *PASSING))
KEYS = ("--data-only", "--table=person_key")


@pytest.fixture
def made(database: Database, place: MadePlace, test_database: TestDatabase) -> MadeReferral:
    if test_database.bin_dir is None:
        pytest.skip("pg_dump comes with the embedded server")
    second_steward(database, place)
    return make_referral(database, place, ReferralStatus.CLOSED, patient=Patient(nhs_number=NUMBER))


@pytest.fixture
def copy(test_database: TestDatabase, tmp_path: Path) -> Callable[[], Path]:
    """Take a copy of now."""
    return lambda: copied(test_database, tmp_path)


@pytest.fixture
def old(database: Database, test_database: TestDatabase, restored: Engine) -> Old:
    """The database of a copy."""

    def it(*files: Path) -> Database:
        for file in files:
            take_up(test_database, file, restored)
        return Database(restored, cipher=database.cipher, clock=database.clock, wake=database.wake)

    return it


def lines(db: Database) -> list[str]:
    return list(ledger.ledger(db, OPERATOR))


def words_on(db: Database, made: MadeReferral) -> list[str | None]:
    with db.transaction(OPERATOR) as tx:
        return [legal_holds.words_of(tx, each) for each in legal_holds.list_of(tx, made.person_id)]


def test_a_hold_that_is_younger_than_the_copy_stands_again_and_stops_an_erasure(
    database: Database, place: MadePlace, made: MadeReferral, copy: Callable[[], Path], old: Old
) -> None:
    before = copy()
    on_hold(database, place, made)
    kept = lines(database)
    assert WORDS not in "".join(kept)
    back = old(before)
    assert words_on(back, made) == []
    assert ledger.replay(back, OPERATOR, kept) == Replayed(erased=0, held=1)
    assert words_on(back, made) == [WORDS]
    with pytest.raises(Conflict, match="legal hold"):
        erase(back, place, made)
    assert ledger.replay(back, OPERATOR, kept) == Replayed(erased=0, held=0)


def test_a_hold_that_two_have_lifted_since_is_lifted_again(
    database: Database, place: MadePlace, made: MadeReferral, copy: Callable[[], Path], old: Old
) -> None:
    hold_id = on_hold(database, place, made)
    before = copy()
    assert not holding.lift(database, place.actor("steward"), hold_id)
    asked = lines(database)
    assert holding.lift(database, place.actor("second-steward"), hold_id)
    kept = lines(database)
    back = old(before)
    assert ledger.replay(back, OPERATOR, asked).held == 0, "one word lifts nothing"
    with back.transaction(OPERATOR) as tx:
        assert legal_holds.is_held(tx, made.person_id)
    assert ledger.replay(back, OPERATOR, kept).held == 1
    with back.transaction(OPERATOR) as tx:
        assert not legal_holds.is_held(tx, made.person_id)


def test_a_hold_whose_lifters_are_not_in_the_copy_goes_on(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    hold_id = on_hold(database, place, made)
    lifted = legal_holds.Hold
    with database.transaction(OPERATOR) as tx:
        ((found, words),) = legal_holds.list_all(tx)
    holding.lift(database, place.actor("steward"), hold_id)
    told = lines(database)[0].replace(str(place.actor("steward").user_id), str(made.id))
    told = told.replace('"lifted_at": null', '"lifted_at": "2026-11-01T10:00:00+00:00"')
    told = told.replace('"lifted_by": null', f'"lifted_by": "{place.practices[0].id}"')
    assert isinstance(found, lifted)
    assert words
    assert ledger.replay(database, OPERATOR, [told]).held == 0
    with database.transaction(OPERATOR) as tx:
        assert legal_holds.is_held(tx, made.person_id)


def test_a_copy_of_the_records_with_the_keys_of_now_is_emptied_to_the_end(
    database: Database,
    place: MadePlace,
    made: MadeReferral,
    test_database: TestDatabase,
    old: Old,
    tmp_path: Path,
) -> None:
    """The key is gone already there; what no key seals, and by what they are found, came back."""
    records = dumped(test_database, tmp_path / "records.sql", *RECORDS)
    erase(database, place, made)
    make_referral(database, place, ReferralStatus.RECEIVED)  # somebody whom the older records lack
    kept = lines(database)
    back = old(records, dumped(test_database, tmp_path / "keys.sql", *KEYS))
    assert found_by(back, made) != [None, None, 0]
    assert ledger.replay(back, OPERATOR, kept).erased == 1
    assert found_by(back, made) == [None, "", 0]
    assert ledger.replay(back, OPERATOR, kept).erased == 0
    with back.transaction(OPERATOR) as tx:
        assert people.find_by_nhs_number(tx, NUMBER, fence_id=None, audit="test") is None


def found_by(db: Database, made: MadeReferral) -> list[Any]:
    """By what somebody is found: the number's index, the message's number, and how many indexes of practices."""
    query = text(
        "select p.nhs_number_index, r.original_bundle_id, (select count(*) from person_word w "
        "where w.person_id = p.id and w.nhs_number_index is not null) "
        "from person p join referral r on r.person_id = p.id where p.id = :id"
    )
    with db.engine.connect() as connection:
        return list(connection.execute(query, {"id": made.person_id}).one())


def test_what_passes_is_in_no_copy_of_the_records(
    database: Database, made: MadeReferral, test_database: TestDatabase, tmp_path: Path
) -> None:
    told = Path("deploy/README.md").read_text(encoding="utf-8")
    for table in PASSING:
        assert f"--exclude-table-data={table}" in told
    assert "--exclude-table-data=person_key" in told
