"""Who has seen a person's record: by day, organisation and role, never a name of staff, own looks as their own."""

from __future__ import annotations

import pytest

from app.domain.access import system
from app.runtime import Runtime
from app.services.caring import triage
from app.services.helping import delivery
from app.services.own import my_page
from app.services.shown import views
from app.store.audit import Entry
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


def test_each_reader_is_told_by_organisation_and_role_and_what_they_did(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    views.get_loop(runtime.db, place.actor("practice-0"), made.id)
    my_page.sheet(runtime.db, place.link_worker, made.id)
    visitor.get(f"{opened}/progress")
    text = visitor.get(f"{opened}/seen").text
    for line in (
        "A link worker of Hackney team",
        "Somebody of Dalston Befrienders, who was asked to help you",
        "Somebody of Surgery A81001, who asked us to help you",
        "You, through your own link",
        "Our computer, by itself",
        "printed a page of your record",
    ):
        assert line in text, line


def test_no_name_of_staff_stands_there(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    views.get_referral(runtime.db, place.link_worker, made.id)
    text = visitor.get(f"{opened}/seen").text
    for account in place.accounts.values():
        assert account.full_name not in text
        assert str(account.id) not in text


def test_a_provider_whose_offer_was_taken_back_is_still_told_of(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    views.get_placement(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    triage.withdraw_offer(runtime.db, place.link_worker, made.placement_id, reason="other")
    assert "Somebody of Dalston Befrienders" in visitor.get(f"{opened}/seen").text


def test_another_teams_looks_are_that_teams_to_tell(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    with runtime.db.transaction(place.actor("other-link-worker")) as tx:
        tx.audit(Entry("read person", "person", str(made.person_id), made.person_id))
    text = visitor.get(f"{opened}/seen").text
    assert "Camden team" not in text
    assert "If another team helped you too, their page shows who looked there." in text


def test_days_are_paged_the_newest_first(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    oldest = clock.today
    for _ in range(40):
        clock.advance(days=1)
        with runtime.db.transaction(place.link_worker) as tx:
            tx.audit(Entry("read person", "person", str(made.person_id), made.person_id))
    with runtime.db.transaction(system("test")) as tx:
        tx.audit(Entry("tell practice", "person", str(made.person_id), made.person_id))
    born = {"born_day": "4", "born_month": "3", "born_year": "1951"}
    clock.advance(days=-15)  # the link still works
    visitor.send(opened, born)
    first = visitor.get(f"{opened}/seen").text
    assert "Page 1 of 2" in first
    assert f"{oldest.day} {oldest:%B %Y}" not in first
    last = visitor.get(f"{opened}/seen?page=99").text
    assert "Page 2 of 2" in last
    assert f"{oldest.day} {oldest:%B %Y}" in last
