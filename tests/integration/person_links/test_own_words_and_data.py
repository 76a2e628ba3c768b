"""A person corrects or adds, the team answers, nothing is wiped out; and they take along all that may be shared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.person_comments import MOST_OPEN
from app.domain.stories import Agreed, NewStory, Use
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.evaluation import stories
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from app.services.messages import mailing
from app.services.shown import views
from app.store import people, referrals
from app.store.mail import Mail
from app.store.outcomes import Contact
from fhir.checks import resource_problems
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.person_links.test_own_page import ENDED, MEASURES
from tests.integration.web.conftest import Visitor
from tests.own_links import BORN, shown_digits, shown_link

SignIn = Callable[[str], Visitor]
WRONG = {"kind": "not-right", "about": "goal", "words": "I wanted to go <b>swimming</b>."}


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place, words="Her husband drinks.")
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, made.placement_id)
    note = Contact("phone", True, runtime.db.clock().date(), 5, "Her son sounded angry.")
    delivery.record_contact(runtime.db, provider, made.placement_id, note)
    endings.complete(runtime.db, provider, made.placement_id, Ending(ENDED, MEASURES))
    return made


@pytest.fixture
def sign_in(visitor: Visitor, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(visitor.client.application.test_client()).sign_in(username)


def test_words_are_kept_sealed_and_give_the_team_a_task(
    visitor: Visitor, opened: str, sign_in: SignIn, made: MadeReferral, admin: Engine
) -> None:
    assert visitor.send(f"{opened}/comment", WRONG).location == f"{opened}/progress"
    page = visitor.get(f"{opened}/progress")
    assert "I wanted to go &lt;b&gt;swimming&lt;/b&gt;." in page.html
    assert "Waits for an answer." in page.text
    with admin.connect() as connection:
        rows = "".join(connection.scalars(text("select t::text from person_comment t")))
    assert "swimming" not in rows
    worker = sign_in("link-worker")
    assert "The person says something about their record" in worker.get("/referrals").text
    assert "swimming" in worker.get(f"/referrals/{made.id}/own-page").text


def test_answer_stands_beside_the_words_and_the_record_is_as_it_was(
    visitor: Visitor, opened: str, sign_in: SignIn, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    visitor.send(f"{opened}/comment", WRONG)
    before = views.get_referral(runtime.db, place.link_worker, made.id).outcome
    worker, own_page = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    action = _answer_form(worker, own_page)
    answer = {"settled": "corrected", "words": "The goal was to go swimming."}
    assert worker.send(action, answer, at=own_page).status_code == 303
    shown = visitor.get(f"{opened}/progress").text
    assert "I wanted to go" in shown
    assert "We have put what is right beside what was written. The goal was to go swimming." in shown
    after = views.get_referral(runtime.db, place.link_worker, made.id)
    assert after.outcome == before
    assert "person-comment" not in {task.kind for task in after.tasks}
    assert worker.send(action, answer, at=own_page).status_code == 409


def _answer_form(worker: Visitor, own_page: str) -> str:
    (action,) = [each for each in worker.get(own_page).posts if re.search(r"/comments/[0-9a-f-]{36}$", each)]
    return action


def test_answer_that_says_nothing_is_refused_and_kept(
    visitor: Visitor, opened: str, sign_in: SignIn, made: MadeReferral
) -> None:
    visitor.send(f"{opened}/comment", WRONG)
    worker, own_page = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    refused = worker.send(_answer_form(worker, own_page), {"settled": "kept"}, at=own_page)
    assert refused.status_code == 400
    assert "Write what is right, or why it was kept" in refused.text


def test_another_team_neither_reads_nor_answers(
    visitor: Visitor, opened: str, sign_in: SignIn, made: MadeReferral
) -> None:
    visitor.send(f"{opened}/comment", WRONG)
    own_page = f"/referrals/{made.id}/own-page"
    action = _answer_form(sign_in("link-worker"), own_page)
    stranger = sign_in("other-link-worker")
    stranger.get(own_page, status=404)
    answer = stranger.send(action, {"settled": "noted", "words": ""}, at="/referrals")
    assert answer.status_code == 404


def test_empty_words_are_refused_with_what_was_chosen_kept(visitor: Visitor, opened: str) -> None:
    refused = visitor.send(f"{opened}/comment", WRONG | {"words": "  "})
    assert refused.status_code == 400
    assert "Write it in your own words." in refused.text
    assert re.search(r'value="not-right"[^>]* checked', refused.text)


def test_so_many_words_without_an_answer_are_enough(visitor: Visitor, opened: str, admin: Engine) -> None:
    for _ in range(MOST_OPEN):
        visitor.send(f"{opened}/comment", WRONG)
    assert "Please ring us instead." in visitor.send(f"{opened}/comment", WRONG).text
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from person_comment")) == MOST_OPEN


def test_link_worker_writes_down_what_somebody_told_by_telephone(
    sign_in: SignIn, made: MadeReferral, visitor: Visitor, opened: str
) -> None:
    worker, own_page = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    said = {"kind": "comment", "about": "happened", "said": "The lift was broken."}
    assert worker.send(f"{own_page}/comments", said, at=own_page).status_code == 303
    assert "The lift was broken." in visitor.get(f"{opened}/progress").text


def test_link_is_shown_once_and_opens_until_the_team_ends_it(
    sign_in: SignIn, made: MadeReferral, visitor: Visitor
) -> None:
    worker, own_page = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    shown = worker.send(own_page, {"days": "30"})
    link = shown_link(shown.text)
    path = link.path
    assert path not in worker.get(own_page).html
    assert link.digits not in worker.get(own_page).text
    assert visitor.send(path, link.form).location == f"{path}/progress"
    assert "Opened last on" in worker.get(own_page).text
    assert worker.send(f"{own_page}/end", at=own_page).status_code == 303
    assert visitor.client.get(f"{path}/progress").location == path
    assert "There is none." in worker.get(own_page).text


def test_link_is_emailed_without_a_name_or_a_word_of_help(
    sign_in: SignIn, made: MadeReferral, runtime: Runtime, visitor: Visitor, admin: Engine
) -> None:
    worker, own_page = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    assert "E-mail it" not in worker.get(own_page).text  # there is no address on the record
    assert worker.send(own_page, {"days": "7", "how": "email"}).status_code == 409
    with runtime.db.transaction(system("test")) as tx:
        details = replace(people.get(tx, made.person_id, audit="test").details, email="ada@example.org")
        people.record_details(tx, made.person_id, details, audit="test")
    assert "E-mail it to ada@example.org" in worker.get(own_page).text
    digits = shown_digits(worker.send(own_page, {"days": "7", "how": "email"}).text)
    sent: list[Mail] = []

    def send(mail: Mail) -> Attempt:
        sent.append(mail)
        return Attempt(Result.SENT)

    mailing.send_due(runtime.db, send)
    words = f"{sent[0].subject} {sent[0].text}"
    (path,) = re.findall(r"http://localhost(/my/c-[A-Za-z0-9_-]{43})\s", words)
    assert len(sent) == 1, "the digits are told, and go with no message"
    assert sent[0].to == "ada@example.org"
    for silent in ("Okonkwo", "Adaeze", "referral", "Hackney", "loneliness", digits):
        assert silent not in words, silent
    assert visitor.send(path, BORN | {"digits": digits}).location == f"{path}/progress"


def test_restricted_record_asks_the_link_worker_whether_a_link_is_safe(
    sign_in: SignIn, made: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    worker, own_page = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    refused = worker.send(own_page, {"days": "30"})
    assert refused.status_code == 400
    assert "/my/" not in refused.text
    assert "/my/" in worker.send(own_page, {"days": "30", "safe": "yes"}).text


def test_everything_is_there_to_read_and_what_is_held_back_is_said(visitor: Visitor, opened: str) -> None:
    said = visitor.get(f"{opened}/data").text
    for there in (
        "Adaeze Okonkwo",
        "4 March 1951",
        "17 Cardamom Row",
        "A telephone call.",
        "Goes to the lunch club",
    ):
        assert there in said, there
    assert "Some words are not in this file." in said
    for held_back in ("husband", "son sounded", "neighbour"):
        assert held_back not in said, held_back
    assert visitor.client.get(f"{opened}/data.pdf").data.startswith(b"%PDF-")


def test_where_somebody_must_not_be_found_the_file_does_not_say_it(
    visitor: Visitor, sign_in: SignIn, made: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    shown = sign_in("link-worker").send(f"/referrals/{made.id}/own-page", {"days": "7", "safe": "yes"})
    link = shown_link(shown.text)
    path = link.path
    visitor.send(path, link.form)
    for part in ("data", "data.json"):
        told = visitor.client.get(f"{path}/{part}").text
        assert "Okonkwo" in told
        assert "Cardamom" not in told
        assert "7700900" not in told.replace(" ", "")


def test_fhir_bundle_is_sound_and_holds_this_person_alone(
    visitor: Visitor, opened: str, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    make_referral(runtime.db, place, ReferralStatus.CLOSED)
    answer = visitor.client.get(f"{opened}/data.json")
    assert answer.mimetype == "application/fhir+json"
    bundle = json.loads(answer.data)
    resources = [entry["resource"] for entry in bundle["entry"]]
    kinds = {each["resourceType"] for each in resources}
    wanted = {"Patient", "ServiceRequest", "Task", "CarePlan", "Observation", "Consent", "Organization"}
    assert wanted | {"QuestionnaireResponse", "Provenance", "AuditEvent", "Communication"} <= kinds
    assert resource_problems(bundle) == ()
    patients = {f"Patient/{made.person_id}"}
    assert set(re.findall(r"Patient/[0-9a-f-]{36}", answer.text)) == patients
    for held_back in ("husband", "son sounded", "neighbour"):
        assert held_back not in answer.text, held_back


def test_every_taking_along_is_in_the_audit_as_the_persons_own(
    visitor: Visitor, opened: str, admin: Engine, made: MadeReferral
) -> None:
    for part in ("data", "data.json"):
        visitor.client.get(f"{opened}/{part}")
    query = text(
        "select detail->>'how', role from audit_event where act = 'download own data' and subject = 'person' "
        "and detail ? 'how' and person_id = :id order by seq"
    )
    with admin.connect() as connection:
        found = [tuple(row) for row in connection.execute(query, {"id": made.person_id})]
    assert found == [("page", "resident"), ("fhir", "resident")]


def test_person_takes_their_story_back_and_its_words_are_gone(
    visitor: Visitor, opened: str, runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        reference = referrals.get(tx, made.id, audit="test").reference
    agreed = Agreed("the leader", runtime.db.clock().date(), (Use.PACK,))
    told = NewStory("I sing again on Tuesdays.", "Ruth", agreed)
    stories.keep(runtime.db, place.provider_of(place.services[0].id), reference, told)
    page = visitor.get(f"{opened}/progress").text
    assert "I sing again on Tuesdays." in page
    assert "under the name Ruth: In our evaluation pack" in page
    answer = visitor.send(f"{opened}/stories/end", at=f"{opened}/progress")
    assert answer.location == f"{opened}/progress"
    assert "I sing again" not in visitor.get(f"{opened}/progress").text
    with admin.connect() as connection:
        assert connection.execute(text("select withdrawn_by, words from story")).all() == [("person", None)]
