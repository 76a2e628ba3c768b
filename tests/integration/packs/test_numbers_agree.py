"""One pack, four ways to read it: each number is the same on the page, in print, in the CSV and in the spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from openpyxl import load_workbook

from app.domain import pack_words
from app.domain.pack import Change, Figure, Filters, Pack
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.evaluation.pack import evaluation
from tests.factories import MadePlace, MadeReferral
from tests.integration.packs.conftest import SignIn
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

Told = dict[tuple[str, str, str], tuple[str, ...]]
_SENSES = {"better": "Better", "same": "About the same", "worse": "Worse"}


@pytest.fixture
def visitor(sign_in: SignIn, help_somebody: Callable[..., MadeReferral]) -> Visitor:
    """The provider, after it has helped fourteen people: three of them stayed as they were."""
    for number in range(14):
        state = OutcomeState.NO_CHANGE if number < 3 else OutcomeState.BETTER
        help_somebody(before=3 + number % 3, after=5 + number % 4, state=state)
    return sign_in("provider-0")


@pytest.fixture
def pack(visitor: Visitor, runtime: Runtime, place: MadePlace) -> Pack:
    """What the four are drawn from."""
    return evaluation(runtime.db, place.actor("provider-0"), Filters())


class Tables(HTMLParser):
    """The rows of every table of a page, by its caption."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.caption, self.open = "", ""

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag == "caption":
            self.caption = ""
        elif tag == "tr":
            self.tables.setdefault(self.caption, []).append([])
        elif tag in ("td", "th"):
            self.tables[self.caption][-1].append("")
        if tag in ("caption", "td", "th"):
            self.open = tag

    def handle_endtag(self, tag: str) -> None:
        self.open = "" if tag == self.open else self.open

    def handle_data(self, data: str) -> None:
        if self.open == "caption":
            self.caption = " ".join(f"{self.caption}{data}".split())
        elif self.open:
            row = self.tables[self.caption][-1]
            row[-1] = " ".join(f"{row[-1]}{data}".split())


def page_rows(visitor: Visitor) -> dict[str, list[list[str]]]:
    reader = Tables()
    for path in ("/evaluation?since=", "/evaluation/change?since="):
        reader.feed(visitor.get(path).html)
    return reader.tables


def csv_rows(visitor: Visitor) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(visitor.client.get("/evaluation.csv").text))


def book_rows(visitor: Visitor) -> Iterator[dict[str, str]]:
    """The spreadsheet's rows with their cells as the CSV writes them."""
    book = load_workbook(io.BytesIO(visitor.client.get("/evaluation.xlsx").data))
    for name in ("Reach", "Journeys", "Change"):
        head, *rows = book[name].iter_rows(values_only=True)
        for row in rows:
            yield {str(name): _typed(str(name), value) for name, value in zip(head, row, strict=True)}


def _typed(name: str, value: object) -> str:
    """A cell as the CSV writes it: a mean of 7 is 7.0."""
    is_mean = name in ("mean", "low", "high") and isinstance(value, int | float)
    return "" if value is None else str(float(value)) if is_mean else str(value)  # type: ignore[arg-type]


def by_key(rows: Iterator[dict[str, str]]) -> Told:
    names = ("people", "percent", "area_percent", "mean", "low", "high")
    return {
        (row["figure"], row.get("when", ""), row["line"]): tuple(row.get(name, "") for name in names)
        for row in rows
    }


def test_each_number_is_the_same_on_the_page_in_print_in_the_csv_and_in_the_spreadsheet(
    visitor: Visitor, pack: Pack
) -> None:
    told, tables = by_key(csv_rows(visitor)), page_rows(visitor)
    assert told == by_key(book_rows(visitor))
    whole = text_of(visitor.client.get("/evaluation.pdf").data)
    for figure in pack.figures:
        _, *rows = tables[figure.title]
        check_figure(figure, rows, told)
        check_print(rows, whole)
    for change in pack.changes:
        _, *rows = tables[f"{change.title}, {pack_words.later(change)}"]
        check_change(change, {row[0]: row[1] for row in rows}, told)
        check_print(rows, whole)
    assert f"{pack.people.words} people" in whole
    assert f"{pack.referrals.words} referrals" in whole
    secrets = ("Okonkwo", "Adaeze", "BK-", "E8 1EA")
    assert not [secret for secret in secrets if secret in f"{whole}{told}"]


def check_figure(figure: Figure, rows: list[list[str]], told: Told) -> None:
    lines = [*(line.code for line in figure.lines), "everybody"]
    assert len(rows) == len(lines), figure.key
    for line, row in zip(lines, rows, strict=True):
        people, percent, *_ = told[figure.key, "", line]
        assert row[1].replace(",", "") == people, (figure.key, line)
        assert row[2] == (f"{percent}%" if percent else "–"), (figure.key, line)


def check_change(change: Change, cells: dict[str, str], told: Told) -> None:
    later = pack_words.later(change)
    for line, words in {"asked": "Could have answered both times", "paired": "Answered both times"}.items():
        assert cells[words].replace(",", "") == told[change.key, later, line][0]
    for line, words in _SENSES.items():
        people, percent, *_ = told[change.key, later, line]
        assert cells[words] == (f"{people} ({percent}%)" if percent else people)
    mean, low, high = told[change.key, later, "before"][3:]
    spoken = mean if mean == "withheld" else f"{mean} ({low} to {high})"
    assert cells["Average at the start (95% interval)"] == spoken


def check_print(rows: list[list[str]], whole: str) -> None:
    for row in rows:
        assert " ".join(filter(None, row)) in whole, row


def test_dictionary_page_file_and_sheet_name_the_same_things(sign_in: SignIn) -> None:
    client = sign_in("provider-0").client
    page = client.get("/evaluation/dictionary").text
    lines = list(csv.DictReader(io.StringIO(client.get("/evaluation/dictionary.csv").text)))
    sheet = load_workbook(io.BytesIO(client.get("/evaluation.xlsx").data))["Dictionary"]
    assert [line["name"] for line in lines] == [
        row[0] for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    assert not [line["name"] for line in lines if line["name"] not in page]


def test_files_are_for_the_provider_alone_and_their_names_tell_nobody(sign_in: SignIn) -> None:
    provider, steward = sign_in("provider-0").client, sign_in("steward").client
    for path in ("/evaluation.pdf", "/evaluation.csv", "/evaluation.xlsx", "/evaluation/dictionary.csv"):
        answer = provider.get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
        assert "Dalston" not in answer.headers["Content-Disposition"]
        assert "no-store" in answer.headers["Cache-Control"]
        assert steward.get(path).status_code == 403
