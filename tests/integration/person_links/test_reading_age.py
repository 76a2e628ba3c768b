"""People's own pages can be read by somebody of nine: short sentences, short words, measured by a published formula."""

from __future__ import annotations

import pytest

from app.runtime import Runtime
from app.services.helping import delivery
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.reading_age import reading_age, sentences_of, syllables

OLDEST = 9.0
HARD = """<main><p>Notwithstanding considerable organisational complexity, multidisciplinary professionals
collaboratively facilitate personalised interventions.</p></main>"""


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Help that has begun, so that every part of the pages has something to say."""
    made = make_referral(runtime.db, place)
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.start(runtime.db, provider, made.placement_id)
    return made


def test_the_measure_tells_easy_from_hard() -> None:
    assert reading_age("<main><p>The cat sat on the mat. It was a big cat.</p></main>") < 7
    assert reading_age(HARD) > 20
    assert [syllables(word) for word in ("cat", "asked", "wanted", "people", "information")] == [
        1,
        1,
        2,
        2,
        4,
    ]


def test_what_people_wrote_themselves_and_the_frame_are_not_measured() -> None:
    page = "<header><p>One two three.</p></header><main><p class='bs-words'>a b c d</p><p>You can ring us.</p></main>"
    assert sentences_of(page) == [["You", "can", "ring", "us"]]


@pytest.mark.parametrize("part", ["plan", "seen", "change", "stop", "progress"])
def test_a_page_of_the_persons_own_is_easy_to_read(visitor: Visitor, opened: str, part: str) -> None:
    age = reading_age(visitor.get(f"{opened}/{part}").html)
    assert age <= OLDEST, f"{part}: {age:.1f}"


def test_the_door_and_the_page_after_a_stop_are_easy_to_read(visitor: Visitor, opened: str) -> None:
    visitor.send(f"{opened}/stop")
    assert reading_age(visitor.get(f"{opened}/stop").html) <= OLDEST
    visitor.client.get(f"{opened}/leave")
    assert reading_age(visitor.get(opened).html) <= OLDEST
