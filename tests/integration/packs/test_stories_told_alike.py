"""A story stands in the live pack and in a funder's frozen one under one rule: no to being counted is no to both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, update

from app.domain.pack import Filters
from app.domain.stories import Agreed, NewStory
from app.runtime import Runtime
from app.services.evaluation import funder_links, stories
from app.services.evaluation.funder_links import NewLink
from app.services.evaluation.pack import evaluation
from app.store.tables_care import PersonRow
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.packs.conftest import SignIn
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

WORDS = "I go on Tuesdays now."
Change = Callable[[MadeReferral], None]


@pytest.fixture
def made(help_somebody: Callable[..., MadeReferral]) -> MadeReferral:
    """One of the ten who were helped."""
    first, *_ = [help_somebody() for _ in range(10)]
    return first


@pytest.fixture
def code(
    runtime: Runtime,
    place: MadePlace,
    clock: Clock,
    made: MadeReferral,
    reference_of: Callable[[MadeReferral], str],
) -> str:
    """The code of a link to a pack with the story of one of the ten."""
    provider = place.actor("provider-0")
    told = NewStory(WORDS, "Ruth", Agreed("Sam", clock.today, ("pack",)))
    stories.keep(runtime.db, provider, reference_of(made), told)
    pack = evaluation(runtime.db, provider, Filters())
    return funder_links.make(runtime.db, provider, pack, NewLink("A", "B", clock.today)).rpartition("/")[2]


def _says_no(sign_in: SignIn, made: MadeReferral) -> None:
    form = {"given": "no", "said_by": "person"}
    assert sign_in("link-worker").send(f"/referrals/{made.id}/dataset-use", form).status_code == 303


def _shown(sign_in: SignIn, stranger: Visitor, code: str) -> list[bool]:
    pages = [sign_in("provider-0").get("/evaluation?since=").text, stranger.get(f"/funder/{code}").text]
    files = [
        sign_in("provider-0").client.get("/evaluation.pdf?since=").data,
        stranger.client.get(f"/funder/{code}/pack.pdf").data,
    ]
    return [WORDS in told for told in (*pages, *map(text_of, files))]


def test_no_to_being_counted_takes_the_story_out_of_pack_and_link_and_their_files(
    sign_in: SignIn, stranger: Visitor, made: MadeReferral, code: str
) -> None:
    assert _shown(sign_in, stranger, code) == [True] * 4
    _says_no(sign_in, made)
    assert _shown(sign_in, stranger, code) == [False] * 4


@pytest.mark.parametrize("column", ["type1_opt_out", "national_opt_out", "restricted"])
def test_an_opt_out_and_a_restriction_count_alike(
    column: str, runtime: Runtime, place: MadePlace, made: MadeReferral, code: str, admin: Engine
) -> None:
    with admin.begin() as connection:
        connection.execute(update(PersonRow).where(PersonRow.id == made.person_id).values({column: True}))
    assert evaluation(runtime.db, place.actor("provider-0"), Filters()).stories == ()
    assert funder_links.look(runtime.db, code).pack.stories == ()


@pytest.mark.parametrize("period", ["since=&until=9999-12-31", "since=0001-01-01"])
def test_any_day_that_can_be_written_is_a_period(sign_in: SignIn, period: str, made: MadeReferral) -> None:
    visitor = sign_in("provider-0")
    page = visitor.get(f"/evaluation?{period}")
    charts = [path for path in page.assets if path.startswith("/evaluation/of/")]
    assert charts
    for path in (charts[0], f"/evaluation.csv?{period}"):
        assert visitor.client.get(path).status_code == 200, path
