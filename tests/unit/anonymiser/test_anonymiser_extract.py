"""The anonymiser fails closed: anything that the policy does not know stops the whole extract."""

import json
from pathlib import Path
from typing import Any

import pytest

from anonymiser.__main__ import main
from anonymiser.errors import Refusal
from anonymiser.extract import read_extract
from anonymiser.extract_blocks import BlockReader
from anonymiser.policy import POLICY, Field
from tests.unit.anonymiser.sample import Fields, SealTo, header, lines, outcome_records

CANARY = "Zebedee Canary of Somewhere"


def refusal_of(extract_lines: list[bytes]) -> str:
    with pytest.raises(Refusal) as refusal:
        read_extract(extract_lines)
    assert "Canary" not in str(refusal.value)
    return str(refusal.value)


def with_change(name: str, value: Any) -> list[bytes]:
    first, second, third = outcome_records(3)
    return lines([first, {**second, name: value}, third])


def test_right_extract_is_read_whole() -> None:
    records = outcome_records(20)
    extract = read_extract(lines(records))
    assert list(extract.records) == records
    assert extract.header.opted_out == 4


def test_every_field_is_classed_and_bounded_in_exactly_one_way() -> None:
    def ways(field: Field) -> int:
        return bool(field.values) + (field.bounds is not None) + bool(field.pattern)

    assert {name for name, field in POLICY.items() if ways(field) != 1} == set()


@pytest.mark.parametrize("name", sorted(POLICY))
def test_free_text_in_any_field_is_refused_by_name_and_row(name: str) -> None:
    assert refusal_of(with_change(name, CANARY)).startswith(f"Row 2, {name}: ")


@pytest.mark.parametrize("name", sorted(POLICY))
def test_missing_field_is_refused_by_name_and_row(name: str) -> None:
    first, second = outcome_records(2)
    del second[name]
    assert refusal_of(lines([first, second])) == f"Row 2, {name}: missing."


@pytest.mark.parametrize("value", [True, 1.0, [], {}, "41", -1, 121])
def test_value_of_the_wrong_type_or_out_of_bounds_is_refused(value: object) -> None:
    assert "Row 2, age_years" in refusal_of(with_change("age_years", value))


def test_only_the_fields_that_may_be_empty_accept_null() -> None:
    refused = set()
    for name in POLICY:
        try:
            read_extract(with_change(name, None))
        except Refusal:
            refused.add(name)
    assert refused == {
        "referral_key",
        "gender",
        "referred_month",
        "need",
        "source",
        "provider_kind",
        "outcome",
        "end",
        "end_reason",
        "declines",
        "unanswered",
        "decline_reason",
        "contacts",
    }


def test_unknown_field_is_refused_by_name() -> None:
    assert refusal_of(with_change("given_name", CANARY)) == "Row 2, given_name: not a field of this policy."


def test_field_name_that_could_be_somebodys_data_is_not_repeated() -> None:
    assert "Row 2, a field that cannot be shown" in refusal_of(with_change(CANARY, 1))


@pytest.mark.parametrize("number", [None, "9434765918", "1111111111", "0000000000"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_record_without_a_number_that_can_be_anybodys_is_read_without_one(
    number: str | None, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = outcome_records(3)
    records[place]["nhs_number"] = number
    at_once = read_extract(lines(records))
    assert at_once.without_number == 1
    assert [each["nhs_number"] is None for each in at_once.records] == [at == place for at in range(3)]
    monkeypatch.setattr(BlockReader, "read", lambda _self, _block: None)
    assert read_extract(lines(records)).frame.equals(at_once.frame)


@pytest.mark.parametrize("number", ["", "943476591", "943 476 5919", "９434765919", 9434765919])
def test_number_that_is_not_ten_digits_is_refused_without_being_repeated(number: object) -> None:
    said = refusal_of(with_change("nhs_number", number))
    assert said.startswith("Row 2, nhs_number")
    assert not number or str(number) not in said


def test_every_problem_is_told_at_once() -> None:
    first, second = outcome_records(2)
    said = refusal_of(lines([{**first, "gender": "x", "need": "y"}, {**second, "end": "z"}]))
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "Row 1, gender",
        "Row 1, need",
        "Row 2, end",
    ]


def test_long_list_of_problems_is_cut_and_its_length_told() -> None:
    records: list[Fields] = [{**record, "gender": "x"} for record in outcome_records(60)]
    assert refusal_of(lines(records)).splitlines()[-1] == "And 10 more problems."


def test_referral_that_comes_twice_is_refused() -> None:
    first, second = outcome_records(2)
    again = {**second, "referral_key": first["referral_key"]}
    assert refusal_of(lines([first, again])) == "Row 2, referral_key: the same as in row 1."


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"record":"outcome","record":"outcome"}',
        b'{"age_years":NaN}',
        b"[" * 100_000,
        b"1" * 5_000,
    ],
)
def test_line_that_is_not_one_plain_json_object_is_refused(line: bytes) -> None:
    records = lines(outcome_records(2))
    assert "Row 2, whole record" in refusal_of([*records[:2], line])


@pytest.mark.parametrize("told", [1, 3])
def test_count_that_differs_from_the_header_is_refused(told: int) -> None:
    counts = {"rows": told, "opted_out": 0, "excluded": {}}
    assert f"tells of {told} rows and the extract holds 2" in refusal_of(
        lines(outcome_records(2), counts=counts)
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"policy": "2031-01"}, "policy"),
        ({"policy": None}, "policy"),
        ({"extract_id": CANARY}, "extract_id"),
        ({"created_on": "2026-02-30"}, "created_on"),
        ({"watermark": 7}, "watermark"),
        ({"note": CANARY}, "note"),
        ({"counts": {"rows": 0, "opted_out": 0}}, "counts"),
        ({"counts": {"rows": 0, "opted_out": True, "excluded": {}}}, "counts"),
        ({"counts": {"rows": 0, "opted_out": 0, "excluded": {CANARY: 1}}}, "counts"),
        ({"counts": {"rows": 0, "opted_out": 0, "excluded": {"dead": -1}}}, "counts"),
    ],
)
def test_wrong_header_is_refused_and_its_field_named(changes: Fields, named: str) -> None:
    assert f"Header, {named}" in refusal_of(lines([], **changes))


@pytest.mark.parametrize("first", [[], [json.dumps(outcome_records(1)[0]).encode()]])
def test_extract_without_a_header_is_refused(first: list[bytes]) -> None:
    assert refusal_of(first) == "The extract does not begin with a header record."


def test_header_in_the_middle_is_refused_as_a_row() -> None:
    assert "Row 1, record: not an outcome." in refusal_of(lines([header(0)]))


def test_refused_extract_ends_with_code_1_and_writes_nothing(
    keys_folder: Path, seal_to: SealTo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract = seal_to(tmp_path / "extract", with_change("need", CANARY))
    out = tmp_path / "out"
    command = ["release", "--extract", str(extract), "--keys", str(keys_folder), "--out", str(out)]
    assert main(command, {}) == 1
    said = capsys.readouterr()
    assert said.err == "Row 2, need: of the wrong type, or not a value the policy allows.\n"
    assert said.out == ""
    assert not out.exists()


@pytest.mark.parametrize(
    ("field", "text", "looks_like"),
    [
        ("need", "ring 07700 900123", "a telephone number"),
        ("practice", "9434765919", "an NHS number"),
        ("source", "someone@example.org", "an e-mail address"),
        ("outward_code", "E8 4AA", "a whole postcode"),
        ("age_years", 9434765919, "an NHS number"),
        ("contacts", 7700900123, "a telephone number"),
        ("contacts", 7700900123.0, "a telephone number"),
        ("declines", [9434765919], "an NHS number"),
        ("gender", {"gender": ["female", "E8 4AA"]}, "a whole postcode"),
        ("record", "943 476 5919", "an NHS number"),
        ("record", 9434765919, "an NHS number"),
    ],
)
def test_record_with_an_identifier_in_a_coded_field_is_left_out_and_told_without_the_value(
    field: str, text: object, looks_like: str
) -> None:
    extract = read_extract(with_change(field, text))
    assert (len(extract.records), extract.rejected) == (2, 1)
    assert extract.tripped[0].startswith(f"Row 2, {field}: holds what looks like {looks_like}")
    assert str(text) not in extract.tripped[0]


def test_identifier_does_not_excuse_a_field_that_nobody_knows() -> None:
    first, second = outcome_records(2)
    said = refusal_of(lines([first, {**second, "need": "ring 07700 900123", "note": CANARY}]))
    assert "Row 2, note: not a field of this policy." in said


def test_number_deep_in_lists_is_refused_and_nothing_breaks() -> None:
    deep: object = 7
    for _ in range(900):
        deep = [deep]
    assert "Row 2, age_years" in refusal_of(with_change("age_years", deep))
