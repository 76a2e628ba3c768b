"""What a person sees of their own referral: goals first, numbers without a verdict, what was told, who looked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from app.domain.access import system
from app.domain.errors import NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.services.own import my_page
from app.store import outcomes
from app.store.outcomes import About, Contact
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

START, LATER = date(2026, 3, 2), date(2026, 9, 1)
GOAL = "Get out of the house every week"
ENDED = Outcome(
    OutcomeState.BETTER,
    "Goes to the lunch club.",
    "Please look at her hearing aid.",
    goal=GOAL,
    goal_before=2,
    goal_after=7,
    risks="Her neighbour shouts at her.",
)
MEASURES = (
    Taken("ons4", Phase.BEFORE, {"life-satisfaction": 4, "anxious": 8}, START),
    Taken("ons4", Phase.AFTER, {"life-satisfaction": 7, "anxious": 8}, LATER),
    Taken("ucla3", Phase.BEFORE, {"companionship": 3, "left-out": 3, "isolated": 3}, START),
    Taken("ucla3", Phase.AFTER, {}, LATER, skipped="declined"),
)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place)
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, made.placement_id)
    note = Contact("phone", True, runtime.db.clock().date(), 5, "Her son sounded angry.")
    delivery.record_contact(runtime.db, provider, made.placement_id, note)
    endings.complete(runtime.db, provider, made.placement_id, Ending(ENDED, MEASURES))
    with runtime.db.transaction(system("test")) as tx:
        asked = Taken("ons4", Phase.FOLLOW_UP, {"life-satisfaction": 6}, LATER, months=3)
        outcomes.add_measure(tx, About(made.id, made.person_id), asked, audit="test")
    return made


def test_goal_comes_first_with_its_numbers_and_then_each_question(visitor: Visitor, opened: str) -> None:
    text = visitor.get(f"{opened}/progress").text
    assert "At the start: 2. At the end: 7. The last number is higher than at the start." in text
    assert "At the start: 4. At the end: 7. 3 months after: 6. The last number is higher" in text
    assert "At the start: 8. At the end: 8. The last number is the same as the first." in text
    assert text.index(GOAL) < text.index("Overall, how satisfied")


def test_what_was_left_out_is_not_made_up(visitor: Visitor, opened: str) -> None:
    text = visitor.get(f"{opened}/progress").text
    assert "At the start: Often (3). You were asked once so far." in text
    assert "All together:" in text
    assert "At the start: 9. You were asked once so far." in text


def test_page_tells_no_cause_and_gives_no_marks(visitor: Visitor, opened: str) -> None:
    text = visitor.get(f"{opened}/progress").text.lower()
    for word in ("because of", "thanks to", "impact", "caused", "score", "rank", "success"):
        assert word not in text, word


def test_same_words_that_the_practice_was_told_stand_on_the_page(visitor: Visitor, opened: str) -> None:
    text = visitor.get(f"{opened}/progress").text
    assert "Goes to the lunch club." in text
    assert "For them to do Please look at her hearing aid." in text
    assert "Surgery A81001 asked us to help you." in text


def test_words_of_risk_and_notes_of_staff_are_not_shown_and_the_page_says_where_to_ask(
    visitor: Visitor, opened: str
) -> None:
    text = visitor.get(f"{opened}/progress").text
    assert "neighbour" not in text
    assert "son sounded" not in text
    assert "Ask your link worker: they show you." in text


def test_who_looked_is_told_by_kind_and_day(visitor: Visitor, opened: str, runtime: Runtime) -> None:
    text = visitor.get(f"{opened}/progress").text
    day = runtime.db.clock().date()
    for who in (
        "You, through your own link",
        "Your link worker's team",
        "A group that was asked to help you",
    ):
        assert f"{who}: {day.day} {day:%B %Y}" in text, who


def test_picture_shows_a_line_for_each_question_and_opens_for_nobody_else(
    visitor: Visitor, opened: str
) -> None:
    picture = visitor.client.get(f"{opened}/picture.svg")
    assert picture.mimetype == "image/svg+xml"
    assert GOAL in picture.text
    assert "At the start" in picture.text
    assert "All together" not in picture.text
    stranger = Visitor(visitor.client.application.test_client())
    assert stranger.client.get(f"{opened}/picture.svg").location == opened


def test_before_anything_has_happened_the_page_says_what_will_stand_there(
    visitor: Visitor, open_page: Callable[[MadeReferral], str], runtime: Runtime, place: MadePlace
) -> None:
    path = open_page(make_referral(runtime.db, place, ReferralStatus.RECEIVED))
    text = visitor.get(f"{path}/progress").text
    assert "Your own goal is not written down yet." in text
    assert "You have not been asked any questions yet." in text
    assert "Nobody has been asked yet." in text
    assert visitor.client.get(f"{path}/picture.svg").status_code == 404


def test_title_and_file_name_tell_nothing(visitor: Visitor, opened: str) -> None:
    for path in ("progress", "comment"):
        title = visitor.get(f"{opened}/{path}").title
        assert not any(word in title for word in ("Okonkwo", "Adaeze", "loneliness", "help", "NHS"))
    sheet = visitor.client.get(f"{opened}/progress.pdf")
    assert sheet.data.startswith(b"%PDF-")
    assert sheet.headers["Content-Disposition"] == 'inline; filename="page.pdf"'
    assert "no-store" in sheet.headers["Cache-Control"]


def test_sheet_for_the_post_holds_the_same_page_and_is_the_teams_alone(
    runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    page = my_page.sheet(runtime.db, place.link_worker, made.id)
    assert (page.goal, page.name) == (GOAL, "Adaeze Okonkwo")
    assert [each.question for each in page.goals] == [GOAL]
    with pytest.raises(NotFound):
        my_page.sheet(runtime.db, place.actor("other-link-worker"), made.id)


def test_pages_hold_with_no_measure_file_left_for_an_old_answer(
    visitor: Visitor,
    open_page: Callable[[MadeReferral], str],
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        old = Taken("gone-measure", Phase.BEFORE, {"a": 1}, START + timedelta(days=1))
        outcomes.add_measure(tx, About(made.id, made.person_id), old, audit="test")
    assert GOAL in visitor.get(f"{open_page(made)}/progress").text
