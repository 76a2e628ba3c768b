"""A name in a coded field rejects its record, though the anonymiser is never told a name: two programs, one print."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymiser.errors import Refusal
from anonymiser.extract import Extract, read_extract
from anonymiser.extract_blocks import BlockReader
from anonymiser.policy import BESIDE, NAME_PRINTS, POLICY, Treatment
from anonymiser.tokens.tripwire import name_prints
from app.services.dataset import name_prints as platform
from app.services.dataset.extract_row import EXTRACT_FIELDS
from tests.unit.anonymiser.sample import Fields, lines, outcome_records

KEY = bytes(range(32))
NAMES = ("Zo\u00eb Anne-Marie", "O\u2019Lovelace")


def extract_of(*changes: Fields, **header: Any) -> list[bytes]:
    """An extract of records whose people are all called NAMES."""
    told = {NAME_PRINTS: platform.prints_of(NAMES, KEY)}
    records = [
        {**record, **told, **change}
        for record, change in zip(outcome_records(len(changes)), changes, strict=True)
    ]
    return lines(records, **{platform.NAME_KEY: KEY.hex(), **header})


def read(extract_lines: list[bytes]) -> Extract:
    return read_extract(extract_lines)


@given(st.lists(st.text(max_size=40), max_size=4))
def test_both_sides_print_a_name_alike(names: list[str]) -> None:
    ours, theirs = platform.prints_of(names, KEY), name_prints(names, KEY)
    assert set(ours.split()) <= theirs
    assert len(theirs) > 40 or set(ours.split()) == theirs
    assert BESIDE[NAME_PRINTS].allows(ours)


def test_prints_are_classed_as_dropped_and_are_no_field_of_the_dataset() -> None:
    assert BESIDE.keys() == {NAME_PRINTS} == {platform.NAME_PRINTS}
    assert BESIDE[NAME_PRINTS].treatment is Treatment.DROP
    assert NAME_PRINTS not in {*POLICY, *EXTRACT_FIELDS}


def test_prints_go_no_further_than_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    written = extract_of({}, {}, {})
    at_once = read(written)
    assert at_once.frame.columns == [*POLICY]
    assert KEY.hex() not in repr(at_once)
    monkeypatch.setattr(BlockReader, "read", lambda _self, _block: None)
    assert read(written).frame.equals(at_once.frame)


def test_records_with_prints_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymiser.extract._Reading._take_one", None)
    told = [{}, {NAME_PRINTS: ""}, {NAME_PRINTS: "0af"}]
    assert read(extract_of(*told)).frame.height == 3
    assert read(extract_of(*reversed(told))).frame.height == 3


@pytest.mark.parametrize("field", ["need", "practice", "outward_code", "end_reason", "age_years", "record"])
@pytest.mark.parametrize("value", ["Zoe", "seen by LOVELACE"[8:], "ring olovelace", "Marie"])
def test_name_in_a_coded_field_rejects_its_record_alone_and_is_told_without_the_name(
    field: str, value: str
) -> None:
    found = read(extract_of({}, {field: value if value != "LOVELACE" else "O'LOVELACE"}, {}))
    assert (found.rejected, found.frame.height) == (1, 2)
    assert found.tripped == (
        f"Row 2, {field}: holds what looks like a name from the person's record; the record is left out. "
        "Put a code in its place at the source.",
    )


def test_anothers_name_is_no_code_either_and_a_code_that_is_a_name_passes() -> None:
    with pytest.raises(Refusal, match="Row 1, need: of the wrong type, or not a value"):
        read(extract_of({"need": "Ptolemy"}))
    prints = platform.prints_of(["Food", "Al"], KEY)
    assert read(extract_of({"need": "food", "outward_code": "AL1", NAME_PRINTS: prints})).rejected == 0


@pytest.mark.parametrize(
    "prints", [None, 7, "Zebedee", "0AF", "0af0", "0af  0af", ["0af"], " ".join(["0af"] * 41)]
)
def test_prints_that_are_none_are_refused(prints: object) -> None:
    with pytest.raises(Refusal, match="Row 2, name_prints: of the wrong type") as refused:
        read(extract_of({}, {NAME_PRINTS: prints}))
    assert "Zebedee" not in str(refused.value)


def test_prints_and_their_key_go_together() -> None:
    whole = extract_of({}, {})
    header = {name: value for name, value in json.loads(whole[0]).items() if name != platform.NAME_KEY}
    with pytest.raises(Refusal, match="Row 1, name_prints: not a field"):
        read([json.dumps(header).encode(), *whole[1:]])
    with pytest.raises(Refusal, match="Row 1, name_prints: missing"):
        read([whole[0], *lines(outcome_records(2))[1:]])


@pytest.mark.parametrize("key", ["", "00", "Z" * 64, None, 5])
def test_key_that_is_none_is_refused(key: object) -> None:
    with pytest.raises(Refusal, match="Header, name_key: not 64 hex digits"):
        read(extract_of({}, **{platform.NAME_KEY: key}))
