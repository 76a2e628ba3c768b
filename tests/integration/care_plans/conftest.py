"""People's plans, written by the link worker and read by the person, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask import Flask

from app.domain.access import system
from app.runtime import Runtime
from app.services.caring import care_plans
from app.services.caring.care_plans import PlanPage
from app.services.helping import delivery
from app.services.own import person_links
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that the first provider has said yes to."""
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    return made


@dataclass
class Plan:
    """The plan of one referral in the link worker's browser."""

    worker: Visitor
    path: str

    def goal(self, words: str, goal_id: object = None, **more: str) -> str:
        """Write a goal; return its address."""
        address = f"{self.path}/goals/{goal_id or uuid4()}"
        self.write(address, {"words": words, **more})
        return address

    def action(self, what: str, who: str = "person", **more: str) -> str:
        """Write an action; return its address."""
        address = f"{self.path}/actions/{uuid4()}"
        self.write(address, {"what": what, "who": who, **more})
        return address

    def write(self, address: str, form: Mapping[str, str]) -> None:
        """Send a form as it stands now, which must be taken."""
        seen = self.seen(address)
        response = self.worker.send(address, {"how": "with", "plan_version": seen, **form})
        assert response.status_code == 303, response.text[:3000]

    def seen(self, address: str) -> str:
        """The version that a form says it was opened on."""
        page = self.worker.get(address)
        return next(each["value"] or "" for each in page.inputs if each.get("name") == "plan_version")


@pytest.fixture
def plan(sign_in: Callable[[str], Visitor], made: MadeReferral) -> Plan:
    """The plan of that referral, empty."""
    return Plan(sign_in("link-worker"), f"/referrals/{made.id}/plan")


@pytest.fixture
def kept(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Callable[[], PlanPage]:
    """Look up the plan as the team's."""
    return lambda: care_plans.find(runtime.db, place.link_worker, made.id)


@pytest.fixture
def visitor_of(app: Flask, runtime: Runtime) -> Callable[[MadeReferral], tuple[Visitor, str]]:
    """Open the own page of a referral's person in a browser of their own; its address."""

    def open_it(made: MadeReferral) -> tuple[Visitor, str]:
        with runtime.db.transaction(system("test")) as tx:
            whose = {"person_id": made.person_id, "referral_id": made.id}
            address = person_links.make(tx, **whose, purpose="progress", days=30)
        path, visitor = address.removeprefix("http://localhost"), Visitor(app.test_client())
        assert visitor.send(path, BORN).status_code == 303
        return visitor, path

    return open_it


@pytest.fixture
def resident(
    visitor_of: Callable[[MadeReferral], tuple[Visitor, str]], made: MadeReferral
) -> tuple[Visitor, str]:
    """The person of that referral at their own page; its address."""
    return visitor_of(made)
