"""Some answers stay in the team: everybody else sees that a questionnaire was taken, and its total."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.config import Settings, SettingsProblem
from app.domain.access import Actor, system
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime, build_runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.feedback.outcome_report import report_of
from app.services.measures import measures_taken
from app.store import outcomes, referrals
from app.store.outcomes import About
from tests.factories import MadePlace, MadeReferral
from tests.integration.measures.conftest import GARDEN
from tests.integration.web.conftest import Visitor

PHQ9 = {f"q{number}": 1 for number in range(1, 10)}
BETTER = Outcome(OutcomeState.BETTER, "Goes out.", "")
CONCERN = "Sleeping next to the road"


@pytest.fixture
def recorded(runtime: Runtime, place: MadePlace, helped: MadeReferral) -> MadeReferral:
    """PHQ-9, and a concern in the person's own words."""
    day = runtime.db.clock().date()
    taken = [
        Taken("phq9", Phase.BEFORE, PHQ9, day, said_by="link-worker"),
        Taken("own-concerns", Phase.BEFORE, {"concern-1": 5}, day, words={"concern-1": CONCERN}),
        Taken("garden", Phase.BEFORE, {"hands": 3}, day),
    ]
    measures_taken.record(runtime.db, place.link_worker, helped.id, taken)
    return helped


def read(runtime: Runtime, actor: Actor, made: MadeReferral) -> dict[str, Taken]:
    with runtime.db.transaction(actor) as tx:
        found = outcomes.list_measures(tx, About(made.id, made.person_id), audit="test")
        return {each.measure: each for each in found}


def test_the_team_sees_every_answer_and_the_persons_words(
    runtime: Runtime, place: MadePlace, recorded: MadeReferral
) -> None:
    found = read(runtime, place.link_worker, recorded)
    assert found["phq9"].answers == PHQ9
    assert found["own-concerns"].words == {"concern-1": CONCERN}
    assert runtime.db.measures.scores(found["phq9"])["depression"] == 9


def test_the_practice_sees_the_total_and_no_answer_and_no_words(
    runtime: Runtime, place: MadePlace, recorded: MadeReferral
) -> None:
    found = read(runtime, place.actor("practice-0"), recorded)
    assert runtime.db.measures.scores(found["phq9"]) == {"depression": 9}
    assert (found["phq9"].answers, found["own-concerns"].words) == ({}, {})
    assert found["own-concerns"].answers == {"concern-1": 5}


def test_another_practice_sees_nothing(runtime: Runtime, place: MadePlace, recorded: MadeReferral) -> None:
    assert read(runtime, place.actor("other-practice"), recorded) == {}


def test_the_outcome_tells_the_total_alone(
    runtime: Runtime, place: MadePlace, recorded: MadeReferral
) -> None:
    day = runtime.db.clock().date()
    with runtime.db.transaction(system("test")) as tx:
        outcomes.add_outcome(tx, About(recorded.id, recorded.person_id), BETTER, audit="test")
        referral = referrals.get(tx, recorded.id, audit="test")
        report = report_of(tx, referral, recorded.practice, audit="test")
    told = {(score.measure, score.code): score.value for score in report.scores}
    assert told == {("phq9", "depression"): 9, ("own-concerns", "concern-1"): 5, ("garden", "hands"): 3}
    assert all(score.taken_on == day for score in report.scores)


def test_own_words_are_sealed_where_they_are_kept(recorded: MadeReferral, admin: Engine) -> None:
    with admin.connect() as connection:
        rows = connection.execute(
            text("select words::text from measure_response where words is not null")
        ).all()
    assert len(rows) == 1
    assert CONCERN not in rows[0][0]


def test_answers_of_an_old_version_are_shown_with_its_words(
    settings: Settings, folder: Path, runtime: Runtime, place: MadePlace, recorded: MadeReferral
) -> None:
    (folder / "garden-2.toml").write_text(GARDEN.format(version=2, wording="Is your thumb green?"))
    later = build_runtime(settings, clock=runtime.db.clock, wake=runtime.db.wake, engine=runtime.db.engine)
    assert later.db.measures.get("garden").version == "2"
    old = read(later, place.link_worker, recorded)["garden"]
    assert later.db.measures.display("garden", "hands", old.version) == "Were your hands dirty?"
    assert later.db.measures.scores(old) == {"hands": 3}
    new = Taken("garden", Phase.AFTER, {"hands": 4}, runtime.db.clock().date(), version="")
    measures_taken.record(later.db, place.link_worker, recorded.id, [new])
    assert read(later, place.link_worker, recorded)["garden"].version == "2"


def test_answers_stay_readable_when_their_file_is_gone(
    settings: Settings, folder: Path, runtime: Runtime, place: MadePlace, recorded: MadeReferral
) -> None:
    (folder / "garden-1.toml").unlink()
    (folder / "frameworks" / "valley.toml").unlink()
    later = build_runtime(settings, clock=runtime.db.clock, wake=runtime.db.wake, engine=runtime.db.engine)
    old = read(later, place.link_worker, recorded)["garden"]
    assert later.db.measures.scores(old) == {"hands": 3}


def test_a_practice_reads_the_words_of_the_version_on_its_page(
    sign_in: Callable[[str], Visitor], runtime: Runtime, place: MadePlace, recorded: MadeReferral
) -> None:
    assert recorded.placement_id is not None
    provider = place.provider_of(place.services[0].id)
    endings.complete(runtime.db, provider, recorded.placement_id, Ending(BETTER))
    page = sign_in("practice-0").get(f"/loops/{recorded.id}").text
    assert "Were your hands dirty?" in page
    assert "PHQ-9 score" in page
    assert "Question 1" not in page
    assert CONCERN not in page


def test_wrong_files_stop_the_start_with_every_problem(
    settings: Settings, folder: Path, runtime: Runtime
) -> None:
    (folder / "wrong.toml").write_text("colour = 1\n")
    (folder / "empty.toml").write_text("of = \n")
    with pytest.raises(SettingsProblem) as caught:
        build_runtime(replace(settings, measures_dir=folder), engine=runtime.db.engine)
    told = "\n".join(caught.value.problems)
    assert all(
        each in told for each in ("wrong.toml: colour", "wrong.toml: code", "empty.toml", "MEASURES_DIR")
    )
