"""What a provider and a practice do on the pages: from an offer to the outcome in the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.runtime import Runtime
from app.services.caring import triage
from app.services.helping import delivery
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
OUTCOME = {
    "outcome": "better",
    "goal_before": "2",
    "goal_after": "8",
    "summary": "Came to the lunch club.",
    "actions": "",
}


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral offered to the first provider, the second comes next."""
    return make_referral(runtime.db, place, services=(0, 1))


@pytest.fixture
def started(runtime: Runtime, place: MadePlace, made: MadeReferral) -> MadeReferral:
    """One that the provider is helping."""
    provider = place.actor("provider-0")
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.start(runtime.db, provider, made.placement_id)
    return made


def status_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> str:
    return views.get_placement(runtime.db, place.actor("provider-0"), made.placement_id).summary.status


def contact_form(clock: Clock, **changed: str) -> dict[str, Any]:
    day = clock.today
    return {
        "channel": "phone",
        "reached": "yes",
        "happened_on_day": str(day.day),
        "happened_on_month": str(day.month),
        "happened_on_year": str(day.year),
        "note": "Rang, comes on Friday.",
    } | changed


def test_reading_an_offer_from_the_list_tells_the_link_worker_that_it_arrived(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    assert "Please answer (1)" in visitor.get("/offers").text
    assert visitor.send(f"{path}/open", at="/offers").location == path
    assert status_of(runtime, place, made) == PlacementStatus.OPENED
    assert "Dalston Befrienders read the offer" in sign_in("link-worker").get(f"/referrals/{made.id}").text


def test_provider_says_yes_writes_a_contact_and_the_outcome(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    assert visitor.send(f"{path}/accept", at=path).location == path
    assert "Write the outcome" not in visitor.get(path).text
    assert visitor.send(f"{path}/contact", contact_form(clock)).location == path
    assert "Rang, comes on Friday." in visitor.get(path).text
    assert visitor.send(f"{path}/outcome", OUTCOME).location == path
    assert "on its way to the GP practice" in visitor.get(path).text
    assert status_of(runtime, place, made) == PlacementStatus.COMPLETED
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.outcome is not None
    assert (found.outcome.goal_before, found.outcome.goal_after) == (2, 8)


def test_outcome_form_asks_at_most_five_things(sign_in: SignIn, started: MadeReferral) -> None:
    page = sign_in("provider-0").get(f"/offers/{started.placement_id}/outcome")
    assert page.visible_inputs == set(OUTCOME)


def test_contact_is_written_in_at_most_six_inputs(sign_in: SignIn, started: MadeReferral) -> None:
    page = sign_in("provider-0").get(f"/offers/{started.placement_id}/contact")
    assert len(page.visible_inputs) <= 6


def test_questionnaires_behind_the_fold_are_kept_with_their_phase(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, started: MadeReferral
) -> None:
    answers = {"ons4-before-happy": "3", "ons4-after-happy": "7", "ucla3-after-left-out": "1"}
    visitor = sign_in("provider-0")
    assert visitor.send(f"/offers/{started.placement_id}/outcome", OUTCOME | answers).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, started.id)
    kept = {(taken.measure, taken.phase.value): dict(taken.answers) for taken in found.measures}
    assert len(found.measures) == len(kept)
    assert kept == {  # two of one phase are of one moment, in no order
        ("ons4", "before"): {"happy": 3},
        ("ons4", "after"): {"happy": 7},
        ("ucla3", "after"): {"left-out": 1},
    }


def test_every_problem_of_the_outcome_form_is_told_at_once_and_nothing_is_lost(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, started: MadeReferral
) -> None:
    form = OUTCOME | {
        "outcome": "banana",
        "goal_after": "11",
        "ons4-before-happy": "x",
        "actions": "y" * 4001,
    }
    answer = sign_in("provider-0").send(f"/offers/{started.placement_id}/outcome", form)
    assert answer.status_code == 400
    for field in ("outcome", "goal_after", "ons4-before-happy", "actions"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text
    assert "Came to the lunch club." in answer.text
    assert status_of(runtime, place, started) == PlacementStatus.STARTED


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"reached": ""}, "reached"),
        ({"happened_on_day": "31", "happened_on_month": "2"}, "happened_on_day"),
        ({"happened_on_year": ""}, "happened_on_day"),
        ({"happened_on_year": "2999"}, "happened_on_day"),
        ({"happened_on_year": "99999999999999999999"}, "happened_on_day"),
    ],
)
def test_wrong_contact_is_told_beside_its_field(
    changed: dict[str, str], field: str, sign_in: SignIn, started: MadeReferral, clock: Clock
) -> None:
    path = f"/offers/{started.placement_id}/contact"
    answer = sign_in("provider-0").send(path, contact_form(clock, **changed))
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert "Rang, comes on Friday." in answer.text


def test_no_needs_a_reason_and_closes_what_could_be_read(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    assert 'href="#reason"' in visitor.send(f"{path}/decline", {}).text
    assert visitor.send(f"{path}/decline", {"reason": "22"}).location == "/offers"
    page = visitor.get(path)
    assert "No capacity" in page.text
    assert "Okonkwo" not in page.html
    assert "Okonkwo" not in visitor.get("/offers").html
    placements = views.get_referral(runtime.db, place.link_worker, made.id).placements
    assert [each.status for each in placements] == [PlacementStatus.DECLINED, PlacementStatus.OFFERED]


def test_later_puts_the_person_on_the_waiting_list_until_yes(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    visitor.send(f"{path}/waiting-list", at=path)
    assert status_of(runtime, place, made) == PlacementStatus.WAITLISTED
    visitor.send(f"{path}/accept", at=path)
    assert status_of(runtime, place, made) == PlacementStatus.ACCEPTED


def test_help_is_paused_with_a_reason_and_goes_on(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, started: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{started.placement_id}"
    assert 'href="#reason"' in visitor.send(f"{path}/pause", {}).text
    assert visitor.send(f"{path}/pause", {"reason": "person-away-or-ill"}).status_code == 303
    page = visitor.get(path).text
    for words in ("Paused", "The person is away or ill.", "paused the help", "Go on after the pause"):
        assert words in page, words
    assert "Write the outcome" not in page
    assert "Paused" in visitor.get("/offers").text
    assert "Paused" in sign_in("link-worker").get(f"/referrals/{started.id}").text
    visitor.send(f"{path}/resume", at=path)
    page = visitor.get(path).text
    assert "Write the outcome" in page
    assert "away or ill" not in page.split("What has happened")[0]
    assert status_of(runtime, place, started) == PlacementStatus.STARTED


def test_provider_ends_early_with_a_reason_and_an_outcome(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, started: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{started.placement_id}/end-early"
    assert 'href="#outcome"' in visitor.send(path, {"reason": "did-not-engage"}).text
    assert visitor.send(path, {"reason": "did-not-engage", "outcome": "did-not-engage"}).status_code == 303
    assert status_of(runtime, place, started) == PlacementStatus.ENDED_EARLY


def test_yes_to_an_offer_that_was_taken_back_says_that_somebody_was_faster(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    visitor.get(path)
    triage.withdraw_offer(runtime.db, place.link_worker, made.placement_id, reason="other")
    answer = visitor.send(f"{path}/accept", at=path)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert f'href="{path}"' in answer.text


def test_practice_reads_the_letter_files_it_and_the_loop_closes(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    visitor, path = sign_in("practice-0"), f"/loops/{made.id}"
    assert "1 Outcomes to file" in visitor.get("/loops").text
    assert "Outcomes to file (1)" in visitor.get("/loops?show=to-file").text
    letter = visitor.get(path).text
    assert letter.index("There is nothing for you to do.") < letter.index("Things are better for the person")
    assert "Goes to the lunch club every week." in letter
    assert "UCLA loneliness (three items) 8 3" in letter
    assert visitor.send(f"{path}/filed", at=path).location == path
    closed = visitor.get(path).text
    assert "the loop is closed" in closed
    assert "Filed in the record" not in closed
    assert views.get_referral(runtime.db, place.link_worker, made.id).referral.status == ReferralStatus.CLOSED


def test_practice_sees_how_far_a_referral_has_come_before_it_ends(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    page = sign_in("practice-0").get(f"/loops/{made.id}").text
    reached, ahead = page.index("A provider was asked"), page.index("A provider said yes (not yet)")
    assert reached < ahead
    assert "There is no outcome yet" in page


def test_filing_what_has_no_outcome_is_refused(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    path = f"/loops/{made.id}"
    answer = sign_in("practice-0").send(f"{path}/filed", at=path)
    assert answer.status_code == 409
    assert "There is no outcome to acknowledge yet" in answer.text
