"""What must be read of a record before it is given, in pages that old phones can open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from app.domain.subject_access import MOST_ON_A_PAGE, Piece, Section, in_pages

ROWS = some.lists(some.lists(some.integers(0, 40_000), min_size=1, max_size=3), max_size=6)


def section(title: str, *rows: list[int]) -> Section:
    pieces = [
        [Piece(f"{title}:{n}:{m}", "words", "x" * length) for m, length in enumerate(row)]
        for n, row in enumerate(rows)
    ]
    return Section(title, pieces)


def keys(sections: list[Section]) -> list[str]:
    return [piece.key for each in sections for row in each.rows for piece in row]


@given(ROWS, ROWS)
def test_every_piece_is_on_one_page_in_its_order_and_no_page_is_empty(
    first: list[list[int]], second: list[list[int]]
) -> None:
    sections = [section("first", *first), section("second", *second)]
    pages = in_pages(sections)
    assert [key for page in pages for key in keys(list(page))] == keys(sections)
    assert len(pages) == 1 or all(keys(list(page)) for page in pages)


@given(ROWS)
def test_a_page_is_short_unless_one_row_alone_is_long(rows: list[list[int]]) -> None:
    for page in in_pages([section("one", *rows)]):
        told = [row for each in page for row in each.rows]
        weight = sum(len(piece.value) for row in told for piece in row)
        assert weight <= MOST_ON_A_PAGE or len(told) == 1


def test_a_section_that_goes_on_has_its_title_again() -> None:
    pages = in_pages([section("notes", [30_000], [30_000], [30_000])])
    assert [[each.title for each in page] for page in pages] == [["notes"], ["notes"]]


def test_what_a_page_makes_longer_counts_as_it_stands_there() -> None:
    quotes = Section("message", [[Piece("a", "words", '"' * 10_000)], [Piece("b", "words", '"' * 10_000)]])
    assert len(in_pages([quotes])) == 2


def test_nothing_to_read_is_one_empty_page() -> None:
    assert [list(page) for page in in_pages([])] == [[]]
