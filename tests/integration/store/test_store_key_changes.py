"""The key that wraps all others is changed while people read and write; it can stop anywhere and go on."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.services.rights import key_changes
from app.store import kept_forms, key_files, people, person_keys
from app.store import key_changes as stored
from app.store.crypto import Cipher, KeyProblem, KeyRing
from app.store.key_files import RingFile
from app.store.session import Database
from tests.factories import MadePlace, make_referral

READER = system("test")


@pytest.fixture
def ring(keys: KeyRing) -> KeyRing:
    """The run's ring with a second key, which is active now."""
    return KeyRing("k2", keys.keys | {"k2": b"2" * 32}, keys.index_key)


def with_ring(database: Database, ring: KeyRing | RingFile) -> Database:
    other = Database(database.engine, cipher=Cipher(ring), clock=database.clock, wake=database.wake)
    other.measures = database.measures
    return other


@pytest.fixture
def filled(database: Database, place: MadePlace) -> list[object]:
    """People, messages in and out, and a form left unsent: keys in several tables."""
    made = [make_referral(database, place, ReferralStatus.CLOSED) for _ in range(3)]
    with database.transaction(READER) as tx:
        form = kept_forms.KeptForm("/attention", (("said", "words"),))
        kept_forms.add(tx, place.accounts["steward"].id, form)
    return [one.person_id for one in made]


def key_ids(admin: Engine) -> set[str]:
    with admin.connect() as connection:
        return {
            key_id
            for table in stored.keyed_tables()
            for (key_id,) in connection.execute(text(f"select distinct key_id from {table}"))  # noqa: S608
        }


def names(db: Database, people_ids: list[object]) -> list[str | None]:
    with db.transaction(READER) as tx:
        return [people.get(tx, one, audit="test").details.family for one in people_ids]  # type: ignore[arg-type]


def test_every_key_is_wrapped_by_the_new_one_and_the_old_one_can_go(
    database: Database, ring: KeyRing, filled: list[object], admin: Engine
) -> None:
    before = key_changes.count_by_key(database)["k1"]
    assert key_changes.rewrap_all(with_ring(database, ring)) == before
    assert key_ids(admin) <= {"k2", "person"}
    assert key_changes.count_by_key(database) == {"k2": before}
    alone = with_ring(database, replace(ring, keys={"k2": ring.keys["k2"]}))
    assert names(alone, filled) == ["Okonkwo"] * 3
    with pytest.raises(KeyProblem):
        names(with_ring(database, replace(ring, active="k1", keys={"k1": ring.keys["k1"]})), filled)
    assert key_changes.rewrap_all(with_ring(database, ring)) == 0


def test_it_stops_anywhere_and_goes_on(
    database: Database, ring: KeyRing, filled: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    rotated, before = with_ring(database, ring), key_changes.count_by_key(database)["k1"]
    small = stored.rewrap_batch
    monkeypatch.setattr(stored, "rewrap_batch", lambda tx, name: small(tx, name, limit=2))

    def stop(table: str, count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_changes.rewrap_all(rotated, tell=stop)
    assert key_changes.count_by_key(database) == {"k1": before - 2, "k2": 2}
    assert names(rotated, filled) == ["Okonkwo"] * 3
    assert key_changes.rewrap_all(rotated) == before - 2


def test_readers_never_fail_meanwhile(
    database: Database,
    place: MadePlace,
    ring: KeyRing,
    keys: KeyRing,
    filled: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = stored.rewrap_batch
    monkeypatch.setattr(stored, "rewrap_batch", lambda tx, name: small(tx, name, limit=1))
    both = with_ring(database, replace(ring, active="k1"))  # who has not been told yet that k2 is active
    read: list[str | None] = []
    faults: list[Exception] = []
    done = threading.Event()

    def reader(db: Database) -> None:
        try:
            while not done.is_set():
                read.extend(names(db, filled))
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=reader, args=(db,)) for db in (both, with_ring(database, ring))]
    for thread in threads:
        thread.start()
    for _ in range(4):  # there and back, so that readers meet many changes
        for which in (ring, replace(ring, active="k1")):
            assert key_changes.rewrap_all(with_ring(database, which))
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(read) == {"Okonkwo"}


def test_destroyed_key_stays_destroyed(
    database: Database, ring: KeyRing, filled: list[object], admin: Engine
) -> None:
    with database.transaction(READER) as tx:
        person_keys.destroy(tx, filled[0], audit="erase person")  # type: ignore[arg-type]
    rotated = with_ring(database, ring)
    key_changes.rewrap_all(rotated)
    assert names(rotated, filled) == [None, "Okonkwo", "Okonkwo"]


def test_wrapped_key_told_to_be_of_another_key_does_not_open(
    database: Database, keys: KeyRing, filled: list[object], admin: Engine
) -> None:
    same = with_ring(database, KeyRing("k9", keys.keys | {"k9": keys.keys["k1"]}, keys.index_key))
    with admin.connect() as connection:
        connection.execute(text("update person_key set key_id = 'k9'"))
    with pytest.raises(KeyProblem):
        names(same, filled)


def test_ring_in_a_file_takes_up_new_keys_while_it_is_used(
    database: Database, place: MadePlace, tmp_path: Path, admin: Engine
) -> None:
    path = tmp_path / "ring.json"
    KeyRing.create(path)
    running = with_ring(database, RingFile(path))
    made = make_referral(running, place, ReferralStatus.RECEIVED)
    assert key_files.add_key(path) == "k2"
    assert names(running, [made.person_id]) == ["Okonkwo"]
    key_files.activate(path, "k2")
    key_changes.rewrap_all(running)
    assert set(key_changes.count_by_key(running)) == {"k2"}
    key_files.remove(path, "k1")
    assert names(running, [made.person_id]) == ["Okonkwo"]
    assert list(KeyRing.from_file(path).keys) == ["k2"]
    assert [each.name for each in tmp_path.iterdir()] == ["ring.json"]


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (lambda path: key_files.activate(path, "k7"), "'k7' is not on the key ring"),
        (lambda path: key_files.remove(path, "k7"), "'k7' is not on the key ring"),
        (lambda path: key_files.remove(path, "k1"), "is the active one"),
    ],
)
def test_ring_is_left_as_it_was_by_what_cannot_be_done(
    tmp_path: Path, deed: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "ring.json"
    KeyRing.create(path)
    before = path.read_bytes()
    with pytest.raises(KeyProblem, match=said):
        deed(path)
    assert path.read_bytes() == before
