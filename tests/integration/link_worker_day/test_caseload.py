"""The first page: each count of today opens as many rows as it says; order, filters and pages keep each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.access import system
from app.domain.caseload import Show, Sort, Wanted, Whose
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import caseload, ownership
from app.services.feedback.carrying import Attempt, Result, deliver, due
from app.services.rights import consent
from app.store import referrals, sharing
from app.store.tables_care import ReferralRow
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
ROWS = re.compile(r'<tr class="nhsuk-table__row" role="row">\s*<td')


def rows_of(html: str) -> int:
    return len(ROWS.findall(html))


def names_of(html: str) -> list[str]:
    listed = html.partition("<caption")[2]  # tasks stand above it
    return re.findall(r'<a href="/referrals/[0-9a-f-]{36}">([^<]+)</a>', listed)


def set_of(runtime: Runtime, made: MadeReferral, **columns: object) -> None:
    """Write what no short way of the house leads to."""
    with runtime.db.transaction(system("test")) as tx:
        row = tx.session.get(ReferralRow, made.id)
        for name, value in columns.items():
            setattr(row, name, value)


@pytest.fixture
def full(runtime: Runtime, place: MadePlace, clock: Clock) -> Mapping[str, MadeReferral]:
    """One referral of every kind that the top of the page counts, and some that it does not."""
    made = {
        name: make_referral(runtime.db, place, status, patient=Patient(family=name.title(), given=given))
        for name, given, status in (
            ("new", "Ann", ReferralStatus.RECEIVED),
            ("mine", "Bea", ReferralStatus.IN_TRIAGE),
            ("late", "Cas", ReferralStatus.IN_TRIAGE),
            ("asked", "Dee", ReferralStatus.ACTIVE),
            ("failed", "Eli", ReferralStatus.COMPLETED),
            ("over", "Fay", ReferralStatus.CLOSED),
        )
    }
    set_of(runtime, made["new"], priority="urgent", next_action_on=clock.today)
    set_of(runtime, made["late"], next_action_on=clock.today - timedelta(days=3))
    for name in ("mine", "asked"):
        set_of(runtime, made[name], next_action_on=clock.today + timedelta(days=9))
    consent.record(runtime.db, place.link_worker, made["mine"].id, given=True)
    ownership.hand_over(runtime.db, place.link_worker, made["late"].id, None)
    while waiting := due(runtime.db):  # each waits for the one before it
        deliver(runtime.db, waiting[0], lambda _: Attempt(Result.NEVER, error="no-such-mailbox"))
    return made


def test_each_count_opens_as_many_rows(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, full: Mapping[str, MadeReferral]
) -> None:
    visitor = sign_in("link-worker")
    page = visitor.client.get("/referrals").text
    tiles = re.findall(r"<li>(?:<a href=\"([^\"]+)\">|<span class=\"bs-faint\">)<strong>(\d+)</strong>", page)
    assert len(tiles) == 9
    for href, count in tiles:
        assert bool(href) is (int(count) > 0)
        if href:
            opened = visitor.client.get(href.replace("&amp;", "&")).text
            assert rows_of(opened) == int(count), href
    counts = caseload.list_caseload(runtime.db, place.link_worker, Wanted()).counts
    for show in (Show.OVERDUE, Show.TODAY, Show.URGENT, Show.NEW, Show.NEEDS_PROVIDER, Show.PROVIDER_SILENT):
        assert counts[show] > 0, show


LISTS: Mapping[str, set[str]] = {
    "show=overdue": {"Cas Late"},
    "show=today": {"Ann New"},
    "show=urgent": {"Ann New"},
    "show=new": {"Ann New"},
    "show=needs-provider": {"Bea Mine", "Cas Late"},
    "show=provider-silent": {"Dee Asked"},
    "show=news-failed": {"Eli Failed"},
    "whose=duty": {"Ann New", "Cas Late"},
    "whose=mine": {"Bea Mine", "Dee Asked"},
    "state=active": {"Dee Asked"},
    "show=needs-provider&whose=mine": {"Bea Mine"},
    "show=all": {"Ann New", "Bea Mine", "Cas Late", "Dee Asked", "Eli Failed", "Fay Over"},
    "show=nonsense&whose=x&state=y&sort=z": {"Ann New", "Bea Mine", "Cas Late", "Dee Asked"},
}


def test_lists_hold_whom_they_say(sign_in: SignIn, full: Mapping[str, MadeReferral]) -> None:
    visitor = sign_in("link-worker")
    found = {query: set(names_of(visitor.client.get(f"/referrals?{query}").text)) for query in LISTS}
    assert found == LISTS


def test_consent_that_is_nearly_a_year_old_or_not_yet_given_is_on_its_list(
    runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    def listed() -> int:
        found = caseload.list_caseload(runtime.db, place.link_worker, Wanted(show=Show.CONSENT))
        return found.page.total

    assert listed() == 0  # its message says that they agree
    clock.advance(days=340)
    assert listed() == 1
    consent.record(runtime.db, place.link_worker, made.id, given=True)
    assert listed() == 0
    clock.advance(days=330)
    assert listed() == 0
    clock.advance(days=10)
    assert listed() == 1
    consent.record(runtime.db, place.link_worker, made.id, given=False)
    assert listed() == 0  # a no lacks nothing
    with runtime.db.transaction(system("test")) as tx:
        said = {"person_id": made.person_id, "referral_id": made.id, "source": "link-worker", "audit": "test"}
        clock.advance(minutes=1)
        sharing.add_not_yet(replace(tx, now=clock.now), **said)
    assert listed() == 1


def test_order_is_by_next_look_waiting_urgency_or_name(
    sign_in: SignIn, runtime: Runtime, full: Mapping[str, MadeReferral], clock: Clock
) -> None:
    set_of(runtime, full["asked"], received_at=clock.now - timedelta(days=90))
    visitor = sign_in("link-worker")

    def order(sort: str) -> list[str]:
        return names_of(visitor.client.get(f"/referrals?sort={sort}").text)

    assert order("next")[:2] == ["Cas Late", "Ann New"]
    assert order("waiting")[0] == "Dee Asked"
    assert order("urgency")[0] == "Ann New"
    assert order("name") == ["Dee Asked", "Cas Late", "Bea Mine", "Ann New"]


def test_pages_follow_each_other_without_gap_or_double_in_every_order(
    runtime: Runtime,
    place: MadePlace,
    monkeypatch: pytest.MonkeyPatch,
    full: Mapping[str, MadeReferral],
) -> None:
    monkeypatch.setattr(referrals, "PAGE", 2)
    for sort in Sort:
        wanted = Wanted(show=Show.ALL, sort=sort)
        pages = [
            caseload.list_caseload(runtime.db, place.link_worker, wanted, page=number).page
            for number in (1, 2, 3, 4)
        ]
        assert [len(page.lines) for page in pages] == [2, 2, 2, 0]
        assert len({line.id for page in pages for line in page.lines}) == 6


def test_filters_stay_in_every_link(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, full: Mapping[str, MadeReferral]
) -> None:
    monkeypatch.setattr(referrals, "PAGE", 1)
    page = sign_in("link-worker").get("/referrals?show=needs-provider&sort=name&state=in-triage")
    kept = ("show=needs-provider", "sort=name", "state=in-triage")
    (following,) = [link for link in page.links if "page=2" in link]
    assert all(part in following for part in kept)
    for link in page.links:
        if "sort=" in link and link != following:
            assert "state=in-triage" in link or "show=" in link
    beyond = sign_in("link-worker").get("/referrals?show=needs-provider&page=9")
    assert "Go to the first" in beyond.text


def test_opening_names_to_sort_is_counted_in_the_audit(
    sign_in: SignIn, runtime: Runtime, full: Mapping[str, MadeReferral]
) -> None:
    sign_in("link-worker").get("/referrals?sort=name")
    query = "select detail->>'count' from audit_event where subject = 'person' and subject_id = 'many'"
    with runtime.db.transaction(system("test")) as tx:
        assert tx.session.execute(text(query)).scalars().all() == ["4"]


def test_empty_lists_teach(sign_in: SignIn) -> None:
    visitor = sign_in("link-worker")
    assert "Nothing is overdue" in visitor.get("/referrals?show=overdue").text
    assert "appears here by itself" in visitor.get("/referrals").text
    assert "There are no referrals yet" in visitor.get("/referrals?show=all").text


def test_another_team_counts_and_sees_nothing_of_it(
    sign_in: SignIn, full: Mapping[str, MadeReferral]
) -> None:
    page = sign_in("other-link-worker").client.get("/referrals?show=all").text
    assert names_of(page) == []
    assert re.findall(r"<strong>(\d+)</strong>", page) == ["0"] * 9


def test_a_page_holds_as_many_rows_as_a_caseload(runtime: Runtime, place: MadePlace) -> None:
    found = caseload.list_caseload(runtime.db, place.link_worker, Wanted(whose=Whose.MINE))
    assert 40 <= found.page.size <= 60
