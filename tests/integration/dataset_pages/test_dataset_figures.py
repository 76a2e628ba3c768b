"""The figures: every number as it was published, what is withheld in words, and nobody ranked."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable
from html import unescape
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.web.analysts import dataset_words
from tests.integration.dataset_pages.conftest import Cells, SignIn
from tests.integration.web.conftest import Visitor

WITHHELD = {
    "small": "fewer than 10",
    "further": "withheld to protect another number",
}
SHARE = re.compile(r" \((\d+)%( of those shown)?\)")


def by_table(cells: Cells) -> dict[str, Cells]:
    tables: dict[str, Cells] = defaultdict(list)
    for cell in cells:
        tables[cell["table"]].append(cell)
    return tables


def grid(html: str, caption: str) -> list[list[str]]:
    """The body of the table under a caption, cell by cell, as it is read."""
    (table,) = (each for each in html.split("<table")[1:] if caption in each.partition("</caption>")[0])
    body = table.partition("<tbody")[2].partition("</tbody>")[0]
    told = re.sub(r'<span class="nhsuk-table__heading".*?</span>', "", body)
    return [
        [" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in row.split("<td")[1:]]
        for row in told.split("<tr")[1:]
    ]


def expected(cell: dict[str, str]) -> str:
    if not cell["people"]:
        return WITHHELD[cell["status"]]
    return f"{int(cell['people']):,}"


def words_of(row: list[str]) -> list[str]:
    """A row without the leftovers of its tags and shares."""
    return [SHARE.sub("", each.partition("> ")[2] if "> " in each else each) for each in row]


def test_every_number_of_every_table_is_on_its_page(analyst: Visitor, cells: Cells, newest: Path) -> None:
    for table, told in by_table(cells).items():
        page = analyst.get(f"/dataset/figures/{newest.name}/{table}")
        shown = {words_of(row)[0]: words_of(row)[1:] for row in grid(page.html, "People")}
        wanted: dict[str, dict[str, str]] = defaultdict(dict)
        for cell in told:
            wanted[dataset_words.value(cell["by"], cell["value"])][cell["answer"]] = expected(cell)
        assert {value: sorted(line) for value, line in shown.items()} == {
            value: sorted(line.values()) for value, line in wanted.items()
        }, table


def test_a_file_of_a_figure_is_its_part_of_the_published_tables(
    analyst: Visitor, cells: Cells, newest: Path
) -> None:
    table = "outcome-by-need"
    answer = analyst.client.get(f"/dataset/figures/{newest.name}/{table}/numbers.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{newest.name}-{table}.csv"'
    told = [
        {name: value for name, value in line.items() if not name.startswith("percent")}
        for line in csv.DictReader(io.StringIO(answer.text, newline=""))
    ]
    key = lambda cell: (cell["value"], cell["answer"])  # noqa: E731
    assert sorted(told, key=key) == sorted(by_table(cells)[table], key=key)


def test_shares_come_from_published_numbers_alone(analyst: Visitor, cells: Cells, newest: Path) -> None:
    for table in ("outcome-by-need", "uptake-by-deprivation"):
        lines: dict[str, Cells] = defaultdict(list)
        for cell in by_table(cells)[table]:
            lines[cell["value"]].append(cell)
        answer = analyst.client.get(f"/dataset/figures/{newest.name}/{table}/numbers.csv").text
        for told in csv.DictReader(io.StringIO(answer, newline="")):
            line = lines[told["value"]]
            whole = sum(int(cell["people"] or 0) for cell in line)
            if not told["people"] or not whole:
                assert told["percent"] == ""
                continue
            assert float(told["percent"]) == pytest.approx(100 * int(told["people"]) / whole, abs=0.06)
            withheld = any(not cell["people"] for cell in line)
            assert told["percent_is"] == f"about, of {'the numbers shown' if withheld else 'all numbers'}"


def test_a_chart_is_a_picture_of_words_that_is_the_same_each_time(
    analyst: Visitor, cells: Cells, newest: Path
) -> None:
    for table in by_table(cells):
        path = f"/dataset/figures/{newest.name}/{table}/chart.svg"
        first = analyst.client.get(path)
        assert (first.status_code, first.mimetype) == (200, "image/svg+xml")
        words = "".join(ElementTree.fromstring(first.data).itertext())  # noqa: S314
        assert newest.name in words
        assert "href" not in re.sub(r'xlink:href="#|"http://www.w3.org[^"]*"', "", first.text).replace(
            "rdf:resource", ""
        )
    assert analyst.client.get(path).data == first.data
    etag = first.headers["ETag"]
    assert analyst.client.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_a_figure_says_what_it_counts_and_what_it_does_not_show(analyst: Visitor, newest: Path) -> None:
    page = analyst.get(f"/dataset/figures/{newest.name}/help-by-need")
    assert page.headings == ["Who helped, and for how many was there nobody, by need?"]
    for part in ("What this counts", "Of whom", "does not show what a service caused", "rounded to 5"):
        assert part in page.text
    assert "no order of merit" in page.text
    (image,) = [path for path in page.assets if path.endswith("chart.svg")]
    assert image == f"/dataset/figures/{newest.name}/help-by-need/chart.svg"
    assert re.search(r'<img[^>]+alt="[^"]{40,}"', page.html)


def test_over_time_tells_limits_and_what_stands_out(analyst: Visitor, cells: Cells, newest: Path) -> None:
    page = analyst.get(f"/dataset/figures/{newest.name}/people-by-month")
    values = [int(cell["people"]) for cell in by_table(cells)["people-by-month"] if cell["people"]]
    assert len(values) >= 12
    ranges = [abs(after - before) for before, after in pairwise(values)]
    usual = [each for each in ranges if each < 3.267 * sum(ranges) / len(ranges)]
    mean, spread = sum(values) / len(values), 2.66 * sum(usual) / len(usual)
    (line,) = grid(page.html, "What is more than ups and downs")
    assert words_of(line)[1:4] == [f"{each:.1f}" for each in (mean, mean - spread, mean + spread)]


def test_shares_over_time_can_be_chosen(analyst: Visitor, newest: Path) -> None:
    path = f"/dataset/figures/{newest.name}/uptake-by-month"
    assert f"{path}?show=share" in analyst.get(path).links
    page = analyst.get(f"{path}?show=share")
    assert "leaves out every month in which a number is withheld" in page.text
    assert f"{path}/chart.svg?show=share" in page.assets
    people, share = (analyst.client.get(f"{path}/chart.svg{show}").data for show in ("", "?show=share"))
    assert people != share


def test_equity_sets_groups_beside_everybody(analyst: Visitor, cells: Cells, newest: Path) -> None:
    path = f"/dataset/figures/{newest.name}/equity/uptake"
    page = analyst.get(path)
    for column in ("By deprivation of the area", "By ethnic group", "By sex or gender", "By age"):
        assert column in page.text
    told = list(csv.DictReader(io.StringIO(analyst.client.get(f"{path}/numbers.csv").text, newline="")))
    attended = {
        (cell["by"], cell["value"]): cell
        for cell in cells
        if cell["measure"] == "uptake" and cell["answer"] == "attended"
    }
    assert {line["by"] for line in told} == {"deprivation", "ethnic_group", "gender", "age_band"}
    for line in told:
        assert line["people"] == attended[line["by"], line["value"]]["people"]
        whole = sum(int(cell["people"] or 0) for key, cell in attended.items() if key[0] == line["by"])
        if line["people"]:
            share = 100 * int(line["people"]) / whole
            assert float(line["percent_of_answer"]) == pytest.approx(share, abs=0.06)
    other = analyst.get(f"{path}?answer=not+attended")
    assert "Help never began" in other.headings[0]
    assert analyst.client.get(f"{path}?answer=nonsense").status_code == 404


def test_nothing_is_put_in_an_order_of_merit(analyst: Visitor, newest: Path) -> None:
    page = analyst.get(f"/dataset/figures/{newest.name}/uptake-by-practice")
    practices = [words_of(row)[0] for row in grid(page.html, "People")]
    named = [each for each in practices if re.fullmatch(r"[A-Z]\d{5}", each)]
    assert named == sorted(named)
    svg = analyst.client.get(f"/dataset/figures/{newest.name}/uptake-by-practice/chart.svg").text.lower()
    for colour in ("#d5281b", "#007f3b", "#ffb81c", "red", "green", "amber"):
        assert f": {colour}" not in svg


def test_every_figure_is_reached_from_the_list(analyst: Visitor, cells: Cells, newest: Path) -> None:
    page = analyst.get("/dataset/figures")
    assert {f"/dataset/figures/{newest.name}/{table}" for table in by_table(cells)} <= set(page.links)
    for measure in {cell["measure"] for cell in cells}:
        group = analyst.get(f"/dataset/figures/{newest.name}/all/{measure}")
        tables = {cell["table"] for cell in cells if cell["measure"] == measure}
        images = {f"/dataset/figures/{newest.name}/{table}/chart.svg" for table in tables}
        assert images == {path for path in group.assets if path.endswith(".svg") and "static" not in path}


def test_a_figure_is_picked_by_measure_column_and_release(analyst: Visitor, newest: Path) -> None:
    picked = analyst.client.get(f"/dataset/figures/pick?measure=outcome&by=area&release={newest.name}")
    assert picked.location == f"/dataset/figures/{newest.name}/outcome-by-area"
    page = analyst.get("/dataset/figures/pick?measure=end_reason&by=month", status=400)
    assert "no table of the two together" in page.text
    assert 'value="end_reason" selected' in page.html


def test_an_earlier_release_keeps_its_figures(analyst: Visitor, newest: Path) -> None:
    earlier = min(newest.parent.glob("release-*")).name
    assert (
        f"/dataset/figures/{earlier}/outcome-by-need"
        in analyst.get(f"/dataset/figures?release={earlier}").links
    )
    analyst.get(f"/dataset/figures/{earlier}/outcome-by-need")
    for path in (
        "release-7-2026-01-01/outcome-by-need",
        f"{earlier}/nothing-by-need",
        f"{earlier}/all/nothing",
    ):
        assert analyst.client.get(f"/dataset/figures/{path}").status_code == 404


def test_providers_see_the_same_figures(analyst: Visitor, sign_in: SignIn, newest: Path) -> None:
    path = f"/dataset/figures/{newest.name}/help-by-area"
    provider = sign_in("provider-0")
    assert "/dataset/figures" in provider.get("/offers").links
    assert grid(provider.get(path).html, "People") == grid(analyst.get(path).html, "People")
    assert provider.client.get(f"{path}/numbers.csv").text == analyst.client.get(f"{path}/numbers.csv").text
    assert "/dataset" not in provider.get(path).links


def test_figures_are_no_part_of_a_project_without_tables(analyst_with: Callable[..., Visitor]) -> None:
    assert "was not given the tier" in analyst_with("queries").get("/dataset/figures", status=403).text


class TestWithoutLogIn:
    """What a stranger sees."""

    def test_is_off_until_the_steward_allows_it(self, visitor: Visitor, newest: Path) -> None:
        for path in ("", f"/{newest.name}/outcome-by-need", f"/{newest.name}/outcome-by-need/numbers.csv"):
            page = visitor.get(f"/open-data{path}", status=404)
            assert "not switched on here" in page.text
        assert "/open-data" not in visitor.get("/directory").links

    @pytest.mark.usefixtures("open_view")
    def test_shows_the_same_figures_and_nothing_else(
        self, visitor: Visitor, analyst: Visitor, newest: Path
    ) -> None:
        assert "/open-data" in visitor.get("/directory").links
        page = visitor.get("/open-data")
        assert not [link for link in page.links if link.startswith("/dataset")]
        path = f"/{newest.name}/outcome-by-need"
        mine, theirs = visitor.get(f"/open-data{path}"), analyst.get(f"/dataset/figures{path}")
        assert grid(mine.html, "People") == grid(theirs.html, "People")
        for part in ("/numbers.csv", "/chart.svg"):
            open_part = visitor.client.get(f"/open-data{path}{part}")
            assert open_part.data == analyst.client.get(f"/dataset/figures{path}{part}").data
        for closed in (
            "/dataset",
            f"/dataset/figures{path}",
            f"/dataset/releases/{newest.name}/files/data/tables.csv",
        ):
            assert visitor.client.get(closed).location.startswith("/sign-in")

    @pytest.mark.usefixtures("open_view")
    def test_search_engines_may_find_it(self, visitor: Visitor) -> None:
        assert visitor.client.get("/open-data").headers["X-Robots-Tag"] == "all"
