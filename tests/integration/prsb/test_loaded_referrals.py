"""A referral that was loaded from before is read like any other: by who asked, by its team, and as a document."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import PersonDetails
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.services.evaluation.completeness import completeness
from app.store import history
from app.store.history import PastEpisode, PastPerson
from fhir.checks import resource_problems
from tests.conftest import Clock
from tests.factories import MadePlace, make_nhs_number, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
READERS = pytest.mark.parametrize(("who", "home"), [("link-worker", "referrals"), ("practice-0", "loops")])


@pytest.fixture
def details() -> PersonDetails:
    """Who was helped before; their ethnicity was never told."""
    return PersonDetails(
        nhs_number=make_nhs_number(), family="Invented", given=("Ruth",), gender="female", postcode="E8 1EA"
    )


@pytest.fixture
def loaded(runtime: Runtime, place: MadePlace, clock: Clock, details: PersonDetails) -> UUID:
    """Somebody whom the first practice referred two months ago, for whom help ended early."""
    episode = PastEpisode(
        requester_id=place.practices[0].id,
        team_id=place.team.id,
        service_id=place.services[0].id,
        provider_id=place.providers[0].id,
        need="food",
        received_at=clock.now - timedelta(days=70),
        waited=timedelta(days=7),
        outcome="better",
        end_reason="moved-away",
        goal=(3, 8),
        measures=(("ucla3", "before", {"companionship": 3, "left-out": 3, "isolated": 3}),),
    )
    with runtime.db.transaction(system("test")) as tx:
        history.load(tx, [PastPerson(details, type1_opt_out=False, episodes=(episode,))], audit="test")
    return episode.id


@READERS
def test_document_names_the_person_and_holds_the_referral(
    sign_in: SignIn, loaded: UUID, details: PersonDetails, who: str, home: str
) -> None:
    bundle = json.loads(sign_in(who).client.get(f"/{home}/{loaded}/record.fhir.json").data)
    assert [each for each in resource_problems(bundle) if each.severity != "warning"] == []
    first, *others = [entry["resource"] for entry in bundle["entry"]]
    there = {f"{each['resourceType']}/{each['id']}": each for each in others}
    person = there[first["subject"]["reference"]]
    assert person["name"][0]["family"] == details.family
    assert {f"ServiceRequest/{loaded}", f"CarePlan/{loaded}", f"Task/{loaded}"} <= there.keys()
    assert "Observation" in {each["resourceType"] for each in others}
    assert {each for each in _references(bundle) if not each.startswith("#")} <= there.keys()
    assert "before it began" not in json.dumps(bundle).lower()


def _references(told: Any) -> set[str]:
    if isinstance(told, list):
        return set().union(*map(_references, told))
    if not isinstance(told, dict):
        return set()
    own = {told["reference"]} if isinstance(told.get("reference"), str) else set()
    return own.union(*map(_references, told.values()))


@READERS
def test_page_and_record_are_shown(
    sign_in: SignIn, loaded: UUID, details: PersonDetails, who: str, home: str
) -> None:
    page = sign_in(who).get(f"/{home}/{loaded}")
    assert details.family in page.text
    told = json.loads(sign_in(who).client.get(f"/{home}/{loaded}/record.json").data)
    assert told["record"]["Person demographics"]["NHS number"] == details.nhs_number


def test_practice_reads_the_outcome_and_that_nothing_was_sent(sign_in: SignIn, loaded: UUID) -> None:
    page = sign_in("practice-0").get(f"/loops/{loaded}")
    assert "Things are better" in page.text
    assert "3 at the start, 8 at the end" in page.text
    assert "loaded here with its outcome" in page.text
    for false in ("not yet", "There is no outcome yet", "Filed in the record", "Download the letter"):
        assert false not in page.text
    assert f"/loops/{loaded}/record" in page.links


def test_nobody_else_reads_it_and_no_search_finds_it(sign_in: SignIn, loaded: UUID) -> None:
    for who, home in (
        ("practice-1", "loops"),
        ("other-practice", "loops"),
        ("other-link-worker", "referrals"),
    ):
        for path in (f"/{home}/{loaded}", f"/{home}/{loaded}/record.fhir.json"):
            assert sign_in(who).client.get(path).status_code == 404
    assert str(loaded) not in sign_in("practice-0").get("/loops").html


def test_completeness_counts_what_was_loaded_as_it_was_told(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, loaded: UUID
) -> None:
    for who, lacking in (("practice-0", {"ethnicity"}), ("link-worker", {"ethnicity", "after"})):
        found = completeness(runtime.db, place.actor(who))
        assert found.people == 1
        lines = {line.code: line.people for lines in found.parts.values() for line in lines}
        assert {code for code in (*lacking, "nhs-number", "gender", "address") if lines[code]} == lacking
    assert f"/loops/{loaded}" in sign_in("practice-0").get("/completeness/ethnicity").html
    assert completeness(runtime.db, place.actor("provider-0")).people == 1
    assert completeness(runtime.db, place.actor("practice-1")).people == 0


def test_what_came_counts_it_and_feeds_back_only_what_was_told_from_here(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, loaded: UUID
) -> None:
    make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE, needs=("food", "money-advice"))
    for who in ("practice-0", "link-worker"):
        visitor = sign_in(who)
        page = visitor.get("/what-came").text
        assert "1 of them was loaded here from before" in page
        assert "1 of 2 (50%)" in page
        assert "0 of 1 (0%)" in page
        file = visitor.client.get("/what-came.csv").data.decode("utf-8-sig")
        rows = {row["need"]: row for row in csv.DictReader(io.StringIO(file))}
        whole = rows["All needs"]
        names = ("referrals", "started", "helped", "told_here", "fed_back")
        assert [whole[name] for name in names] == ["2", "1", "1", "1", "0"]
        assert (rows["Food"]["referrals"], rows["Food"]["told_here"]) == ("2", "1")
        assert rows["Money, benefits and debt advice"]["referrals"] == "1"
        assert "stands under each of them" in page
    assert "loaded" not in sign_in("practice-1").get("/what-came").text


def test_what_an_emptied_sandbox_left_behind_is_counted_nowhere(
    runtime: Runtime, place: MadePlace, loaded: UUID, admin: Engine, sign_in: SignIn
) -> None:
    with admin.begin() as connection:
        team = {"team": place.team.id, "kind": Environment.SANDBOX.value}
        connection.execute(text("update organisation set environment = :kind where id = :team"), team)
    assert completeness(runtime.db, place.actor("steward")).people == 0
    assert completeness(runtime.db, place.link_worker).people == 0
    assert "There is nothing here yet" in sign_in("link-worker").get("/what-came").text
