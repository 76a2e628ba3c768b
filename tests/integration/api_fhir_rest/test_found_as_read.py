"""What somebody may read by its id they find by _id, and what they find they may read, whoever they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import OrganisationKind
from fhir.views_table import KINDS
from tests.factories import MadePlace, MadeReferral, Patient
from tests.integration.api_fhir_rest.reader import Json, Reader, matches

ReaderOf = Callable[..., Reader]
Refer = Callable[..., MadeReferral]


@pytest.fixture
def story(refer: Refer) -> list[MadeReferral]:
    """Referrals of several people at several places of the loop."""
    stages = (ReferralStatus.CLOSED, ReferralStatus.ACTIVE, ReferralStatus.RECEIVED)
    return [refer(stage, patient=Patient(given=f"Person{at}")) for at, stage in enumerate(stages)]


@pytest.fixture
def callers(reader_of: ReaderOf, place: MadePlace) -> dict[str, Reader]:
    """A system of each kind of organisation, and those that nothing was shared with."""
    bound = {"provider": place.providers[0], "other provider": place.providers[1], "team": place.team}
    assert place.team.kind == OrganisationKind.TEAM
    return {
        "practice": reader_of(place.practices[0]),
        "other practice": reader_of(place.other_practice),
        **{name: reader_of(bound_to=organisation) for name, organisation in bound.items()},
    }


def found_by_id(caller: Reader, kind: str, ids: list[str]) -> dict[str, Json]:
    bundle = caller.search(kind, {"_id": ",".join(ids), "_count": "100"})
    found = {each["id"]: each for each in matches(bundle)}
    assert bundle["total"] == len(found)
    return found


def read_by_id(caller: Reader, kind: str, ids: list[str]) -> dict[str, Json]:
    answers = {each: caller.get(f"{kind}/{each}") for each in ids}
    assert {answer.status_code for answer in answers.values()} <= {200, 404}
    return {each: dict(answer.json) for each, answer in answers.items() if answer.status_code == 200}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_caller_may_read_it_finds_by_its_id_and_the_reverse(
    kind: str, callers: dict[str, Reader], story: list[MadeReferral]
) -> None:
    known = [each for caller in callers.values() for each in caller.ids(kind)]
    known += [str(each) for made in story for each in (made.id, made.person_id, made.placement_id) if each]
    ids = list(dict.fromkeys(known))[:30]
    for name, caller in callers.items():
        may_read = read_by_id(caller, kind, ids)
        assert found_by_id(caller, kind, ids) == may_read, name
        if name in ("practice", "team"):
            assert may_read, name


def test_a_provider_finds_the_task_that_its_own_is_part_of_by_its_id_alone(
    provider: Reader, story: list[MadeReferral]
) -> None:
    made = story[1]
    parent = provider.read(f"Task/{made.id}")
    assert matches(provider.search("Task", {"_id": str(made.id)})) == [parent]
    assert provider.search("Task", {"_id": str(made.id), "_summary": "count"})["total"] == 1
    assert provider.ids("Task", {"_id": str(made.id), "status": "completed"}) == []
    assert str(made.id) not in provider.ids("Task")
    both = {"_id": f"{made.id},{made.placement_id}", "_count": "1"}
    first = provider.search("Task", both)
    (following,) = (each["url"] for each in first["link"] if each["relation"] == "next")
    walked = [*matches(first), *matches(provider.follow(following))]
    assert {each["id"] for each in walked} == {str(made.id), str(made.placement_id)}
