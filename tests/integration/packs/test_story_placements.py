"""A story belongs to the placement that it was written down from, however often the same person was helped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor, system
from app.domain.pack import Filters
from app.domain.referral import PersonDetails
from app.domain.stories import Agreed, NewStory
from app.runtime import Runtime
from app.services.evaluation import stories
from app.services.evaluation.pack import evaluation
from app.store import history
from app.store.history import PastEpisode, PastPerson
from tests.factories import MadePlace, make_nhs_number
from tests.integration.packs.conftest import SignIn

SPRING, SUMMER = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 7, 2, 10, tzinfo=UTC)
ANY_TIME = Filters()


@pytest.fixture
def provider(place: MadePlace) -> Actor:
    return place.actor("provider-0")


@pytest.fixture
def twice(runtime: Runtime, place: MadePlace, admin: Engine) -> dict[int, tuple[str, str]]:
    """Somebody who was helped in spring and again in summer: reference and placement by the month."""
    ends = {"outcome": "better", "end_reason": None, "goal": None, "measures": ()}
    episodes = tuple(
        PastEpisode(
            requester_id=place.live_practice.id,
            team_id=place.team.id,
            service_id=place.services[0].id,
            provider_id=place.providers[0].id,
            need="social-connection",
            received_at=at,
            waited=timedelta(days=3),
            **ends,
        )
        for at in (SPRING, SUMMER)
    )
    details = PersonDetails(nhs_number=make_nhs_number(), family="Invented", given=("Ruth",))
    with runtime.db.transaction(system("test")) as tx:
        history.load(tx, [PastPerson(details, type1_opt_out=False, episodes=episodes)], audit="test")
    query = "select r.reference, p.id, p.offered_at from placement p join referral r on r.id = p.referral_id"
    with admin.connect() as connection:
        rows = connection.execute(text(query)).all()
    return {row.offered_at.month: (row.reference, str(row.id)) for row in rows}


def keep(runtime: Runtime, provider: Actor, reference: str, words: str) -> object:
    agreed = Agreed("Sam", date(2026, 8, 1), ("pack",))
    return stories.keep(runtime.db, provider, reference, NewStory(words, "Ruth", agreed))


def test_stories_of_both_times_are_told_and_each_in_its_own_period(
    runtime: Runtime, provider: Actor, twice: dict[int, tuple[str, str]]
) -> None:
    keep(runtime, provider, twice[3][0], "In spring.")
    keep(runtime, provider, twice[7][0], "In summer.")

    def told(filters: Filters) -> list[str]:
        return sorted(each.words for each in evaluation(runtime.db, provider, filters).stories)

    assert told(ANY_TIME) == ["In spring.", "In summer."]
    assert told(Filters(date(2026, 3, 1), date(2026, 3, 31))) == ["In spring."]
    assert told(Filters(date(2026, 7, 1), date(2026, 7, 31))) == ["In summer."]


def test_story_belongs_to_the_placement_whose_page_it_was_written_from(
    runtime: Runtime, place: MadePlace, admin: Engine, twice: dict[int, tuple[str, str]], sign_in: SignIn
) -> None:
    (reference, spring), (_, summer) = twice[3], twice[7]
    with admin.begin() as connection:  # both placements of one referral
        connection.execute(
            text(
                "update placement set referral_id = (select referral_id from placement where id = :spring)"
                " where id = :summer"
            ),
            {"spring": spring, "summer": summer},
        )
    visitor = sign_in("provider-0")
    (link,) = [href for href in visitor.get(f"/offers/{spring}").links if "stories?reference" in href]
    form = visitor.get(link)
    assert f'name="placement" value="{spring}"' in form.html
    story = {"reference": reference, "words": "On Tuesdays.", "told_as": "Ruth"}
    assert visitor.send("/evaluation/stories", {**story, "placement": spring}).status_code == 303
    assert visitor.send("/evaluation/stories", {**story, "placement": summer}).status_code == 303
    assert visitor.send("/evaluation/stories", story).status_code == 303  # none named: the newest
    with admin.connect() as connection:
        kept = connection.execute(text("select placement_id from story order by recorded_at, id")).scalars()
        assert sorted(map(str, kept)) == sorted([spring, summer, summer])


def test_placement_of_another_reference_or_organisation_is_left_aside(
    runtime: Runtime, place: MadePlace, admin: Engine, twice: dict[int, tuple[str, str]], sign_in: SignIn
) -> None:
    story = {"reference": twice[3][0], "words": "On Tuesdays.", "told_as": "Ruth"}
    own, other = sign_in("provider-0"), sign_in("provider-1")
    assert own.send("/evaluation/stories", {**story, "placement": twice[7][1]}).status_code == 303
    assert other.send("/evaluation/stories", {**story, "placement": twice[3][1]}).status_code == 400
    assert own.send("/evaluation/stories", {**story, "placement": "x"}).status_code == 400
    with admin.connect() as connection:
        assert str(connection.execute(text("select placement_id from story")).scalar_one()) == twice[3][1]
