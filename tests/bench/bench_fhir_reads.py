"""What a search costs where one practice has 5,000 referrals: each beside the first page without a filter."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

import pytest
from sqlalchemy import Connection, Engine, text

from app.domain.access import Actor
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Role
from app.services.fhir_reading.fhir_reads import search
from app.services.fhir_reading.fhir_reads_query import read_query
from app.store.session import Database
from fhir.views_table import KINDS
from tests.factories import make_place, make_referral

_TIMES = 5
_COPIES = 1249
_STATES = (ReferralStatus.CLOSED, ReferralStatus.ACTIVE, ReferralStatus.WAITING, ReferralStatus.IN_TRIAGE)
_SEALED = dict.fromkeys(
    ("reason", "brief", "cautions", "requested_by", "goal", "summary", "actions", "risks"), "null"
)
Pairs = Sequence[tuple[str, str]]
SEARCHES: tuple[tuple[str, Pairs], ...] = (
    ("ServiceRequest", (("status", "active"),)),
    ("ServiceRequest", (("_lastUpdated", "ge2026"), ("_sort", "-_lastUpdated"))),
    ("Task", ()),
    ("Task", (("status", "requested"),)),
    ("Task", (("_lastUpdated", "ge2026"), ("_sort", "-_lastUpdated"))),
    ("Observation", (("code", "ons4"),)),
    ("Provenance", ()),
)


@pytest.fixture
def readers(database: Database, admin: Engine) -> dict[str, Actor]:
    """A practice with 5,000 referrals, and the provider to whom all of them were offered."""
    place = make_place(database)
    for state in _STATES:
        make_referral(database, place, state)
    with admin.connect() as connection:
        connection.execute(text("set session_replication_role = replica"))
        _multiply(connection)
        connection.execute(text("set session_replication_role = origin"))
    return {
        "practice": Actor(Role.PRACTICE, place.practices[0].id, process="bench"),
        "provider": Actor(Role.PROVIDER, place.providers[0].id, process="bench"),
    }


def _multiply(connection: Connection) -> None:
    """Copy each referral with its placements and steps, every copy with ids of its own; sealed words stay behind."""
    connection.execute(
        text(
            "create temp table copied as select n, id as was, gen_random_uuid() as id from referral,"
            " generate_series(1, :copies) n"
        ),
        {"copies": _COPIES},
    )
    connection.execute(
        text(
            "create temp table placed as select n, placement.id as was, gen_random_uuid() as id, copied.id as of"
            " from copied join placement on placement.referral_id = copied.was"
        )
    )
    new_id = "gen_random_uuid()"
    placed = "left join placed p on p.was = t.placement_id and p.n = c.n"
    of_referral = {"referral_id": "c.id", "placement_id": "p.id"}
    changes = {
        "referral": ("c.was = t.id", {"id": "c.id", "reference": "t.reference || c.n", **_SEALED}, ""),
        "transition": ("c.was = t.referral_id", of_referral, placed),
        "measure_response": ("c.was = t.referral_id", {"id": new_id, **of_referral}, placed),
        "outcome": ("c.was = t.referral_id", {"id": new_id, **of_referral, **_SEALED}, placed),
    }
    for table, (same, columns, joined) in changes.items():
        _copy(connection, table, columns, f"join copied c on {same} {joined}")
    _copy(connection, "placement", {"id": "p.id", "referral_id": "p.of"}, "join placed p on p.was = t.id")
    connection.execute(text("drop table copied, placed"))
    connection.execute(text("analyze"))


def _copy(connection: Connection, table: str, changes: dict[str, str], joined: str) -> None:
    found = connection.execute(
        text(
            "select column_name from information_schema.columns where table_schema = 'public'"
            " and table_name = :table and is_identity = 'NO'"
        ),
        {"table": table},
    )
    columns = [name for (name,) in found]
    told = ", ".join(changes.get(name, f"t.{name}") for name in columns)
    copy = f"insert into {table} ({', '.join(columns)}) select {told} from {table} t {joined}"  # noqa: S608 - names of our own
    connection.execute(text(copy))


def _milliseconds(database: Database, actor: Actor, kind: str, pairs: Pairs) -> tuple[float, int]:
    query = read_query(KINDS[kind], [*pairs, ("_count", "20")], base_url="http://localhost", strict=True)
    taken, total = [], 0
    for _ in range(_TIMES):
        begun = time.perf_counter()
        total = search(database, actor, query).total or 0
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken), total


def test_searching_beside_the_first_page(database: Database, readers: dict[str, Actor]) -> None:
    totals = {}
    for who, actor in readers.items():
        plain, totals[who] = _milliseconds(database, actor, "ServiceRequest", ())
        print(f"\n{who}, {totals[who]} referrals, median: first page of ServiceRequest {plain:.0f} ms")
        for kind, pairs in SEARCHES:
            spent, total = _milliseconds(database, actor, kind, pairs)
            asked = "&".join("=".join(pair) for pair in pairs) or "first page"
            print(f"  {kind} {asked}: {spent:.0f} ms ({spent / plain:.1f}x), {total} match")
            assert total > 0, (who, kind)
    assert totals == {"practice": len(_STATES) * (_COPIES + 1), "provider": 3 * (_COPIES + 1)}
