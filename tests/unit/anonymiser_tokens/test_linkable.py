"""Linkable data: agreed fields only, coarse, after opt-outs, for an approved project, and never called anonymous."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.tokens.approvals import Approvals
from anonymiser.tokens.domains import IdType
from anonymiser.tokens.linkable import NOTICE, Approval, Linkable, Project, make_linkable
from anonymiser.tokens.opt_outs import Exemption, OptOuts
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser
from tests.unit.anonymiser_tokens.token_people import NUMBERS, Desk, series

PROJECT = Project(
    id="waits-2026",
    recipient="icb-secure-environment",
    purpose="How long people wait, and for whom it helps.",
    fields=("age_band", "area_outward", "referred_month", "need", "outcome"),
    epoch="2026a",
)
DATES = (date(2026, 11, 20), date(2027, 11, 20))
OPT_OUTS = OptOuts(type_1=series(NUMBERS[3]), withdrawn=series(), national=Exemption.EXPLICIT_CONSENT)
Make = Callable[..., Linkable]


def records() -> pl.DataFrame:
    count = 40
    return pl.DataFrame(
        {
            "nhs_number": [*NUMBERS[:30], *NUMBERS[:8], None, "unknown"],
            "referral_key": [f"key-{place:02}" for place in range(count)],
            "age_years": [(place * 7) % 110 if place % 9 else None for place in range(count)],
            "outward_code": ["E8", "N16", None, "EC2A"] * 10,
            "referred_month": [f"2026-{place % 12 + 1:02}" for place in range(count)],
            "need": ["food", "housing"] * 20,
            "outcome": ["better", "no-change", "not-known", "worse"] * 10,
            "surname": ["Lovelace"] * count,
        }
    )


@pytest.fixture
def make(desk: Desk, approvals: Approvals, root: SplitKey, now: datetime) -> Make:
    def made(project: Project = PROJECT, **changed: Any) -> Linkable:
        request = project.request(
            id=f"ok-{project.id}", reason="Agreed at the data access group.", asked_by="A", dates=DATES
        )
        signatures = desk.sign(request, *changed.pop("names", ("Guardian One", "Owner One")))
        approval = Approval(request=request, signatures=signatures, approvals=approvals)
        given = {"root": root, "approval": approval, "opt_outs": OPT_OUTS, "now": now, **changed}
        return make_linkable(given.pop("records", records()), given.pop("other", project), **given)

    return made


def test_rows_hold_the_agreed_fields_tokens_and_the_notice_and_nothing_else(make: Make) -> None:
    made = make()
    assert made.data.columns == ["notice", "person_token", "row_token", *PROJECT.fields]
    assert set(made.data["notice"]) == {"personal data: pseudonymised, not anonymous"}
    cells = {str(cell) for row in made.data.iter_rows() for cell in row}
    assert not cells & {*NUMBERS, "Lovelace", *records()["referral_key"]}


def test_everything_said_about_it_says_that_it_is_personal_data(make: Make) -> None:
    said = make().metadata
    assert (said["notice"], said["tier"]) == (NOTICE, "P")
    assert (said["project"], said["recipient"], said["purpose"]) == (
        PROJECT.id,
        PROJECT.recipient,
        PROJECT.purpose,
    )
    assert (said["approval"], said["expires_on"], said["epoch"]) == ("ok-waits-2026", "2027-11-20", "2026a")
    assert [column["name"] for column in said["columns"]] == make().data.columns
    assert said["national_data_opt_out"] == "does not apply: explicit consent"
    assert "anonymous" not in str(said).replace(NOTICE, "")


def test_counts_add_up_and_whoever_opted_out_has_no_row(make: Make, root: SplitKey) -> None:
    made = make()
    counts = made.metadata["counts"]
    assert counts["rows_left_out"]["type-1-opt-out"] == 2
    assert counts["people_left_out"]["type-1-opt-out"] == 1
    assert counts["rows_read"] == counts["rows"] + 2 == 40
    assert counts["people"] == 31
    token = Tokeniser(root, PROJECT.domain(IdType.NHS_NUMBER)).token(NUMBERS[3])
    assert token not in made.data["person_token"].to_list()
    assert NUMBERS[3] not in str(made.metadata)


def test_one_person_has_one_token_and_rows_without_a_number_one_each(make: Make) -> None:
    tokens = make().data["person_token"]
    assert sorted(tokens.value_counts()["count"].to_list()) == [1] * 24 + [2] * 7
    assert sum(token.startswith("ns0.") for token in tokens) == 2


def test_two_projects_share_no_token(make: Make) -> None:
    one, two = make().data, make(replace(PROJECT, id="another-project")).data
    assert one.height == two.height
    for column in ("person_token", "row_token"):
        assert not set(one[column]) & set(two[column])


def test_same_records_give_the_same_rows_whatever_their_order(make: Make) -> None:
    assert make().data.equals(make(records=records().reverse()).data)


def test_ages_are_bands_with_the_oldest_together(make: Make) -> None:
    ages = pl.DataFrame(
        {**records().head(10).to_dict(), "age_years": [0, 17, 18, 29, 30, 89, 90, 109, None, 45]}
    )
    made = make(records=ages, opt_outs=replace(OPT_OUTS, type_1=series()))
    assert sorted(made.data["age_band"]) == sorted(
        [
            "0 to 17",
            "0 to 17",
            "18 to 29",
            "18 to 29",
            "30 to 39",
            "80 to 89",
            "90 and over",
            "90 and over",
            "unknown",
            "40 to 49",
        ]
    )


def test_value_that_is_finer_than_agreed_is_not_passed_on(make: Make) -> None:
    finer = records().with_columns(outward_code=pl.lit("E8 1"), referred_month=pl.lit("2026-05-0"))
    made = make(records=finer)
    assert set(made.data["area_outward"]) == set(made.data["referred_month"]) == {"unknown"}


def test_record_with_an_identifier_in_a_coded_field_is_left_out_and_told(make: Make) -> None:
    tripped = records().with_columns(
        need=pl.when(pl.col("referral_key") == "key-20").then(pl.lit("ring 07700 900123")).otherwise("need")
    )
    made = make(records=tripped)
    assert made.metadata["counts"]["rows_rejected_by_tripwire"] == 1
    [sentence] = made.tripped
    assert sentence.startswith("Row 21, need: holds what looks like a telephone number")
    assert "900123" not in sentence + str(made.metadata)


@pytest.mark.parametrize(
    "changed",
    [
        {"fields": (*PROJECT.fields, "gender")},
        {"id": "other"},
        {"recipient": "other"},
        {"epoch": "2026b"},
        {"purpose": "Something else."},
    ],
)
def test_approval_is_for_one_project_with_its_very_fields(changed: dict[str, Any], make: Make) -> None:
    with pytest.raises(Refusal, match="another project, or of other terms"):
        make(other=replace(PROJECT, **changed))


def test_project_without_two_signatures_or_past_its_end_gets_nothing(make: Make, now: datetime) -> None:
    with pytest.raises(Refusal, match="senior-information-risk-owner is missing"):
        make(names=("Guardian One",))
    with pytest.raises(Refusal, match="ended on 2027-11-20"):
        make(now=now + timedelta(days=364))


def test_each_extract_is_written_down_with_its_number_of_rows(make: Make, approvals: Approvals) -> None:
    first, second = make(), make()
    lines = approvals.trail.verify(second.metadata["trail_head"])
    assert [line["act"] for line in lines][1::2] == ["linkable data made"] * 2
    assert lines[1]["facts"] == {"request": "ok-waits-2026", "project": "waits-2026", "rows": 38}
    assert first.metadata["trail_head"] == lines[1]["hash"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"fields": ()}, "at least one"),
        ({"fields": ("need", "need")}, "once"),
        ({"fields": ("nhs_number",)}, "not a field that linkable data may hold"),
        ({"fields": ("birth_date", "notes")}, "birth_date: not a field"),
        ({"fields": ("area_msoa", "area_outward")}, "one area"),
        ({"id": ""}, "id is empty"),
        ({"recipient": ""}, "recipient is empty"),
        ({"purpose": ""}, "purpose is empty"),
        ({"epoch": "now"}, "2026a"),
    ],
)
def test_project_that_could_not_be_agreed_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        replace(PROJECT, **changed)


def test_records_without_what_is_needed_are_refused_by_column(make: Make) -> None:
    with pytest.raises(Refusal) as refused:
        make(records=records().drop("need", "nhs_number"))
    assert refused.value.problems == (
        "need: missing from the records.",
        "nhs_number: missing from the records.",
    )
    with pytest.raises(Refusal, match="no two the same"):
        make(records=records().with_columns(referral_key=pl.lit("same")))
