"""What each provider is told: the words that it was asked with, and who truly hears what it writes."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.sources import SourceKind
from app.services.caring import offering, onward, triage
from app.services.caring.offering import Asking
from app.services.caring.onward import Passing
from app.services.helping import delivery
from app.services.shown import views
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.integration.sources.other_sources import add_source, refer
from tests.integration.web.conftest import Visitor

FIRST = "Likes tea and company."
LATER = "Passing on: would rather walk."
OUTCOME = {"outcome": "better", "summary": "Came to the lunch club.", "actions": ""}
A_GP = re.compile(r"\bGPs?\b|\bpractice")
# who asked -> the page that asks for the outcome, what is said once it is sent, how the list of referrals has it
HEARD = {
    SourceKind.PRACTICE: (
        "The GP practice that asked gets what you write.",
        "The outcome is on its way to the GP practice that asked.",
        "Ended, GP practice to file it",
    ),
    SourceKind.HOSPITAL: (
        "The hospital that asked gets what you write.",
        "The outcome is on its way to the hospital that asked.",
        "Ended, hospital to file it",
    ),
    SourceKind.SELF: (
        "The link worker tells the person what you write.",
        "The link worker has it and tells the person.",
        "Ended, tell the person",
    ),
    SourceKind.JOBCENTRE: (
        "Nobody outside is told: the link worker's team reads what you write.",
        "The link worker's team has it; nobody outside is told.",
        # No NHS number came: to find it is still to be done, and nothing else is.
        "There is 1 thing to do for you: see “To do” below. "
        "Otherwise nothing more. Whoever asked is told nothing, not even whether the person came.",
    ),
}


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def triaged(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.IN_TRIAGE)


def wants(database: Database, place: MadePlace, placement_id: UUID, number: int) -> str | None:
    return views.get_placement(database, place.actor(f"provider-{number}"), placement_id).person.wants


def ask(database: Database, place: MadePlace, made: MadeReferral, *services: int, brief: str | None) -> UUID:
    ids = [place.services[number].id for number in services]
    return offering.ask(database, place.link_worker, made.id, ids, Asking(brief, at_once=True))[0]


def test_words_for_the_next_provider_are_not_read_by_the_one_that_passes_on(
    database: Database, place: MadePlace, triaged: MadeReferral
) -> None:
    link, towpath = place.link_worker, place.actor("provider-0")
    first = triage.offer(database, link, triaged.id, [place.services[0].id], brief=FIRST)
    delivery.accept(database, towpath, first)
    told = Passing("Would like to walk.", agreed=True, service_id=place.services[2].id)
    wish = onward.propose(database, towpath, first, told)
    asking = Asking(LATER, at_once=True, onward_id=wish)
    next_one = offering.ask(database, link, triaged.id, [place.services[2].id], asking)[0]
    assert wants(database, place, first, 0) == FIRST
    assert wants(database, place, next_one, 2) == LATER


def test_next_of_a_plan_is_told_what_was_agreed_with_the_plan(
    database: Database, place: MadePlace, triaged: MadeReferral
) -> None:
    ids = [place.services[number].id for number in (0, 1)]
    first = triage.offer(database, place.link_worker, triaged.id, ids, brief=FIRST)
    ask(database, place, triaged, 2, brief=LATER)
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    found = views.get_referral(database, place.link_worker, triaged.id)
    (fallen,) = [each for each in found.placements if each.service_id == place.services[1].id]
    assert fallen.status == PlacementStatus.OFFERED
    assert wants(database, place, fallen.id, 1) == FIRST


def test_an_offer_without_words_of_its_own_starts_from_those_written_last(
    database: Database, place: MadePlace, triaged: MadeReferral
) -> None:
    first = ask(database, place, triaged, 0, brief=FIRST)
    same, nothing = (
        ask(database, place, triaged, number, brief=brief) for number, brief in ((1, None), (2, ""))
    )
    assert wants(database, place, first, 0) == FIRST
    assert wants(database, place, same, 1) == FIRST
    assert wants(database, place, nothing, 2) is None


def asked_by(database: Database, place: MadePlace, kind: SourceKind) -> tuple[UUID, UUID]:
    """A referral of a source that the first provider was asked for: its id, and the placement's."""
    source = place.live_practice if kind is SourceKind.PRACTICE else add_source(database, place, kind)
    made = refer(database, source).referral
    triage.start(database, place.link_worker, made.id)
    services = [place.services[0].id]
    return made.id, triage.offer(database, place.link_worker, made.id, services, brief=FIRST)


@pytest.mark.parametrize("kind", HEARD)
def test_pages_promise_nobody_news_that_nobody_gets(
    kind: SourceKind, app: Flask, database: Database, place: MadePlace
) -> None:
    referral_id, placement_id = asked_by(database, place, kind)
    asks, sent, listed = HEARD[kind]
    provider, link = (Visitor(app.test_client()).sign_in(who) for who in ("provider-0", "link-worker"))
    path = f"/offers/{placement_id}"
    read = [provider.get(path + part).text for part in ("", "/waiting-list")]
    provider.send(f"{path}/accept", at=path)
    provider.send(f"{path}/start", at=path)
    read += [provider.get(path + part).text for part in ("", "/onward", "/outcome", "/end-early")]
    assert asks in read[-2]
    provider.send(f"{path}/outcome", OUTCOME)
    read.append(provider.get(path).text)
    assert sent in read[-1]
    page = link.get(f"/referrals/{referral_id}").text
    assert listed in page
    assert FIRST in page
    if kind is not SourceKind.PRACTICE:
        assert [found.group() for text in read for found in A_GP.finditer(text)] == []
