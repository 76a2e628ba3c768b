"""Who corrects an answer, or takes it back, is read so by everybody; the team still sees what was there before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.config import Settings
from app.domain.access import Actor, system
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime, build_runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.feedback.outcome_report import report_of
from app.services.fhir_reading import fhir_reads_made
from app.services.measures import measures_taken
from app.services.own import my_page, person_links
from app.services.prsb.prsb_facts import facts_of
from app.store import fhir_reads, outcomes, referrals
from app.store.outcomes import About
from app.store.session import Database
from fhir.views_table import KINDS
from tests.factories import MadePlace, MadeReferral
from tests.integration.measures.conftest import GARDEN
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}
BETTER = Outcome(OutcomeState.BETTER, "Goes out.", "")
NAME = "Were your hands dirty?"


@pytest.fixture
def corrected(sign_in: SignIn, helped: MadeReferral) -> Visitor:
    """A link worker who wrote 1 and meant 4, both in one moment of the clock."""
    worker = sign_in("link-worker")
    for value in ("1", "4"):
        told = {"phase": "before", "said_by": "link-worker", "way": "page", "garden-before-hands": value}
        assert worker.send(f"/referrals/{helped.id}/measures", told).status_code == 303
    return worker


@pytest.fixture
def own(app: Flask, runtime: Runtime, helped: MadeReferral) -> tuple[Visitor, str]:
    """The person with their own link opened, and its path."""
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": helped.person_id, "referral_id": helped.id}
        path = person_links.make(tx, **whose, purpose="progress", days=30).removeprefix("http://localhost")
    visitor = Visitor(app.test_client())
    assert visitor.send(path, BORN).status_code == 303
    return visitor, path


def read_by_person(runtime: Runtime, place: MadePlace, made: MadeReferral) -> list[tuple[str, float]]:
    """What stands on the person's own page, of the garden."""
    page = my_page.sheet(runtime.db, place.link_worker, made.id)
    return [
        (point.when, point.value) for each in page.answers if each.question == NAME for point in each.points
    ]


def told_in_fhir(db: Database, actor: Actor, made: MadeReferral) -> list[str]:
    """The observations that a system gets of a referral."""
    with db.transaction(actor) as tx:
        rows = fhir_reads.list_by(tx, "Observation", "referral_id", [made.id], audit="test")
        return [str(each) for each in fhir_reads_made.made(tx, KINDS["Observation"], rows, audit="test")]


def test_a_slip_is_corrected_for_every_reader_and_stays_with_the_team(
    corrected: Visitor,
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    helped: MadeReferral,
    admin: Engine,
) -> None:
    assert read_by_person(runtime, place, helped) == [("At the start", 4)]
    with runtime.db.transaction(place.link_worker) as tx:
        facts = facts_of(tx, referrals.get(tx, helped.id, audit="test"))
    assert [dict(each.answers) for each in facts.taken] == [{"hands": 4}]
    assert len(told_in_fhir(runtime.db, place.link_worker, helped)) == 1
    page = corrected.get(f"/referrals/{helped.id}").text
    assert "Changed or taken back since" in page
    assert f"Garden, start: {NAME} 1." in page
    assert helped.placement_id is not None
    provider = place.provider_of(place.services[0].id)
    endings.complete(runtime.db, provider, helped.placement_id, Ending(BETTER))
    with runtime.db.transaction(system("test")) as tx:
        report = report_of(tx, referrals.get(tx, helped.id, audit="test"), helped.practice, audit="test")
    assert [(score.code, score.value) for score in report.scores] == [("hands", 4)]
    loop = sign_in("practice-0").get(f"/loops/{helped.id}").text
    assert NAME in loop
    assert "Changed or taken back since" not in loop
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from measure_response")).scalar_one() == 2


def test_a_person_corrects_their_start_and_takes_it_back_by_their_own_link(
    own: tuple[Visitor, str], runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    visitor, path = own
    for value in ("1", "4"):
        assert visitor.send(f"{path}/answers/garden", {"garden-before-hands": value}).status_code == 303
    assert read_by_person(runtime, place, helped) == [("At the start", 4)]
    assert "At the start: 4" in visitor.get(f"{path}/progress").text
    assert visitor.send(f"{path}/answers/garden", {"step": "leave-out"}).status_code == 303
    assert read_by_person(runtime, place, helped) == []
    assert told_in_fhir(runtime.db, place.link_worker, helped) == []
    assert NAME not in visitor.get(f"{path}/progress").text


def test_a_start_is_compared_as_it_was_corrected(
    runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    """Nobody is called because things are further off than a number that was a slip."""
    day, team = runtime.db.clock().date(), {"said_by": "link-worker"}
    told = [
        Taken("goal-progress", phase, {"goal": value}, day, **team)
        for phase, value in ((Phase.BEFORE, 9), (Phase.BEFORE, 3), (Phase.AFTER, 5))
    ]
    for each in told:
        measures_taken.record(runtime.db, place.link_worker, helped.id, [each])
    with runtime.db.transaction(system("test")) as tx:
        assert (
            tx.session.execute(text("select count(*) from task where kind = 'things-worse'")).scalar_one()
            == 0
        )


def test_what_only_the_team_may_see_stays_there_when_its_file_goes(
    settings: Settings, folder: Path, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    file = folder / "garden-1.toml"
    guarded = GARDEN.format(version=1, wording=NAME).replace(
        "[[items]]", 'audience = "link-worker"\n[[items]]', 1
    )
    file.write_text(guarded)
    again = {"clock": runtime.db.clock, "wake": runtime.db.wake, "engine": runtime.db.engine}
    before = build_runtime(settings, **again)
    taken = Taken("garden", Phase.BEFORE, {"hands": 3}, runtime.db.clock().date(), said_by="link-worker")
    measures_taken.record(before.db, place.link_worker, helped.id, [taken])
    file.unlink()
    (folder / "frameworks" / "valley.toml").unlink()
    after = build_runtime(settings, **again)
    practice = place.actor("practice-0")
    for db in (before.db, after.db):
        with db.transaction(place.link_worker) as tx:
            (kept,) = outcomes.list_measures(tx, About(helped.id, helped.person_id), audit="test")
        with db.transaction(practice) as tx:
            (seen,) = outcomes.list_measures(tx, About(helped.id, helped.person_id), audit="test")
        assert (db.measures.scores(kept), db.measures.scores(seen)) == ({"hands": 3}, {})
        assert "valueInteger" in told_in_fhir(db, place.link_worker, helped)[0]
        assert "valueInteger" not in "".join(told_in_fhir(db, practice, helped))
