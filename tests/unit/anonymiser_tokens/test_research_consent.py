"""A project that rests on consent gets the rows of who agreed to research; no other is touched by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.releasing.leaving_out import Lists, agreed_of, leave_out
from anonymiser.tokens.approvals import Approvals
from anonymiser.tokens.linkable import CONSENT, Approval, Linkable, Project, make_linkable
from anonymiser.tokens.opt_outs import Exemption, OptOuts, heed
from anonymiser.tokens.split_key import SplitKey
from tests.unit.anonymiser_tokens.conftest import TODAY
from tests.unit.anonymiser_tokens.token_people import NUMBERS, Desk, series

PROJECT = Project(
    id="what-helps", recipient="university", purpose="What helps?", fields=("need",), epoch="2026a"
)
ON_CONSENT = replace(PROJECT, basis=CONSENT)
DATES = (date(2026, 11, 20), date(2027, 11, 20))
RECORDS = pl.DataFrame(
    {
        "nhs_number": [*NUMBERS[:6], NUMBERS[0], None],
        "referral_key": [f"key-{place}" for place in range(8)],
        "need": ["food", "housing"] * 4,
    }
)
Make = Callable[..., Linkable]


def lists(**changed: Any) -> OptOuts:
    none: dict[str, Any] = {"type_1": series(NUMBERS[5]), "withdrawn": series()}
    return OptOuts(**(none | {"national": Exemption.ANONYMISED, **changed}))


@pytest.fixture
def make(desk: Desk, approvals: Approvals, root: SplitKey, now: datetime) -> Make:
    def made(project: Project, opt_outs: OptOuts, *, signed: Project | None = None) -> Linkable:
        request = (signed or project).request(
            id="ok-what-helps", reason="Agreed at the data access group.", asked_by="A", dates=DATES
        )
        signatures = desk.sign(request, "Guardian One", "Owner One")
        approval = Approval(request=request, signatures=signatures, approvals=approvals)
        return make_linkable(RECORDS, project, root=root, approval=approval, opt_outs=opt_outs, now=now)

    return made


def test_only_who_agreed_has_rows_and_the_others_are_counted(make: Make) -> None:
    made = make(ON_CONSENT, lists(agreed=series(NUMBERS[0], NUMBERS[2], NUMBERS[5])))
    counts = made.metadata["counts"]
    assert (counts["rows"], counts["people"]) == (3, 2)
    assert counts["people_left_out"]["no-research-consent"] == 4  # three people, and one who has no number
    assert counts["people_left_out"]["type-1-opt-out"] == 1  # a yes to research is none against that no
    assert made.metadata["basis"] == "consent"
    assert made.metadata["national_data_opt_out"] == "does not apply: explicit consent"
    assert not any(number in str(made.metadata) for number in NUMBERS[:6])


def test_without_the_list_nothing_is_made(make: Make) -> None:
    with pytest.raises(Refusal, match="--research"):
        make(ON_CONSENT, lists())


def test_an_empty_list_is_nobody(make: Make) -> None:
    assert make(ON_CONSENT, lists(agreed=series())).data.is_empty()


def test_a_project_on_another_ground_is_not_narrowed_by_the_list(make: Make) -> None:
    by_law = lists(national=Exemption.REQUIRED_BY_LAW, agreed=series(NUMBERS[0]))
    assert make(PROJECT, by_law).metadata["counts"]["rows"] == 7
    with pytest.raises(Refusal, match="not anonymous"):
        make(PROJECT, lists(agreed=series(NUMBERS[0])))


def test_the_basis_is_part_of_what_is_signed(make: Make) -> None:
    with pytest.raises(Refusal, match="other terms"):
        make(ON_CONSENT, lists(agreed=series(NUMBERS[0])), signed=PROJECT)


def test_a_basis_that_is_none_is_refused() -> None:
    with pytest.raises(Refusal, match="basis"):
        replace(PROJECT, basis="interest")


def test_an_anonymous_release_is_not_narrowed_by_the_list(tmp_path: Path) -> None:
    (tmp_path / "research.txt").write_text(f"{NUMBERS[0]}\n")
    (tmp_path / "type-1.txt").write_text(f"{NUMBERS[1]}\n")
    told = Lists(type_1=tmp_path / "type-1.txt", research=tmp_path / "research.txt")
    assert agreed_of(told) is not None
    kept, left_out = leave_out(RECORDS, told, TODAY)
    assert kept.height == 7
    assert "no-research-consent" not in left_out


def test_a_number_in_another_spelling_agreed_all_the_same() -> None:
    spaced = f"{NUMBERS[0][:3]} {NUMBERS[0][3:6]} {NUMBERS[0][6:]}"
    opt_outs = lists(national=Exemption.EXPLICIT_CONSENT, agreed=series(spaced))
    assert heed(RECORDS, opt_outs, TODAY).kept["nhs_number"].to_list() == [NUMBERS[0], NUMBERS[0]]
