"""A person's secrets in real columns: moved, without their key, or after a change of keys."""

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import NotFound
from app.domain.lifecycle import ReferralStatus, Telling
from app.services.helping import delivery
from app.store import people, referrals, transitions
from app.store.crypto import Cipher, KeyProblem, KeyRing
from app.store.session import Database
from tests.factories import MadePlace, Patient, make_nhs_number, make_referral

READER = system("test")
NUMBER = make_nhs_number(77_777)


def swap(admin: Engine, table: str, columns: tuple[str, str], where: str = "true") -> None:
    """Exchange two columns, as somebody with the database and without the keys could."""
    one, other = columns
    with admin.connect() as connection:
        connection.execute(text(f'update "{table}" set {one} = {other}, {other} = {one} where {where}'))  # noqa: S608


@pytest.mark.parametrize(
    "columns", [("names", "address"), ("nhs_number", "contact"), ("birth_date", "about")]
)
def test_secret_moved_to_another_column_does_not_open(
    database: Database, place: MadePlace, admin: Engine, columns: tuple[str, str]
) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    swap(admin, "person", columns)
    with pytest.raises(KeyProblem), database.transaction(READER) as tx:
        people.get(tx, made.person_id, audit="test")


@pytest.mark.parametrize("columns", [("names",), ("data_key",), ("data_key", "names")])
def test_secret_moved_to_another_person_does_not_open(
    database: Database, place: MadePlace, admin: Engine, columns: tuple[str, ...]
) -> None:
    one, other = (make_referral(database, place, ReferralStatus.RECEIVED).person_id for _ in range(2))
    with admin.connect() as connection:
        for column in columns:
            table, its_id = ("person_key", "person_id") if column == "data_key" else ("person", "id")
            moved = f"update {table} t set {column} = o.{column} from {table} o"  # noqa: S608 - from above
            where = text(f"{moved} where t.{its_id} = :to and o.{its_id} = :of")
            connection.execute(where, {"to": one, "of": other})
    with pytest.raises(KeyProblem), database.transaction(READER) as tx:
        people.get(tx, one, audit="test")


def test_words_moved_to_another_referral_of_the_same_person_do_not_open(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    patient = Patient()
    one, other = (
        make_referral(database, place, ReferralStatus.RECEIVED, patient=patient, words=words)
        for words in ("Would like company.", "Cannot pay the rent.")
    )
    assert one.person_id == other.person_id
    moved = text(
        "update referral set reason = o.reason from referral o where referral.id = :to and o.id = :of"
    )
    with admin.connect() as connection:
        connection.execute(moved, {"to": one.id, "of": other.id})
    with database.transaction(READER) as tx:
        referral = referrals.get(tx, one.id, audit="test")
        with pytest.raises(KeyProblem):
            referrals.reason_text(tx, referral, audit="test")


def test_providers_words_moved_to_another_step_of_the_same_person_do_not_open(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    assert made.placement_id is not None
    told = Telling(said="The hall is shut until May.")
    delivery.waitlist(database, place.actor("provider-0"), made.placement_id, told=told)
    with database.transaction(READER) as tx:
        assert transitions.timeline(tx, made.id, audit="test")[-2].said == told.said
    with admin.connect() as connection:
        connection.execute(text("alter table transition disable trigger transition_append_only"))
        connection.execute(
            text("update transition set said = (select said from transition where said is not null)")
        )
        connection.execute(text("alter table transition enable trigger transition_append_only"))
    with pytest.raises(KeyProblem), database.transaction(READER) as tx:
        transitions.timeline(tx, made.id, audit="test")


def test_referrers_words_moved_to_the_brief_do_not_open(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    with admin.connect() as connection:
        connection.execute(text("update referral set brief = reason"))
    with database.transaction(READER) as tx:
        referral = referrals.get(tx, made.id, audit="test")
        with pytest.raises(KeyProblem):
            referrals.brief_text(tx, referral, audit="test")


def test_same_confirmed_number_is_the_same_person(database: Database, place: MadePlace) -> None:
    patient = Patient(nhs_number=NUMBER)
    one, other = (make_referral(database, place, ReferralStatus.RECEIVED, patient=patient) for _ in range(2))
    assert one.person_id == other.person_id


def test_index_is_useless_without_its_key(
    database: Database, place: MadePlace, keys: KeyRing, admin: Engine
) -> None:
    make_referral(database, place, ReferralStatus.RECEIVED, patient=Patient(nhs_number=NUMBER))
    with database.transaction(READER) as tx:
        assert people.find_by_nhs_number(tx, NUMBER, fence_id=place.team.id, audit="test") is not None
    stranger = Database(
        database.engine,
        cipher=Cipher(replace(keys, index_key=b"x" * 32)),
        clock=database.clock,
        wake=database.wake,
    )
    with stranger.transaction(READER) as tx:
        assert people.find_by_nhs_number(tx, NUMBER, fence_id=place.team.id, audit="test") is None
    with admin.connect() as connection:
        (index,) = connection.execute(text("select nhs_number_index from person")).scalars()
    # Nobody finds it by hashing every number that there is.
    assert index not in {
        hashlib.new(name, NUMBER.encode()).digest() for name in ("sha256", "sha3_256", "blake2s")
    }


def test_after_a_change_of_keys_old_records_open_and_new_ones_use_the_new_key(
    database: Database, place: MadePlace, keys: KeyRing, admin: Engine
) -> None:
    before = make_referral(database, place, ReferralStatus.CLOSED)
    ring = KeyRing("k2", keys.keys | {"k2": b"2" * 32}, keys.index_key)
    rotated = Database(database.engine, cipher=Cipher(ring), clock=database.clock, wake=database.wake)
    rotated.measures = database.measures
    after = make_referral(rotated, place, ReferralStatus.COMPLETED)
    with rotated.transaction(READER) as tx:
        assert people.get(tx, before.person_id, audit="test").details.family == "Okonkwo"
        assert people.get(tx, after.person_id, audit="test").details.family == "Okonkwo"
    with admin.connect() as connection:
        by_person = dict(connection.execute(text("select person_id, key_id from person_key")).all())
        outgoing = connection.execute(text("select distinct key_id from outbox_message")).scalars().all()
    assert by_person == {before.person_id: "k1", after.person_id: "k2"}
    assert outgoing == ["person"]  # which follow the person's key
    with pytest.raises(KeyProblem), database.transaction(READER) as tx:
        people.get(tx, after.person_id, audit="test")


def test_unconfirmed_number_is_in_no_index(database: Database, place: MadePlace) -> None:
    make_referral(
        database, place, ReferralStatus.RECEIVED, patient=Patient(nhs_number=NUMBER, verified=False)
    )
    with database.transaction(READER) as tx:
        assert people.find_by_nhs_number(tx, NUMBER, fence_id=place.team.id, audit="test") is None


def test_person_of_another_team_is_absent(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    with pytest.raises(NotFound), database.transaction(place.actor("other-link-worker")) as tx:
        people.get(tx, made.person_id, audit="test")
