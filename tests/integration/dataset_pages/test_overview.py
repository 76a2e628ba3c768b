"""The overview of the area: the newest release on one page, each number as published, and with what it counts."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.runtime import Runtime
from app.web.analysts.dataset_overview import MOST_LINES, SECTIONS
from tests.integration.dataset_pages.conftest import Cells, SignIn
from tests.integration.web.conftest import Visitor

PAGE = "/dataset/figures/overview"


def published(cells: Cells, table: str) -> list[dict[str, str]]:
    return [each for each in cells if each["table"] == table]


def test_steward_reads_the_newest_release_under_the_questions_of_whoever_plans(
    sign_in: SignIn, newest: Path, cells: Cells
) -> None:
    page = sign_in("steward").get(PAGE)
    assert newest.name in page.text
    for section in SECTIONS:
        assert section.title in page.text
    shown = [table for each in SECTIONS for table in each.tables if published(cells, table)]
    assert len(shown) >= 6
    for table in shown:
        assert f"/dataset/figures/{newest.name}/{table}" in page.links


def test_every_number_is_one_that_was_published_and_small_ones_are_withheld(
    sign_in: SignIn, cells: Cells
) -> None:
    page = sign_in("steward").get(PAGE)
    rows = published(cells, "people-by-area")
    assert 0 < len(rows) <= MOST_LINES
    table = page.html.partition("Who is reached")[2].partition("</table>")[0]
    told = [each.partition("</div>")[0].strip() for each in table.split('<div class="bs-cell">')[1:]]
    numbers = [unescape(each) for each in told[1::2]]
    assert [each for each in numbers if each.isdigit()] == [each["people"] for each in rows if each["people"]]
    assert len(numbers) == len(rows)


def test_each_figure_stands_with_what_it_counts(sign_in: SignIn, cells: Cells) -> None:
    page = sign_in("steward").get(PAGE)
    shown = [table for each in SECTIONS for table in each.tables if published(cells, table)]
    assert page.text.count("Counted: ") == len(shown)
    assert "Counted: Chart" not in page.text


def test_without_a_release_the_page_says_what_will_stand_here(
    sign_in: SignIn, app: Flask, runtime: Runtime, tmp_path: Path, bench: Any
) -> None:
    empty = replace(runtime, settings=replace(runtime.settings, releases_dir=tmp_path / "none"))
    visitor = Visitor(create_app(runtime=empty).test_client()).sign_in("steward")
    assert "There is no release yet" in visitor.get(PAGE).text


@pytest.mark.usefixtures("open_view")
def test_everybody_reads_it_where_the_steward_allows_it(visitor: Visitor, newest: Path) -> None:
    page = visitor.get("/open-data/overview")
    assert newest.name in page.text
    assert not [link for link in page.links if link.startswith("/dataset")]


def test_without_leave_nobody_else_reads_it(visitor: Visitor, sign_in: SignIn, bench: Any) -> None:
    assert visitor.client.get("/open-data/overview").status_code == 404
    assert visitor.client.get(PAGE).status_code in (302, 303)
    assert sign_in("analyst").client.get(PAGE).status_code == 403
