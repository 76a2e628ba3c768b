"""What the audit's chains cost beside the same lines without one, and a change of the key of 100,000 people."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from statistics import median
from uuid import uuid4

from sqlalchemy import Engine, insert, text

from app.domain.access import system
from app.services.rights import key_changes
from app.store import audit, audit_chain, people, person_keys
from app.store.audit import Entry
from app.store.crypto import Cipher, KeyRing
from app.store.session import Database
from app.store.tables_care import PersonRow
from app.store.tables_keys import PersonKeyRow
from tests.bench.bars import Bar, Bars

_WRITERS, _TURNS, _LINES = 8, 60, 5
_PEOPLE = int(os.environ.get("BENCH_PEOPLE", "100000"))


def _write(database: Database) -> None:
    def work() -> None:
        for _ in range(_TURNS):
            with database.transaction(system("bench")) as tx:
                for number in range(_LINES):
                    tx.audit(Entry("bench", "nothing", str(number)))

    threads = [threading.Thread(target=work) for _ in range(_WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def test_chains_beside_the_same_lines_without_one(
    database: Database, admin: Engine, bars: Bars, monkeypatch: object
) -> None:
    """The same rows by the same transactions; without a chain nothing is looked up, hashed or locked."""
    chained = audit.append
    plain_shard = 0

    def unchained(session: object, cipher: Cipher, lines: object) -> None:
        waiting = list(lines)  # type: ignore[call-overload]
        session.execute(text("select set_config('app.role', 'system', true)"))  # type: ignore[attr-defined]
        query = text("select array(select nextval('audit_event_seq') from generate_series(1, :count))")
        seqs = session.execute(query, {"count": len(waiting)}).scalar_one()  # type: ignore[attr-defined]
        rows = [
            audit._row(line, {}) | {"seq": seq, "shard": plain_shard, "number": seq}
            for seq, line in zip(seqs, waiting, strict=True)
        ]
        empty = {"previous_hash": b"", "hash": b""}
        session.execute(insert(audit.AuditRow), [row | empty for row in rows])  # type: ignore[attr-defined]

    taken: dict[str, list[float]] = {"chained": [], "plain": []}
    for _ in range(3):
        for name, append in (("chained", chained), ("plain", unchained)):
            _empty(admin)
            monkeypatch.setattr(audit, "append", append)  # type: ignore[attr-defined]
            taken[name].append(_seconds(lambda: _write(database)))
            if name == "chained":
                walked = audit_chain.walk(database.engine)
                assert (walked.lines, walked.faults) == (_WRITERS * _TURNS * _LINES, ())
    ours, theirs = median(taken["chained"]), median(taken["plain"])
    a_minute = _WRITERS * _TURNS * _LINES / ours * 60
    what = f"audit of {_WRITERS} writers at once, chained beside not ({a_minute:,.0f} lines a minute)"
    bars.check(Bar(what=what, ours=f"{ours:.2f} s", theirs=f"{theirs:.2f} s", ratio=ours / theirs, most=1.5))
    bars.check(
        Bar(
            what="audit lines a minute",
            ours=f"{a_minute:,.0f}",
            theirs="20,000",
            ratio=a_minute / 20_000,
            least=1,
        )
    )


def _empty(admin: Engine) -> None:
    with admin.connect() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(text("delete from audit_event"))
        connection.execute(text("set session_replication_role = origin"))
        connection.execute(text("vacuum analyze audit_event"))


def test_change_of_the_key_of_many_people_while_they_are_read(
    database: Database, keys: KeyRing, bars: Bars
) -> None:
    ids = [uuid4() for _ in range(_PEOPLE)]
    _fill(database, ids)
    ring = KeyRing("k2", keys.keys | {"k2": secrets.token_bytes(32)}, keys.index_key)
    rotated = Database(database.engine, cipher=Cipher(ring), clock=database.clock, wake=database.wake)
    reads, faults, done = [0], [0], threading.Event()

    def read() -> None:
        while not done.is_set():
            some = [ids[secrets.randbelow(_PEOPLE)] for _ in range(20)]
            try:
                with rotated.transaction(system("bench")) as tx:
                    assert len(people.list_for_referrals(tx, some, audit="bench")) == len(set(some))
                reads[0] += 1
            except Exception:
                faults[0] += 1

    reader = threading.Thread(target=read)
    reader.start()
    taken = _seconds(lambda: key_changes.rewrap_all(rotated))
    done.set()
    reader.join()
    assert key_changes.count_by_key(rotated) == {"k2": _PEOPLE}
    assert faults == [0]
    print(
        f"\nkey of {_PEOPLE:,} people changed in {taken:.1f} s, {reads[0]} lists of 20 read meanwhile, 0 faults"
    )
    what = f"key of {_PEOPLE:,} people changed while they are read, beside ten minutes"
    bars.check(Bar(what=what, ours=f"{taken:.1f} s", theirs="600 s", ratio=taken / 600, most=1))


def _fill(database: Database, ids: list[object]) -> None:
    for start in range(0, len(ids), 5000):
        some = ids[start : start + 5000]
        with database.transaction(system("bench")) as tx:
            tx.session.execute(insert(PersonRow), [{"id": one, "identity_confirmed": False} for one in some])
            keyed = [(one, tx.cipher.new_data_key(one)) for one in some]  # type: ignore[arg-type]
            rows = [{"person_id": one, "data_key": key.wrapped, "key_id": key.key_id} for one, key in keyed]
            tx.session.execute(insert(PersonKeyRow), rows)
    with database.transaction(system("bench")) as tx:
        assert person_keys.get(tx, ids[0])  # type: ignore[arg-type]
