"""A provider's Task is part of the team's: it can follow that reference, and learns nothing there of the person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.helping import delivery
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_rest.reader import Json, Reader, matches, refusals

Refer = Callable[..., MadeReferral]
ReaderOf = Callable[..., Reader]


@pytest.fixture
def offered(refer: Refer) -> MadeReferral:
    return refer(ReferralStatus.ACTIVE)


def above(provider: Reader, made: MadeReferral) -> Json:
    (reference,) = provider.read(f"Task/{made.placement_id}")["partOf"]
    return provider.read(reference["reference"])


def test_it_is_the_teams_and_names_neither_person_nor_practice(
    provider: Reader, offered: MadeReferral, place: MadePlace
) -> None:
    found = above(provider, offered)
    get_fhir_model_class("Task").model_validate(found)
    assert (found["id"], found["status"], found["intent"]) == (str(offered.id), "in-progress", "order")
    assert found["owner"] == {"reference": f"Organization/{place.team.id}", "display": place.team.name}
    assert provider.read(found["focus"]["reference"])["id"] == str(offered.id)
    assert not {"for", "requester", "partOf", "output"} & set(found)
    told = str(found)
    for secret in ("Okonkwo", str(offered.person_id), str(place.practices[0].id), place.practices[0].name):
        assert secret not in told


def test_it_comes_along_with_a_search_and_is_found_by_none(provider: Reader, offered: MadeReferral) -> None:
    own, beside = str(offered.placement_id), str(offered.id)
    assert provider.ids("Task") == [own]
    bundle = provider.search("Task", {"_include": "Task:part-of"})
    assert [each["id"] for each in matches(bundle, "include")] == [beside]


def test_it_tells_of_the_providers_own_part_and_not_of_what_came_after(
    provider: Reader, offered: MadeReferral, runtime: Runtime, place: MadePlace, reader: Reader
) -> None:
    delivery.decline(runtime.db, place.actor("provider-0"), offered.placement_id, reason="22")
    assert above(provider, offered)["status"] == "cancelled"
    assert reader.read(f"Task/{offered.id}")["status"] == "in-progress"


def test_it_ends_completed_with_its_part(provider: Reader, refer: Refer) -> None:
    assert above(provider, refer(ReferralStatus.CLOSED))["status"] == "completed"


def test_it_has_the_version_that_is_there_now_and_is_changed_by_the_team_alone(
    provider: Reader, offered: MadeReferral
) -> None:
    path = f"Task/{offered.id}"
    version = provider.read(path)["meta"]["versionId"]
    assert provider.read(f"{path}/_history/{version}") == provider.read(path)
    assert len(provider.read(f"{path}/_history")["entry"]) == 1
    (sentence,) = refusals(provider.put(path, provider.read(path)), 403)
    assert "your own" in sentence


def test_nobody_elses_leads_to_anything(reader_of: ReaderOf, place: MadePlace, offered: MadeReferral) -> None:
    other = reader_of(bound_to=place.providers[1])
    assert refusals(other.get(f"Task/{offered.id}"), 404)
