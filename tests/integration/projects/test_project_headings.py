"""Words of the project pages that fit what happened: an approval that was not given, and tables, which come whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.errors import Invalid
from app.domain.projects import DecidesAs
from tests.integration.projects.conftest import Bench
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.mark.parametrize(
    ("who", "decides_as", "said"),
    [
        ("steward", DecidesAs.GUARDIAN, "second approval is another person"),
        ("guardian", DecidesAs.STEWARD, "is given already"),
    ],
)
def test_a_second_approval_that_cannot_be_is_not_called_a_race(
    sign_in: SignIn, bench: Bench, who: str, decides_as: DecidesAs, said: str
) -> None:
    project_id = bench.agreed()
    bench.approve(project_id, bench.steward, DecidesAs.STEWARD)
    path, told = f"/projects/{project_id}", {"round": str(bench.project(project_id).round)}
    answer = sign_in(who).send(f"{path}/approve", told | {"decides_as": decides_as}, at=path)
    assert answer.status_code == 409
    assert said in answer.text
    assert "Your approval was not given" in answer.text
    assert "Somebody was faster" not in answer.text
    assert f'href="{path}"' in answer.text


def test_tables_alone_need_no_columns_and_the_pages_say_so(sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.approved(tiers=("tables",), fields=())
    assert bench.project(project_id).fields == ()
    assert "tables come whole" in sign_in("steward").get(f"/projects/{project_id}").text
    assert "for tables alone choose none" in sign_in("analyst").get("/projects/new").text


@pytest.mark.parametrize("tiers", [("rows",), ("queries",), ("tables", "queries")])
def test_rows_and_questions_need_columns(bench: Bench, tiers: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        bench.draft(tiers=tiers, fields=())
    assert [each.field for each in refused.value.problems] == ["fields"]
