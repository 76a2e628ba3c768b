"""Contact and research on the pages: written down by a link worker or said by the person, and all of it read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, make_keys
from app.domain.access import system
from app.domain.consent_wordings import Kind
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.dataset import secondary_use
from app.services.dataset.extract import write_extract
from app.services.own import own_choices, person_choices, person_links
from app.services.own.person_choices import Answer
from app.services.rights import consent_wordings
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


def own_page(runtime: Runtime, made: MadeReferral, visitor: Visitor) -> str:
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        path = person_links.make(tx, **whose, purpose="progress", days=30).removeprefix("http://localhost")
    assert visitor.send(path, {"born_day": "4", "born_month": "3", "born_year": "1951"}).status_code == 303
    return path


def kept(admin: Engine, kind: str) -> tuple[object, ...]:
    query = "select given, ways, how, wording, expires_on is not null, asked_by is not null from consent"
    with admin.connect() as connection:
        found = connection.execute(text(f"{query} where kind = :kind order by recorded_at"), {"kind": kind})
        return tuple(found.all()[-1])


def test_link_worker_writes_down_a_choice_of_ways_told_on_the_telephone(
    sign_in: SignIn, made: MadeReferral, admin: Engine
) -> None:
    worker, path = sign_in("link-worker"), f"/referrals/{made.id}/choices"
    assert "have not been asked" not in worker.get(path).text  # the message said something of sharing
    said = {"given": "yes", "ways": ["text", "letter"], "lasts": "6", "how": "telephone", "wording": "1"}
    assert worker.send(f"{path}/contact", said).location == path
    assert kept(admin, "contact") == (True, ["text", "letter"], "telephone", 1, True, True)
    page = " ".join(worker.get(path).text.split())
    assert "by text message or letter. Said on the telephone, to version 1 of our words." in page
    assert "It counts until" in page
    assert "the words of whoever made the referral" in page  # the yes that the practice's message brought


def test_a_form_with_nothing_chosen_says_so_beside_each_question(sign_in: SignIn, made: MadeReferral) -> None:
    path = f"/referrals/{made.id}/choices/contact"
    refused = sign_in("link-worker").send(path, {"wording": "1", "ways": ["text"]})
    assert refused.status_code == 400
    assert 'href="#given"' in refused.text
    assert 'href="#how"' in refused.text


def test_the_person_chooses_the_ways_on_their_own_page_and_the_team_is_told(
    runtime: Runtime, place: MadePlace, made: MadeReferral, visitor: Visitor, admin: Engine
) -> None:
    at = f"{own_page(runtime, made, visitor)}/change"
    assert "You have not said." in visitor.get(at).text
    said = {"answer": "yes", "ways": ["phone"], "wording": "1"}
    assert visitor.send(f"{at}/contact", said, at=at).status_code == 303
    assert kept(admin, "contact") == (True, ["phone"], "own-page", 1, False, False)
    page = visitor.get(at).text
    assert "in these ways:" in page
    tasks = views.get_referral(runtime.db, place.link_worker, made.id).tasks
    assert own_choices.CHANGED in {task.kind for task in tasks}
    refused = visitor.send(f"{at}/contact", {"answer": "", "wording": "1"}, at=at)
    assert refused.status_code == 400
    assert 'href="#contact"' in refused.text


def test_research_is_no_until_somebody_says_yes_and_no_again_when_its_day_has_passed(
    runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    def agrees() -> bool:
        return person_choices.find(runtime.db, place.link_worker, made.id).stands.research

    assert not agrees()
    answer = Answer(kind=Kind.RESEARCH, given=True, wording=1, months=3)
    person_choices.record(runtime.db, place.link_worker, made.id, answer, how="in-writing")
    assert agrees()
    clock.advance(days=95)
    assert not agrees()


def test_the_list_for_projects_on_consent_holds_who_agreed_and_nobody_else(
    runtime: Runtime, place: MadePlace, clock: Clock, tmp_path: Path
) -> None:
    make_keys(tmp_path / "keys")
    numbers = [make_nhs_number() for _ in range(3)]
    closed = [
        make_referral(runtime.db, place, ReferralStatus.CLOSED, patient=Patient(nhs_number=number))
        for number in numbers
    ]
    write_extract(runtime.db, (tmp_path / "keys" / PUBLIC_KEY).read_bytes(), tmp_path / "extracts")

    def say(made: MadeReferral, *, given: bool) -> None:
        answer = Answer(kind=Kind.RESEARCH, given=given, wording=1)
        person_choices.record(runtime.db, place.link_worker, made.id, answer, how="telephone")

    def listed() -> list[str]:
        secondary_use.write_lists(runtime.db, tmp_path / "extracts")
        return (tmp_path / "extracts" / secondary_use.RESEARCH).read_text().split()

    say(closed[0], given=True)
    say(closed[1], given=False)
    assert listed() == [numbers[0]]
    clock.advance(minutes=1)
    say(closed[0], given=False)
    assert listed() == []


def test_the_persons_own_data_says_to_which_words_they_answered(
    runtime: Runtime, place: MadePlace, made: MadeReferral, visitor: Visitor, clock: Clock
) -> None:
    steward = place.actor("steward")
    consent_wordings.write(runtime.db, steward, Kind.RESEARCH, "May studies?", "We ask first.", seen=1)
    answer = Answer(kind=Kind.RESEARCH, given=True, wording=2, months=12)
    person_choices.record(runtime.db, place.link_worker, made.id, answer, how="telephone")
    page = visitor.get(f"{own_page(runtime, made, visitor)}/data").text
    assert "You agreed that approved research uses what happened." in page
    assert "to version 2 of our words" in page
    assert "to the words of whoever made the referral" in page
