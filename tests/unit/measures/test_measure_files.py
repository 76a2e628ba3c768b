"""Measures are files: whatever is wrong with them is told at once, and licensed words are laid over from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from app.domain.errors import Invalid
from app.domain.frameworks import Depth
from app.domain.measures import Library
from app.domain.outcomes import Phase, Taken
from app.services.measures.measure_library import SHIPPED, check, load, shipped

Written = Callable[[str, str], Path]
OWN = """
code = "garden"
version = "{version}"
name = "Our garden questions"
about = "other"
attribution = "The garden group"
licence = "Free to use"
[[items]]
code = "hands"
wording = "{wording}"
low = 0
high = {high}
better = "higher"
"""
PHQ9_WORDS = """
of = "phq9"
version = "1"
licence = "Ours, number 12"
[words]
{words}
[answers]
all = ["never", "some days", "many days", "most days"]
"""
FRAMEWORK = """
code = "valley"
version = "{version}"
name = "What the valley asks"
author = "Valley partnership"
agreed_by = ["People who use the services", "The council"]
effective_from = {since}
core = ["goal-progress", "service-experience", "ons4"]
extension = ["ucla3"]
[depths]
activity = "micro"
advice = "standard"
[[items]]
code = "belong"
wording = "How much do you feel at home in the valley?"
low = 0
high = 4
better = "higher"
[[narrative]]
code = "story"
wording = "What has changed for you?"
"""


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write a file of the installation's own folder."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems_of(folder: Path) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        load(folder)
    return {problem.field: problem.sentence for problem in caught.value.problems}


def test_every_shipped_file_is_loaded() -> None:
    files = {path.stem for path in SHIPPED.glob("*.toml")}
    assert {measure.code for measure in shipped().measures} == files
    assert all(measure.licence and measure.attribution for measure in shipped().measures)


def test_what_is_licensed_has_no_words_and_cannot_be_asked() -> None:
    free = {"ons4", "ucla3", "ons-loneliness", "goal-progress", "service-experience"}
    for measure in shipped().measures:
        assert measure.may_be_asked is (measure.code in free)
        assert measure.code in free or not any(item.wording or item.answers for item in measure.items)


def test_without_an_agreement_the_usual_is_asked() -> None:
    assert [measure.code for measure in shipped().asked()] == ["ons4", "ucla3", "goal-progress"]


def test_an_own_measure_stands_beside_the_shipped_ones(tmp_path: Path, written: Written) -> None:
    written("garden.toml", OWN.format(version=1, wording="Dirty hands?", high=4))
    library = load(tmp_path)
    assert library.get("garden").items[0].wording == "Dirty hands?"
    assert library.get("ons4") == shipped().get("ons4")


def test_old_answers_are_read_by_the_version_they_were_given_to(tmp_path: Path, written: Written) -> None:
    written("garden-1.toml", OWN.format(version=1, wording="How dirty are your hands?", high=4))
    written("garden-2.toml", OWN.format(version=2, wording="How green is your thumb?", high=10))
    library = load(tmp_path)
    old = Taken("garden", Phase.BEFORE, {"hands": 3}, date(2026, 1, 5), version="1")
    assert library.get("garden").version == "2"
    assert library.display("garden", "hands", old.version) == "How dirty are your hands?"
    assert library.scores(old) == {"hands": 3}
    assert library.check_answers("garden", {"hands": 9}, "m", version="2") == []
    (problem,) = library.check_answers("garden", {"hands": 9}, "m", version="1")
    assert "from 0 to 4" in problem.sentence


def test_the_tenth_version_is_newer_than_the_second(tmp_path: Path, written: Written) -> None:
    for version in ("10", "2", "1"):
        written(f"garden-{version}.toml", OWN.format(version=version, wording="Hands?", high=4))
    assert load(tmp_path).get("garden").version == "10"


def test_every_problem_of_every_file_is_told_at_once_with_file_and_key(
    tmp_path: Path, written: Written
) -> None:
    written("a.toml", 'code = "A b"\nname = ""\nabout = "weather"\ncolour = "red"\n')
    written("b.toml", OWN.format(version=1, wording="Hands?", high=0))
    written("c.toml", "code = \n")
    found = problems_of(tmp_path)
    assert {
        "a.toml: code",
        "a.toml: name",
        "a.toml: about",
        "a.toml: colour",
        "a.toml: attribution",
    } <= found.keys()
    assert "use one of: health" in found["a.toml: about"].lower()
    assert "lowest number must be below" in found["b.toml: items.1.low"]
    assert "TOML" in found["c.toml"]


@pytest.mark.parametrize(
    ("more", "key", "sentence"),
    [
        ('answers = [{ value = 0, words = "No" }]', "items.1.answers", "one answer for each"),
        ("alerts_above = 4", "items.1.alerts_above", "from 0 to 3"),
        ("change_that_matters = 0", "items.1.change_that_matters", "above 0"),
        ('bands = [{ low = 0, high = 2, words = "low" }]', "items.1.bands", "from 0 to 4"),
        (
            'bands = [{ low = 0, high = 2, words = "a" }, { low = 2, high = 4, words = "b" }]',
            "items.1.bands",
            "overlaps",
        ),
        (
            'bands = [{ low = 0, high = 1, words = "a" }, { low = 3, high = 4, words = "b" }]',
            "items.1.bands",
            "one above",
        ),
        ('codings = [{ system = "snomed", code = "1" }]', "items.1.codings.1.system", "address"),
        ("low = 1.5", "", "TOML"),
        ('[[items]]\ncode = "hands"\nlow = 0\nhigh = 1\nbetter = "higher"', "items.2.code", "used twice"),
        (
            '[[totals]]\ncode = "t"\nname = "T"\nitems = ["feet"]\nlow = 0\nhigh = 4\nbetter = "higher"',
            "totals.1.items",
            "hands",
        ),
        (
            '[[totals]]\ncode = "t"\nname = "T"\nitems = ["hands"]\nlow = 1\nhigh = 4\nbetter = "higher"',
            "totals.1.low",
            "from 0 to 4",
        ),
        (
            '[[totals]]\ncode = "t"\nname = "T"\nitems = ["hands"]\nlow = 0\nhigh = 9\nbetter = "higher"\n'
            'scoring = "table"\n[totals.table]\n0 = 0\n4 = 9',
            "totals.1.table",
            "each sum from 0 to 4",
        ),
    ],
)
def test_what_would_make_scores_mean_nothing_is_refused(
    more: str, key: str, sentence: str, tmp_path: Path, written: Written
) -> None:
    written("garden.toml", OWN.format(version=1, wording="Hands?", high=4) + more)
    found = problems_of(tmp_path)
    assert sentence in found[f"garden.toml: {key}" if key else "garden.toml"]


def test_the_same_version_in_two_files_is_refused(tmp_path: Path, written: Written) -> None:
    for name in ("a.toml", "b.toml"):
        written(name, OWN.format(version=1, wording="Hands?", high=4))
    assert "another file" in problems_of(tmp_path)["b.toml: version"]


def test_licensed_words_make_a_scorer_askable_and_leave_its_scoring_alone(
    tmp_path: Path, written: Written
) -> None:
    words = "\n".join(f'q{number} = "Words {number}"' for number in range(1, 10))
    written("phq9-words.toml", PHQ9_WORDS.format(words=words))
    measure = load(tmp_path).get("phq9")
    assert measure.may_be_asked
    assert measure.licence == "Ours, number 12"
    assert measure.display("q9") == "Words 9"
    assert measure.items[0].words_of(3) == "most days"
    assert measure.totals == shipped().get("phq9").totals
    assert measure.alerts({"q9": 1})


def test_words_that_miss_an_item_leave_the_measure_off_the_forms(tmp_path: Path, written: Written) -> None:
    written("phq9-words.toml", PHQ9_WORDS.format(words='q1 = "Words 1"'))
    assert not load(tmp_path).get("phq9").may_be_asked


def test_words_for_what_is_not_there_are_refused(tmp_path: Path, written: Written) -> None:
    written("phq9-words.toml", PHQ9_WORDS.format(words='q10 = "Words 10"'))
    written("other.toml", 'of = "phq9"\nversion = "7"\nlicence = "Ours"\n')
    found = problems_of(tmp_path)
    assert "no such item" in found["phq9-words.toml: words.q10"]
    assert "phq9 1" in found["other.toml: of"]


def test_a_star_takes_its_scale_from_the_pack(tmp_path: Path, written: Written) -> None:
    areas = "\n".join(f'area-{number} = "Area {number}"' for number in range(1, 9))
    scale = "[scale]\nlow = 1\nhigh = 5\n"
    written("star.toml", f'of = "star"\nlicence = "Ours"\n[words]\n{areas}\n{scale}')
    measure = load(tmp_path).get("star")
    assert {(item.low, item.high) for item in measure.items} == {(1, 5)}
    assert measure.may_be_asked


def test_levels_of_pam_come_from_the_licensed_pack(tmp_path: Path, written: Written) -> None:
    text = """
of = "pam"
licence = "Ours"
[bands]
score = [
  { low = 0, high = 40, words = "level 1" }, { low = 41, high = 60, words = "level 2" },
  { low = 61, high = 80, words = "level 3" }, { low = 81, high = 100, words = "level 4" },
]
"""
    written("pam.toml", text)
    measure = load(tmp_path).get("pam")
    assert [measure.band("score", score) for score in (0, 40, 41, 100)] == [
        "level 1",
        "level 1",
        "level 2",
        "level 4",
    ]
    assert shipped().get("pam").band("score", 50) is None


VALUES = """
of = "eq5d5l"
licence = "Ours"
[[totals]]
code = "index"
name = "EQ-5D-5L index"
scoring = "profile"
items = ["mobility", "self-care", "usual-activities", "pain", "anxiety"]
low = -0.25
high = 1
better = "higher"
values = "values.csv"
codings = [{ system = "http://snomed.info/sct", code = "736534008" }]
"""
DIMENSIONS = ("mobility", "self-care", "usual-activities", "pain", "anxiety")


def test_the_index_of_eq5d5l_needs_a_value_set(tmp_path: Path, written: Written) -> None:
    profiles = ["".join(map(str, each)) for each in product(range(1, 6), repeat=5)]
    lines = [f"{each},{1 - (sum(map(int, each)) - 5) / 16}" for each in profiles]
    written("eq5d5l.toml", VALUES)
    written("values.csv", "profile,value\n" + "\n".join(lines))
    measure = load(tmp_path).get("eq5d5l")
    best = dict.fromkeys(DIMENSIONS, 1)
    assert measure.scores(best)["index"] == 1
    assert measure.scores(best | {"pain": 3})["index"] == 1 - 2 / 16
    assert "index" not in measure.scores({"pain": 3})
    assert "index" not in shipped().get("eq5d5l").scores(best)


def test_a_value_set_with_a_gap_is_refused(tmp_path: Path, written: Written) -> None:
    written("eq5d5l.toml", VALUES)
    written("values.csv", "11111,1\n")
    assert "3125" in problems_of(tmp_path)["eq5d5l.toml: totals.1.table"]
    written("eq5d5l.toml", VALUES.replace("values.csv", "none.csv"))
    assert "none.csv" in problems_of(tmp_path)["eq5d5l.toml: totals.1.values"]


def codes(library: Library, on: date, kind: str | None = None) -> list[str]:
    return [measure.code for measure in library.asked(on, service_kind=kind)]


def test_a_framework_decides_what_is_asked_how_deep_and_from_when(tmp_path: Path, written: Written) -> None:
    written("frameworks/valley-1.toml", FRAMEWORK.format(version=1, since="2026-04-01"))
    library = load(tmp_path)
    everything = ["goal-progress", "service-experience", "ons4", "ucla3", "valley"]
    assert codes(library, date(2026, 3, 31)) == ["ons4", "ucla3", "goal-progress"]
    assert codes(library, date(2026, 4, 1)) == everything
    assert codes(library, date(2026, 4, 1), "peer-support") == everything
    assert codes(library, date(2026, 4, 1), "advice") == everything[:3]
    assert codes(library, date(2026, 4, 1), "activity") == everything[:2]
    before = [each.code for each in library.asked(date(2026, 4, 1), phase=Phase.BEFORE)]
    assert "service-experience" not in before
    framework = library.framework(date(2026, 4, 1))
    assert framework.agreed_by == ("People who use the services", "The council")
    assert framework.narrative[0].wording == "What has changed for you?"
    assert framework.depth_for("activity") is Depth.MICRO


def test_a_narrative_alone_is_asked_and_told_under_its_wording_and_never_counted(
    tmp_path: Path, written: Written
) -> None:
    head, _, rest = FRAMEWORK.format(version=1, since="2026-04-01").partition("[[items]]")
    written("frameworks/valley.toml", head + rest[rest.index("[[narrative]]") :])
    library = load(tmp_path)
    own = library.asked(date(2026, 4, 1))[-1]
    assert (own.code, own.items, own.in_words) == ("valley", (), ("story",))
    assert library.display("valley", "story", "1") == "What has changed for you?"
    assert own.scores({"story": 3}) == {}
    assert library.check_words("valley", ["story"], "words") == []
    (problem,) = library.check_words("valley", ["story", "tale"], "words")
    assert "under tale; it takes them under: story." in problem.sentence
    (problem,) = library.check_words("ons4", ["happy"], "words")
    assert problem.field == "words"


@pytest.mark.parametrize("code", ["belong", "answered-by"])
def test_a_prompt_cannot_take_the_code_of_something_else(tmp_path: Path, written: Written, code: str) -> None:
    text = FRAMEWORK.format(version=1, since="2026-04-01").replace('"story"', f'"{code}"')
    written("frameworks/valley.toml", text)
    assert problems_of(tmp_path).keys() == {"valley.toml: narrative.1.code"}


def test_the_next_agreements_questions_wait_for_their_day(tmp_path: Path, written: Written) -> None:
    written("frameworks/valley-1.toml", FRAMEWORK.format(version=1, since="2026-04-01"))
    written("frameworks/valley-2.toml", FRAMEWORK.format(version=2, since="2026-09-01"))
    library = load(tmp_path)
    versions = [library.asked(date(2026, month, 1))[-1].version for month in (8, 9)]
    assert versions == ["1", "2"]


def test_a_new_agreement_leaves_the_old_ones_answers_readable(tmp_path: Path, written: Written) -> None:
    written("frameworks/valley-1.toml", FRAMEWORK.format(version=1, since="2026-04-01"))
    second = FRAMEWORK.format(version=2, since="2026-09-01").replace(
        "at home in the valley", "part of the valley"
    )
    written("frameworks/valley-2.toml", second)
    library = load(tmp_path)
    assert library.framework(date(2026, 8, 31)).version == "1"
    assert library.framework(date(2026, 9, 1)).version == "2"
    assert library.display("valley", "belong", "1") == "How much do you feel at home in the valley?"
    assert library.display("valley", "belong") == "How much do you feel part of the valley?"


def test_a_framework_cannot_ask_what_nobody_may_show(tmp_path: Path, written: Written) -> None:
    text = FRAMEWORK.format(version=1, since="2026-04-01").replace('"ons4"]', '"phq9", "none"]')
    written("frameworks/valley.toml", text)
    found = problems_of(tmp_path)
    assert "licence" in found["valley.toml: core.3"]
    assert "There is no measure none" in found["valley.toml: core.4"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("agreed_by = [", "agreed_by = [] # ", "agreed_by"),
        ("effective_from = 2026-04-01", 'effective_from = "soon"', "effective_from"),
        ('activity = "micro"', 'activity = "tiny"', "depths.activity.value"),
        ('advice = "standard"', 'juggling = "full"', "depths.juggling.key"),
        ('"goal-progress", "service-experience", "ons4"', ", ".join(['"ons4"'] * 7), "core"),
    ],
)
def test_an_agreement_that_is_none_is_refused(
    old: str, new: str, key: str, tmp_path: Path, written: Written
) -> None:
    text = FRAMEWORK.format(version=1, since="2026-04-01")
    assert old in text
    written("frameworks/valley.toml", text.replace(old, new))
    assert f"valley.toml: {key}" in problems_of(tmp_path)


def test_a_file_is_checked_against_what_is_known_already(written: Written) -> None:
    assert (
        check(written("g.toml", OWN.format(version=1, wording="?", high=4)), shipped())
        == "the measure garden, version 1"
    )
    framework = written("f.toml", FRAMEWORK.format(version=3, since="2026-04-01"))
    assert check(framework, shipped()) == "the framework valley, version 3"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "nowhere").items()
    assert "no such folder" in problem[1]
