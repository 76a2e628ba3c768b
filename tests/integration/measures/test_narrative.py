"""A place asks for stories too: on every form and on paper, for the person and their team, sealed, never counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.config import Settings
from app.domain.access import system
from app.domain.outcomes import Phase, Taken
from app.letters.question_paper import parts_of
from app.runtime import Runtime, build_runtime
from app.services.follow_up import question_papers
from app.services.measures.measure_questionnaires import of as questionnaire_of
from app.services.own import person_links
from app.services.shown import views
from app.store import outcomes
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.measures.conftest import FRAMEWORK
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PROMPT = '[[narrative]]\ncode = "story"\nwording = "{wording}"\n'
ASKED = "What has changed for you?"
SAID = "I go out on Thursdays again."
BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}


@pytest.fixture
def folder(folder: Path) -> Path:
    """The installation's folder, whose place asks for a story and has no question of its own to count."""
    (folder / "frameworks" / "valley.toml").write_text(FRAMEWORK + PROMPT.format(wording=ASKED))
    return folder


def told_by(runtime: Runtime, place: MadePlace, made: MadeReferral) -> list[Taken]:
    """What the team reads of the place's own questions."""
    found = views.get_referral(runtime.db, place.link_worker, made.id).measures
    return [each for each in found if each.measure == "valley"]


def test_a_link_worker_asks_and_reads_it_under_its_wording(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral, admin: Engine
) -> None:
    worker, path = sign_in("link-worker"), f"/referrals/{helped.id}/measures"
    assert ASKED in worker.get(path).text
    told = {"phase": "after", "said_by": "person", "way": "page", "valley-before-story-words": SAID}
    both = worker.send(path, told | {"valley-before-skip": "declined"})
    assert both.status_code == 400
    assert SAID in both.text
    assert worker.send(path, told).status_code == 303
    (kept,) = told_by(runtime, place, helped)
    assert (kept.phase, kept.version, dict(kept.answers), kept.words) == (
        Phase.AFTER,
        "1",
        {},
        {"story": SAID},
    )
    page = worker.get(f"/referrals/{helped.id}").text
    assert ASKED in page
    assert SAID in page
    with admin.connect() as connection:
        (sealed,) = connection.execute(text("select words::text from measure_response")).scalars()
    assert SAID.encode().hex() not in sealed


def test_a_provider_asks_in_the_fold_of_its_one_minute_form_and_cannot_read_it_again(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{helped.placement_id}"
    page = provider.get(f"{path}/outcome")
    assert ASKED in page.text
    assert len(page.visible_inputs) <= 5
    assert ASKED in provider.get(f"{path}/measures").text
    told = {"outcome": "better", "valley-after-story-words": SAID}
    assert provider.send(f"{path}/outcome", told).status_code == 303
    (kept,) = told_by(runtime, place, helped)
    assert (kept.phase, kept.words) == (Phase.AFTER, {"story": SAID})
    assert SAID not in provider.get(path).text
    assert SAID not in sign_in("practice-0").get(f"/loops/{helped.id}").text


def test_a_person_tells_it_by_their_own_link_changes_it_and_reads_it(
    app: Flask, runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        address = person_links.make(
            tx, person_id=helped.person_id, referral_id=helped.id, purpose="progress", days=30
        )
    path, visitor = address.removeprefix("http://localhost"), Visitor(app.test_client())
    assert visitor.send(path, BORN).status_code == 303
    assert ASKED in visitor.get(f"{path}/answers/valley").text
    for words in ("I go out.", SAID):
        sent = visitor.send(f"{path}/answers/valley", {"valley-before-story-words": words})
        assert sent.status_code == 303
        clock.advance(minutes=1)
    assert SAID in visitor.get(f"{path}/answers/valley").text
    assert [each.words for each in told_by(runtime, place, helped)] == [
        {"story": "I go out."},
        {"story": SAID},
    ]
    for page in (f"{path}/progress", f"{path}/data"):
        shown = visitor.get(page).text
        assert shown.count(ASKED) == 1
        assert SAID in shown
    assert visitor.client.get(f"{path}/progress.pdf").data.startswith(b"%PDF")


def test_it_stands_on_paper_with_lines_and_no_box(
    runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    *_, last = parts_of(runtime.db.measures.asked())
    (question,) = last.questions
    assert (question.words, question.boxes, question.own_words) == (ASKED, (), True)
    paper = question_papers.paper_of_referral(runtime.db, place.link_worker, helped.id)
    assert paper.pdf.startswith(b"%PDF")


def test_words_leave_neither_for_the_dataset_nor_as_an_answer_in_fhir(
    sign_in: SignIn, runtime: Runtime, helped: MadeReferral
) -> None:
    told = {"phase": "before", "said_by": "person", "way": "page", "valley-before-story-words": SAID}
    sign_in("link-worker").send(f"/referrals/{helped.id}/measures", told)
    with runtime.db.transaction(system("test")) as tx:
        (taken,) = outcomes.measures_of(tx, [helped.id], audit="test")[helped.id]
    assert (dict(taken.answers), dict(taken.words)) == ({}, {})
    assert runtime.db.measures.scores(taken) == {}
    (asked,) = questionnaire_of(runtime.db.measures.get("valley"))["item"]
    assert asked == {"linkId": "story", "text": ASKED, "type": "text"}


def test_a_new_wording_waits_for_its_day_and_old_words_keep_theirs(
    settings: Settings,
    folder: Path,
    sign_in: SignIn,
    runtime: Runtime,
    clock: Clock,
    helped: MadeReferral,
) -> None:
    worker, path = sign_in("link-worker"), f"/referrals/{helped.id}"
    told = {"phase": "after", "said_by": "person", "way": "page", "valley-before-story-words": SAID}
    worker.send(f"{path}/measures", told)
    day = clock.today + timedelta(days=1)
    second = FRAMEWORK.replace('version = "1"', 'version = "2"').replace("2026-01-01", day.isoformat())
    (folder / "frameworks" / "valley-2.toml").write_text(second + PROMPT.format(wording="What is new?"))
    later = build_runtime(settings, clock=runtime.db.clock, wake=runtime.db.wake, engine=runtime.db.engine)
    runtime.db.measures = later.db.measures
    assert ASKED in worker.get(f"{path}/measures").text
    clock.advance(days=1)
    again = sign_in("link-worker")
    assert "What is new?" in again.get(f"{path}/measures").text
    again.send(f"{path}/measures", told | {"valley-before-story-words": "A garden."})
    page = again.get(path).text
    assert page.index(ASKED) < page.index(SAID) < page.index("What is new?") < page.index("A garden.")


def test_an_early_end_takes_questionnaires_as_an_end_does(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{helped.placement_id}/end-early"
    page = provider.get(path)
    assert len(page.visible_inputs) <= 5
    assert ASKED in page.text
    told = {
        "reason": "did-not-engage",
        "outcome": "did-not-engage",
        "goal_before": "4",
        "goal_after": "3",
        "phq9-after-skip": "could-not-reach",
        "garden-before-hands": "3",
    }
    both = provider.send(path, told | {"phq9-after-q1": "1"})
    assert both.status_code == 400
    assert "Clear either the answers or the reason" in both.text
    assert provider.send(path, told).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, helped.id)
    assert {(each.measure, each.phase, each.skipped) for each in found.measures} == {
        ("phq9", Phase.AFTER, "could-not-reach"),
        ("garden", Phase.BEFORE, None),
    }


def test_an_early_end_asks_for_none_of_them(sign_in: SignIn, helped: MadeReferral) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{helped.placement_id}/end-early"
    told = {"reason": "could-not-contact", "outcome": "could-not-reach"}
    assert provider.send(path, told).status_code == 303
