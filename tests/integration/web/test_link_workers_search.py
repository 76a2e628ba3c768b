"""When the suggestions do not suffice, a link worker searches all services and chooses by name."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Need
from app.runtime import Runtime
from app.services.shown import views
from tests.factories import MadePlace, Patient, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


def test_a_service_that_was_not_suggested_is_found_and_offered(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE, needs=(Need.PHYSICAL_ACTIVITY,))
    worker = sign_in("link-worker")
    path, advice = f"/referrals/{made.id}", place.services[1]
    assert f"{path}/find" in worker.get(f"{path}/offer").links
    found = worker.get(f"{path}/find?q=clapton")
    assert f"{path}/offer?also={advice.id}" in found.links
    offer = worker.get(f"{path}/offer?also={advice.id}")
    assert "Does not fit: Does not offer help with the needs" in offer.text
    chosen = {"service_ids": [str(advice.id)], "brief": "", f"although-{advice.id}": "agreed-otherwise"}
    worker.send(f"{path}/offer?also={advice.id}", chosen)
    (placement,) = views.get_referral(runtime.db, place.link_worker, made.id).placements
    assert placement.service_name == advice.name


def test_the_search_shows_whom_it_is_for_and_keeps_their_postcode_out_of_addresses(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(
        runtime.db, place, ReferralStatus.IN_TRIAGE, patient=Patient(family="Seeker", postcode="E8 1AA")
    )
    page = sign_in("link-worker").get(f"/referrals/{made.id}/find?q=walks")
    assert "Seeker" in page.text
    assert not [link for link in page.links if "E8" in link]
    assert "near" not in page.visible_inputs


def test_wrong_choices_and_nothing_found_say_what_to_do(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    worker = sign_in("link-worker")
    assert "unmet need" in worker.get(f"/referrals/{made.id}/find?q=xylophonequartet").text
    assert "Choose days" in worker.get(f"/referrals/{made.id}/find?days=someday", 400).text


def test_only_the_persons_own_team_may_search(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    path = f"/referrals/{made.id}/find"
    assert sign_in("other-link-worker").get(path, 404).headings == ["Page not found"]
    assert sign_in("provider-0").get(path, 403).headings == ["You cannot open this page"]
