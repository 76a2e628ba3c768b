"""Nothing ends or is overwritten in silence: help that goes on, a colleague's line, a form sent twice, a refusal."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from app.domain.attendance import Attendance
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.runtime import Runtime
from app.services.helping import delivery, register
from app.services.helping.register import Said
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page
from tests.practice_post import some

SignIn = Callable[[str], Visitor]
ENDS = {"reason": "moved-away", "outcome": "not-known", "summary": "Moved to Leeds."}


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), some(made.placement_id))
    return made


def test_referral_is_not_ended_over_a_group_that_helps_unless_somebody_says_so(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{helped.id}/end"
    assert "Dalston Befrienders" in visitor.get(path).text
    refused = visitor.send(path, ENDS)
    page = read_page(refused)
    assert refused.status_code == 400
    assert "#ends_help" in page.links
    assert "Moved to Leeds." in page.text
    provider = place.actor("provider-0")
    found = views.get_placement(runtime.db, provider, some(helped.placement_id))
    assert found.summary.status == PlacementStatus.ACCEPTED
    assert visitor.send(path, ENDS | {"ends_help": "yes"}).status_code == 303


def test_group_that_helped_hears_why_the_referral_ended(
    sign_in: SignIn, place: MadePlace, helped: MadeReferral
) -> None:
    sign_in("link-worker").send(f"/referrals/{helped.id}/end", ENDS | {"ends_help": "yes"})
    page = sign_in("provider-0").get(f"/offers/{helped.placement_id}")
    assert "The person moved away" in page.text


def test_group_that_was_only_asked_hears_no_more_than_that_it_is_over(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/end"
    assert "Is their help to end too?" not in visitor.get(path).text
    assert visitor.send(path, ENDS).status_code == 303
    assert "moved away" not in sign_in("provider-0").get(f"/offers/{made.placement_id}").text


def test_untouched_line_of_a_register_leaves_a_colleagues_correction_as_it_is(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral, clock: Clock
) -> None:
    second = make_referral(runtime.db, place)
    provider, service = place.actor("provider-0"), place.services[0].id
    delivery.accept(runtime.db, provider, some(second.placement_id))
    first = some(helped.placement_id)
    register.keep(runtime.db, provider, service, clock.today, [Said(first, Attendance.CAME)])
    visitor, path = sign_in("provider-0"), f"/register/{service}/{clock.today.isoformat()}"
    shown = {f"answer-{first}": "came", f"seen-{first}": "1", f"seen-{second.placement_id}": "0"}
    assert f'name="seen-{first}" value="1"' in visitor.get(path).html
    register.keep(runtime.db, provider, service, clock.today, [Said(first, Attendance.DID_NOT_COME)])
    assert visitor.send(path, shown | {f"answer-{second.placement_id}": "told-us"}).status_code == 303
    lines = register.get_register(runtime.db, provider, service, clock.today).lines
    assert {line.placement_id: line.answer for line in lines} == {
        first: "did-not-come",
        second.placement_id: "told-us",
    }


def test_line_that_two_colleagues_changed_is_asked_again_and_nothing_is_saved(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral, clock: Clock
) -> None:
    provider, service, first = place.actor("provider-0"), place.services[0].id, some(helped.placement_id)
    visitor, path = sign_in("provider-0"), f"/register/{service}/{clock.today.isoformat()}"
    register.keep(runtime.db, provider, service, clock.today, [Said(first, Attendance.DID_NOT_COME, "ill")])
    typed = {f"answer-{first}": "came", f"seen-{first}": "0"}
    refused = visitor.send(path, typed)
    assert refused.status_code == 400
    assert "A colleague wrote “Did not come”, “ill” while this page was open." in read_page(refused).text
    (line,) = register.get_register(runtime.db, provider, service, clock.today).lines
    assert line.answer == "did-not-come"
    assert f'name="seen-{first}" value="1"' in refused.text
    assert visitor.send(path, typed | {f"seen-{first}": "1"}).status_code == 303


def test_contact_that_a_provider_sends_twice_is_one(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{helped.placement_id}/contact"
    day = {f"happened_on_{part}": getattr(clock.today, part) for part in ("day", "month", "year")}
    form = {"channel": "phone", "reached": "yes", "note": "Rang twice.", "once": str(uuid4()), **day}
    assert 'name="once" value="' in visitor.get(path).html
    for _ in range(2):
        assert visitor.send(path, form).location == f"/offers/{helped.placement_id}"
    found = views.get_placement(runtime.db, place.actor("provider-0"), some(helped.placement_id))
    assert [each.note for each in found.contacts] == ["Rang twice."]


def test_a_rule_that_speaks_against_it_is_not_called_somebody_faster(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ENDED_EARLY)
    answer = sign_in("link-worker").client.get(f"/referrals/{made.id}/contact/letter")
    assert answer.status_code == 409
    assert "This cannot be done now" in answer.text
    assert "Somebody was faster" not in answer.text
