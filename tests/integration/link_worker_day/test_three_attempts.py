"""Three attempts without an answer: a letter and a note to whoever asked are proposed, and a person decides."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.vocabulary import NewsKind
from app.runtime import Runtime
from app.services.caring import contacts
from app.services.shown import views
from app.store import people
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.link_worker_day.test_contact_log import answers
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

SignIn = Callable[[str], Visitor]
PROPOSED = "No answer, 3 times in a row"


@pytest.fixture
def tried(runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock) -> MadeReferral:
    """Rung three times without an answer, an hour apart."""
    for hours in (0, 1, 1):
        clock.advance(hours=hours)
        contacts.no_answer(runtime.db, place.link_worker, made.id, uuid4())
    return made


def told(runtime: Runtime, place: MadePlace, made: MadeReferral) -> list[NewsKind]:
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    return [news.kind for news in found.on_the_way]


def test_two_attempts_propose_nothing_and_nothing_goes_out_by_itself(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    path = f"/referrals/{made.id}"
    for _ in range(2):
        contacts.no_answer(runtime.db, place.link_worker, made.id, uuid4())
        clock.advance(hours=1)
    visitor = sign_in("link-worker")
    assert "times in a row" not in visitor.get(path).text
    assert visitor.send(f"{path}/contact/tell", at=path).status_code == 409
    visitor.send(f"{path}/contact/no-answer", {"once": str(uuid4())}, at=path)
    assert PROPOSED in visitor.get(path).text
    assert told(runtime, place, made) == []


def test_letter_says_nothing_of_why_and_is_done_when_it_is_written_down(
    sign_in: SignIn, tried: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{tried.id}"
    answer = visitor.client.get(f"{path}/contact/letter")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    words = text_of(answer.data)
    assert "We tried to reach you" in words
    assert "17 Cardamom Row" in words
    for hidden in ("company", "lonel", "health", "GP", "Surgery"):
        assert hidden not in words
    assert "Print a letter" in visitor.get(path).text
    form = visitor.client.get(f"{path}/contact?how=letter&came_of=sent").text
    assert 'value="letter" checked' in form
    assert 'value="sent" checked' in form
    visitor.send(f"{path}/contact", answers(clock, how="letter", came_of="sent"))
    assert "Print a letter" not in visitor.get(path).text
    assert PROPOSED in visitor.get(path).text  # whoever asked was not told yet


def test_letter_to_a_restricted_person_has_no_address(
    runtime: Runtime, sign_in: SignIn, tried: MadeReferral
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        person = people.get(tx, tried.person_id, audit="test")
        people.record_details(tx, tried.person_id, person.details, restricted=True, audit="test")
    words = text_of(sign_in("link-worker").client.get(f"/referrals/{tried.id}/contact/letter").data)
    assert "Adaeze" in words
    assert "Cardamom" not in words
    assert "E8" not in words


def test_where_contact_is_a_danger_no_letter_is_proposed_or_made(
    sign_in: SignIn, tried: MadeReferral, warn: Callable[[MadeReferral, Cautions], None]
) -> None:
    warn(tried, Cautions(do_not_contact=True))
    visitor, path = sign_in("link-worker"), f"/referrals/{tried.id}"
    assert "Print a letter" not in visitor.get(path).text
    assert visitor.client.get(f"{path}/contact/letter").status_code == 409


def test_note_goes_to_whoever_asked_once(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, tried: MadeReferral
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{tried.id}"
    assert "Let the GP practice know" in visitor.get(path).text
    assert visitor.send(f"{path}/contact/tell", at=path).location == path
    assert told(runtime, place, tried) == [NewsKind.NOT_REACHED]
    page = visitor.get(path).text
    assert "The person could not be reached so far" in page
    assert "Let the GP practice know" not in page
    assert visitor.send(f"{path}/contact/tell", at=path).status_code == 409
    assert told(runtime, place, tried) == [NewsKind.NOT_REACHED]


def test_being_reached_ends_the_proposals(sign_in: SignIn, tried: MadeReferral, clock: Clock) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{tried.id}"
    clock.advance(minutes=1)
    visitor.send(f"{path}/contact", answers(clock))
    assert "times in a row" not in visitor.get(path).text
    assert visitor.send(f"{path}/contact/tell", at=path).status_code == 409


def test_practice_that_takes_no_news_on_the_way_is_to_be_rung(
    sign_in: SignIn, runtime: Runtime, tried: MadeReferral, clock: Clock
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        tx.session.execute(text("update organisation set progress_messages = 'outcome-only'"))
    visitor, path = sign_in("link-worker"), f"/referrals/{tried.id}"
    assert "Ring the GP practice" in visitor.get(path).text
    assert visitor.send(f"{path}/contact/tell", at=path).status_code == 409
    visitor.send(f"{path}/contact", answers(clock, with_whom="practice"))
    assert "Ring the GP practice" not in visitor.get(path).text
