"""Each step that Gravity's state machine allows a provider works with its content; each other is refused with what is.

SDOHCC 3.0.0, Task state machine, see tests/unit/fhir_views/test_task_ways.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from fhir.systems import DOS_REJECTED_REASONS, OUR_END_REASONS, OUR_PAUSE_REASONS, SNOMED
from fhir.views_words import OUR_STAGES
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_rest.reader import Json, Reader, refusals
from tests.integration.api_fhir_rest.test_providers_updating import BETTER, Played

Refer = Callable[..., MadeReferral]
GRAVITY = {
    "requested": ("accepted", "rejected", "cancelled"),
    "accepted": ("in-progress", "on-hold", "cancelled", "completed", "failed"),
    "in-progress": ("on-hold", "cancelled", "completed", "failed"),
    "on-hold": ("in-progress", "cancelled", "completed", "failed"),
    "rejected": (),
    "cancelled": (),
    "completed": (),
    "failed": (),
}
# Beside it: `received`, which says that it was seen.
BESIDE = {("requested", "received")}
TARGETS = ("draft", "ready", "received", "entered-in-error", *GRAVITY)
# How each state is come to, from an offer; on-hold in its two kinds.
ROUTES: dict[str, tuple[str, ...]] = {
    "requested": (),
    "accepted": ("accepted",),
    "in-progress": ("accepted", "in-progress"),
    "on-hold": ("accepted", "in-progress", "on-hold"),
    "on-hold before help": ("accepted", "on-hold"),
    "waiting list": ("waitlisted",),
    "rejected": ("rejected",),
    "cancelled": ("accepted", "cancelled"),
    "called off": ("cancelled",),
    "completed": ("accepted", "completed"),
    "failed": ("accepted", "failed"),
}


def state_of(route: str) -> str:
    last = ROUTES[route][-1] if ROUTES[route] else "requested"
    return "accepted" if last == "waitlisted" else last


def reason(system: str, code: str) -> Json:
    return {"statusReason": {"coding": [{"system": system, "code": code}], "text": "In their own words"}}


def content(before: str, status: str) -> dict[str, Any]:
    """What a step has to bring along."""
    ends = (DOS_REJECTED_REASONS, "22") if before == "requested" else (OUR_END_REASONS, "moved-away")
    told: dict[str, dict[str, Any]] = {
        "rejected": reason(DOS_REJECTED_REASONS, "22"),
        "on-hold": reason(OUR_PAUSE_REASONS, "person-away-or-ill"),
        "cancelled": reason(*ends),
        "failed": reason(*ends),
        "completed": {"output": [BETTER], "statusReason": None},
    }
    return told.get(status, {"statusReason": None})


def is_allowed(route: str, status: str) -> bool:
    before = state_of(route)
    return status in GRAVITY[before] or (before, status) in BESIDE or (route, status) in BESIDE


def pairs(*, allowed: bool) -> list[tuple[str, str]]:
    return [
        (route, status)
        for route in ROUTES
        for status in TARGETS
        if status != state_of(route) and is_allowed(route, status) is allowed
    ]


@pytest.fixture
def played(provider: Reader, refer: Refer) -> Played:
    return Played(provider, refer(ReferralStatus.ACTIVE))


def take(played: Played, route: str) -> str:
    """Bring the Task to where a route ends; its state."""
    before = "requested"
    for status in ROUTES[route]:
        if status == "waitlisted":
            played.move("accepted", businessStatus={"coding": [{"system": OUR_STAGES, "code": status}]})
        else:
            played.move(status, **content(before, status))
        before = status
    return state_of(route)


@pytest.mark.parametrize(("route", "status"), pairs(allowed=True))
def test_a_step_of_gravitys_works_with_its_content(route: str, status: str, played: Played) -> None:
    before = take(played, route)
    told = content(before, status)
    done = played.move(status, **told)
    stands = "requested" if status == "received" else status
    assert done["status"] == played.read()["status"] == stands
    if told.get("statusReason") and (before, status) not in BESIDE:
        sent, given = told["statusReason"]["coding"][0], done["statusReason"]["coding"][0]
        assert (given["system"], given["code"]) == (sent["system"], sent["code"])


@pytest.mark.parametrize("route", ROUTES)
def test_every_other_step_is_a_conflict_that_says_what_is_allowed(route: str, played: Played) -> None:
    before = take(played, route)
    stands = played.read()
    for _, status in (pair for pair in pairs(allowed=False) if pair[0] == route):
        (sentence,) = refusals(played.put(status, **content(before, status)), 409)
        known = [each for each in GRAVITY[before] if is_allowed(route, each)]
        assert all(each in sentence for each in known), sentence
        assert known or "Nothing follows" in sentence
    assert played.read() == stands


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("status", ["failed", "cancelled"])
@pytest.mark.parametrize("code", ["other", "person-declined", "could-not-contact"])
def test_an_early_end_is_told_by_the_word_that_was_sent_to_everybody_and_for_ever(
    begun: bool, status: str, code: str, played: Played, reader: Reader
) -> None:
    take(played, "in-progress" if begun else "accepted")
    done = played.move(status, **reason(OUR_END_REASONS, code))
    assert done["status"] == status
    assert reader.read(played.path)["status"] == status
    versions = reader.read(f"{played.path}/_history")["entry"]
    assert versions[0]["resource"]["status"] == status
    assert played.made.placement_id in _found(played.reader, status)
    assert played.made.placement_id not in _found(
        played.reader, "failed" if status == "cancelled" else "cancelled"
    )


def _found(reader: Reader, status: str) -> set[UUID]:
    return {UUID(each) for each in reader.ids("Task", {"status": status})}


def test_an_offer_that_its_provider_cancels_is_declined_and_told_as_cancelled(
    played: Played, reader: Reader, place: MadePlace, admin: Engine
) -> None:
    snomed = {"coding": [{"system": SNOMED, "code": "871711000000103"}]}
    assert refusals(played.put("cancelled"), 422)
    done = played.move("cancelled", statusReason=snomed)
    told = [(each["system"], each["code"]) for each in done["statusReason"]["coding"]]
    assert told == [(DOS_REJECTED_REASONS, "26"), (SNOMED, "871711000000103")]
    with admin.connect() as connection:
        assert connection.execute(text("select status from placement")).scalar_one() == "declined"
    assert reader.read(played.path)["status"] == "cancelled"
    assert played.put("cancelled", statusReason=done["statusReason"]).json == done


def test_a_pause_in_words_alone_has_another_reason_and_ends_where_help_begins(
    played: Played, reader: Reader
) -> None:
    take(played, "accepted")
    assert refusals(played.put("on-hold"), 422)
    paused = played.move("on-hold", statusReason={"text": "She is in hospital until May"})
    assert paused["statusReason"]["coding"][0]["code"] == "other"
    assert paused["businessStatus"]["coding"][0]["code"] == "paused"
    assert reader.read(played.path)["status"] == "on-hold"
    begun = played.move("in-progress", statusReason=None)
    assert "statusReason" not in begun
    assert begun["businessStatus"]["coding"][0]["code"] == "started"
