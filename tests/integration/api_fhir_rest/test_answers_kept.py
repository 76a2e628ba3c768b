"""What a provider answers stands as it was meant: a yes with or without a place, and nobody's reason is changed.

The states are Gravity's (SDOHCC 3.0.0): from requested a Task becomes accepted, rejected or cancelled.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from fhir.systems import DOS_REJECTED_REASONS, OUR_PAUSE_REASONS
from fhir.views_words import OUR_STAGES
from tests.factories import MadeReferral, make_change, send, sender_for
from tests.integration.api_fhir_rest.reader import Json, Reader, refusals
from tests.integration.api_fhir_rest.test_providers_updating import Played

Refer = Callable[..., MadeReferral]
WORDS = "A place is free in May"


def stage(code: str) -> Json:
    return {"coding": [{"system": OUR_STAGES, "code": code}]}


def code_of(task: Json) -> str:
    return str(task["businessStatus"]["coding"][0]["code"])


@pytest.fixture
def played(provider: Reader, refer: Refer) -> Played:
    return Played(provider, refer(ReferralStatus.ACTIVE))


@pytest.mark.parametrize(
    "reason",
    [{"coding": [{"system": OUR_PAUSE_REASONS, "code": "person-away-or-ill"}]}, {"text": "x"}],
)
def test_an_offer_cannot_be_put_on_hold_and_the_refusal_says_how_a_waiting_list_is_told(
    reason: Json, played: Played
) -> None:
    (sentence,) = refusals(played.put("on-hold", statusReason=reason), 409)
    assert "accepted with businessStatus waitlisted, rejected, cancelled" in sentence
    assert (played.read()["status"], "statusReason" in played.read()) == ("requested", False)


def test_a_waiting_list_is_a_yes_that_waits_for_a_place_with_its_own_words(
    played: Played, reader: Reader
) -> None:
    told = {"businessStatus": stage("waitlisted"), "statusReason": {"text": WORDS}}
    waiting = played.move("accepted", **told)
    assert (waiting["status"], code_of(waiting)) == ("accepted", "waitlisted")
    assert waiting["statusReason"] == reader.read(played.path)["statusReason"] == {"text": WORDS}
    assert played.move("accepted") == waiting
    assert played.move("accepted", **told) == waiting
    assert refusals(played.put("accepted", statusReason={"text": "Something else"}), 422)
    taken = played.move("accepted", businessStatus=stage("accepted"))
    assert (taken["status"], code_of(taken), "statusReason" in taken) == ("accepted", "accepted", False)
    (sentence,) = refusals(played.put("accepted", businessStatus=stage("waitlisted")), 409)
    assert "in-progress" in sentence


def test_a_code_of_why_one_waits_is_refused_by_its_place(played: Played) -> None:
    coded = {"coding": [{"system": OUR_PAUSE_REASONS, "code": "no-capacity"}]}
    answer = played.put("accepted", businessStatus=stage("waitlisted"), statusReason=coded)
    assert refusals(answer, 422)
    assert answer.json["issue"][0]["expression"] == ["Task.statusReason.coding"]
    assert played.read()["status"] == "requested"


def test_a_reason_that_nobody_would_keep_is_refused_by_its_place(played: Played) -> None:
    for status in ("received", "received", "accepted", "accepted", "in-progress"):
        answer = played.put(status, statusReason={"text": "She rang us."})
        assert refusals(answer, 422), status
        assert answer.json["issue"][0]["expression"] == ["Task.statusReason"]
        played.move(status)
    answer = played.put("in-progress", statusReason={"text": "She rang us."})
    assert refusals(answer, 422)


def test_a_reason_that_stands_may_be_sent_along(played: Played) -> None:
    played.move("accepted")
    played.move("on-hold", statusReason={"text": "In hospital"})
    assert played.move("in-progress")["status"] == "in-progress"


def test_a_business_status_that_nobody_would_keep_is_refused(played: Played) -> None:
    answer = played.put("accepted", businessStatus={"text": "On our waiting list"})
    (sentence,) = refusals(answer, 422)
    assert "waitlisted" in sentence
    assert answer.json["issue"][0]["expression"] == ["Task.businessStatus"]
    assert played.read()["status"] == "requested"


def test_the_name_of_a_foreign_code_is_kept_and_a_bare_one_refused(played: Played) -> None:
    played.move("accepted")
    foreign = {"system": "https://example.org/reasons", "code": "shut"}
    assert refusals(played.put("on-hold", statusReason={"coding": [foreign]}), 422)
    told = {"coding": [foreign | {"display": "The hall is shut"}]}
    paused = played.move("on-hold", statusReason=told)
    assert paused["statusReason"]["text"] == "The hall is shut"
    assert played.move("on-hold", statusReason=told) == paused


def test_words_beside_a_codes_own_are_kept(played: Played) -> None:
    told = {"coding": [{"system": DOS_REJECTED_REASONS, "code": "40"}], "text": "Over 25 only"}
    assert played.move("rejected", statusReason=told)["statusReason"]["text"] == "Over 25 only"


def test_who_was_asked_hears_that_the_request_was_a_mistake(
    played: Played, reader: Reader, runtime: Runtime
) -> None:
    parent = played.read()["partOf"][0]["reference"]
    send(runtime.db, make_change(played.made.message, "entered-in-error"), sender_for(played.made.practice))
    for path in (played.path, parent, f"ServiceRequest/{played.made.id}", f"CarePlan/{played.made.id}"):
        assert played.reader.read(path)["status"] == "entered-in-error", path
    told = played.read()
    assert told["statusReason"]["text"] == "Whoever asked sent the request by mistake"
    assert reader.read(played.path)["status"] == "entered-in-error"
    history = played.reader.read(f"{played.path}/_history")["entry"]
    assert [each["resource"]["status"] for each in history] == ["entered-in-error", "requested"]
    assert played.reader.ids("Task", {"status": "entered-in-error", "part-of": parent}) == [told["id"]]
    assert refusals(played.put("accepted", statusReason=None), 409)


def test_who_was_asked_hears_that_the_practice_cancelled(played: Played, runtime: Runtime) -> None:
    send(runtime.db, make_change(played.made.message, "revoked"), sender_for(played.made.practice))
    told = played.read()
    assert (told["status"], told["statusReason"]["coding"][0]["code"]) == ("cancelled", "requester-cancelled")
