"""The whole review of a release, and the report that tells of it."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from anonymiser.checking.classes import measure
from anonymiser.checking.columns import Layout, code
from anonymiser.checking.findings import Limits
from anonymiser.checking.hierarchies import hierarchy
from anonymiser.checking.page import risk_page
from anonymiser.checking.population import population_of_classes
from anonymiser.checking.report import risk_report, sections, to_nearest_five
from anonymiser.checking.review import Inside, Review, review
from anonymiser.checking.risk import histogram, risks, unique_share
from anonymiser.errors import Refusal
from tests.unit.anonymiser_checking.releases import LAYOUT, QUASI, at_levels, hierarchies, protect, referrals

KNOWLEDGE = {"a neighbour": ("age", "sex", "lsoa", "practice", "month"), "somebody who knows all": QUASI}
LIMITS = Limits(distinct=1, distance=1)
AREA = hierarchy("area", [("E8", "E", "*"), ("E9", "E", "*"), ("N1", "N", "*"), ("N2", "N", "*")])
AGE = hierarchy("age", [("70", "*"), ("97", "*")])


@pytest.fixture(scope="module")
def protected() -> Review:
    inside = Inside(exact=referrals(), knowledge=KNOWLEDGE)
    return review(protect(referrals()), LAYOUT, hierarchies(), inside, LIMITS)


@pytest.fixture(scope="module")
def exposed() -> Review:
    inside = Inside(exact=referrals(), knowledge=KNOWLEDGE)
    return review(at_levels(referrals(), (3, 0, 2, 2, 2, 2, 1)), LAYOUT, hierarchies(), inside, LIMITS)


def test_review_of_a_protected_release_finds_nothing_and_its_control_is_broken(protected: Review) -> None:
    assert protected.findings == ()
    assert all(each.is_held_off(10) for each in protected.assessment.attacks.values())
    assert all(each.success > 0.9 for each in protected.assessment.controls.values())


def test_review_of_an_exposed_release_tells_of_its_classes_and_of_every_attack(exposed: Review) -> None:
    assert len(exposed.findings) == 3
    assert "fewer than 10 people (the smallest 1)" in exposed.findings[0]
    assert exposed.findings[1].startswith("a neighbour: the intruder found")


def test_review_holds_a_release_against_those_that_are_out() -> None:
    first = protect(referrals())
    second = protect(referrals().filter(pl.col("month") < "2025-10"))
    inside = Inside(exact=referrals(), earlier=[first])
    [sentence] = review(second, LAYOUT, hierarchies(), inside, LIMITS).findings
    assert sentence.startswith("All releases together: ")


def test_review_of_an_empty_release_stops_at_that(protected: Review) -> None:
    found = review(referrals().head(0), LAYOUT, hierarchies(), Inside(exact=referrals()), LIMITS)
    assert found.findings == ("The release has no rows.",)
    assert risk_report(sections(found.assessment))


def test_risks_by_hand_with_and_without_a_population() -> None:
    rows = [("E8", "70", 1), ("E8", "70", 1), ("E8", "70", 2), ("N", "*", 3)]
    release = code(
        pl.DataFrame(rows, schema=["area", "age", "person"], orient="row"), Layout(quasi=("area", "age"))
    )
    alone = risks(measure(release))
    assert alone.prosecutor_highest == 1  # person 3
    assert alone.prosecutor_mean == pytest.approx((3 * 1 / 2 + 1) / 4)
    assert alone.marketer == pytest.approx((1 + 1) / 3)  # one right guess in each class, of three people
    assert alone.journalist_highest == alone.prosecutor_highest
    assert alone.presence_highest is None
    population = pl.DataFrame(
        {
            "area": ["E8", "E8", "E9", "N1", "N2"],
            "age": ["70", "97", "70", "70", "97"],
            "people": [8, 99, 99, 15, 5],
        }
    )
    behind = population_of_classes(release, {"area": AREA, "age": AGE}, population)
    assert behind.tolist() == [8, 20]  # E8 aged 70; N1 and N2 of any age
    known = risks(measure(release), behind)
    assert known.journalist_highest == 1 / 8
    assert known.presence_highest == 2 / 8
    assert known.marketer == pytest.approx((2 / 8 + 1 / 20) / 3)


def test_population_may_tell_of_fewer_columns_and_only_of_values_that_exist() -> None:
    release = code(
        pl.DataFrame({"area": ["E", "N1"], "age": ["70", "*"], "person": [1, 2]}),
        Layout(quasi=("area", "age")),
    )
    trees = {"area": AREA, "age": AGE}
    by_area = pl.DataFrame({"area": ["E8", "E9", "N1"], "people": [1, 2, 4]})
    assert population_of_classes(release, trees, by_area).tolist() == [3, 4]
    with pytest.raises(Refusal, match="area: 1 lines of the population have a value of no hierarchy"):
        population_of_classes(release, trees, by_area.with_columns(area=pl.Series(["E8", "E9", "XX"])))


def test_histogram_has_every_class_once(protected: Review) -> None:
    bars = histogram(protected.assessment.measured)
    assert sum(classes for _, classes, _ in bars) == protected.assessment.measured.classes
    assert sum(rows for _, _, rows in bars) == protected.assessment.measured.rows
    assert [name for name, _, _ in bars][:4] == ["1", "2 to 4", "5 to 9", "10 to 14"]
    assert [classes for _, classes, _ in bars][:3] == [0, 0, 0]


def test_uniqueness_falls_from_nearly_everybody_to_nobody(protected: Review) -> None:
    before = protected.assessment.before
    assert before is not None
    assert unique_share(before) > 0.95
    assert unique_share(protected.assessment.measured) == 0


def test_report_tells_every_measure_with_its_meaning(protected: Review) -> None:
    found = json.loads(risk_report(sections(protected.assessment)))
    assert found["crowds"]["k_people"]["value"] == protected.assessment.measured.k_people
    assert found["risk"]["prosecutor_highest"]["value"] == pytest.approx(
        1 / found["crowds"]["k_people"]["value"], abs=1e-4
    )
    assert found["risk"]["unique_after"]["value"] == 0
    assert found["detail"]["loss"]["value"] == pytest.approx(
        sum(found["detail"][f"loss_{name}"]["value"] for name in QUASI) / 7, abs=1e-3
    )
    assert found["attack"]["release_1_alone"]["value"] == 0
    assert (
        found["attack"]["release_1_success"]["value"] <= 0.1 < found["attack"]["control_1_success"]["value"]
    )
    assert found["token"]["unique_3"]["value"] > 0.9
    assert all(line["meaning"].endswith(".") for section in found.values() for line in section.values())


def test_report_tells_each_columns_weight_and_the_loss_by_weight() -> None:
    weights = {"need": 6.0, "practice": 0.25}
    inside = Inside(exact=referrals())
    found = review(
        protect(referrals()), replace(LAYOUT, weights=weights), hierarchies(), inside, LIMITS
    ).assessment
    detail = json.loads(risk_report(sections(found)))["detail"]
    assert {name: detail[f"weight_{name}"]["value"] for name in QUASI} == {
        name: weights.get(name, 1.0) for name in QUASI
    }
    by_weight = sum(weights.get(name, 1.0) * detail[f"loss_{name}"]["value"] for name in QUASI)
    assert detail["loss_weighted"]["value"] == pytest.approx(by_weight / 11.25, abs=1e-3)
    assert detail["loss_weighted"]["value"] != detail["loss"]["value"]


def test_without_weights_both_losses_are_one(protected: Review) -> None:
    detail = json.loads(risk_report(sections(protected.assessment)))["detail"]
    assert detail["loss_weighted"]["value"] == detail["loss"]["value"]


def test_report_is_the_same_bytes_every_time(protected: Review) -> None:
    shuffled = protect(referrals()).sample(fraction=1, shuffle=True, seed=1)
    again = review(shuffled, LAYOUT, hierarchies(), Inside(exact=referrals(), knowledge=KNOWLEDGE), LIMITS)
    assert risk_report(sections(again.assessment)) == risk_report(sections(protected.assessment))


def test_suppressed_people_are_told_to_the_nearest_five() -> None:
    release = protect(referrals())
    short = review(release.head(9_983), LAYOUT, hierarchies(), Inside(exact=referrals()), LIMITS)
    crowds = json.loads(risk_report(sections(short.assessment)))["crowds"]
    assert crowds["suppressed"]["value"] == 15
    assert crowds["suppressed_share"]["value"] == pytest.approx(15 / 9_998, abs=1e-4)
    assert [to_nearest_five(count) for count in (0, 2, 3, 7, 8)] == [0, 0, 5, 5, 10]


class Page(HTMLParser):
    """What of a page a reader's machine needs: its language, its headings, its tables."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_page_is_readable_without_eyes_and_without_scripts(protected: Review) -> None:
    found = sections(protected.assessment)
    page = Page(risk_page("Referrals 2026: risk report", found, protected.findings))
    assert ("html", {"lang": "en-GB"}) in page.tags
    assert (page.count("h1"), page.count("title"), page.count("main")) == (1, 1, 1)
    assert page.count("table") == page.count("caption") == len(found)
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    assert page.count("script") == page.count("img") == page.count("link") == 0
    assert "Nothing was found against this release." in page.texts
    for section in found:
        for line in section.lines:
            assert line.label in page.texts
            assert line.meaning in page.texts


def test_page_tells_what_stands_against_a_release_and_escapes_it(exposed: Review) -> None:
    page = risk_page("<b>", sections(exposed.assessment), (*exposed.findings, "<script>")).decode()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert page.count('class="finding"') == 4
