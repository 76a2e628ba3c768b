"""Who may work with the dataset, from when and until when: asked for, signed, approved by two, changed, ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from app.domain.project_papers import AskedPerson
from app.domain.projects import Act, DataAgreement, DecidesAs, ProjectStatus
from app.services.dataset import project_deciding, project_papers, project_tokens, projects
from tests.factories import MadePlace
from tests.integration.projects.conftest import SHA256, Bench, asked_of


def works(bench: Bench, who: Actor | None = None) -> bool:
    return bool(projects.current(bench.db, who or bench.analyst))


def fields_of(fault: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {problem.field for problem in fault.value.problems}


def test_two_people_in_two_capacities_put_a_project_in_force(bench: Bench) -> None:
    project_id = bench.agreed()
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    assert not works(bench)
    bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)
    (project,) = projects.current(bench.db, bench.analyst)
    assert [project] == projects.require(bench.db, bench.analyst)
    assert (project.id, project.title) == (project_id, "Waits and who waits")
    assert project.tiers == {"tables", "queries", "rows"}
    assert project.fields == ("referred", "area", "deprivation", "practice", "source")


def test_nobody_approves_twice(bench: Bench) -> None:
    project_id = bench.agreed()
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    for decides_as in DecidesAs:
        with pytest.raises(Conflict):
            bench.approve(project_id, bench.steward, decides_as)
    assert not works(bench)


def test_second_approval_in_the_same_capacity_does_not_count(bench: Bench) -> None:
    project_id = bench.agreed()
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    with pytest.raises(Conflict, match="other one"):
        bench.approve(project_id, bench.guardian, DecidesAs.STEWARD)
    assert not works(bench)


def test_without_a_signed_agreement_nobody_approves(bench: Bench) -> None:
    project_id = bench.sent()
    with pytest.raises(Conflict, match="agreement"):
        bench.approve(project_id, bench.steward, DecidesAs.STEWARD)


def test_agreement_written_anew_asks_for_both_approvals_again(bench: Bench) -> None:
    project_id = bench.agreed()
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    bench.sign(project_id)
    bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)
    assert not works(bench)
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    assert works(bench)


@pytest.mark.parametrize("became", ["asked", "is a member"])
def test_whoever_asked_or_works_in_it_never_decides(became: str, bench: Bench, admin: Engine) -> None:
    project_id = bench.agreed(people=asked_of(bench.clock, "analyst", "colleague").people)
    promoted = bench.analyst if became == "asked" else bench.colleague
    with admin.connect() as connection:
        connection.execute(
            text("update user_account set role = 'steward' where id = :id"), {"id": promoted.user_id}
        )
    actor = replace(promoted, role=bench.steward.role)
    for deed in (
        lambda: bench.approve(project_id, actor, DecidesAs.GUARDIAN),
        lambda: project_deciding.refuse(bench.db, actor, project_id, "No."),
        lambda: project_deciding.end(bench.db, actor, project_id, "No."),
    ):
        with pytest.raises(NotAllowed, match="does not decide"):
            deed()


@pytest.mark.parametrize("who", ["analyst", "link-worker", "provider-0", "practice-0", "resident"])
def test_only_stewards_decide(who: str, bench: Bench, place: MadePlace) -> None:
    project_id = bench.agreed()
    actor = place.actor(who)
    with pytest.raises(NotAllowed):
        project_deciding.approve(bench.db, actor, project_id, DecidesAs.STEWARD, seen_round=2)
    with pytest.raises(NotAllowed):
        project_deciding.switch_open_view(bench.db, actor, on=True)
    assert not projects.open_view_is_on(bench.db)


@pytest.mark.parametrize("who", ["steward", "link-worker", "provider-0", "practice-0", "resident"])
def test_only_analysts_ask(who: str, bench: Bench, place: MadePlace) -> None:
    with pytest.raises(NotAllowed):
        project_papers.ask(bench.db, place.actor(who), bench.asked())


def test_another_place_sees_and_decides_nothing(bench: Bench) -> None:
    project_id = bench.agreed()
    for actor in (bench.other_steward, bench.neighbour):
        assert projects.list_seen(bench.db, actor) == []
        with pytest.raises(NotFound):
            projects.get(bench.db, actor, project_id)
    with pytest.raises(NotFound):
        project_deciding.approve(bench.db, bench.other_steward, project_id, DecidesAs.GUARDIAN, seen_round=2)
    with pytest.raises(NotFound):
        project_deciding.end(bench.db, bench.other_steward, project_id, "Ours now.")
    with pytest.raises(NotFound):
        project_papers.withdraw(bench.db, bench.neighbour, project_id, "Ours now.")


def test_analyst_outside_the_project_sees_nothing_of_it(bench: Bench) -> None:
    project_id = bench.approved()
    assert projects.list_seen(bench.db, bench.colleague) == []
    assert not works(bench, bench.colleague)
    with pytest.raises(NotFound):
        projects.get(bench.db, bench.colleague, project_id)
    with pytest.raises(NotFound):
        project_tokens.make(bench.db, bench.colleague, project_id, name="mine")


def test_member_works_and_does_not_change_what_another_asked_for(bench: Bench) -> None:
    project_id = bench.approved(people=asked_of(bench.clock, "analyst", "colleague").people)
    assert works(bench, bench.colleague)
    for deed in (
        lambda: project_papers.change(bench.db, bench.colleague, project_id, bench.asked()),
        lambda: project_papers.withdraw(bench.db, bench.colleague, project_id, "No."),
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_steward_does_not_see_what_was_not_sent(bench: Bench) -> None:
    project_id = bench.draft()
    assert projects.list_seen(bench.db, bench.steward) == []
    with pytest.raises(NotFound):
        projects.get(bench.db, bench.steward, project_id)
    project_papers.submit(bench.db, bench.analyst, project_id)
    assert [each.id for each in projects.list_seen(bench.db, bench.steward)] == [project_id]


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": ("age", "gender")},
        {"expires_on": date(2099, 1, 1)},
        {"people": ("analyst", "colleague")},
        {"tiers": ("tables",)},
        {"purpose": "Something else."},
    ],
)
def test_change_of_an_approved_project_needs_both_approvals_again(
    changes: dict[str, object], bench: Bench
) -> None:
    project_id = bench.approved()
    if "people" in changes:
        changes = {"people": asked_of(bench.clock, "analyst", "colleague").people}
    if "expires_on" in changes:
        changes = {"expires_on": bench.clock.today + timedelta(days=200)}
    project_papers.change(bench.db, bench.analyst, project_id, bench.asked(**changes))
    assert not works(bench)
    bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)
    assert not works(bench)
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    assert works(bench)
    assert bench.project(project_id).papers != bench.asked()


def test_change_that_changes_nothing_keeps_the_approvals(bench: Bench) -> None:
    project_id = bench.approved()
    project_papers.change(bench.db, bench.analyst, project_id, bench.asked())
    assert works(bench)


def test_approval_of_what_has_changed_meanwhile_is_refused(bench: Bench) -> None:
    project_id = bench.agreed()
    seen = bench.project(project_id).round
    project_papers.change(bench.db, bench.analyst, project_id, bench.asked(fields=("age", "practice")))
    with pytest.raises(Conflict, match="changed since you looked"):
        project_deciding.approve(bench.db, bench.steward, project_id, DecidesAs.STEWARD, seen_round=seen)


def test_last_day_counts_and_the_day_after_does_not(bench: Bench) -> None:
    project_id = bench.approved()
    bench.clock.set(bench.project(project_id).expires_on)
    assert works(bench)
    bench.clock.advance(days=1)
    assert not works(bench)
    with pytest.raises(NotAllowed, match="last day is past"):
        projects.require(bench.db, bench.analyst)


def test_training_that_has_ended_ends_the_work_of_that_person_alone(bench: Bench) -> None:
    today = bench.clock.today
    short = AskedPerson("colleague", "A charity", today, today + timedelta(days=5))
    bench.approved(people=(*bench.asked().people, short))
    bench.clock.advance(days=6)
    assert works(bench)
    assert not works(bench, bench.colleague)
    with pytest.raises(NotAllowed, match="training"):
        projects.require(bench.db, bench.colleague)


def test_training_that_ends_before_the_second_approval_stops_it(bench: Bench) -> None:
    today = bench.clock.today
    project_id = bench.agreed(people=(AskedPerson("analyst", "A charity", today, today + timedelta(days=5)),))
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    bench.clock.advance(days=6)
    with pytest.raises(Conflict, match="training"):
        bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)


def test_refusal_gives_its_reason_and_can_be_mended(bench: Bench) -> None:
    project_id = bench.agreed()
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    with pytest.raises(Invalid):
        project_deciding.refuse(bench.db, bench.guardian, project_id, "  ")
    project_deciding.refuse(bench.db, bench.guardian, project_id, "The purpose is not plain.")
    seen = projects.get(bench.db, bench.analyst, project_id)
    assert seen.project.status is ProjectStatus.REFUSED
    assert (seen.steps[-1].act, seen.steps[-1].reason) == (Act.REFUSED, "The purpose is not plain.")
    project_papers.change(bench.db, bench.analyst, project_id, bench.asked(purpose="Plainer."))
    project_papers.submit(bench.db, bench.analyst, project_id)
    bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)
    assert not works(bench)  # the approval before the refusal no longer counts
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    assert works(bench)


def test_refused_project_sent_again_unchanged_needs_both_approvals(bench: Bench) -> None:
    project_id = bench.agreed()
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    project_deciding.refuse(bench.db, bench.guardian, project_id, "Not now.")
    project_papers.submit(bench.db, bench.analyst, project_id)
    bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)
    assert not works(bench)


@pytest.mark.parametrize("how", ["ended", "withdrawn"])
def test_ended_project_stays_ended(how: str, bench: Bench) -> None:
    project_id = bench.approved()
    if how == "ended":
        project_deciding.end(bench.db, bench.guardian, project_id, "The purpose is served.")
    else:
        project_papers.withdraw(bench.db, bench.analyst, project_id, "We have what we need.")
    assert not works(bench)
    later: tuple[Callable[[], object], ...] = (
        lambda: project_papers.submit(bench.db, bench.analyst, project_id),
        lambda: project_papers.change(bench.db, bench.analyst, project_id, bench.asked(purpose="More.")),
        lambda: bench.approve(project_id, bench.steward, DecidesAs.STEWARD),
        lambda: bench.sign(project_id),
        lambda: project_deciding.end(bench.db, bench.steward, project_id, "Again."),
    )
    for deed in later:
        with pytest.raises(Conflict):
            deed()


def test_history_and_audit_keep_every_step(bench: Bench, admin: Engine) -> None:
    project_id = bench.approved()
    project_papers.change(bench.db, bench.analyst, project_id, bench.asked(fields=("age",)))
    project_deciding.refuse(bench.db, bench.steward, project_id, "Too little.")
    acts = [step.act for step in projects.get(bench.db, bench.steward, project_id).steps]
    assert acts == ["asked", "submitted", "agreement", "approved", "approved", "changed", "refused"]
    with admin.connect() as connection:
        told = connection.execute(
            text("select act from audit_event where subject_id = :id order by seq"), {"id": str(project_id)}
        )
        assert [act for (act,) in told] == [f"project {act}" for act in acts]
        first = "select papers -> 'fields' from project_step where act = 'approved' limit 1"
        assert len(connection.scalar(text(first))) == 5  # what was approved then, not what is asked for now


def test_papers_are_read_whole_and_every_problem_is_told(bench: Bench) -> None:
    today = bench.clock.today
    people = (
        AskedPerson("nobody-of-this-name", "", None, today - timedelta(days=1)),
        AskedPerson("steward", "Here", today, today),
        AskedPerson("neighbour", "There", today + timedelta(days=1), today + timedelta(days=2)),
    )
    wrong = bench.asked(
        title=" ",
        purpose="",
        lawful_basis="because",
        people=people,
        tiers=(),
        fields=("nhs_number",),
        expires_on=today - timedelta(days=1),
    )
    with pytest.raises(Invalid) as fault:
        project_papers.ask(bench.db, bench.analyst, wrong)
    assert fields_of(fault) == {
        "title",
        "purpose",
        "lawful_basis",
        "tiers",
        "fields",
        "expires_on",
        "person_0_username",
        "person_0_organisation",
        "person_0_trained_on",
        "person_0_trained_until",
        "person_1_username",
        "person_2_username",
        "person_2_trained_on",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"people": ()},
        {"people": ("analyst", "Analyst ")},
        {"title": "x" * 121},
        {"outputs": "x" * 3001},
        {"setting": "null \x00 byte"},
        {"expires_on": date(2099, 1, 1)},
        {"tiers": ("rows", "names")},
    ],
)
def test_papers_with_a_fault_are_not_taken(changes: dict[str, object], bench: Bench) -> None:
    if "people" in changes:
        changes = {"people": asked_of(bench.clock, *changes["people"]).people if changes["people"] else ()}
    with pytest.raises(Invalid):
        bench.draft(**changes)
    assert projects.list_seen(bench.db, bench.analyst) == []


def test_agreement_is_written_down_whole(bench: Bench) -> None:
    project_id = bench.sent()
    told = DataAgreement("DSA-7", "1.2", "Invented Dean", bench.clock.today, SHA256)
    for wrong in (
        replace(told, reference=""),
        replace(told, version=" "),
        replace(told, signed_by=""),
        replace(told, signed_on=bench.clock.today + timedelta(days=1)),
        replace(told, sha256="abc"),
    ):
        with pytest.raises(Invalid):
            project_deciding.record_agreement(bench.db, bench.steward, project_id, wrong)
    project_deciding.record_agreement(bench.db, bench.steward, project_id, told)
    assert bench.project(project_id).agreement == told


def test_whoever_has_no_project_is_told_what_to_do(bench: Bench) -> None:
    with pytest.raises(NotAllowed, match="Ask for one"):
        projects.require(bench.db, bench.analyst)


def test_steward_switches_the_open_view(bench: Bench) -> None:
    assert not projects.open_view_is_on(bench.db)
    project_deciding.switch_open_view(bench.db, bench.steward, on=True)
    assert projects.open_view_is_on(bench.db)
    project_deciding.switch_open_view(bench.db, bench.steward, on=False)
    assert not projects.open_view_is_on(bench.db)


def test_use_is_audited_by_project_and_release(bench: Bench, admin: Engine) -> None:
    project_id = bench.approved()
    (project,) = projects.current(bench.db, bench.analyst)
    projects.record_use(bench.db, bench.analyst, project, "download release", "release-3/data/tables.csv")
    query = text(
        "select subject_id, detail ->> 'project', actor from audit_event where act = 'download release'"
    )
    with admin.connect() as connection:
        found = tuple(connection.execute(query).one())
    assert found == ("release-3/data/tables.csv", str(project_id), f"user:{bench.analyst.user_id}")


@pytest.mark.parametrize("unknown", [uuid4()])
def test_project_that_is_not_there_is_not_found(unknown: UUID, bench: Bench) -> None:
    deeds: tuple[Callable[[], object], ...] = (
        lambda: projects.get(bench.db, bench.analyst, unknown),
        lambda: project_papers.submit(bench.db, bench.analyst, unknown),
        lambda: project_deciding.refuse(bench.db, bench.steward, unknown, "No."),
    )
    for deed in deeds:
        with pytest.raises(DomainError) as fault:
            deed()
        assert fault.value.status == 404
