"""Each table of the overview can be downloaded beside it, and the numbers in the file are those of the release."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from app.web.analysts.dataset_overview import SECTIONS
from tests.integration.dataset_pages.conftest import Cells, SignIn

PAGE = "/dataset/figures/overview"


def test_each_table_of_the_overview_has_its_numbers_as_a_file(
    sign_in: SignIn, newest: Path, cells: Cells
) -> None:
    steward = sign_in("steward")
    page = steward.get(PAGE)
    shown = [
        table for each in SECTIONS for table in each.tables if any(row["table"] == table for row in cells)
    ]
    assert shown
    for table in shown:
        assert f"/dataset/figures/{newest.name}/{table}/numbers.csv" in page.links
    answer = steward.client.get(f"/dataset/figures/{newest.name}/{shown[0]}/numbers.csv")
    assert answer.mimetype == "text/csv"
    assert len(list(csv.reader(io.StringIO(answer.text)))) > 1
