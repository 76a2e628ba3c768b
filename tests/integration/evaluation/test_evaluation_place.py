"""People like this in this place: told only where five organisations at least are in it, and no one is most of it."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.access import Actor, system
from app.domain.errors import NotAllowed
from app.domain.pack import Filters
from app.domain.referral import Organisation
from app.domain.vocabulary import OrganisationKind
from app.runtime import Runtime
from app.services.evaluation.pack_place import people_like_this
from app.store import directory
from tests.factories import MadePlace, make_service
from tests.factories import _organisation as make_organisation
from tests.integration.evaluation.conftest import Helped

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def provider(place: MadePlace) -> Actor:
    return place.actor("provider-0")


@pytest.fixture
def more(runtime: Runtime, helped: Helped, place: MadePlace) -> list[dict[str, object]]:
    """Two more organisations, as an episode names them."""
    made = []
    with runtime.db.transaction(system("test")) as tx:
        for name in ("Fourth", "Fifth"):
            one: Organisation = make_organisation(OrganisationKind.PROVIDER, name, provider_kind="grassroots")
            service = make_service(one)
            directory.add_organisation(tx, one)
            directory.add_service(tx, service)
            made.append({"provider_id": one.id, "service_id": service.id})
    return made


def test_five_organisations_are_told_of_together(
    runtime: Runtime, provider: Actor, helped: Helped, more: list[dict[str, object]]
) -> None:
    for by in range(3):
        helped(10, by=by)
    for each in more:
        helped(10, outcome="no-change", **each)
    found = people_like_this(runtime.db, provider, MARCH)
    assert found.needs == ("Loneliness and social connection",)
    assert found.figure
    shown = {line.code: line.number.people for line in found.figure.lines if line.number.people}
    assert shown == {"better": 30, "no-change": 20}
    assert not any(name in repr(found) for name in ("Fourth", "Fifth", "Clapton", "Dalston"))


def test_four_organisations_are_too_few(
    runtime: Runtime, provider: Actor, helped: Helped, more: list[dict[str, object]]
) -> None:
    for by in range(3):
        helped(20, by=by)
    helped(20, **more[0])
    assert people_like_this(runtime.db, provider, MARCH).figure is None


def test_nothing_is_told_where_one_organisation_has_most_people(
    runtime: Runtime, provider: Actor, helped: Helped, more: list[dict[str, object]]
) -> None:
    helped(45, by=1)
    helped(10)
    helped(10, by=2)
    for each in more:
        helped(10, **each)
    assert people_like_this(runtime.db, provider, MARCH).figure is None


def test_a_few_people_of_others_are_not_found_by_taking_ones_own_away(
    runtime: Runtime, provider: Actor, helped: Helped, more: list[dict[str, object]]
) -> None:
    for by in range(3):
        helped(20, by=by)
    for each in more:
        helped(20, **each)
    helped(10, outcome="worse")
    helped(4, outcome="worse", by=1)
    found = people_like_this(runtime.db, provider, MARCH).figure
    assert found
    assert {line.code: line.number.people for line in found.lines if line.number.people != 0} == {
        "better": None,
        "worse": None,
        "withheld-together": 115,  # 114, of whom 84 are others' people
    }


def test_people_with_other_needs_are_not_in_it(
    runtime: Runtime, provider: Actor, helped: Helped, more: list[dict[str, object]]
) -> None:
    helped(10)
    for by in (1, 2):
        helped(30, by=by, need="money-advice")
    for each in more:
        helped(30, need="money-advice", **each)
    assert people_like_this(runtime.db, provider, MARCH).figure is None


def test_only_a_provider_asks(runtime: Runtime, place: MadePlace) -> None:
    with pytest.raises(NotAllowed):
        people_like_this(runtime.db, place.link_worker, MARCH)
