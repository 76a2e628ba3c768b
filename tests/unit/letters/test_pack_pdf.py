"""The evaluation pack in print is a file that a screen reader reads in order and anybody can attach."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.pack_words import CAVEAT, about_figure
from app.services.evaluation import value
from app.services.evaluation.evaluation_files import file_name, pdf_of
from tests.packs import AREAS, EMPTY, PACK
from tests.unit.domain.test_value import LOCAL
from tests.unit.letters.pdf import fonts_of, headings_of, pages_of, reader_of, tags_of, text_of

MADE_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return pdf_of(PACK, made_at=MADE_AT)


def alternatives(pdf: bytes) -> list[str]:
    """What stands in place of each picture, in reading order."""
    return list(_alternatives(reader_of(pdf).trailer["/Root"]["/StructTreeRoot"]["/K"]))


def _alternatives(node: Any) -> Iterator[str]:
    found = node.get_object()
    if isinstance(found, list):
        for each in found:
            yield from _alternatives(each)
    elif isinstance(found, dict) and "/S" in found:
        if found["/S"] == "/Figure":
            yield str(found.get("/Alt", ""))
        if "/K" in found:
            yield from _alternatives(found["/K"])


def test_it_keeps_to_the_standard_for_accessible_files(pdf: bytes) -> None:
    root = reader_of(pdf).trailer["/Root"]
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data().replace(b" ", b"")
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert reader_of(pdf).metadata.title == "Evaluation pack: Dalston Befrienders"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_headings_come_in_order_and_skip_no_level(pdf: bytes) -> None:
    levels = [int(each[2:]) for each in headings_of(pdf)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_picture_has_its_numbers_in_words(pdf: bytes) -> None:
    told = alternatives(pdf)
    # a bar chart a figure; means and shares of the two changes that may be told
    assert len(told) == 4 + 2 + 2
    assert all("stand in the table" in each for each in told)
    assert " ".join(about_figure(AREAS).split()) in [" ".join(each.split()) for each in told]


def test_tables_have_header_cells(pdf: bytes) -> None:
    tags = tags_of(pdf)
    assert tags.count("/Table") == len(PACK.figures) + len(PACK.changes)
    assert "/TH" in tags


def test_fonts_are_inside(pdf: bytes) -> None:
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts_of(pdf))


def test_it_has_cover_contents_sections_stories_and_methods_in_this_order(pdf: bytes) -> None:
    first, *_ = pages_of(pdf)
    for said in (
        "Dalston Befrienders",
        "135",
        "1 October 2025 to 30 September 2026",
        "Warm Rooms",
        CAVEAT[:40],
    ):
        assert said in first
    whole = text_of(pdf)
    order = [
        "Contents",
        "At a glance",
        "Each person counts once in a line",
        "How long people waited",
        "Every answer is counted",
    ]
    order += ["Only people who answered", "I had not left the flat", "People who were offered to us"]
    places = [whole.rindex(words) for words in order]
    assert places == sorted(places)


def test_missing_answers_are_told_openly(pdf: bytes) -> None:
    assert "Did not answer both times 27%" in text_of(pdf)


def test_words_of_people_are_words_and_never_markup(pdf: bytes) -> None:
    assert "I have made <two> friends." in text_of(pdf)
    assert "=Shoreditch & Hoxton" in text_of(pdf)


def test_nobodys_story_is_told_without_one(pdf: bytes) -> None:
    assert "Nobody’s story is told here" not in text_of(pdf)
    assert "Nobody’s story is told here" in text_of(pdf_of(replace(PACK, stories=()), made_at=MADE_AT))


def test_an_organisation_without_people_has_one_page_that_says_so() -> None:
    (page,) = (" ".join(each.split()) for each in pages_of(pdf_of(EMPTY, made_at=MADE_AT)))
    assert "Nobody is counted in this pack yet" in page
    assert "Choose a longer time or fewer filters" in page
    assert "withheld" not in page


def test_at_a_glance_names_every_state_also_those_that_are_withheld(pdf: bytes) -> None:
    told = text_of(pdf).rpartition("At a glance")[2].partition("Who came")[0]
    assert "worse 10 (7%)" in told
    assert "could not be reached, not asked: withheld one by one, 10 together (7%)" in told


def test_notes_stand_on_the_page_of_their_table() -> None:
    noted = [replace(each, notes=(f"Note of {each.key}.",)) for each in PACK.figures]
    many = replace(
        PACK, figures=tuple(replace(each, key=f"{each.key}-{at}") for at in range(6) for each in noted)
    )
    for page in pages_of(pdf_of(many, made_at=MADE_AT)):
        for each in noted:
            assert page.count(f"Note of {each.key}.") == page.count(each.definition)


def test_sections_flow_and_no_page_is_left_with_their_head_alone() -> None:
    figures = tuple(
        replace(each, key=f"{each.key}-{at}", lines=each.lines * 2)
        for at in range(3)
        for each in PACK.figures
    )
    told = [
        " ".join(page.split()) for page in pages_of(pdf_of(replace(PACK, figures=figures), made_at=MADE_AT))
    ]
    (states,) = (page for page in told if "Every answer is counted" in page)
    assert "Different people, how things were for people at the end" in states
    (glance_ends,) = (page for page in told[1:] if CAVEAT[:40] in page)
    assert "Each person counts once in a line" in glance_ends
    (stories,) = (page for page in told if "I had not left the flat" in page)
    assert "They agreed on" in stories
    # a row that the page has no room for goes on over it, beneath the head of its table
    assert told[told.index(states) + 1].startswith("Group People Share")


def test_same_pack_at_the_same_time_is_the_same_file(pdf: bytes) -> None:
    assert pdf_of(PACK, made_at=MADE_AT) == pdf


def test_value_is_an_appendix_only_when_it_is_asked_for(pdf: bytes) -> None:
    appendix = value.appendix_of(value.work_out(PACK, LOCAL, this_year=2026))
    assert "Appendix" in text_of(pdf_of(PACK, made_at=MADE_AT, appendix=appendix))
    assert "£" not in text_of(pdf)


def test_file_name_has_the_day_and_nobodys_name() -> None:
    assert file_name(PACK, "pdf") == "evaluation-2026-11-22.pdf"
