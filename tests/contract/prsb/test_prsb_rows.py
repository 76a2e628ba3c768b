"""The rows that the app keeps are those that PRSB publishes, and the rule that checks a record by them can fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.domain.prsb import Kind, check, kept, marked, pieces, shortened
from app.services.prsb.prsb_standard import standard_rows
from tests.contract.prsb.derive_prsb_rows import DERIVED, derived


def test_rows_are_those_of_the_published_standard() -> None:
    assert json.loads(DERIVED.read_text(encoding="utf-8")) == derived()
    rows = standard_rows()
    assert (len(rows), sum(row.count() for row in rows)) == (19, 355)
    assert [row.name for row in rows if row.obligation == "M"] == [
        "Person demographics",
        "GP practice",
        "Referral details",
        "Risks",
    ]


@pytest.mark.parametrize(
    ("record", "kind", "where"),
    [
        ({}, Kind.MISSING, "Risks"),
        ({"Star sign": "Leo"}, Kind.UNKNOWN, "Star sign"),
        ({"Risks": {"Risks record entry": {}}}, Kind.MISSING, "Risks › Risks record entry"),
        ({"Person demographics": {"Gender": "12"}}, Kind.SHAPE, "Person demographics › Gender"),
        (
            {"Person demographics": {"Date of birth": "4 March"}},
            Kind.SHAPE,
            "Person demographics › Date of birth",
        ),
        ({"Person demographics": ["Ada"]}, Kind.SHAPE, "Person demographics"),
        ({"Pregnancy status": {"Pregnancy state": "No"}}, Kind.SHAPE, "Pregnancy status › Pregnancy state"),
    ],
)
def test_what_is_lacking_or_does_not_fit_is_told_with_its_place(
    record: dict[str, Any], kind: Kind, where: str
) -> None:
    assert (where, kind) in {(gap.where, gap.kind) for gap in check(standard_rows(), record)}


def test_rows_without_data_are_left_out_and_mandatory_ones_are_null() -> None:
    record = kept(
        {"Person demographics": {"Gender": None, "Person name": {"Title": "Dr"}}, "Pregnancy status": {}}
    )
    told = marked(standard_rows(), record)
    assert told["Person demographics"] == {
        "Person name": {"Person first name": None, "Person family name": None, "Title": "Dr"},
        "Date of birth": None,
    }
    assert (told["Risks"], "Pregnancy status" in told) == (None, False)


def test_pieces_lose_no_word_and_fit() -> None:
    words = " ".join(f"word{number}" for number in range(90)) + " " + "x" * 200
    found = pieces(words, 150)
    assert all(len(each) <= 150 for each in found)
    assert "".join(each.rsplit(" (", 1)[0].replace(" ", "") for each in found) == words.replace(" ", "")
    assert pieces("short", 150) == ["short"]
    assert len(shortened(words, 150)) <= 150
