"""A person changes their mind on their own page: it counts at once, the team is told, and it can be changed again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.secondary_use import Stand
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.dataset import secondary_use
from app.services.helping import delivery
from app.services.own import own_choices
from app.services.rights import consent
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

Found = Callable[[], ReferralDetail]


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


@pytest.fixture
def found(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Found:
    """Look the referral up as its team's."""
    return lambda: views.get_referral(runtime.db, place.link_worker, made.id)


def change(visitor: Visitor, path: str, about: str, answer: str) -> int:
    """Send one yes or no."""
    return visitor.send(f"{path}/change/{about}", {"answer": answer}, at=f"{path}/change").status_code


def test_a_no_to_sharing_takes_back_what_has_not_begun_and_tells_the_team(
    visitor: Visitor, opened: str, found: Found
) -> None:
    assert change(visitor, opened, "share", "no") == 303
    after = found()
    assert after.consent_to_share is False
    assert after.referral.status == ReferralStatus.IN_TRIAGE
    assert [each.status for each in after.placements] == [PlacementStatus.WITHDRAWN]
    assert own_choices.CHANGED in {task.kind for task in after.tasks}
    assert "You said no. Nobody new is told about you." in visitor.get(f"{opened}/change").text


def test_help_that_has_begun_goes_on_after_a_no_and_the_page_says_so(
    visitor: Visitor, opened: str, found: Found, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.start(runtime.db, provider, made.placement_id)
    assert "can go on helping you" in visitor.get(f"{opened}/change").text
    change(visitor, opened, "share", "no")
    assert [each.status for each in found().placements] == [PlacementStatus.STARTED]


def test_a_no_is_taken_back_in_the_same_place(
    visitor: Visitor, opened: str, found: Found, clock: Clock
) -> None:
    change(visitor, opened, "share", "no")
    clock.advance(minutes=1)
    change(visitor, opened, "share", "yes")
    assert found().consent_to_share is True


def test_a_no_to_being_counted_stands_with_the_person_as_its_source(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    change(visitor, opened, "dataset", "no")
    standing = secondary_use.find(runtime.db, place.link_worker, made.id)
    assert standing.stand is Stand.NO
    assert standing.words[0].said_by == "person"
    clock.advance(minutes=1)
    change(visitor, opened, "dataset", "yes")
    assert secondary_use.find(runtime.db, place.link_worker, made.id).stand is Stand.YES


def test_a_no_to_being_asked_holds_until_the_person_says_yes(
    visitor: Visitor, opened: str, clock: Clock
) -> None:
    change(visitor, opened, "ask", "no")
    assert "You said no. We do not ask you." in visitor.get(f"{opened}/change").text
    clock.advance(minutes=1)
    change(visitor, opened, "ask", "yes")
    assert "We may ask you some months after" in visitor.get(f"{opened}/change").text


def test_stopping_is_asked_once_and_then_counts_at_once(
    visitor: Visitor, opened: str, found: Found, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, made.placement_id)
    page = visitor.get(f"{opened}/stop")
    assert "We tell Dalston Befrienders service" in page.text
    assert found().referral.status == ReferralStatus.ACTIVE
    assert visitor.send(f"{opened}/stop").status_code == 303
    after = found()
    assert after.referral.status == ReferralStatus.WITHDRAWN
    assert [each.status for each in after.placements] == [PlacementStatus.WITHDRAWN]
    assert own_choices.STOPPED in {task.kind for task in after.tasks}
    assert views.get_placement(runtime.db, provider, made.placement_id).person.name is None
    assert "This has ended" in visitor.get(f"{opened}/stop").text


def test_stopping_twice_stops_once_and_wanting_help_again_is_a_task(
    visitor: Visitor, opened: str, found: Found
) -> None:
    page = visitor.get(f"{opened}/stop")
    for _ in range(2):
        sent = visitor.client.post(f"{opened}/stop", data={"csrf_token": page.token})
        assert sent.status_code == 303
    steps = [step for step in found().timeline if step.after == ReferralStatus.WITHDRAWN]
    assert len([step for step in steps if step.track == "referral"]) == 1
    visitor.send(f"{opened}/stop/undo", at=f"{opened}/stop")
    assert own_choices.AGAIN in {task.kind for task in found().tasks}


def test_after_the_end_nothing_can_be_stopped_and_sharing_is_refused_in_words(
    visitor: Visitor, opened: str, found: Found
) -> None:
    token = visitor.get(f"{opened}/change").token
    visitor.send(f"{opened}/stop")
    sent = visitor.client.post(f"{opened}/change/share", data={"answer": "yes", "csrf_token": token})
    assert "This has ended" in sent.text
    assert found().consent_to_share is True  # as the message said


@pytest.mark.parametrize(("about", "answer"), [("share", ""), ("ask", "perhaps"), ("everything", "no")])
def test_an_answer_that_is_none_is_refused_beside_its_question(
    visitor: Visitor, opened: str, found: Found, about: str, answer: str
) -> None:
    assert change(visitor, opened, about, answer) == 400
    assert found().tasks == ()


def test_the_change_is_the_persons_in_the_audit(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime
) -> None:
    change(visitor, opened, "dataset", "no")
    with runtime.db.engine.begin() as connection:
        connection.execute(text("select set_config('app.role', 'system', true)"))
        lines = connection.execute(
            text(
                "select role, detail->>'what', detail->>'given' from audit_event "
                "where act = 'change own mind' and detail ? 'what' and person_id = :whose"
            ),
            {"whose": made.person_id},
        ).all()
    assert [tuple(line) for line in lines] == [(Role.RESIDENT, "dataset", "false")]


def test_looking_at_what_can_be_changed_changes_nothing(
    visitor: Visitor, opened: str, found: Found, made: MadeReferral
) -> None:
    before = found()
    for part in ("change", "stop", "seen"):
        visitor.get(f"{opened}/{part}")
    assert found().tasks == before.tasks
    assert found().referral == before.referral


def test_another_visit_is_asked_for_the_date_of_birth_first(
    visitor: Visitor, opened: str, found: Found
) -> None:
    token = visitor.get(f"{opened}/change").token
    visitor.client.get(f"{opened}/leave")
    sent = visitor.client.post(f"{opened}/change/share", data={"answer": "no", "csrf_token": token})
    assert sent.status_code in (303, 400)
    assert found().consent_to_share is True  # as the message said


def test_a_link_workers_newer_word_is_what_the_person_reads(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    consent.record(runtime.db, place.link_worker, made.id, given=True)
    assert "You said yes." in visitor.get(f"{opened}/change").text
