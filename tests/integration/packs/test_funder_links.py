"""A funder's link: frozen aggregates for one funder, for a while, countable, revocable, and one page for every miss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.memberships import Agreed as Kind
from app.domain.memberships import Agreement
from app.domain.paces import DEAD_LINKS_FROM_ADDRESS
from app.domain.pack import Filters
from app.runtime import Runtime
from app.services.directory import memberships
from app.services.evaluation import funder_links
from app.services.evaluation.funder_links import NewLink
from app.services.evaluation.pack import evaluation
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.packs.conftest import SignIn
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

Help = Callable[..., MadeReferral]
FORM = {"title": "Warm Rooms, first year", "funder": "The Trust", "days": "91"}


@pytest.fixture
def code(runtime: Runtime, place: MadePlace, help_somebody: Help, clock: Clock) -> str:
    """The code of a link to the pack of ten people."""
    for _ in range(10):
        help_somebody()
    return make(runtime, place, clock)


def make(runtime: Runtime, place: MadePlace, clock: Clock, *, days: int = 91) -> str:
    provider = place.actor("provider-0")
    pack = evaluation(runtime.db, provider, Filters())
    new = NewLink("Warm Rooms", "The Trust", clock.today + timedelta(days=days))
    return funder_links.make(runtime.db, provider, pack, new).rpartition("/")[2]


def test_link_is_made_on_a_page_and_shown_once(
    sign_in: SignIn, stranger: Visitor, help_somebody: Help, runtime: Runtime, admin: Engine
) -> None:
    for _ in range(10):
        help_somebody()
    visitor = sign_in("provider-0")
    answer = visitor.send("/evaluation/links", FORM)
    assert answer.status_code == 200
    address = answer.text.partition('value="http://localhost')[2].partition('"')[0]
    assert address.startswith("/funder/")
    code = address.rpartition("/")[2]
    page = stranger.get(address)
    assert "Dalston Befrienders made this page for The Trust" in page.text
    assert "The numbers are frozen" in page.text
    listed = visitor.get("/evaluation/links")
    assert code not in listed.html
    assert "1 time" in listed.text
    with admin.connect() as connection:
        rows = str(connection.execute(text("select * from funder_link")).one())
        audit = str(connection.execute(text("select subject_id, detail from audit_event")).all())
    assert code not in rows
    assert code not in audit


def test_page_shows_numbers_and_nobody(stranger: Visitor, code: str) -> None:
    page = stranger.get(f"/funder/{code}")
    assert "10 people" in page.text
    for hidden in ("Okonkwo", "Adaeze", "BK-", "/rows", "/referrals", "/offers"):
        assert hidden not in page.html
    assert [link for link in page.links if link.startswith("/evaluation")] == []


def test_page_is_found_by_no_search_kept_by_nobody_and_tells_no_other_site(
    stranger: Visitor, code: str
) -> None:
    for path in (f"/funder/{code}", f"/funder/{code}/pack.pdf", "/funder/of-nobody"):
        answer = stranger.client.get(path)
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_numbers_stay_as_they_were_on_the_day_of_making(
    stranger: Visitor, code: str, help_somebody: Help, runtime: Runtime, place: MadePlace
) -> None:
    before = stranger.get(f"/funder/{code}").text
    for _ in range(5):
        help_somebody()
    assert evaluation(runtime.db, place.actor("provider-0"), Filters()).people.people == 15
    assert stranger.get(f"/funder/{code}").text == before


def test_charts_and_pdf_are_the_pages_own(stranger: Visitor, code: str) -> None:
    page = stranger.get(f"/funder/{code}")
    charts = [path for path in page.assets if path.startswith(f"/funder/{code}/")]
    assert charts
    for path in charts:
        answer = stranger.client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    pdf = stranger.client.get(f"/funder/{code}/pack.pdf")
    assert "Dalston Befrienders" in text_of(pdf.data)
    for wrong in ("figure/999", "means/999", "shares/999", "rows/0"):
        assert stranger.client.get(f"/funder/{code}/{wrong}.svg").status_code == 404


def test_unknown_ended_and_lapsed_are_one_page(
    sign_in: SignIn, stranger: Visitor, code: str, clock: Clock, runtime: Runtime, place: MadePlace
) -> None:
    unknown = stranger.get("/funder/of-nobody", status=404).text
    lapsed = make(runtime, place, clock, days=3)
    clock.advance(days=4)
    assert stranger.get(f"/funder/{lapsed}", status=404).text == unknown
    visitor = sign_in("provider-0")
    (action,) = {each for each in visitor.get("/evaluation/links").posts if each.endswith("/revoke")}
    assert visitor.send(action, at="/evaluation/links").status_code == 303
    assert stranger.get(f"/funder/{code}", status=404).text == unknown
    for path in ("pack.pdf", "figure/0.svg"):
        assert stranger.client.get(f"/funder/{code}/{path}").status_code == 404


def test_last_day_still_opens_and_there_is_none_beyond_a_year(
    stranger: Visitor, code: str, clock: Clock, runtime: Runtime, place: MadePlace
) -> None:
    clock.set(clock.today + timedelta(days=91), hour=22)
    assert stranger.get(f"/funder/{code}").headings
    with pytest.raises(Invalid):
        make(runtime, place, clock, days=367)


def test_guessing_is_slowed_down(stranger: Visitor) -> None:
    most = DEAD_LINKS_FROM_ADDRESS.times
    statuses = [stranger.client.get(f"/funder/guess-{number}").status_code for number in range(most + 2)]
    assert statuses == [404] * most + [429] * 2


def test_form_keeps_what_was_typed_and_nobody_is_told_of_nobody(sign_in: SignIn) -> None:
    visitor = sign_in("provider-0")
    answer = visitor.send("/evaluation/links", {"title": "", "funder": "The Trust"})
    assert answer.status_code == 400
    assert "The Trust" in answer.text
    assert "Choose how long it opens" in answer.text
    assert "There is nobody in this pack" in visitor.send("/evaluation/links", FORM).text


def test_another_organisation_neither_sees_nor_ends_a_link(
    sign_in: SignIn, code: str, runtime: Runtime, place: MadePlace
) -> None:
    own = funder_links.list_links(runtime.db, place.actor("provider-0")).links[0]
    assert funder_links.list_links(runtime.db, place.actor("provider-1")).links == []
    with pytest.raises(NotFound):
        funder_links.revoke(runtime.db, place.actor("provider-1"), own.id)
    assert "You have made no link yet" in sign_in("provider-1").get("/evaluation/links").text


def test_team_that_enters_for_a_group_hands_out_no_link_and_an_anchor_with_its_word_may(
    code: str, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    provider = place.actor("provider-0")
    pack, new = evaluation(runtime.db, provider, Filters()), NewLink("A", "B", clock.today)
    team = replace(provider, entered_by=place.team.id)
    with pytest.raises(NotAllowed):
        funder_links.make(runtime.db, team, pack, new)
    anchor = replace(provider, entered_by=place.providers[1].id)
    with pytest.raises(NotAllowed):
        funder_links.make(runtime.db, anchor, pack, new)
    sides = (place.providers[1].id, place.providers[0].id)
    told = Agreement(*sides, (Kind.RECORD,), clock.today, "the treasurer", "phone")
    memberships.record(runtime.db, place.actor("steward"), told)
    assert "/funder/" in funder_links.make(runtime.db, anchor, pack, new)
