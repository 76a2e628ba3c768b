"""What comes into the box is answered or refused in words, and nothing in it stops the desk."""

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest

from anonymiser.desk.box import MOST_BYTES
from anonymiser.desk.serving import serve
from anonymiser.releasing.series import open_series
from anonymiser.releasing.sources import Order
from tests.unit.anonymiser_desk.desk_door import FIRST, Door, people

BY_GENDER = {"dimensions": ["gender"]}
SOMEBODY = "5f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a001"


def test_question_gets_its_answer_in_the_agreed_form(door: Door) -> None:
    told = door.ask(BY_GENDER, project=SOMEBODY)
    assert (told["status"], told["release"], told["rule"]) == ("answered", FIRST, "default")
    assert told["columns"] == ["gender", "people"]
    assert [row[0] for row in told["rows"]] == ["female", "male"]  # a few are of the others
    assert all(number is not None and number % 5 == 0 and number >= 10 for number in people(told).values())
    assert "held_back" not in told
    notes = " ".join(told["notes"])
    assert all(
        words in notes for words in ("nearest 5", "0 to 9 people", "does not show what a service caused")
    )


def test_mean_is_told_without_a_number_of_people(door: Door) -> None:
    told = door.ask({"dimensions": ["gender"], "measure": {"mean": "weeks_waited"}})
    assert told["columns"] == ["gender", "mean", "to_the_nearest"]
    assert [row[0] for row in told["rows"]] == ["female", "male"]
    assert all(0 < row[1] < 60 for row in told["rows"])
    assert "of one referral of each person: the first that has the number" in " ".join(told["notes"])


def test_desk_says_when_it_is_open_and_what_may_be_asked(door: Door) -> None:
    door.counter.look()
    told = json.loads((door.box.folder / "desk.json").read_text())
    assert told["release"] == FIRST
    assert told["columns"]["gender"] == ["female", "male", "other", "unknown"]
    assert {"need", "outcome", "uptake", "deprivation"} <= told["columns"].keys()
    assert not {"person", "people", "key", "age", "ethnicity", "nhs_number"} & told["columns"].keys()
    assert {"weeks_waited", "contacts_made", "loneliness_points"} <= {*told["numbers"]}
    assert (told["most_dimensions"], told["most_filters"]) == (3, 3)


def test_place_that_the_release_does_not_name_is_not_named_here_either(door: Door) -> None:
    told = door.ask({"dimensions": ["area"]})
    named = json.loads((door.box.folder / "desk.json").read_text())["columns"]["area"]
    assert "EC2A" not in json.dumps(told) + json.dumps(named)
    refused = door.ask({"filters": {"area": ["EC2A"]}})
    assert refused["problems"] == ["filters: area has values that its list does not know."]


def test_filter_of_all_named_places_is_no_group(door: Door) -> None:
    named = sorted(row[0] for row in door.ask({"dimensions": ["area"]})["rows"])
    told = door.ask({"dimensions": ["gender"], "filters": {"area": named}})
    assert told["problems"] == ["filters: give area one value."]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"release": "release-0-2026-10-22"}, f"release: only the newest, {FIRST}, may be asked about."),
        ({"release": ["x"]}, "release: only the newest"),
        ({"project": "everybody"}, "project: give the UUID"),
        ({"project": None}, "project: give the UUID"),
        ({"id": SOMEBODY}, "id: give a UUID"),
        ({"id": 7}, "id: give a UUID"),
        ({"format": "csv"}, "1 parts are not known"),
        ({"question": "all of them"}, "A question is an object"),
        ({"question": {"dimensions": ["person"]}}, "'person' may not be asked for"),
        ({"question": {"dimensions": ["people"]}}, "'people' may not be asked for"),
        ({"question": {"dimensions": "need"}}, "dimensions: give a list"),
        ({"question": {"where": {}}}, "'where' is no part of a question"),
        ({"question": {"measure": {"mean": "age"}}}, "a mean may be taken of"),
        ({"question": {"filters": {"need": ["\ud800"]}}}, "has values that its list does not know"),
        ({"question": {"dimensions": ["need", "gender", "source", "month"]}}, "at most 3"),
    ],
)
def test_wrong_letter_is_refused_in_words_and_the_next_one_answered(
    refusing_door: Door, changes: dict[str, Any], problem: str
) -> None:
    told = refusing_door.ask(BY_GENDER, **changes)
    assert told["status"] == "refused"
    assert problem in " ".join(told["problems"])
    assert refusing_door.ask(BY_GENDER)["status"] == "answered"


def test_everything_wrong_with_a_letter_is_told_at_once(refusing_door: Door) -> None:
    told = refusing_door.ask({}, release="x", project="y", more=1)
    assert len(told["problems"]) == 3
    assert [problem.split(":")[0] for problem in told["problems"][1:]] == ["project", "release"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not JSON"),
        (b'{"id": "', "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b"[]", "holds an object"),
        (b"{}", "question: missing."),
        (b'{"id": ' + b" " * 10_000_000 + b"1}", f"at most {MOST_BYTES // 1024} KiB"),
    ],
)
def test_bytes_that_are_no_question_are_refused_in_words(
    refusing_door: Door, content: bytes, problem: str
) -> None:
    name = str(uuid.uuid4())
    refusing_door.lay(name, content)
    refusing_door.counter.look()
    assert refusing_door.answer(name)["status"] == "refused"
    assert problem in " ".join(refusing_door.answer(name)["problems"])
    assert refusing_door.ask(BY_GENDER)["status"] == "answered"


def test_link_and_pipe_are_refused_and_never_followed(refusing_door: Door, tmp_path: Path) -> None:
    link, pipe = str(uuid.uuid4()), str(uuid.uuid4())
    secret = tmp_path / "secret"
    secret.write_text(json.dumps({"id": link, "project": "open", "release": FIRST, "question": {}}))
    (refusing_door.box.questions / f"{link}.json").symlink_to(secret)
    os.mkfifo(refusing_door.box.questions / f"{pipe}.json")
    refusing_door.counter.look()
    assert refusing_door.answer(link)["problems"] == [
        "The question is a link, or may not be read: put a plain file there."
    ]
    assert refusing_door.answer(pipe)["problems"] == ["The question is no plain file: put one there."]
    assert secret.exists()
    assert not list(refusing_door.box.questions.iterdir())


def test_folder_among_the_questions_is_told_once_and_left_alone(door: Door) -> None:
    (door.box.questions / "folder.json").mkdir()
    door.counter.look()
    door.counter.look()
    assert len([said for said in door.said if said.startswith("folder: cannot be")]) == 1


def test_question_that_is_being_written_waits_until_it_has_its_name(refusing_door: Door) -> None:
    half = refusing_door.box.questions / f".{SOMEBODY}.json"
    half.write_text('{"id": "')
    other = refusing_door.box.questions / f"{SOMEBODY}.part"
    other.write_text('{"id": "')
    refusing_door.counter.look()
    assert half.exists()
    assert other.exists()
    assert not list(refusing_door.box.answers.glob(f"*{SOMEBODY}*"))
    half.unlink()
    other.unlink()


def test_second_question_of_one_id_does_not_touch_the_first_ones_answer(door: Door) -> None:
    name = door.put(BY_GENDER)
    door.counter.look()
    first = door.answer(name)
    letter = {"id": name, "project": SOMEBODY, "release": FIRST, "question": {"dimensions": ["need"]}}
    door.lay(name, json.dumps(letter).encode())
    door.counter.look()
    assert door.answer(name) == first
    assert not list(door.box.questions.iterdir())
    assert door.said[-1] == f"{name}: has its answer already; a new question needs a new id."


def test_answer_is_written_aside_even_where_a_link_was_laid_in_its_way(door: Door, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    name = door.put(BY_GENDER)
    (door.box.answers / f".{name}.json").symlink_to(precious)
    door.counter.look()
    assert door.answer(name)["status"] == "answered"
    assert precious.read_text() == "kept"


def test_before_the_first_release_questions_are_refused_and_desk_is_not_open(
    order: Order, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    door = Door(Order(extracts=[], keys=order.keys, out=tmp_path / "none" / "out"), tmp_path / "none")
    assert door.ask(BY_GENDER)["problems"] == ["There is no release to ask about yet."]
    assert not (door.box.folder / "desk.json").exists()


def test_withdrawn_release_is_not_asked_any_more(door: Door, order: Order) -> None:
    assert door.ask(BY_GENDER)["status"] == "answered"
    (order.out / FIRST).rename(order.out / "withdrawn")
    assert "is withdrawn" in door.ask(BY_GENDER)["problems"][0]
    assert not (door.box.folder / "desk.json").exists()


def test_once_answers_what_lies_there_and_leaves_nothing_open(door: Door, order: Order) -> None:
    name = door.put(BY_GENDER)
    serve(order, door.box, door.said.append, once=True)
    assert door.answer(name)["status"] == "answered"
    assert not (door.box.folder / "desk.json").exists()
    with open_series(order.out) as series:  # the desk holds nothing of the series
        assert [each.id for each in series.past] == [FIRST]


def test_desk_tells_its_groups_and_answers_by_the_name_of_one(door: Door, order: Order) -> None:
    door.counter.look()
    told = json.loads((door.box.folder / "desk.json").read_text())["groups"]
    with (order.out / FIRST / "hierarchies" / "need.csv").open() as file:
        leaves = [line.strip().split(";") for line in file]
    needs = {name: sorted(leaf for leaf, above, _ in leaves if above == name) for _, name, _ in leaves}
    assert told["need"] == {name: values for name, values in needs.items() if len(values) > 1}
    name, values = next(iter(told["need"].items()))
    by_name = door.ask({"dimensions": ["gender"], "filters": {"need": [name]}})
    assert by_name["status"] == "answered"
    assert door.ask({"dimensions": ["gender"], "filters": {"need": values}})["rows"] == by_name["rows"]
    refused = door.ask({"filters": {"need": [name, "housing"]}})
    assert refused["problems"] == ["filters: need has values that its list does not know."]


def test_group_that_names_a_place_which_the_release_does_not_is_not_told(door: Door) -> None:
    door.counter.look()
    told = json.loads((door.box.folder / "desk.json").read_text())
    for column, groups in told["groups"].items():
        assert all({*values} <= {*told["columns"][column]} for values in groups.values())
