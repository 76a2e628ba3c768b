"""The analyst of the demonstration: a project in force, approved by two, and a token that works."""

from __future__ import annotations

from pathlib import Path

from app.demo import analyst, place
from app.demo.house import House
from app.domain.project_papers import COLUMNS
from app.runtime import Runtime
from app.services.dataset import projects
from tests.conftest import Clock

CLIENTS = {practice.ods: {"keys": []} for practice in place.PRACTICES}


def test_analyst_is_given_a_project_and_a_token(runtime: Runtime, clock: Clock) -> None:
    place.set_up(runtime.db, today=clock.today, endpoint="https://gp.example.org", clients=CLIENTS)
    token = analyst.prepare(House("", runtime, {}, [], Path(), Path()))
    found = projects.find_by_token(runtime.db, token)
    assert found is not None
    actor, project = found
    assert project.is_open_to(actor.user_id, clock.today)
    assert project.tiers == {"tables", "queries", "rows"}
    assert set(project.fields) == set(COLUMNS)
    steps = projects.get(runtime.db, actor, project.id).steps
    assert len({step.by for step in steps if step.act == "approved"}) == 2
