"""Files that would mix versions, drop words or add up what cannot be added are refused, or put in their order."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.domain.errors import Invalid
from app.domain.measures import Library
from app.domain.outcomes import Phase, Taken
from app.services.measures.measure_library import load

FRAMEWORK = """
code = "valley"
version = "{version}"
name = "What the valley asks"
author = "Valley partnership"
agreed_by = ["People who use the services"]
effective_from = {since}
core = ["ons4"]
[[items]]
code = "belong"
wording = "{wording}"
low = 0
high = 4
better = "higher"
"""
WORDS = """
of = "phq9"
version = "1"
licence = "Ours, number 12"
[words]
{words}
[answers]
{answers}
"""
SUM = """
code = "garden"
version = "1"
name = "Our garden questions"
about = "other"
attribution = "The garden group"
licence = "Free to use"
[[items]]
code = "hands"
wording = "Hands?"
low = 0
high = 4
better = "higher"
[[items]]
code = "feet"
wording = "Feet?"
low = 0
high = 4
{feet}
[[totals]]
code = "both"
name = "Both"
items = ["hands", "feet"]
low = 0
high = 8
{total}
"""
FOUR = 'all = ["never", "some days", "many days", "most days"]'
QUESTIONS = "\n".join(f'q{number} = "Our words {number}"' for number in range(1, 10))


def put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def agreed(folder: Path, name: str, version: str, since: str) -> None:
    put(
        folder,
        f"frameworks/{name}.toml",
        FRAMEWORK.format(version=version, since=since, wording=f"As of {name}?"),
    )


def problems(folder: Path) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        load(folder)
    return {problem.field: problem.sentence for problem in caught.value.problems}


def asked(library: Library, *day: int) -> str | None:
    """The version of the place's own questions that are asked on a day."""
    return next((each.version for each in library.asked(date(*day)) if each.code == "valley"), None)


def test_two_comes_after_one_point_one_and_before_ten(tmp_path: Path) -> None:
    for version, since in (("1.1", "2026-01-01"), ("2", "2027-01-01"), ("10", "2028-01-01")):
        agreed(tmp_path, f"v{version}", version, since)
    library = load(tmp_path)
    assert [each.version for each in library.measures if each.code == "valley"] == ["1.1", "2", "10"]
    found = [
        (asked(library, year, 2, 1), library.framework(date(year, 2, 1)).version)
        for year in (2026, 2027, 2028)
    ]
    assert found == [("1.1", "1.1"), ("2", "2"), ("10", "10")]


def test_the_day_in_force_comes_before_the_number(tmp_path: Path) -> None:
    agreed(tmp_path, "old", "2026.10", "2026-01-01")
    agreed(tmp_path, "new", "1", "2027-01-01")
    library = load(tmp_path)
    assert library.get("valley").version == "1"
    assert (asked(library, 2026, 6, 1), asked(library, 2027, 6, 1)) == ("2026.10", "1")


def test_of_one_day_the_latest_version_holds(tmp_path: Path) -> None:
    for version in ("10", "9"):
        agreed(tmp_path, f"v{version}", version, "2026-01-01")
    library = load(tmp_path)
    assert (library.framework(date(2026, 6, 1)).version, asked(library, 2026, 6, 1)) == ("10", "10")


def test_answers_without_a_version_are_not_of_one_that_is_still_to_come(tmp_path: Path) -> None:
    agreed(tmp_path, "now", "1", "2026-01-01")
    agreed(tmp_path, "to-come", "2", "2030-01-01")
    library = load(tmp_path)
    assert library.asked_now("valley", date(2026, 6, 1)).version == "1"
    assert library.asked_now("valley", date(2030, 6, 1)).version == "2"
    assert {each.code: each.version for each in library.current(date(2026, 6, 1))}["valley"] == "1"


def test_two_frameworks_of_one_code_version_and_day_are_refused(tmp_path: Path) -> None:
    bare = FRAMEWORK.split("[[items]]", maxsplit=1)[0]
    for name in ("a", "b"):
        put(tmp_path, f"frameworks/{name}.toml", bare.format(version="1", since="2026-01-01"))
    sentence = problems(tmp_path)["b.toml: version"]
    assert "valley 1 of 2026-01-01 stands in a.toml too" in sentence


def test_answers_for_all_that_fit_no_item_are_refused(tmp_path: Path) -> None:
    put(
        tmp_path,
        "phq9.toml",
        WORDS.format(words=QUESTIONS, answers='all = ["never", "some days", "most days"]'),
    )
    assert (
        "fit no item. Give as many as an item has numbers: 4 (for 0 to 3)"
        in problems(tmp_path)["phq9.toml: answers.all"]
    )


def test_two_packs_over_one_measure_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put(tmp_path, f"{name}.toml", WORDS.format(words=QUESTIONS, answers=FOUR))
    assert problems(tmp_path)["b.toml: of"].startswith("a.toml has words for phq9 1 too")


def test_spaces_are_no_words(tmp_path: Path) -> None:
    blank = QUESTIONS.replace("Our words 3", "   ")
    put(tmp_path, "phq9.toml", WORDS.format(words=blank, answers=FOUR))
    (found,) = problems(tmp_path).items()
    assert found[0].startswith("phq9.toml: words.q3")
    assert found[1] == "Give words, not spaces alone."


@pytest.mark.parametrize(
    ("feet", "total", "sentence"),
    [
        (
            'better = "higher"\noptional = true',
            'better = "higher"',
            "none of its items can be optional: feet",
        ),
        (
            'better = "higher"\ncategory = true',
            'better = "higher"',
            "none of its items can be a category: feet",
        ),
        ('better = "lower"', 'better = "higher"', "Its items run both ways"),
        ('better = "higher"', 'better = "lower"', "runs the other way than its items"),
    ],
)
def test_a_sum_of_what_cannot_be_added_is_refused(
    tmp_path: Path, feet: str, total: str, sentence: str
) -> None:
    put(tmp_path, "garden.toml", SUM.format(feet=feet, total=total))
    assert sentence in " ".join(problems(tmp_path).values())


def test_outsiders_see_nothing_of_a_measure_whose_file_is_gone() -> None:
    taken = Taken("gone", Phase.BEFORE, {"hands": 3}, date(2026, 11, 22), words={"hands": "Mine"})
    seen = Library().seen_outside(taken)
    assert (seen.answers, seen.words, Library().scores(seen)) == ({}, {}, {})
