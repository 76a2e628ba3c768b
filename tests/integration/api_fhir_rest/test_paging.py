"""Pages neither lose nor repeat a line while others come in, and cost the same however long they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from app.domain.lifecycle import ReferralStatus
from fhir.views_table import KINDS
from tests.conftest import Clock
from tests.factories import MadeReferral
from tests.integration.api_fhir_rest.reader import Reader, ids_of, link
from tests.statements import statements

Refer = Callable[..., MadeReferral]


@pytest.fixture
def seven(refer: Refer, clock: Clock) -> list[str]:
    """Seven referrals, newest first; three came at the same moment."""
    made = []
    for number in range(7):
        if number not in (3, 4):
            clock.advance(minutes=1)
        made.append(str(refer(ReferralStatus.RECEIVED).id))
    return made[::-1]


def pages(reader: Reader, query: dict[str, str], between: Callable[[], object]) -> Iterator[list[str]]:
    """Follow next to the end; something happens between any two pages."""
    bundle = reader.search("ServiceRequest", query)
    while True:
        yield ids_of(bundle)
        url = link(bundle, "next")
        if url is None:
            return
        between()
        bundle = reader.follow(url)


@pytest.mark.parametrize(
    "sort", [{}, {"_sort": "-authored"}, {"_sort": "authored"}, {"_sort": "-_lastUpdated"}]
)
def test_three_pages_lose_and_repeat_nothing_while_referrals_come_in(
    sort: dict[str, str], reader: Reader, seven: list[str], refer: Refer, clock: Clock
) -> None:
    def another() -> None:
        clock.advance(minutes=1)
        refer(ReferralStatus.RECEIVED)

    found = list(pages(reader, {"_count": "3", **sort}, another))
    seen = [each for page in found for each in page]
    assert all(len(page) == 3 for page in found[:-1])
    assert len(seen) == len(set(seen))
    assert set(seven) <= set(seen)
    if sort.get("_sort") != "authored":
        assert sorted(seen) == sorted(seven)  # what came in meanwhile stands before the first page


def test_pages_lead_back_as_they_led_on(reader: Reader, seven: list[str]) -> None:
    first = reader.search("ServiceRequest", {"_count": "3"})
    assert link(first, "previous") is None
    second = reader.follow(link(first, "next") or "")
    third = reader.follow(link(second, "next") or "")
    assert [len(ids_of(page)) for page in (first, second, third)] == [3, 3, 1]
    assert link(third, "next") is None
    back = reader.follow(link(third, "previous") or "")
    assert ids_of(back) == ids_of(second)
    again = reader.follow(link(back, "previous") or "")
    assert ids_of(again) == ids_of(first)
    assert link(again, "previous") is None
    assert ids_of(reader.follow(link(second, "self") or "")) == ids_of(second)
    assert {page["total"] for page in (first, second, third, back)} == {7}


def test_a_page_holds_a_hundred_at_most(reader: Reader, seven: list[str]) -> None:
    bundle = reader.search("ServiceRequest", {"_count": "5000"})
    assert len(ids_of(bundle)) == 7
    assert reader.search("ServiceRequest", {"_count": "999999999"})["total"] == 7


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_pages_to_its_end(kind: str, reader: Reader, closed: MadeReferral) -> None:
    query = {"_count": "2", "_total": "none"}
    if kind == "AuditEvent":  # reading it adds to it
        query["date"] = "lt2090"
    bundle, seen = reader.search(kind, query), []
    for _ in range(60):
        seen += ids_of(bundle)
        url = link(bundle, "next")
        if url is None:
            break
        bundle = reader.follow(url)
    assert link(bundle, "next") is None
    assert len(seen) == len(set(seen)) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_page_costs_as_many_queries_as_a_short_one(
    kind: str, reader: Reader, refer: Refer, app_engine: Engine
) -> None:
    query = {"_count": "50"}
    if kind in ("ServiceRequest", "Task"):
        query["_include"] = f"{kind}:patient,{kind}:requester"
    if kind == "ServiceRequest":
        query["_revinclude"] = "Task:focus"
    refer(ReferralStatus.CLOSED)
    with statements(app_engine) as short:
        few = len(ids_of(reader.search(kind, query)))
    for _ in range(4):
        refer(ReferralStatus.CLOSED)
    with statements(app_engine) as long:
        many = len(ids_of(reader.search(kind, query)))
    assert many >= few
    assert len(long) == len(short) <= 20
