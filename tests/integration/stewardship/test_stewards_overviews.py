"""What the steward sees: who is asked, what nobody can help with, what stands in the way, entries that are one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.domain import blockages as rules
from app.domain.access import Actor, system
from app.domain.blockages import Theme, Told
from app.domain.directory import Listing, Profile
from app.domain.directory_words import ServiceStatus, Size
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.unmet_need import AreaKind
from app.domain.vocabulary import Capacity, Need, Role
from app.runtime import Runtime
from app.services.caring import triage
from app.services.directory import entry_pairs
from app.services.helping import delivery
from app.services.watching import blockages, fairness, place_rules, unmet_need, unmet_needs
from app.services.watching.blockages import About
from app.store import directory, listings, places
from app.store import place_rules as kept_rules
from app.store.audit_chain import walk
from app.store.session import Database
from tests.application import application_of
from tests.conftest import Clock
from tests.factories import MadePlace, make_place, make_referral, make_service
from tests.integration.web.conftest import Visitor


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    return lambda username: Visitor(app.test_client()).sign_in(username)


def steward(place: MadePlace) -> Actor:
    return place.actor(Role.STEWARD.value)


def full(database: Database, place: MadePlace, *numbers: int) -> None:
    with database.transaction(system("test")) as tx:
        for number in numbers:
            service = replace(place.services[number], capacity=Capacity.FULL)
            listings.record_service(tx, service)


def test_fairness_counts_offers_and_tells_no_share_under_ten(database: Database, place: MadePlace) -> None:
    with database.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.providers[0].id, size=Size.LARGE))
    make_referral(database, place)
    found = fairness.find_fairness(database, steward(place)).found
    large = next(group for group in found.by_size if group.words == "Large")
    assert (large.offers.part, large.offers.whole, large.offers.percent) == (1, 1, None)
    assert [each.service_id for each in found.unasked]
    assert found.suspects == []


def test_usual_suspects_are_named_when_few_get_half_and_others_none(
    database: Database, place: MadePlace
) -> None:
    with database.transaction(system("test")) as tx:
        for number in range(4):
            directory.add_service(tx, make_service(place.providers[1], name=f"Quiet club {number}"))
    for _ in range(10):
        make_referral(database, place)
    view = fairness.find_fairness(database, steward(place))
    assert [each.service.service_id for each in view.found.suspects] == [place.services[0].id]
    assert view.found.suspects[0].unasked == 6
    assert "how paid for" in fairness.as_csv(view)


def test_nudge_is_configured_by_the_steward_alone_and_moves_a_service_nobody_asked(
    database: Database, place: MadePlace
) -> None:
    with pytest.raises(NotAllowed):
        place_rules.change_rules(database, place.link_worker, {"nudge_points": 5})
    with pytest.raises(Invalid) as refused:
        place_rules.change_rules(database, steward(place), {"nudge_points": "99", "nudge_day": "1"})
    assert {problem.field for problem in refused.value.problems} == {"nudge_points", "nudge_day"}
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    place_rules.change_rules(database, steward(place), {"nudge_points": "7", "answer_days": "9"})
    match = triage.suggest(database, place.link_worker, made.id).matches[0]
    assert any("moves such services up" in reason for reason in match.reasons)
    with database.transaction(system("test")) as tx:
        assert kept_rules.of(tx).answer_days == 9
    assert walk(database.engine).faults == ()


def test_need_that_no_service_meets_is_kept_with_reasons_by_itself_and_lifted_when_one_does(
    database: Database, place: MadePlace
) -> None:
    full(database, place, 1)
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE, needs=(Need.MONEY_ADVICE, Need.HOUSING))
    assert unmet_need.list_for_referral(database, place.link_worker, made.id) == {
        "money-advice": "found",
        "housing": "found",
    }
    report = unmet_needs.find_report(database, steward(place), kind=AreaKind.DISTRICT)
    assert report.by_reason == {"capacity": 1, "nobody-offers-it": 1}
    assert report.people == 1
    assert report.by_area == {"E8": 1}
    assert {(gap.need, gap.services) for gap in report.gaps} == {("money-advice", 0), ("housing", 0)}
    triage.set_needs(database, place.link_worker, made.id, needs=["social-connection"], access=[])
    assert unmet_need.list_for_referral(database, place.link_worker, made.id) == {}
    assert unmet_needs.find_report(database, steward(place)).people == 0


def test_what_a_link_worker_says_is_kept_until_taken_back(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    assert triage.record_unmet_need(database, place.link_worker, made.id) == 1
    assert triage.record_unmet_need(database, place.link_worker, made.id) == 0
    assert unmet_needs.find_report(database, steward(place)).by_reason == {"suited-and-did-not-help": 1}
    with pytest.raises(NotFound):
        unmet_need.take_back(database, place.actor("other-link-worker"), made.id)
    assert unmet_need.take_back(database, place.link_worker, made.id) == 1
    assert unmet_needs.find_report(database, steward(place)).people == 0


def test_commissioners_get_whole_months_and_nothing_small(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    for _ in range(11):
        made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
        triage.record_unmet_need(database, place.link_worker, made.id)
    assert unmet_needs.for_commissioners(database, steward(place)).table.is_empty
    clock.advance(days=32)
    view = unmet_needs.for_commissioners(database, steward(place))
    assert (
        view.table.cells["social-connection", "E8"] is None
        or view.table.cells["social-connection", "E8"] % 5 == 0
    )
    assert any(rule in unmet_needs.commissioners_csv(view) for rule in ("fewer than 10", "rounded to 5"))
    with pytest.raises(NotAllowed):
        unmet_needs.for_commissioners(database, place.link_worker)


def test_blockage_shows_the_steward_no_referral_and_its_writer_what_was_done(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place)
    provider = place.actor("provider-0")
    told = Told(Theme.TRANSPORT, None, "The last bus goes at four.")
    blockage_id = blockages.report(database, provider, told, About(placement_id=made.placement_id))
    with pytest.raises(NotFound):
        blockages.report(database, place.actor("provider-1"), told, About(placement_id=made.placement_id))
    found = blockages.find_patterns(database, steward(place))
    assert [(each.words, each.area, each.referral_id) for each in found.to_look_at] == [
        ("The last bus goes at four.", "E8", None)
    ]
    (team,) = blockages.list_own(database, place.link_worker, referral_id=made.id)
    assert team.referral_id == made.id
    assert list(blockages.list_own(database, place.actor("other-link-worker"))) == []
    blockages.look_at(database, steward(place), blockage_id, "Raised with the council.")
    (own,) = blockages.list_own(database, provider)
    assert (own.done, own.referral_id) == ("Raised with the council.", None)
    with pytest.raises(NotFound):
        blockages.take_back(database, place.link_worker, blockage_id)
    blockages.take_back(database, provider, blockage_id)
    assert list(blockages.list_own(database, provider)) == []


@pytest.mark.parametrize(
    "words", ["Ring 07700 900461", "NHS 943 476 5919 is stuck", "ask ann@example.org", "lives at E8 1EA"]
)
def test_blockage_with_words_that_tell_who_it_is_about_is_refused(words: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.read("transport", words, "Nowhere")
    assert [problem.field for problem in refused.value.problems] == ["words", "area"]


def test_two_entries_are_one_only_when_the_steward_says_so_and_can_be_parted_again(
    database: Database, place: MadePlace
) -> None:
    twin = make_service(
        place.providers[1],
        name="Dalston Befrienders' service",
        listing=Listing(source="council", external_id="c-1"),
    )
    with database.transaction(system("test")) as tx:
        directory.add_service(tx, twin)
    first = entry_pairs.find_pairs(database, steward(place))
    pair = next(each for each in first.proposals if twin.id in (each.one.id, each.other.id))
    assert {pair.one.id, pair.other.id} == {twin.id, place.services[0].id}
    pair_id = entry_pairs.keep_one(database, steward(place), place.services[0].id, twin.id)
    assert entry_pairs.find_kept(database, twin.id) == place.services[0].id
    with database.transaction(system("test")) as tx:
        assert directory.get_service(tx, twin.id).status is ServiceStatus.INACTIVE
    with pytest.raises(Conflict):
        entry_pairs.keep_both(database, steward(place), twin.id, place.services[0].id)
    entry_pairs.undo(database, steward(place), pair_id)
    with database.transaction(system("test")) as tx:
        assert directory.get_service(tx, twin.id).status is ServiceStatus.ACTIVE
    entry_pairs.keep_both(database, steward(place), place.services[0].id, twin.id)
    left = entry_pairs.find_pairs(database, steward(place)).proposals
    assert all({each.one.id, each.other.id} != {twin.id, place.services[0].id} for each in left)


def test_stewards_pages_open_with_and_without_content(
    sign_in: Callable[[str], Visitor], database: Database, place: MadePlace
) -> None:
    visitor = sign_in("steward")
    paths = (
        "/fairness",
        "/unmet-needs",
        "/unmet-needs/for-commissioners",
        "/blockages",
        "/directory-duplicates",
    )
    for path in paths:
        assert visitor.get(path).headings
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE, needs=(Need.HOUSING,))
    make_referral(database, place)
    blockages.report(database, place.link_worker, Told(Theme.HOUSING, "E8", "No rooms."), About(made.id))
    with database.transaction(system("test")) as tx:
        directory.add_service(tx, make_service(place.providers[1], name="Dalston Befrienders service"))
    for path in paths:
        assert visitor.get(path).headings
    assert "Nobody offers help with it" in visitor.get("/unmet-needs?area=district").text
    answer = visitor.send(
        "/fairness/nudge", {"nudge_points": 5, "nudge_under": 3, "nudge_days": 90}, at="/fairness"
    )
    assert answer.location == "/fairness"
    assert "The nudge is on" in visitor.get("/fairness").text
    worker = sign_in("link-worker")
    assert "no service fits, so it is counted" in worker.get(f"/referrals/{made.id}").text
    assert worker.get("/blockages").headings
    assert worker.get(f"/blockages/new?referral={made.id}").headings
    refused = worker.send("/blockages/new", {"theme": "", "words": ""})
    assert refused.status_code == 400
    worker.get("/fairness", status=403)


def test_old_entry_leads_to_the_one_that_is_kept(
    sign_in: Callable[[str], Visitor], database: Database, place: MadePlace
) -> None:
    entry_pairs.keep_one(database, steward(place), place.services[0].id, place.services[1].id)
    answer = sign_in("steward").client.get(f"/directory/{place.services[1].id}")
    assert answer.location == f"/directory/{place.services[0].id}"


def test_unmet_need_that_was_met_later_does_not_count(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    triage.record_unmet_need(database, place.link_worker, made.id)
    clock.advance(hours=1)
    placement_id = triage.offer(database, place.link_worker, made.id, [place.services[0].id])
    delivery.accept(database, place.actor("provider-0"), placement_id)
    assert unmet_needs.find_report(database, steward(place)).people == 0
