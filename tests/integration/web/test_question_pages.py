"""The question back on pages: asked by the provider, read first by the link worker, previewed and answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.runtime import Runtime
from app.services.helping import questions
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
STAIRS = "Can she manage <b>stairs</b> & doors?"


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, services=(0, 1))


@pytest.fixture
def asked(runtime: Runtime, place: MadePlace, made: MadeReferral) -> MadeReferral:
    questions.ask(runtime.db, place.actor("provider-0"), made.placement_id, STAIRS)
    return made


def test_provider_asks_before_it_answers(sign_in: SignIn, made: MadeReferral) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    assert f"{path}/question" in visitor.get(path).links
    assert 'href="#question"' in visitor.send(f"{path}/question", {"question": " "}).text
    assert 'href="#question"' in visitor.send(f"{path}/question", {"question": "x" * 501}).text
    assert visitor.send(f"{path}/question", {"question": STAIRS}).location == path
    page = visitor.get(path)
    for words in ("Question asked", "stands still until", STAIRS, "Waits for the link worker"):
        assert words in page.text, words
    assert "Please answer by" not in page.text
    assert f"{path}/question" not in page.links
    assert "You asked a question" in visitor.get("/offers").text


def test_link_worker_reads_the_question_first_and_sees_what_is_told(
    sign_in: SignIn, asked: MadeReferral
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{asked.id}/questions/{asked.placement_id}"
    assert "asks something before it says yes or no" in visitor.get("/referrals").text
    page = visitor.get(f"/referrals/{asked.id}")
    assert page.text.index(STAIRS) < page.text.index("To do")
    assert path in page.links
    assert 'href="#answer"' in visitor.send(path, {"answer": ""}).text
    words = "Yes, slowly.\nShe has a <stick>."
    preview = visitor.send(path, {"answer": words})
    assert preview.status_code == 200
    assert "Nothing was sent yet" in preview.text
    assert "&lt;stick&gt;" in preview.text
    assert "Waits for the link worker" in sign_in("provider-0").get(f"/offers/{asked.placement_id}").text
    changed = visitor.send(path, {"answer": words, "do": "change"})
    assert "She has a &lt;stick&gt;." in changed.text
    assert visitor.send(path, {"answer": words, "do": "send"}).location == f"/referrals/{asked.id}"
    page = sign_in("provider-0").get(f"/offers/{asked.placement_id}")
    assert "Yes, slowly. She has a <stick>." in page.text
    assert "Please answer by" in page.text
    visitor.get(path, status=404)


def test_question_is_nobody_elses(sign_in: SignIn, asked: MadeReferral) -> None:
    sign_in("other-link-worker").get(f"/referrals/{asked.id}/questions/{asked.placement_id}", status=404)
    sign_in("provider-1").get(f"/offers/{asked.placement_id}/question", status=404)
    assert "stairs" not in sign_in("practice-0").get(f"/loops/{asked.id}").html
