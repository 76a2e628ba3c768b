"""Nobody stands alone: the recoder keeps the crowd's size, and the checker would see it if it did not."""

import csv
import random
from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.dictionary import COLUMN_NAMES, table
from anonymiser.disclosure import Subject, place
from anonymiser.extract import read_extract
from anonymiser.generalise import GRAINS
from anonymiser.keys import Keys
from anonymiser.policy import ANY, ETHNIC_GROUP_OF, LADDER, NEED_GROUP_OF, OUTCOMES, QUASI_IDENTIFIERS
from anonymiser.release import Recoded, recode
from anonymiser.risk import measure
from tests.unit.anonymiser.sample import Fields, lines, outcome_records

ROOT = bytes(range(32))
EXAMPLES = {
    "referred": ["2025-12", "2026-01", "2026-02", "2026-05"],
    "area": ["E8", "E5", "N16", "EC2A", None],
    "age_band": [0, 24, 25, 44, 45, 64, 65, 79, 80, 120, None],
    "ethnicity": [*ETHNIC_GROUP_OF, None],
    "gender": ["female", "male", "other", "unknown"],
    "need": list(NEED_GROUP_OF),
}


@st.composite
def crowds(draw: st.DrawFn) -> list[Fields]:
    """Up to 150 referrals with few distinct values, often of few people and of one outcome."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    records = outcome_records(draw(st.integers(0, 150)), seed=draw(st.integers(0, 2**32)))
    people = draw(st.integers(1, 40))
    spread = draw(st.integers(1, 4))
    outcomes = OUTCOMES[: draw(st.integers(1, 5))]
    numbers = sorted({record["nhs_number"] for record in records})[:people]
    for record in records:
        record["nhs_number"] = chance.choice(numbers)
        record["outcome"] = chance.choice(outcomes)
        record.update({f: chance.choice(EXAMPLES[c][:spread]) for c, f in QUASI_IDENTIFIERS.items()})
    return records


@settings(max_examples=60, deadline=None)
@given(crowds())
def test_every_released_class_has_ten_people_and_three_outcomes_by_the_checkers_own_count(
    records: list[Fields],
) -> None:
    recoded = recode(read_extract(lines(records)), ROOT, "release-1-2026-11-22")
    measured = measure(recoded.data, recoded.people)
    assert measured.findings == ()
    assert measured.rows + recoded.suppressed == len(records)
    if measured.rows:
        assert measured.smallest_class_people is not None
        assert measured.smallest_class_people >= 10
        assert measured.smallest_class_outcomes is not None
        assert measured.smallest_class_outcomes >= 3


@settings(max_examples=30, deadline=None)
@given(crowds())
def test_released_counts_hold_by_a_plain_count_that_knows_neither_recoder_nor_checker(
    records: list[Fields],
) -> None:
    recoded = recode(read_extract(lines(records)), ROOT, "release-1-2026-11-22")
    people = defaultdict(set)
    for row in csv.DictReader(recoded.data.decode().splitlines()):
        alike = (row["referred"], row["area"], row["age_band"], row["ethnicity"], row["gender"], row["need"])
        people[alike].add(recoded.people[row["row_id"]])
    assert all(len(crowd) >= 10 for crowd in people.values())


def test_twelve_rows_of_nine_people_are_not_ten_people() -> None:
    records = [{**outcome_records(1)[0], "outcome": OUTCOMES[i % 3]} for i in range(12)]
    assert place([Subject(f"p{i % 9}", r) for i, r in enumerate(records)]) == [None] * 12
    placed = place([Subject(f"p{i % 10}", r) for i, r in enumerate(records)])
    assert {placement.level for placement in placed if placement} == {1}


def test_large_class_whose_outcome_is_all_but_known_is_not_released_by_itself() -> None:
    records = [{**outcome_records(1)[0], "outcome": OUTCOMES[i % 2]} for i in range(40)]
    assert place([Subject(f"p{i}", r) for i, r in enumerate(records)]) == [None] * 40


def test_small_class_is_told_more_coarsely_together_with_other_left_over_rows() -> None:
    one = outcome_records(1)[0]
    months = ["2026-01", "2026-03"]
    records = [{**one, "referred_month": months[i % 2], "outcome": OUTCOMES[i % 3]} for i in range(12)]
    placed = place([Subject(f"p{i}", r) for i, r in enumerate(records)])
    assert {(p.level, p.labels[0]) for p in placed if p} == {(2, "2026-Q1")}
    assert None not in placed


@pytest.mark.parametrize("column", list(QUASI_IDENTIFIERS))
def test_ladder_only_ever_merges_classes_from_one_level_to_the_next(column: str) -> None:
    index = list(QUASI_IDENTIFIERS).index(column)
    used = list(dict.fromkeys(level[index] for level in LADDER))
    assert used == [*GRAINS[column], ANY]
    maps = [[GRAINS[column][grain](value) for value in EXAMPLES[column]] for grain in used[:-1]]
    for finer, coarser in pairwise(maps):
        # A tree: whatever is alike on the finer step is alike on the coarser one.
        assert len(set(zip(finer, coarser, strict=True))) == len(set(finer))


@pytest.fixture(scope="module")
def sound(records: list[Fields], keys: Keys) -> Recoded:
    return recode(read_extract(lines(records)), keys.root, "release-1-2026-11-22")


def changed(sound: Recoded, column: str, text: str) -> tuple[bytes, str]:
    """The data file with one cell changed, and the row it is in."""
    rows = [list(row.values()) for row in csv.DictReader(sound.data.decode().splitlines())]
    rows[3][COLUMN_NAMES.index(column)] = text
    return table(list(COLUMN_NAMES), rows).encode(), rows[3][0]


def test_checker_passes_what_is_sound(sound: Recoded) -> None:
    assert measure(sound.data, sound.people).findings == ()


def test_checker_finds_one_row_put_into_a_class_of_its_own(sound: Recoded) -> None:
    data, _ = changed(sound, "area", "W1A")
    findings = measure(data, sound.people).findings
    assert [f for f in findings if f.startswith("Classes of fewer than 10 people: ")]
    assert [f for f in findings if f.startswith("Classes with fewer than 3 distinct outcomes: ")]


def test_checker_counts_people_and_not_rows(sound: Recoded) -> None:
    rows = list(csv.DictReader(sound.data.decode().splitlines()))
    alike = Counter(tuple(row[c] for c in QUASI_IDENTIFIERS) for row in rows).most_common()[-1][0]
    same = {row["row_id"] for row in rows if tuple(row[c] for c in QUASI_IDENTIFIERS) == alike}
    people = {row_id: "one person" if row_id in same else who for row_id, who in sound.people.items()}
    assert measure(sound.data).findings == ()
    assert measure(sound.data, people).findings == ("Classes of fewer than 10 people: 1.",)


@pytest.mark.parametrize("text", ["=1+1", "Mrs Canary", "", "@x", "better ", "better\n"])
def test_checker_finds_anything_that_is_not_an_allowed_value_and_does_not_repeat_it(
    sound: Recoded, text: str
) -> None:
    data, _ = changed(sound, "happy_change", text)
    finding = measure(data, sound.people).findings[-1]
    assert finding.startswith("Line 5, happy_change: not an allowed value")
    assert "Canary" not in finding


def test_checker_finds_a_row_that_nobody_can_account_for(sound: Recoded) -> None:
    data, _ = changed(sound, "row_id", "row1." + "A" * 26)
    assert (
        "The rows of the data file are not those that were meant to be released."
        in measure(data, sound.people).findings
    )


def test_checker_finds_a_file_that_is_not_the_csv_it_should_be(sound: Recoded) -> None:
    assert measure(sound.data.replace(b"row_id", b"person", 1)).findings
    assert measure(sound.data.replace(b"\r\n", b"\n")).findings
    assert measure(sound.data + b"one,cell\r\n").findings
    assert measure(sound.data + "é".encode()).findings
    assert measure(b"").findings
