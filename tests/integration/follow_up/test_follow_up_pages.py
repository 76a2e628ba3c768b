"""The pages of follow-ups: the team's list, the call, the text, the letter; stops, wrong ticks, empty lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.follow_up import FollowUpStatus
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.follow_up import follow_ups
from app.store.follow_ups import FollowUp
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.follow_up.conftest import sweep
from tests.integration.web.conftest import Visitor

Later = Callable[[], Sequence[FollowUp]]
SignIn = Callable[[str], Visitor]
BY_PHONE = {"said_by": "person", "way": "phone"}


def due(runtime: Runtime, clock: Clock, later: Later) -> str:
    """Let the first day come; return the path of the follow-up."""
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    return f"/follow-ups/{later()[0].id}"


def test_an_empty_list_says_so(sign_in: SignIn, made: MadeReferral) -> None:
    page = sign_in("link-worker").get("/follow-ups")
    assert "Nobody is due" in page.text
    assert "cannot send text messages" in page.text
    assert "Nothing is done with yet" in sign_in("link-worker").get("/follow-ups?show=settled").text


def test_a_text_is_made_sent_and_taken_back(
    runtime: Runtime, clock: Clock, later: Later, sign_in: SignIn
) -> None:
    path, worker = due(runtime, clock, later), sign_in("link-worker")
    assert "Adaeze Okonkwo" in worker.get("/follow-ups").text
    made_text = worker.send(f"{path}/text", at=path)
    assert made_text.status_code == 200
    assert "http://localhost/my/" in made_text.text
    assert "07700900461" in made_text.text
    assert worker.send(f"{path}/sent", at=path).status_code == 303
    assert "Asked, no answer yet" in worker.get("/follow-ups").text
    assert worker.send(f"{path}/not-sent", at="/follow-ups").status_code == 303
    assert later()[0].status is FollowUpStatus.TO_SEND


def test_answers_by_telephone_are_shown_to_team_and_practice(
    runtime: Runtime, clock: Clock, later: Later, sign_in: SignIn, made: MadeReferral
) -> None:
    path, worker = due(runtime, clock, later), sign_in("link-worker")
    answers = {"ons4-follow-up-happy": "8", "ucla3-follow-up-skip": "distressing"}
    assert worker.send(path, BY_PHONE | answers).status_code == 303
    page = worker.get(f"/referrals/{made.id}")
    assert "3 months after" in page.text
    assert "left out. It would have upset the person" in page.text
    assert "3 months after" in sign_in("practice-0").get(f"/loops/{made.id}").text


def test_every_problem_is_told_and_what_was_typed_stays(
    runtime: Runtime, clock: Clock, later: Later, sign_in: SignIn
) -> None:
    path, worker = due(runtime, clock, later), sign_in("link-worker")
    proxy = {"said_by": "proxy", "way": "phone", "ons4-follow-up-happy": "8"}
    refused = worker.send(path, proxy)
    assert refused.status_code == 400
    assert "Write down who answered for them" in refused.text
    assert '<option value="8" selected' in refused.text
    both = worker.send(path, BY_PHONE | {"ons4-follow-up-happy": "8", "ons4-follow-up-skip": "declined"})
    assert "Clear either the answers or the reason" in both.text
    assert worker.send(path, BY_PHONE).status_code == 400  # nothing at all
    assert later()[0].status is FollowUpStatus.TO_SEND


def test_somebody_else_who_answers_is_named_under_seal(
    runtime: Runtime,
    clock: Clock,
    later: Later,
    sign_in: SignIn,
    place: MadePlace,
    counted: Callable[[str], int],
) -> None:
    path, worker = due(runtime, clock, later), sign_in("link-worker")
    proxy = {"said_by": "proxy", "way": "paper", "helper": "Chidi, her son", "ons4-follow-up-happy": "8"}
    assert worker.send(path, proxy).status_code == 303
    kept = follow_ups.get(runtime.db, place.link_worker, later()[0].id).earlier[-1]
    assert (kept.said_by, kept.way, kept.words) == ("proxy", "paper", {"answered-by": "Chidi, her son"})
    assert counted("measure_response where answers::text like '%Chidi%'") == 0


def test_calls_in_vain_are_counted_and_a_wrong_tick_is_taken_back(
    runtime: Runtime, clock: Clock, later: Later, sign_in: SignIn
) -> None:
    path, worker = due(runtime, clock, later), sign_in("link-worker")
    worker.send(f"{path}/no-answer", at=path)
    assert "Rung 1 time, no answer" in worker.get("/follow-ups").text
    worker.send(f"{path}/could-not-reach", at=path)
    assert "Could not be reached" in worker.get("/follow-ups?show=settled").text
    worker.send(f"{path}/undo", at="/follow-ups?show=settled")
    assert later()[0].status is FollowUpStatus.TO_CALL


def test_a_reason_is_needed_to_leave_it_out(
    runtime: Runtime, clock: Clock, later: Later, sign_in: SignIn
) -> None:
    path, worker = due(runtime, clock, later), sign_in("link-worker")
    assert worker.send(f"{path}/skip", {}, at=path).status_code == 400
    assert worker.send(f"{path}/skip", {"reason": "declined"}, at=path).status_code == 303
    assert (later()[0].status, later()[0].reason) == (FollowUpStatus.SKIPPED, "declined")


def test_the_letter_and_the_paper_are_files_whose_names_tell_nothing(
    runtime: Runtime, clock: Clock, later: Later, sign_in: SignIn, made: MadeReferral
) -> None:
    path, worker = due(runtime, clock, later), sign_in("link-worker")
    for address in (f"{path}/letter", f"/referrals/{made.id}/paper"):
        response = worker.client.get(address)
        assert response.data.startswith(b"%PDF")
        assert later()[0].reference in response.headers["Content-Disposition"]
        assert response.headers["Cache-Control"] == "no-store"


def test_team_and_practice_stop_the_asking_from_their_own_pages(
    runtime: Runtime, later: Later, sign_in: SignIn, made: MadeReferral, place: MadePlace
) -> None:
    practice = sign_in("practice-0")
    assert practice.send(f"/loops/{made.id}/stop-asking", at=f"/loops/{made.id}").status_code == 303
    assert [each.status for each in later()] == [FollowUpStatus.STOPPED] * 2
    other = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    worker = sign_in("link-worker")
    assert worker.send(f"/referrals/{other.id}/stop-asking", at=f"/referrals/{other.id}").status_code == 303
    found = follow_ups.list_of_referral(runtime.db, place.link_worker, other.id)
    assert [each.reason for each in found] == ["asked-not-to"] * 2


def test_another_teams_follow_up_is_answered_as_one_that_is_not_there(
    sign_in: SignIn, later: Later, made: MadeReferral
) -> None:
    path = f"/follow-ups/{later()[0].id}"
    sign_in("other-link-worker").get(path, 404)
    sign_in("provider-0").get(path, 403)
    other = sign_in("other-practice")
    assert other.send(f"/loops/{made.id}/stop-asking", at="/loops").status_code == 404
