"""Tokens of projects: shown once, kept as hashes, good for nothing once anything that they stand on has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.project_papers import AskedPerson
from app.domain.projects import DecidesAs
from app.services.dataset import project_deciding, project_papers, project_tokens, projects
from tests.integration.projects.conftest import Bench, asked_of


def test_token_leads_to_its_owner_and_its_project(bench: Bench) -> None:
    project_id = bench.approved()
    token = project_tokens.make(bench.db, bench.analyst, project_id, name="my notebook")
    assert token.startswith("bsd_")
    assert len(token) == 4 + 43  # 256 bits
    found = projects.find_by_token(bench.db, token)
    assert found is not None
    assert (found[0], found[1].id) == (bench.analyst, project_id)


def test_token_is_kept_as_its_hash_and_the_day_of_its_last_use(bench: Bench, admin: Engine) -> None:
    project_id = bench.approved()
    token = project_tokens.make(bench.db, bench.analyst, project_id, name="my notebook")
    (known,) = projects.get(bench.db, bench.analyst, project_id).tokens
    assert (known.name, known.last_used_on, known.expires_on) == (
        "my notebook",
        None,
        bench.project(project_id).expires_on,
    )
    projects.find_by_token(bench.db, token)
    (known,) = projects.get(bench.db, bench.analyst, project_id).tokens
    assert known.last_used_on == bench.clock.today
    with admin.connect() as connection:
        kept = connection.scalar(
            text("select token_hash = sha256(cast(:token as bytea)) from project_token"), {"token": token}
        )
        everywhere = connection.scalar(
            text("select count(*) from audit_event where detail::text like '%' || :token || '%'"),
            {"token": token[4:]},
        )
    assert kept is True
    assert everywhere == 0


@pytest.mark.parametrize(
    "wrong",
    ["", "bsd_", "bsd_" + "A" * 43, "bsd_" + "A" * 42, "A" * 47, "bsd_" + "é" * 43, "bsd_\x00" + "A" * 42],
)
def test_unknown_token_leads_nowhere(wrong: str, bench: Bench) -> None:
    bench.approved()
    assert projects.find_by_token(bench.db, wrong) is None


def test_token_with_anything_behind_it_is_another_token(bench: Bench) -> None:
    token = project_tokens.make(bench.db, bench.analyst, bench.approved(), name="mine")
    for other in (token + "\n", token + "A", " " + token, token[:-1], token.upper()):
        assert projects.find_by_token(bench.db, other) is None


def _end(bench: Bench, admin: Engine) -> None:
    (project,) = projects.list_seen(bench.db, bench.analyst)
    project_deciding.end(bench.db, bench.steward, project.id, "The purpose is served.")


def _withdraw(bench: Bench, admin: Engine) -> None:
    (project,) = projects.list_seen(bench.db, bench.analyst)
    project_papers.withdraw(bench.db, bench.analyst, project.id, "We are done.")


def _change(bench: Bench, admin: Engine) -> None:
    (project,) = projects.list_seen(bench.db, bench.analyst)
    project_papers.change(bench.db, bench.analyst, project.id, bench.asked(fields=("age",)))


def _expire(bench: Bench, admin: Engine) -> None:
    bench.clock.advance(days=91)


def _revoke(bench: Bench, admin: Engine) -> None:
    (project,) = projects.list_seen(bench.db, bench.analyst)
    (known,) = projects.get(bench.db, bench.analyst, project.id).tokens
    project_tokens.revoke(bench.db, bench.analyst, known.id)


def _revoke_as_steward(bench: Bench, admin: Engine) -> None:
    (project,) = projects.list_seen(bench.db, bench.steward)
    (known,) = projects.get(bench.db, bench.steward, project.id).tokens
    project_tokens.revoke(bench.db, bench.steward, known.id)


def _switch_account_off(bench: Bench, admin: Engine) -> None:
    _account(bench, admin, "active = false")


def _give_another_role(bench: Bench, admin: Engine) -> None:
    _account(bench, admin, "role = 'steward'")


def _move_elsewhere(bench: Bench, admin: Engine) -> None:
    _account(bench, admin, f"organisation_id = '{bench.neighbour.organisation_id}'")


def _account(bench: Bench, admin: Engine, what: str) -> None:
    with admin.connect() as connection:
        query = text(f"update user_account set {what} where id = :id")  # noqa: S608 - the words above
        connection.execute(query, {"id": bench.analyst.user_id})


@pytest.mark.parametrize(
    "happens",
    [
        _end,
        _withdraw,
        _change,
        _expire,
        _revoke,
        _revoke_as_steward,
        _switch_account_off,
        _give_another_role,
        _move_elsewhere,
    ],
)
def test_token_dies_at_once_with_what_it_stands_on(
    happens: Callable[[Bench, Engine], None], bench: Bench, admin: Engine
) -> None:
    token = project_tokens.make(bench.db, bench.analyst, bench.approved(), name="mine")
    assert projects.find_by_token(bench.db, token) is not None
    happens(bench, admin)
    assert projects.find_by_token(bench.db, token) is None


def test_token_dies_with_its_owners_training(bench: Bench) -> None:
    today = bench.clock.today
    people = (AskedPerson("analyst", "A charity", today, today + timedelta(days=5)),)
    token = project_tokens.make(bench.db, bench.analyst, bench.approved(people=people), name="mine")
    bench.clock.advance(days=5)
    assert projects.find_by_token(bench.db, token) is not None
    bench.clock.advance(days=1)
    assert projects.find_by_token(bench.db, token) is None


def test_token_of_somebody_who_is_named_no_more_stays_dead_when_they_come_back(bench: Bench) -> None:
    both = asked_of(bench.clock, "analyst", "colleague").people
    project_id = bench.approved(people=both)
    token = project_tokens.make(bench.db, bench.colleague, project_id, name="mine")
    for people in (bench.asked().people, both):
        project_papers.change(bench.db, bench.analyst, project_id, bench.asked(people=people))
        bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
        bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)
    assert projects.current(bench.db, bench.colleague)
    assert projects.find_by_token(bench.db, token) is None


def test_token_lives_no_longer_than_its_project(bench: Bench) -> None:
    project_id = bench.approved()
    last = bench.project(project_id).expires_on
    for wrong in (last + timedelta(days=1), bench.clock.today - timedelta(days=1)):
        with pytest.raises(Invalid):
            project_tokens.make(bench.db, bench.analyst, project_id, name="mine", expires_on=wrong)
    tomorrow = bench.clock.today + timedelta(days=1)
    token = project_tokens.make(bench.db, bench.analyst, project_id, name="mine", expires_on=tomorrow)
    bench.clock.advance(days=2)
    assert projects.find_by_token(bench.db, token) is None


def test_token_is_not_made_before_the_approvals_nor_without_a_name(bench: Bench) -> None:
    project_id = bench.agreed()
    with pytest.raises(Conflict):
        project_tokens.make(bench.db, bench.analyst, project_id, name="mine")
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    with pytest.raises(Conflict):
        project_tokens.make(bench.db, bench.analyst, project_id, name="mine")
    bench.approve(project_id, bench.guardian, DecidesAs.GUARDIAN)
    with pytest.raises(Invalid):
        project_tokens.make(bench.db, bench.analyst, project_id, name=" ")


def test_nobody_has_more_good_tokens_than_ten(bench: Bench) -> None:
    project_id = bench.approved()
    for _ in range(project_tokens.MOST):
        project_tokens.make(bench.db, bench.analyst, project_id, name="mine")
    with pytest.raises(Invalid):
        project_tokens.make(bench.db, bench.analyst, project_id, name="mine")
    project_tokens.revoke(
        bench.db, bench.analyst, projects.get(bench.db, bench.analyst, project_id).tokens[0].id
    )
    assert project_tokens.make(bench.db, bench.analyst, project_id, name="mine")


def test_token_of_another_is_neither_seen_nor_revoked(bench: Bench) -> None:
    project_id = bench.approved(people=asked_of(bench.clock, "analyst", "colleague").people)
    token = project_tokens.make(bench.db, bench.analyst, project_id, name="mine")
    (known,) = projects.get(bench.db, bench.analyst, project_id).tokens
    assert projects.get(bench.db, bench.colleague, project_id).tokens == ()
    for actor in (bench.colleague, bench.neighbour, bench.other_steward):
        with pytest.raises(NotFound):
            project_tokens.revoke(bench.db, actor, known.id)
    assert projects.find_by_token(bench.db, token) is not None
