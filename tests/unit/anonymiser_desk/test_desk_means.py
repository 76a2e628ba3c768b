"""A mean comes out of the box with its step, and never in one that is wider than 1."""

from tests.unit.anonymiser_desk.desk_door import Door


def test_mean_is_told_with_its_step(door: Door) -> None:
    told = door.ask({"dimensions": ["gender"], "measure": {"mean": "weeks_waited"}})
    assert told["columns"] == ["gender", "mean", "to_the_nearest"]
    assert told["rows"]
    for _, mean, step in told["rows"]:
        assert 0 < step <= 1
        assert abs(mean / step - round(mean / step)) < 1e-6
    notes = " ".join(told["notes"])
    assert "to_the_nearest has the step" in notes
    assert "0 to 52 people" in notes


def test_count_has_no_step(door: Door) -> None:
    told = door.ask({"dimensions": ["gender"]})
    assert told["columns"] == ["gender", "people"]
    assert all(len(row) == 2 for row in told["rows"])


def test_small_groups_are_not_told_in_wide_steps(door: Door) -> None:
    for dimensions in (["source"], ["need"], ["need", "gender"]):
        told = door.ask({"dimensions": dimensions, "measure": {"mean": "weeks_waited"}})
        if told["status"] == "answered":
            assert all(row[-1] <= 1 for row in told["rows"])
        else:
            assert "52 people or fewer" in told["problems"][0]
