"""The evaluation's pages at the provider's own door: filters, figures, charts, the lists behind lines, grants."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.grants import Grant
from app.domain.lifecycle import ReferralStatus
from app.domain.memberships import Agreement
from app.domain.pack import Filters
from app.runtime import Runtime
from app.services.directory import memberships
from app.services.evaluation import grants
from app.services.evaluation.pack import evaluation
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.evaluation.conftest import TODAY, Helped, figure
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
MARCH = "since=2026-03-01&until=2026-03-31"
ANSWERS = (("ons4", "before", {"happy": 3, "anxious": 6}), ("ons4", "after", {"happy": 6, "anxious": 7}))


def test_page_of_nobody_says_what_will_be_there(sign_in: SignIn) -> None:
    page = sign_in("provider-0").get("/evaluation")
    assert "Nobody was referred to you in this time" in page.text
    assert "they are counted here" in page.text


def test_page_shows_every_number_of_the_pack_and_keeps_the_rules(
    sign_in: SignIn, helped: Helped, runtime: Runtime, place: MadePlace
) -> None:
    helped(12, goal=(2, 6), measures=ANSWERS, sessions=(True, False))
    helped(25, outcome="worse", person={"gender": "male", "ethnicity": "M"}, end_reason="moved-away")
    helped(4, waited=None, end_reason="other")
    page = sign_in("provider-0").get(f"/evaluation?{MARCH}")
    pack = evaluation(runtime.db, place.actor("provider-0"), Filters(date(2026, 3, 1), date(2026, 3, 31)))
    for each in pack.figures:
        assert each.title in page.text
        assert each.definition in page.text
        for line in each.lines:
            assert line.words in page.text
    table = re.search(r'id="figure-1".*?</section>', page.html, re.DOTALL)  # age
    assert table
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table[0])
    assert cells[14:16] == ["35", "100%"]  # 37 of 75 to 84
    assert "overall, how happy did you feel yesterday?" in page.text.lower()
    assert len(page.html) < 100 * 1024


def test_charts_are_drawn_and_those_of_another_are_not(sign_in: SignIn, helped: Helped) -> None:
    helped(12, measures=ANSWERS)
    visitor = sign_in("provider-0")
    pages = [visitor.get(f"/evaluation{path}?{MARCH}").html for path in ("", "/change")]
    charts = re.findall(r'src="(/evaluation/of/[^"]+)"', "".join(pages))
    assert len(charts) > 10
    assert "/means/" in charts[-2]
    for path in charts[:2] + charts[-2:]:
        response = visitor.client.get(path)
        assert (response.status_code, response.mimetype) == (200, "image/svg+xml")
        assert b"<svg" in response.data
    assert sign_in("provider-1").client.get(charts[0]).status_code == 404  # nothing of theirs to draw
    for wrong in ("x", "2026-13-01_-_-_-", "-_-_-_nobody"):
        assert visitor.client.get(f"/evaluation/of/{wrong}/figure/0.svg").status_code == 404


def test_each_line_leads_to_its_list(sign_in: SignIn, helped: Helped) -> None:
    helped(12, measures=ANSWERS)
    visitor = sign_in("provider-0")
    page = visitor.get(f"/evaluation?{MARCH}")
    links = [href for href in page.links if "figure=outcome" in href]
    assert len(links) == 1  # of the line with people
    listed = visitor.get(links[0])
    assert listed.text.count("Person Invented") == 12
    assert "longer or shorter" in listed.text
    scales = visitor.get(f"/evaluation/change?{MARCH}")
    assert "Overall, how happy did you feel yesterday?" in scales.text
    change = [href for href in scales.links if "change:ons4.happy:after" in href]
    assert len(change) == 3
    assert visitor.get(change[0]).text.count("Person Invented") == 12
    assert "Nobody is listed here" in visitor.get(change[2]).text
    assert not [href for href in page.links if "figure=gender" in href]
    hidden = visitor.get(f"/evaluation/rows?figure=gender&line=female&{MARCH}")
    assert "not told it of single people" in hidden.text
    assert visitor.get("/evaluation/rows?figure=nonsense&line=x", 404)


def test_long_lists_have_pages_that_keep_their_filters(sign_in: SignIn, helped: Helped) -> None:
    helped(30)
    helped(5, received_at=datetime.fromisoformat("2026-05-05T10:00:00+00:00"))
    visitor = sign_in("provider-0")
    first = visitor.get(f"/evaluation/rows?figure=outcome&line=better&{MARCH}")
    (following,) = [href for href in first.links if "page=2" in href]
    assert "Referrals (30)" in first.text
    assert visitor.get(following).text.count("Person Invented") == 5


def test_without_a_choice_the_last_twelve_months_are_shown(sign_in: SignIn, helped: Helped) -> None:
    helped(10)
    helped(15, received_at=datetime.fromisoformat("2024-05-05T10:00:00+00:00"))
    visitor = sign_in("provider-0")
    assert "from 1 December 2025 to 30 November 2026" in visitor.get("/evaluation").text
    assert "10 people for whom help began" in visitor.get("/evaluation").text
    assert "25 people for whom help began" in visitor.get("/evaluation?since=").text


def test_months_the_wrong_way_round_are_told_and_kept(sign_in: SignIn, helped: Helped) -> None:
    helped(10)
    page = sign_in("provider-0").get("/evaluation?since=2026-05-01&until=2026-03-31", 400)
    assert "The last month must not be before the first" in page.text
    assert re.search(r'value="2026-05-01" selected', page.html)


def test_what_is_no_filter_is_left_aside(sign_in: SignIn, helped: Helped) -> None:
    helped(10)
    page = sign_in("provider-0").get("/evaluation?since=yesterday&service=%00&grant=1")
    assert "at any time" in page.text


@pytest.mark.parametrize("username", ["steward", "analyst"])
def test_nobody_without_people_of_their_own_opens_the_pages(sign_in: SignIn, username: str) -> None:
    visitor = sign_in(username)
    for path in ("", "/rows", "/change", "/place", "/grants", ".csv", ".xlsx", ".pdf"):
        assert visitor.client.get(f"/evaluation{path}").status_code == 403


def test_grant_is_written_down_chosen_changed_and_put_away(
    sign_in: SignIn, helped: Helped, runtime: Runtime, place: MadePlace
) -> None:
    helped(10)
    visitor, home = sign_in("provider-0"), "/evaluation/grants"
    assert "There is no grant yet" in visitor.get(home).text
    form = {"title": "Company", "funder": "A trust", "starts_on": "2026-03-05", "services": []}
    assert visitor.send(home, form).status_code == 303
    (kept,) = grants.list_grants(runtime.db, place.actor("provider-0"))
    assert kept.grant == Grant("A trust", "Company", date(2026, 3, 5))
    assert "Under the grant Company of A trust" in visitor.get(f"/evaluation?grant={kept.id}").text
    change = form | {"ends_on": "2026-03-20", "services": str(place.services[0].id), "reference": "T-1"}
    assert visitor.send(f"{home}/{kept.id}", change).status_code == 303
    (kept,) = grants.list_grants(runtime.db, place.actor("provider-0"))
    assert kept.grant.service_ids == (place.services[0].id,)
    assert kept.grant.ends_on == date(2026, 3, 20)
    assert visitor.send(f"{home}/{kept.id}/end", at=home).status_code == 303
    assert "Company, A trust" not in visitor.get("/evaluation").html
    assert visitor.send(f"{home}/{kept.id}/again", at=home).status_code == 303
    assert "Company, A trust" in visitor.get("/evaluation").html


def test_a_wrong_grant_is_told_whole_and_what_was_typed_stays(sign_in: SignIn) -> None:
    visitor, home = sign_in("provider-0"), "/evaluation/grants"
    visitor.send(home, {"title": "Kept words", "starts_on": "2026-03-05", "ends_on": "2026-03-01"})
    response = visitor.send(home, {"title": "Kept words", "starts_on": "soon"})
    assert response.status_code == 400
    assert "Enter who gives the grant." in response.text
    assert "Give a real day." in response.text
    assert "Kept words" in response.text
    backwards = {"title": "x", "funder": "y", "starts_on": "2026-03-05", "ends_on": "2026-03-01"}
    assert "must not be before" in visitor.send(home, backwards).text


def test_anothers_grant_is_as_if_it_were_not(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    grant = Grant("A trust", "Advice", date(2026, 1, 1))
    theirs = grants.add_grant(runtime.db, place.actor("provider-1"), grant)
    visitor = sign_in("provider-0")
    for path in (f"/evaluation/grants/{theirs}", f"/evaluation?grant={theirs}"):
        assert visitor.get(path, 404)
    home = "/evaluation/grants"
    assert visitor.send(f"{home}/{theirs}/end", at=home).status_code == 404
    service = {"title": "x", "funder": "y", "starts_on": "2026-03-05", "services": str(place.services[1].id)}
    assert "Choose from your own services." in visitor.send(home, service).text


def test_anchor_sees_a_members_evaluation_while_the_agreement_runs(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: Helped
) -> None:
    helped(12)
    anchor, member = place.providers[1].id, place.providers[0].id
    agreed = Agreement(anchor, member, ("see",), TODAY - timedelta(days=1), "The treasurer", "phone", None)  # type: ignore[arg-type]
    agreement = memberships.record(runtime.db, place.actor("steward"), agreed)
    visitor = sign_in("provider-1")
    visitor.send(f"/entering/{member}", at="/agreements")
    assert "10 people for whom help began" in visitor.get(f"/evaluation?{MARCH}").text
    assert visitor.send("/evaluation/grants", {"title": "x"}).status_code == 403  # they may look alone
    memberships.end(runtime.db, place.actor("steward"), agreement)
    assert visitor.client.get(f"/evaluation?{MARCH}").status_code == 303


def test_link_workers_team_that_enters_sees_its_own_people_alone(
    sign_in: SignIn,
    place: MadePlace,
    helped: Helped,
    refer: Callable[..., MadeReferral],
    admin: Engine,
) -> None:
    helped(12)
    helped(20, team_id=place.other_team.id)
    made = refer(ReferralStatus.ACTIVE)
    visitor = sign_in("link-worker")
    visitor.send(f"/referrals/{made.id}/offers/{made.placement_id}/enter", {"told_by": "Pat Ng"})
    page = visitor.get(f"/evaluation?{MARCH}")
    assert "10 people for whom help began" in page.text
    assert "only people of your team are counted" in page.text
    with admin.connect() as connection:
        told = connection.execute(
            text("select detail from audit_event where act = 'make evaluation' order by seq desc limit 1")
        ).scalar_one()
    assert told["entered_by"] == str(place.team.id)


def test_the_place_is_a_page_of_its_own(sign_in: SignIn, helped: Helped) -> None:
    helped(12)
    page = sign_in("provider-0").get(f"/evaluation/place?{MARCH}")
    assert "Too few to tell" in page.text
    assert "Loneliness and social connection" in page.text


def test_numbers_of_the_page_are_those_of_today(
    sign_in: SignIn, helped: Helped, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    helped(12)
    visitor = sign_in("provider-0")
    assert "10 people for whom help began" in visitor.get(f"/evaluation?{MARCH}").text
    helped(20)
    assert "30 people for whom help began" in visitor.get(f"/evaluation?{MARCH}").text
    pack = evaluation(runtime.db, place.actor("provider-0"), Filters())
    assert figure(pack, "outcome").everybody.people == 30
    assert pack.made_on == clock.today
