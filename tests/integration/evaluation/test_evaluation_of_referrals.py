"""The evaluation of who refers and of a team: its own referrals, the same rules, the same four forms, its own lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from app.domain.errors import NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.pack import APART, Filters, Pack
from app.runtime import Runtime
from app.services.evaluation.pack_sent import own_evaluation
from tests.factories import MadePlace, MadeReferral
from tests.integration.evaluation.conftest import Helped, figure, told
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
MARCH = "since=2026-03-01&until=2026-03-31"
WHOLE = Filters(date(2026, 1, 1), date(2026, 12, 31))
ANSWERS = (("ons4", "before", {"happy": 3, "anxious": 6}), ("ons4", "after", {"happy": 6, "anxious": 7}))


@pytest.fixture
def practice_helped(helped: Helped, place: MadePlace) -> Helped:
    """So many people whom the first practice referred."""

    def write(count: int, **values: Any) -> None:
        helped(count, **({"requester_id": place.practices[0].id} | values))

    return write


def of(runtime: Runtime, place: MadePlace, username: str, filters: Filters = WHOLE) -> Pack:
    return own_evaluation(runtime.db, place.actor(username), filters)


def test_a_practice_counts_whom_it_referred_and_a_team_whom_it_took_in(
    practice_helped: Helped, runtime: Runtime, place: MadePlace
) -> None:
    practice_helped(20, measures=ANSWERS, goal=(2, 6))
    practice_helped(10, outcome="worse", by=1)
    practice_helped(15, requester_id=place.practices[1].id, person={"gender": "male"})
    practice_helped(30, requester_id=place.other_practice.id, team_id=place.other_team.id)
    mine, team = of(runtime, place, "practice-0"), of(runtime, place, "link-worker")
    assert (mine.people.people, mine.referrals.people) == (30, 30)
    assert told(mine, "outcome") == {"better": 20, "worse": 10}
    assert (team.people.people, told(team, "gender")) == (45, {"female": 30, "male": 15})
    assert mine.organisation == place.practices[0].name
    assert figure(mine, "age").definition.startswith("People for whom help began, of those whom we referred")
    assert "by us" in mine.filters_in_words[0]
    (goal,) = [each for each in mine.changes if each.key == "goal"]
    assert goal.paired.people == 20
    assert goal.change is not None
    assert goal.change.mean == 4
    assert {each.people.people for each in (of(runtime, place, "other-link-worker"),)} == {30}


def test_small_numbers_are_withheld_from_who_refers_too(
    practice_helped: Helped, runtime: Runtime, place: MadePlace
) -> None:
    practice_helped(25)
    practice_helped(12, outcome="no-change")
    practice_helped(3, outcome="worse")
    found = told(of(runtime, place, "practice-0"), "outcome")
    assert found == {"better": 25, "no-change": None, "worse": None, APART: 15}


def test_who_is_not_to_be_counted_is_not_and_is_on_the_list_of_who_sees_them_anyway(
    practice_helped: Helped, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    practice_helped(12)
    practice_helped(2, person={"national_opt_out": True, "family": "Silent"})
    assert of(runtime, place, "practice-0").people.people == 10
    listed = sign_in("practice-0").get(f"/evaluation/rows?figure=outcome&line=better&{MARCH}").text
    assert "Referrals (14)" in listed
    assert "Silent" in listed


def test_a_referral_counts_where_it_stands(
    refer: Callable[..., MadeReferral], runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    for status, times in (
        (ReferralStatus.IN_TRIAGE, 2),
        (ReferralStatus.ACTIVE, 1),
        (ReferralStatus.WITHDRAWN, 1),
    ):
        for _ in range(times):
            refer(status)
    page = sign_in("link-worker")
    lists = {
        line: page.get(f"/evaluation/rows?figure=standing&line={line}&since=").text
        for line in ("not-begun", "under-way", "taken-back", "completed")
    }
    counts = {line: listed.count("BK-") for line, listed in lists.items()}
    assert sum(counts.values()) == 4
    assert (counts["taken-back"], counts["completed"]) == (1, 0)
    assert of(runtime, place, "link-worker", Filters()).referrals.people is None  # fewer than ten


@pytest.mark.parametrize("username", ["practice-0", "link-worker"])
def test_page_pdf_spreadsheet_and_file_have_the_same_numbers(
    username: str, practice_helped: Helped, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    practice_helped(24, measures=ANSWERS)
    practice_helped(12, outcome="worse", person={"gender": "male"}, end_reason="moved-away")
    visitor = sign_in(username)
    page = visitor.get(f"/evaluation?{MARCH}")
    pack = of(runtime, place, username, Filters(date(2026, 3, 1), date(2026, 3, 31)))
    rows = list(csv.DictReader(io.StringIO(visitor.client.get(f"/evaluation.csv?{MARCH}").text)))
    book = load_workbook(io.BytesIO(visitor.client.get(f"/evaluation.xlsx?{MARCH}").data))
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    for each in pack.figures:
        assert each.definition in page.text
        in_file = {row["line"]: row["people"] for row in rows if row["figure"] == each.key}
        for line in each.lines:
            assert in_file[line.code] == line.number.words.replace(",", "")
        assert each.title in cells
    assert visitor.client.get(f"/evaluation.pdf?{MARCH}").data.startswith(b"%PDF")
    charts = [path for path in page.html.split('"') if path.startswith("/evaluation/of/")]
    assert charts
    assert visitor.client.get(charts[0]).mimetype == "image/svg+xml"
    assert "change:" not in "".join(visitor.get(f"/evaluation/change?{MARCH}").links)
    assert len(page.html) < 100 * 1024


@pytest.mark.parametrize("username", ["practice-0", "link-worker"])
def test_what_is_only_for_groups_is_neither_shown_nor_open(
    username: str, practice_helped: Helped, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    practice_helped(12)
    visitor = sign_in(username)
    page = visitor.get(f"/evaluation?{MARCH}")
    for path in ("/evaluation/place", "/evaluation/grants", "/evaluation/stories", "/evaluation/links"):
        assert not [href for href in page.links if href.startswith(path)]
        assert visitor.client.get(path).status_code == 403
    assert "/what-came" in page.links
    assert visitor.get(f"/evaluation?service={place.services[0].id}", 404)
    with pytest.raises(NotFound):
        of(runtime, place, username, Filters(grant_id=place.services[0].id))


def test_lists_lead_to_the_referral_and_answers_have_none(
    practice_helped: Helped, sign_in: SignIn, admin: Engine
) -> None:
    practice_helped(12, measures=ANSWERS)
    for username, home in (("practice-0", "/loops/"), ("link-worker", "/referrals/")):
        visitor = sign_in(username)
        listed = visitor.get(f"/evaluation/rows?figure=need&line=social-connection&{MARCH}")
        (first, *_) = [href for href in listed.links if href.startswith(home) and href != home]
        assert "Person Invented" in visitor.get(first).text
        hidden = visitor.get(f"/evaluation/rows?figure=gender&line=female&{MARCH}").text
        assert "Person Invented" not in hidden
        answers = visitor.get(f"/evaluation/rows?figure=change:ons4.happy:after&line=better&{MARCH}").text
        assert "Person Invented" not in answers
        assert visitor.get("/evaluation/rows?figure=standing&line=nonsense", 404)
    with admin.connect() as connection:
        query = text("select count(*) from audit_event where act = 'list people behind a figure'")
        assert connection.scalar(query)


def test_another_practice_counts_and_lists_nobody(practice_helped: Helped, sign_in: SignIn) -> None:
    practice_helped(12)
    visitor = sign_in("practice-1")
    assert "You referred nobody in this time" in visitor.get(f"/evaluation?{MARCH}").text
    listed = visitor.get(f"/evaluation/rows?figure=outcome&line=better&{MARCH}").text
    assert "Nobody is listed here" in listed


def test_somebody_with_two_referrals_counts_once_by_the_one_in_which_help_began(
    runtime: Runtime,
    place: MadePlace,
    practice_helped: Helped,
    refer: Callable[..., MadeReferral],
    admin: Engine,
) -> None:
    practice_helped(11)
    with admin.begin() as connection:
        ids = connection.execute(text("select id, person_id from referral order by id limit 2")).all()
        later = datetime(2026, 6, 1, tzinfo=UTC)
        move = "update referral set person_id = :person, received_at = :at where id = :id"
        connection.execute(text(move), {"person": ids[1].person_id, "at": later, "id": ids[0].id})
    found = of(runtime, place, "practice-0")
    assert (found.people.people, found.referrals.people) == (10, 10)  # ten people and eleven referrals
    assert figure(found, "outcome").everybody.people == 10
