"""Reading many records at once gives what reading them one by one gives, and takes nothing that would be refused."""

import json
import random
from collections.abc import Callable

import pytest

from anonymiser.errors import Refusal
from anonymiser.extract import read_extract
from anonymiser.extract_blocks import BlockReader
from tests.unit.anonymiser.sample import Fields, header, lines, outcome_records

RECORDS = outcome_records(60)


def one_by_one(records: list[Fields]) -> list[bytes]:
    """The same lines in such an order of fields that no two can be read together."""
    chance = random.Random(3)
    mixed = [dict(chance.sample([*record.items()], len(record))) for record in records]
    return lines(mixed)


def with_line(change: Callable[[str], str]) -> list[bytes]:
    """Three records, the second of them spelt otherwise."""
    first, second, third = (json.dumps(record) for record in RECORDS[:3])
    return [json.dumps(header(3)).encode(), first.encode(), change(second).encode(), third.encode()]


def test_both_ways_of_reading_give_the_same_records(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = read_extract(lines(RECORDS))
    assert read_extract(one_by_one(RECORDS)).frame.equals(at_once.frame)
    assert list(at_once.records) == RECORDS
    monkeypatch.setattr(BlockReader, "read", lambda _self, _block: None)
    assert read_extract(lines(RECORDS)).frame.equals(at_once.frame)


def test_records_alike_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bool] = []
    real = BlockReader.read

    def watched(self: BlockReader, block: bytes) -> object:
        found = real(self, block)
        read.append(found is not None)
        return found

    monkeypatch.setattr(BlockReader, "read", watched)
    read_extract(lines(RECORDS))
    read_extract(one_by_one(RECORDS))
    assert read == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace('"age_years": ', '"age_years": 1.0, "x": '),
        lambda line: line.replace('"contacts": ', '"contacts": "1", "y": '),
        lambda line: line.replace('"need": "', '"need": "a, b'),
        lambda line: line.replace('"practice": ', '"age_years": 50, "practice_": '),
        lambda line: line + " {}",
        lambda line: line[:-1],
        lambda line: line[1:],
        lambda line: "\ufeff" + line,
        lambda line: line[:0],
        lambda line: line.replace('"gender": "', '"gender": "\\u0000'),
        lambda line: line.replace('"end": "', '"end": ["').replace('", "end_reason"', '"], "end_reason"'),
        lambda line: line.replace('"record": "outcome"', '"record": "header"'),
        lambda line: line.replace('"nhs_number": "', '"nhs_number": "0'),
        lambda line: line.replace('"contacts": ', '"contacts": 1e400, "contacts": '),
        lambda line: line.replace('"contacts": ', '"contacts": -'),
    ],
)
def test_a_line_that_one_reader_refuses_the_other_refuses_in_the_same_words(
    change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            read_extract(with_line(change))
        told.append(str(refusal.value))
        monkeypatch.setattr(BlockReader, "read", lambda _self, _block: None)
    assert told[0] == told[1]
    assert "Row 2" in told[0]


def test_a_field_told_twice_in_the_place_of_another_is_refused() -> None:
    without = {name: value for name, value in RECORDS[1].items() if name != "network"}
    text = json.dumps(without).replace('"practice": ', '"age_years": 50, "practice": ')
    assert text.count(":") == json.dumps(RECORDS[1]).count(":")
    with pytest.raises(Refusal, match="Row 1, whole record"):
        read_extract([json.dumps(header(1)).encode(), text.encode()])


def test_blocks_end_where_lines_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymiser.extract.BLOCK_BYTES", 5_000)
    assert list(read_extract(lines(RECORDS)).records) == RECORDS
    again = [*RECORDS, RECORDS[0]]
    with pytest.raises(Refusal, match="Row 61, referral_key: the same as in row 1"):
        read_extract(lines(again))
