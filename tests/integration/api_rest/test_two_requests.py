"""Two requests for one person, through the JSON API."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, Patient, make_nhs_number, make_referral
from tests.integration.api_rest.people import Person, path_of


@pytest.fixture
def pair(runtime: Runtime, place: MadePlace) -> tuple[str, str]:
    """The ids of two open referrals of one person; a service is asked for the first."""
    patient = Patient(nhs_number=make_nhs_number())
    first = make_referral(runtime.db, place, ReferralStatus.ACTIVE, patient=patient)
    practice = place.practices[1]
    second = make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=patient, practice=practice)
    return str(first.id), str(second.id)


def test_two_are_seen_joined_and_parted(pair: tuple[str, str], link_worker: Person) -> None:
    first, second = pair
    others = path_of("referrals", second, "others")
    (alike,) = link_worker.get(others).json["alike"]
    assert (alike["referral_id"], alike["found_by"]) == (first, "number")
    assert link_worker.post(f"{others}/{first}/join").json == {"leader_id": first}
    found = link_worker.get(others).json
    assert (found["alike"], found["leader"]["id"]) == ([], first)
    assert link_worker.post(f"{others}/{first}/undo").status_code == 204
    assert link_worker.get(others).json["leader"] is None


def test_two_are_kept_apart_for_a_reason_of_the_list(pair: tuple[str, str], link_worker: Person) -> None:
    first, second = pair
    path = path_of("referrals", second, "others")
    assert link_worker.post(f"{path}/{first}/apart", {"reason": "because"}).status_code == 422
    assert link_worker.post(f"{path}/{first}/apart", {"reason": "another-need"}).status_code == 204
    (apart,) = link_worker.get(path).json["apart"]
    assert (apart["referral"]["id"], apart["reason"]) == (first, "another-need")


def test_nobody_else_learns_of_the_other_request(pair: tuple[str, str], provider: Person) -> None:
    first, second = pair
    assert provider.get(path_of("referrals", second, "others")).status_code == 403
    assert provider.post(path_of("referrals", second, f"others/{first}/join")).status_code == 403


def test_there_is_no_letter_to_a_person_who_did_not_ask(pair: tuple[str, str], link_worker: Person) -> None:
    first, _ = pair
    assert link_worker.get(path_of("referrals", first, "person-letter.pdf")).status_code == 404
    told = link_worker.post(path_of("referrals", first, "person-told"), {"how": "rang"})
    assert told.status_code == 409
