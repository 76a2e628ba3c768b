"""Erasing a person: a certificate, a ledger, and the ledger gone through again after an old copy was restored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.lifecycle import ReferralStatus
from app.services.retaining import erasure
from app.services.rights.data_map import data_map
from app.store import gathering, people
from app.store.gathering import Whose
from app.store.session import Database
from tests.conftest import TestDatabase
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.rights.keeping import copied, take_up
from tests.integration.web.conftest import Visitor

OPERATOR = system("command-line")
SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED)


def erase(database: Database, made: MadeReferral) -> str:
    return str(erasure.erase(database, OPERATOR, made.person_id, why="asked"))


def family_of(database: Database, made: MadeReferral) -> str | None:
    with database.transaction(OPERATOR) as tx:
        return people.get(tx, made.person_id, audit="test").details.family


def pieces(database: Database, made: MadeReferral, place: MadePlace) -> str:
    with database.transaction(OPERATOR) as tx:
        whose = Whose(made.person_id, place.team.id)
        return str(gathering.gather(tx, data_map(), whose, audit="test"))


def test_nothing_of_the_persons_words_is_left_and_the_certificate_says_what_was(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    before = pieces(database, made, place)
    assert all(each in before for each in ("Okonkwo", "lunch club", "Lives alone"))
    erasure_id = erase(database, made)
    left = pieces(database, made, place)
    assert not [each for each in ("Okonkwo", "lunch club", "Lives alone", "Cardamom") if each in left]
    told = erasure.certificate(database, OPERATOR, UUID(erasure_id))
    assert erasure_id in told
    assert "A request for help, and how it goes: 1" in told
    assert "Okonkwo" not in told


def test_numbers_of_others_for_the_person_are_emptied(
    database: Database, made: MadeReferral, admin: Engine
) -> None:
    erase(database, made)
    query = text(
        "select original_bundle_id, requester_reference, requester_identifiers from referral where id = :id"
    )
    with admin.connect() as connection:
        bundle, reference, identifiers = connection.execute(query, {"id": made.id}).one()
    assert (bundle, reference or "", identifiers) == ("", "", [])


def test_pages_still_open_and_name_nobody(database: Database, made: MadeReferral, sign_in: SignIn) -> None:
    erase(database, made)
    page = sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert "Okonkwo" not in page
    assert sign_in("practice-0").client.get(f"/loops/{made.id}").status_code == 200


def test_somebody_who_is_helped_nobody_and_one_who_was_erased_are_refused(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    helped = make_referral(database, place, ReferralStatus.ACTIVE)
    with pytest.raises(Conflict, match="end it first"):
        erase(database, helped)
    assert family_of(database, helped) == "Okonkwo"
    with pytest.raises(NotFound):
        erasure.erase(database, OPERATOR, uuid4(), why="asked")
    erase(database, made)
    with pytest.raises(Conflict, match="before"):
        erase(database, made)
    with pytest.raises(NotAllowed):
        erasure.erase(database, place.link_worker, helped.person_id, why="asked")


def test_ledger_cannot_be_changed_even_by_its_owner(
    database: Database, made: MadeReferral, admin: Engine
) -> None:
    erase(database, made)
    with admin.connect() as connection, pytest.raises(Exception, match="never changed or removed"):
        connection.execute(text("delete from erasure"))


def test_after_a_restore_from_before_the_ledger_is_gone_through_and_the_person_is_gone_again(
    database: Database,
    place: MadePlace,
    made: MadeReferral,
    test_database: TestDatabase,
    restored: Engine,
    tmp_path: Path,
) -> None:
    if test_database.bin_dir is None:
        pytest.skip("pg_dump comes with the embedded server")
    other = make_referral(database, place, ReferralStatus.CLOSED)
    before = copied(test_database, tmp_path)
    erasure_id = erase(database, made)
    kept = list(erasure.ledger(database, OPERATOR))
    take_up(test_database, before, restored)
    old = Database(restored, cipher=database.cipher, clock=database.clock, wake=database.wake)
    assert family_of(old, made) == "Okonkwo"
    assert erasure.replay(old, OPERATOR, kept) == 1
    assert not family_of(old, made)
    assert family_of(old, other) == "Okonkwo"
    assert erasure_id in "".join(erasure.ledger(old, OPERATOR))
    assert erasure.replay(old, OPERATOR, kept) == 0


@pytest.mark.parametrize("line", ["no json", "{}", '{"id": "1", "person_id": "2"}'])
def test_a_ledger_that_cannot_be_read_is_refused(database: Database, line: str) -> None:
    with pytest.raises(ValueError, match="ledger"):
        erasure.replay(database, OPERATOR, [line])
