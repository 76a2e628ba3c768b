"""What a reader asks around one person tells nothing of that person: no line of a few, and no refusal, is an answer."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from anonymiser.policy import AGE_BANDS, OUTCOMES
from anonymiser.policy_trees import band
from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from tests.unit.anonymiser.sample import Fields, outcome_records
from tests.unit.anonymiser_desk.conftest import Sealing
from tests.unit.anonymiser_desk.desk_door import Door, Letter

TARGETS = 8
KNOWN = ("practice", "month", "gender", "age_band", "need")
READ: Mapping[str, Callable[[Fields], str]] = {
    "practice": lambda record: str(record["practice"]),
    "month": lambda record: str(record["referred_month"]),
    "gender": lambda record: str(record["gender"]),
    "age_band": lambda record: band(record["age_years"], AGE_BANDS),
    "need": lambda record: str(record["need"]),
    "outcome": lambda record: str(record["outcome"]),
}
Ask = Callable[[Letter], Letter]


@pytest.fixture(scope="module")
def even_records() -> list[Fields]:
    """Referrals of which each outcome is as likely as another, so that to know nothing is right once in five."""
    chance = random.Random(6)
    return [{**record, "outcome": chance.choice(OUTCOMES)} for record in outcome_records(500, seed=6)]


@pytest.fixture(scope="module")
def even_door(
    first_release: Order,
    sealed_extract: Sealing,
    even_records: list[Fields],
    tmp_path_factory: pytest.TempPathFactory,
) -> Door:
    folder = tmp_path_factory.mktemp("even")
    order = replace(first_release, extracts=[sealed_extract(even_records)], out=folder / "out")
    make_release(order)
    return Door(replace(order, extracts=[]), folder)


def around(target: Fields) -> Iterator[Letter]:
    """Questions by the outcome and two things that are known of somebody, among those of one more thing, or of all."""
    for two in itertools.combinations(KNOWN, 2):
        others = [name for name in KNOWN if name not in two]
        for number in (3, 1):
            for chosen in itertools.combinations(others, number):
                filters = {name: [READ[name](target)] for name in chosen}
                yield {"dimensions": [*two, "outcome"], "filters": filters}


def guessed(ask: Ask, target: Fields, chance: random.Random) -> str:
    """The outcome that a reader takes somebody's to be: who is in a line that is listed, as a number or as a gap."""
    left = {*OUTCOMES}
    for question in around(target):
        told = ask(question)
        lines = told["rows"] if told["status"] == "answered" else []
        theirs = [READ[name](target) for name in question["dimensions"][:2]]
        listed = {line[2] for line in lines if line[:2] == theirs}
        left = left & listed or left
        if len(left) == 1:
            break
    return chance.choice(sorted(left))


def by_the_old_rule(records: Sequence[Fields]) -> Ask:
    """A desk that lists a line of one to nine people without its number, and no line of nobody."""

    def ask(question: Letter) -> Letter:
        filters, names = question["filters"], question["dimensions"]
        kept = (
            each for each in records if all(READ[name](each) in values for name, values in filters.items())
        )
        people = {(each["nhs_number"], *(READ[name](each) for name in names)) for each in kept}
        counts = Counter(each[1:] for each in people)
        rows = [[*labels, count if count >= 10 else None] for labels, count in counts.items()]
        return {"status": "answered", "rows": rows}

    return ask


def right(ask: Ask, records: Sequence[Fields]) -> int:
    """For how many of some people drawn by lot the reader is right."""
    chance = random.Random(11)
    numbers = Counter(record["nhs_number"] for record in records)
    once = [
        each
        for each in records
        if numbers[each["nhs_number"]] == 1 and each["practice"] and each["age_years"]
    ]
    return sum(guessed(ask, each, chance) == each["outcome"] for each in chance.sample(once, TARGETS))


def test_questions_around_people_tell_no_more_of_their_outcome_than_a_guess(
    even_door: Door, even_records: list[Fields]
) -> None:
    asked: list[Letter] = []

    def ask(question: Letter) -> Letter:
        asked.append(even_door.ask(question))
        return asked[-1]

    assert right(ask, even_records) <= 2 * TARGETS // len(OUTCOMES)
    assert any(told["status"] == "answered" for told in asked)
    for told in asked:
        assert all(row[-1] is not None and row[-1] >= 10 for row in told.get("rows", ()))


def test_the_same_questions_by_the_old_rule_told_nearly_everybodys(even_records: list[Fields]) -> None:
    """The control."""
    assert right(by_the_old_rule(even_records), even_records) >= TARGETS - 1


def test_few_people_and_nobody_are_refused_in_the_same_words(
    even_door: Door, even_records: list[Fields]
) -> None:
    target = next(each for each in even_records if each["practice"] == "F84003")
    filters = {name: [READ[name](target)] for name in ("practice", "month", "need")}
    one = even_door.ask({"filters": filters})
    there = {tuple(READ[name](each) for name in filters) for each in even_records}
    needs = sorted({READ["need"](each) for each in even_records})
    empty = next(
        need for need in needs if (*(filters[name][0] for name in ("practice", "month")), need) not in there
    )
    nobody = even_door.ask({"filters": {**filters, "need": [empty]}})
    assert (one["status"], nobody["status"]) == ("refused", "refused")
    assert one["problems"] == nobody["problems"]
    assert "9 people or fewer are in each" in one["problems"][0]


def test_values_that_may_be_asked_are_those_of_the_published_lists(
    first_release: Order, sealed_extract: Sealing, even_records: list[Fields], tmp_path: Path
) -> None:
    """Also that which nobody has, so that a value's being there tells of nobody."""
    records = [{**each, "source": "practice", "gender": "female"} for each in even_records[:150]]
    order = replace(first_release, extracts=[sealed_extract(records)], out=tmp_path / "out")
    make_release(order)
    door = Door(replace(order, extracts=[]), tmp_path)
    told = door.ask({"dimensions": ["gender"]})
    assert [row[0] for row in told["rows"]] == ["female"]
    columns = json.loads((door.box.folder / "desk.json").read_text())["columns"]
    assert columns["gender"] == ["female", "male", "other", "unknown"]
    assert {"faith", "self", "jobcentre"} <= {*columns["source"]}
