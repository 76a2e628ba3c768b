"""Whatever time was chosen stays chosen: in every link of the pack, of the pages behind it and of those beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.integration.evaluation.conftest import Helped
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
ANSWERS = (("ons4", "before", {"happy": 3}), ("ons4", "after", {"happy": 6}))
BEHIND = ("/evaluation/change", "/evaluation/place", "/evaluation/rows", "/evaluation/dictionary")
BESIDE = ("/evaluation/grants", "/evaluation/stories", "/evaluation/links", "/value")
LONG_AGO = datetime.fromisoformat("2024-05-05T10:00:00+00:00")
MAY = "since=2024-05-01&until=2024-05-31"


@pytest.fixture
def visitor(sign_in: SignIn, helped: Helped) -> Visitor:
    """Somebody who looks at people of long ago, of whom the last twelve months tell nothing."""
    helped(30, received_at=LONG_AGO, measures=ANSWERS)
    return sign_in("provider-0")


def behind(visitor: Visitor, address: str) -> list[str]:
    """The pages that the pack and its change lead to."""
    pages = [visitor.get(address), visitor.get(address.replace("/evaluation", "/evaluation/change", 1))]
    links = {href for page in pages for href in page.links}
    return sorted(href for href in links if href.startswith((*BEHIND, *BESIDE)))


@pytest.mark.parametrize("asked", ["since=", MAY])
def test_every_page_behind_the_pack_leads_back_to_the_same_time(visitor: Visitor, asked: str) -> None:
    found = behind(visitor, f"/evaluation?{asked}")
    assert {href.partition("?")[0] for href in found} >= {*BEHIND, *BESIDE[:3]}
    for href in found:
        backs = [each for each in visitor.get(href).links if re.match(r"/evaluation(\?|$)", each)]
        back = next(each for each in backs if "grant=" not in each)  # the page's own way back stands in front
        if back == "/evaluation":
            back = next(each for each in backs if each != "/evaluation")  # the first is the menu's
        assert "30 people for whom help began" in visitor.get(back).text, href


def test_pages_of_a_list_stay_at_any_time(visitor: Visitor) -> None:
    page = visitor.get("/evaluation?since=")
    (first,) = [href for href in page.links if "figure=outcome" in href]
    (second,) = [href for href in visitor.get(first).links if "page=2" in href]
    listed = visitor.get(second)
    assert listed.text.count("Person Invented") == 5
    (back,) = [href for href in listed.links if href.startswith("/evaluation?")]
    assert "30 people for whom help began" in visitor.get(back).text


def test_what_is_done_beside_the_pack_comes_back_to_it(visitor: Visitor) -> None:
    grant = {"funder": "A trust", "title": "Warm rooms", "starts_on": "2024-01-01"}
    answer = visitor.send(f"/evaluation/grants?{MAY}", grant)
    assert answer.headers["Location"].endswith(f"/evaluation/grants?{MAY}")
    answer = visitor.send("/evaluation/grants", {**grant, "title": "Warmer rooms"})
    assert answer.headers["Location"].endswith("/evaluation/grants")  # nothing was chosen


def test_a_funders_link_of_any_time_leads_back_to_any_time(visitor: Visitor) -> None:
    made = visitor.send("/evaluation/links", {"funder": "A trust", "title": "All of it", "days": "30"})
    assert 'href="/evaluation/links?since="' in made.text
    page = visitor.get("/evaluation/links?since=")
    (end,) = [action for action in page.posts if "/revoke" in action]
    assert visitor.send(end, {}, at="/evaluation/links?since=").headers["Location"].endswith("?since=")
