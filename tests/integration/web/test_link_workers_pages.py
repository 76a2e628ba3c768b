"""What a link worker does on the pages, from a new referral to its end."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.vocabulary import Need
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result, deliver, due
from app.services.helping import delivery
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def new(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral nobody has looked at."""
    return make_referral(runtime.db, place, ReferralStatus.RECEIVED)


@pytest.fixture
def triaged(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that a link worker has taken on."""
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


def test_list_shows_what_is_overdue_first_and_where_each_stands(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=Patient(family="Overdue"))
    clock.advance(days=14)
    make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=Patient(family="Fresh"))
    make_referral(runtime.db, place, ReferralStatus.ACTIVE, patient=Patient(family="Placed"))
    page = sign_in("link-worker").get("/referrals")
    assert (
        page.text.index("Adaeze Overdue") < page.text.index("Adaeze Fresh") < page.text.index("Adaeze Placed")
    )
    assert "Was due" in page.text


def test_banner_tells_who_it_is_and_what_to_beware_of(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    patient = Patient(nhs_number="9000000009", verified=False)
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=patient)
    visitor = sign_in("link-worker")
    for path in ("", "/needs", "/end"):
        text = visitor.get(f"/referrals/{made.id}{path}").text
        assert "NHS number: 900 000 0009" in text
        assert "born 4 March 1951" in text
        assert "Identity not confirmed" in text


def test_link_worker_takes_a_referral_on_sets_needs_and_asks_two_services_in_their_order(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, new: MadeReferral
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{new.id}"
    assert visitor.send(f"{path}/start", at=path).location == path
    assert "You took this referral on" in visitor.get(path).text
    needs = {"needs": [Need.MONEY_ADVICE, Need.SOCIAL_CONNECTION], "access": ["step-free"]}
    assert visitor.send(f"{path}/needs", needs).status_code == 303
    assert "To come they need: step-free access" in visitor.get(path).text
    assert visitor.send(f"{path}/needs", {"needs": needs["needs"]}).status_code == 303

    suggested = visitor.get(f"{path}/offer").text
    assert "Helps with money, benefits and debt advice, loneliness and social connection" in suggested
    first, second = place.services[1], place.services[0]
    chosen = {"service_ids": [str(second.id), str(first.id)], f"order-{first.id}": "1"}
    assert visitor.send(f"{path}/offer", chosen).location == path
    found = views.get_referral(runtime.db, place.link_worker, new.id)
    assert [placement.service_id for placement in found.placements] == [first.id]
    assert [line.service_id for line in found.plan] == [second.id]
    assert f"Asked next, if the answer is no {second.name}" in visitor.get(path).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Choose at least one service."),
        ({"service_ids": "banana"}, "Choose services from the list."),
        ({"service_ids": "00000000-0000-4000-8000-000000000000"}, "Choose services of this place"),
    ],
)
def test_wrong_choice_of_services_is_told_beside_the_list(
    form: dict[str, str], said: str, sign_in: SignIn, triaged: MadeReferral
) -> None:
    answer = sign_in("link-worker").send(f"/referrals/{triaged.id}/offer", form)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'href="#service_ids"' in answer.text


def test_order_that_is_no_number_is_told_and_the_choice_is_kept(
    sign_in: SignIn, place: MadePlace, triaged: MadeReferral
) -> None:
    service = place.services[0].id
    form = {"service_ids": str(service), f"order-{service}": "first"}
    answer = sign_in("link-worker").send(f"/referrals/{triaged.id}/offer", form)
    assert f'href="#order-{service}"' in answer.text
    assert 'value="first"' in answer.text
    assert answer.text.count(" checked") == 1


def test_second_offer_while_one_waits_says_that_somebody_was_faster(
    sign_in: SignIn, place: MadePlace, triaged: MadeReferral
) -> None:
    path = f"/referrals/{triaged.id}"
    slow, quick = sign_in("link-worker"), sign_in("second-link-worker")
    asked, other = (str(each.id) for each in place.services[:2])
    assert quick.send(f"{path}/offer", {"service_ids": asked}).status_code == 303
    answer = slow.send(f"{path}/offer", {"service_ids": [asked, other]})
    assert answer.status_code == 409
    assert "Something changed while this page was open" in answer.text
    ticked = re.findall(r'value="([^"]+)"\s+checked', answer.text)
    assert other in ticked
    assert f'href="{path}"' in answer.text


def test_offer_is_taken_back_with_a_reason(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place)
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/offers/{made.placement_id}/take-back"
    assert visitor.send(path, {}).status_code == 400
    assert visitor.send(path, {"reason": "other"}).status_code == 303
    assert "Taken back" in visitor.get(f"/referrals/{made.id}").text


def test_need_that_nobody_meets_is_written_down(sign_in: SignIn, triaged: MadeReferral) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{triaged.id}"
    assert visitor.send(f"{path}/unmet-need", at=path).location == path
    assert "The unmet need is written down" in visitor.get(path).text


def test_ending_without_an_outcome_is_refused_and_keeps_what_was_typed(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, triaged: MadeReferral
) -> None:
    form = {"reason": "moved-away", "summary": "Went to live with her son."}
    answer = sign_in("link-worker").send(f"/referrals/{triaged.id}/end", form)
    assert answer.status_code == 400
    assert 'href="#outcome"' in answer.text
    assert "Went to live with her son." in answer.text
    assert 'value="moved-away" checked' in answer.text
    assert views.get_referral(runtime.db, place.link_worker, triaged.id).outcome is None


@pytest.mark.parametrize(
    ("reason", "status"),
    [("moved-away", ReferralStatus.ENDED_EARLY), ("aim-reached", ReferralStatus.COMPLETED)],
)
def test_link_worker_ends_a_referral_with_an_honest_outcome(
    reason: str,
    status: ReferralStatus,
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    triaged: MadeReferral,
) -> None:
    form = {"reason": reason, "outcome": "not-known", "summary": "", "actions": "Please ring her."}
    visitor = sign_in("link-worker")
    assert visitor.send(f"/referrals/{triaged.id}/end", form).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, triaged.id)
    assert found.referral.status == status
    assert found.outcome is not None
    assert found.outcome.actions == "Please ring her."
    assert [news.status for news in found.feedback] == [FeedbackStatus.COMPOSED]


def test_referral_is_withdrawn_and_opened_again_with_reasons(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, triaged: MadeReferral
) -> None:
    visitor = sign_in("link-worker")
    assert (
        visitor.send(f"/referrals/{triaged.id}/withdraw", {"reason": "consent-withdrawn"}).status_code == 303
    )
    assert "The person withdrew consent" in visitor.get(f"/referrals/{triaged.id}").text
    ended = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    assert "Open it again" in visitor.get(f"/referrals/{ended.id}").text
    assert visitor.send(f"/referrals/{ended.id}/reopen", {"reason": "new-need"}).status_code == 303
    assert "A new need came up" in visitor.get(f"/referrals/{ended.id}").text


def test_buttons_are_those_of_the_lifecycle(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    visitor = sign_in("link-worker")
    shown = {
        status: visitor.get(f"/referrals/{make_referral(runtime.db, place, status).id}").text
        for status in ReferralStatus
    }
    expected = {
        "Take this referral on": {"received"},
        "Find help": {"in-triage"},
        "Ask somebody else too": {"active", "waiting"},
        "End this referral": {"received", "in-triage", "active", "waiting"},
        "Open it again": {"completed", "ended-early", "closed"},
    }
    for button, statuses in expected.items():
        assert {status for status, text in shown.items() if button in text} == statuses, button


def test_news_that_failed_stands_among_the_tasks_and_is_sent_again(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    (message,) = due(runtime.db)
    deliver(runtime.db, message, lambda _: Attempt(Result.NEVER, error="no-such-mailbox"))
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    assert "The outcome did not reach whoever asked" in visitor.get("/referrals").text
    news = views.get_referral(runtime.db, place.link_worker, made.id).feedback[-1]
    assert "did not reach whoever asked (1)" in sign_in("steward").get("/attention").text
    assert visitor.send(f"{path}/feedback/{news.id}/retry", at=path).location == path
    assert due(runtime.db) == [message]


def test_finished_task_leaves_the_list(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=Patient(verified=False))
    (task,) = views.list_tasks(runtime.db, place.link_worker).lines
    visitor = sign_in("link-worker")
    assert "The NHS number was not checked" in visitor.get("/referrals").text
    assert visitor.send(f"/tasks/{task.id}/done", at="/referrals").location == "/referrals"
    assert "The NHS number was not checked" not in visitor.get("/referrals").text


def test_declined_offer_shows_its_reason_in_words(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    delivery.decline(runtime.db, place.provider_of(place.services[0].id), made.placement_id, reason="22")
    text = sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert "Dalston Befrienders said no. No capacity." in text
