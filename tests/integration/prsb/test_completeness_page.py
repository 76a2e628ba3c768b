"""What records lack is told to those whose records they are, as help: who, and where to add it; never as a mark."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.completeness import DEMOGRAPHICS, Line, lacks_of
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import PersonDetails
from app.runtime import Runtime
from app.services.evaluation.completeness import COUNT, LIST, completeness
from app.services.helping import delivery
from app.store import people
from app.store.people_counted import list_unknown
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def triaged(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Nobody was asked for help yet, and their ethnicity is not known."""
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    with runtime.db.transaction(system("test")) as tx:
        details = people.get(tx, made.person_id, audit="test").details
        people.record_details(tx, made.person_id, replace(details, ethnicity=None), audit="test")
    return made


def _lines(runtime: Runtime, place: MadePlace, who: str) -> dict[str, Line]:
    found = completeness(runtime.db, place.actor(who))
    return {line.code: line for lines in found.parts.values() for line in lines}


def test_team_is_told_who_lacks_what_and_where_to_add_it(
    sign_in: SignIn, triaged: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    lines = _lines(runtime, place, "link-worker")
    assert (lines["support"].people, lines["outcome"].people) == (1, 0)
    assert lines["support"].sentence == "1 person was offered no help yet"
    worker = sign_in("link-worker")
    assert "1 person has no ethnicity recorded" in worker.get("/completeness").text
    assert f'href="/referrals/{triaged.id}/offer"' in worker.get("/completeness/support").html
    assert f'href="/referrals/{triaged.id}/about-them"' in worker.get("/completeness/ethnicity").html


def test_what_was_answered_is_not_lacking(runtime: Runtime, place: MadePlace, ended: MadeReferral) -> None:
    lines = _lines(runtime, place, "link-worker")
    assert [lines[code].people for code in ("support", "before", "outcome", "after")] == [0, 0, 0, 0]
    mine = _lines(runtime, place, "provider-0")
    assert [mine[code].people for code in ("contacts", "before", "outcome", "after")] == [0, 0, 0, 0]
    assert ended.id


def test_nobody_is_told_of_anybody_elses(sign_in: SignIn, triaged: MadeReferral) -> None:
    assert str(triaged.id) not in sign_in("other-link-worker").get("/completeness/support").html
    assert "nobody here yet" in sign_in("practice-1").get("/completeness").text
    assert sign_in("practice-0").client.get("/completeness/support").status_code == 404


def test_provider_counts_demographics_without_a_list_or_a_small_number(
    sign_in: SignIn, ended: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        details = people.get(tx, ended.person_id, audit="test").details
        people.record_details(tx, ended.person_id, replace(details, ethnicity=None), audit="test")
    assert _lines(runtime, place, "provider-0")["ethnicity"] == Line("ethnicity", None, listed=False)
    assert sign_in("provider-0").client.get("/completeness/ethnicity").status_code == 404


def test_steward_has_the_whole_place_without_small_numbers_or_names(
    sign_in: SignIn, triaged: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    lines = _lines(runtime, place, "steward")
    assert (lines["support"].people, lines["support"].listed) == (None, False)
    steward = sign_in("steward")
    assert str(triaged.id) not in steward.get("/completeness").html
    assert steward.client.get("/completeness/support").status_code == 403


def test_page_and_file_hold_no_rating(sign_in: SignIn, triaged: MadeReferral) -> None:
    worker = sign_in("link-worker")
    page, file = worker.get("/completeness"), worker.client.get("/completeness.csv").text
    assert not re.search(r"\d ?(%|per cent)", page.text)
    assert "have no ethnicity recorded,1" in file
    assert str(triaged.id) not in file


def test_a_count_is_one_look_and_a_list_opens_only_whom_it_shows(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    made = [make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE) for _ in range(3)]
    with runtime.db.transaction(system("test")) as tx:
        details = people.get(tx, made[0].person_id, audit="test").details
        people.record_details(tx, made[0].person_id, replace(details, ethnicity=None), audit="test")
    worker = sign_in("link-worker")

    def looked(path: str) -> list[tuple[str, str, UUID | None]]:
        with admin.connect() as connection:
            before = connection.execute(text("select max(seq) from audit_event")).scalar_one()
        worker.get(path)
        query = "select act, subject, person_id from audit_event where seq > :before order by seq"
        with admin.connect() as connection:
            rows = connection.execute(text(query), {"before": before})
            return [(row.act, row.subject, row.person_id) for row in rows if "lack" in row.act]

    counted = [(COUNT, "referral", None), (COUNT, "person", None)]
    assert looked("/completeness") == counted
    assert looked("/completeness/ethnicity") == [*counted, (LIST, "person", made[0].person_id)]
    # what no person's record tells opens nobody's beyond those who are listed
    asked = looked("/completeness/support")
    assert asked[0] == counted[0]
    assert {person for _, _, person in asked[1:]} == {each.person_id for each in made}


@pytest.mark.parametrize("restricted", [False, True])
def test_what_is_not_recorded_is_found_without_opening_the_rest(
    runtime: Runtime, place: MadePlace, triaged: MadeReferral, restricted: bool
) -> None:
    bare = PersonDetails(
        family="Invented", given=("Ruth",), gender="female", address_lines=("1 High Street",)
    )
    with runtime.db.transaction(system("test")) as tx:
        people.record_details(tx, triaged.person_id, bare, restricted=restricted, audit="test")
        found = list_unknown(tx, [triaged.person_id], audit="test")[triaged.person_id]
        assert found == lacks_of(people.get(tx, triaged.person_id, audit="test"))
    hidden = set() if restricted else {"address", "contact"}
    assert found == {"nhs-number", "birth-date", "ethnicity"} | hidden
    lines = _lines(runtime, place, "link-worker")
    assert {code for code in DEMOGRAPHICS if lines[code].people} == found


def test_a_rounded_number_is_never_more_than_all_of_them(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    for _ in range(14):  # 15 where it is rounded
        made = make_referral(runtime.db, place)
        delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
        delivery.start(runtime.db, place.actor("provider-0"), made.placement_id)
        with runtime.db.transaction(system("test")) as tx:
            details = people.get(tx, made.person_id, audit="test").details
            people.record_details(tx, made.person_id, replace(details, ethnicity=None), audit="test")
    page = sign_in("provider-0").get("/completeness").text
    assert "14 people in all" in page
    assert "14 people have no ethnicity recorded" in page
    assert "15 people" not in page
    assert "rounded to 5" in page
