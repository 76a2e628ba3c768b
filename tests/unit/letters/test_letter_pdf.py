"""The letter as a file: tagged, whole, the same each time, readable in every script."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from app.letters.scripts import readable
from app.letters.typesetting import outcome_letter_pdf
from app.services.caring.endings import LONGEST_TEXT
from fhir.messages import OutcomeReport
from tests.contract.fhir.reports import HELPED
from tests.unit.letters.pdf import (
    fonts_of,
    headings_of,
    pages_of,
    reader_of,
    sizes_of_words,
    tags_of,
    text_of,
)

ROOT = Path(__file__).parents[3]
REFERENCE = "BK-7F3K9QP"
A4 = (595.28, 841.89)
SMALLEST = 9  # points


def letter_of(report: OutcomeReport) -> bytes:
    return outcome_letter_pdf(report, reference=REFERENCE)


def named(given: str, family: str) -> OutcomeReport:
    return replace(HELPED, person=replace(HELPED.person, given=(given,), family=family))


def prose(length: int) -> str:
    """Words of a usual length, as many as fill so many characters."""
    return ("She came to the lunch, cooked for others and asked to come again. " * length)[:length].strip()


def test_letter_is_one_a4_page_with_title_language_and_tags() -> None:
    read = reader_of(letter_of(HELPED))
    root = read.trailer["/Root"]
    assert len(read.pages) == 1
    assert tuple(round(float(side), 2) for side in read.pages[0].mediabox[2:]) == A4
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read.metadata.title == f"Social prescribing outcome {REFERENCE}"
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data().replace(b" ", b"")


def test_tags_begin_with_the_action_and_the_table_has_header_cells() -> None:
    pdf = letter_of(HELPED)
    tags = tags_of(pdf)
    assert headings_of(pdf) == ["/H1"] + ["/H2"] * 6
    assert next(tag for tag in tags if tag not in ("/Document", "/Div")) == "/H1"
    assert tags.count("/TH") == 4
    assert tags.count("/TD") == 4 * 2
    assert tags.index("/THead") < tags.index("/TBody")


def test_every_font_is_inside_the_file() -> None:
    descriptors = fonts_of(letter_of(named("王伟", "العلي")))
    assert len(descriptors) > 2
    for descriptor in descriptors:
        assert {"/FontFile2", "/FontFile3"} & set(descriptor), descriptor["/FontName"]


def test_same_report_gives_the_same_bytes_in_any_process() -> None:
    asked = (
        "import hashlib; from tests.contract.fhir.reports import HELPED;"
        "from app.letters.typesetting import outcome_letter_pdf as make;"
        f"print(hashlib.sha256(make(HELPED, reference='{REFERENCE}')).hexdigest())"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert elsewhere.stdout.strip() == sha256(letter_of(HELPED)).hexdigest()
    assert letter_of(HELPED) == letter_of(replace(HELPED))
    assert letter_of(HELPED) != letter_of(replace(HELPED, contacts=7))


def test_long_letter_runs_on_with_the_banner_on_every_page_and_loses_no_word() -> None:
    words = [f"word{number}" for number in range(900)]
    pdf = letter_of(replace(HELPED, summary=" ".join(words), risks=" ".join(reversed(words))))
    pages = pages_of(pdf)
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert "Maeve O'Brien" in page
        assert "943 476 5919" in page
        assert REFERENCE in page
        assert f"Page {number} of {len(pages)}" in page
    read = text_of(pdf).split()
    assert all(read.count(word) == 2 for word in words)


def test_somewhat_long_letter_shrinks_to_one_page() -> None:
    somewhat = replace(HELPED, summary="Came to the lunch and cooked for others. " * 70)
    assert len(pages_of(letter_of(somewhat))) == 1


def test_every_part_rather_long_still_shrinks_to_one_page() -> None:
    first, later = (replace(HELPED.scores[0], phase=phase) for phase in ("before", "after"))
    scores = [replace(each, code=f"question-{number}") for number in range(5) for each in (first, later)]
    report = replace(HELPED, summary=prose(2900), actions=prose(900), risks=prose(800), scores=tuple(scores))
    pdf = letter_of(report)
    assert len(pages_of(pdf)) == 1
    assert min(sizes_of_words(pdf)) >= SMALLEST
    assert f"{prose(900)} To:" in text_of(pdf)
    assert f"{prose(2900)} Helped by:" in text_of(pdf)
    assert f"{prose(800)} Dates" in text_of(pdf)


def test_longest_texts_that_are_taken_run_on_under_name_and_reference() -> None:
    longest = prose(LONGEST_TEXT)
    pdf = letter_of(replace(HELPED, summary=longest, actions=longest, risks=longest, goal=longest))
    first, *others = pages_of(pdf)
    assert f"Page 1 of {len(others) + 1}" in first
    for number, page in enumerate(others, 2):
        assert page.startswith("Name: Maeve O'Brien NHS number: 943 476 5919")
        assert REFERENCE in page.splitlines()[0] + page.splitlines()[1]
        assert f"Page {number} of {len(others) + 1}" in page
    assert min(sizes_of_words(pdf)) >= SMALLEST


def test_word_without_an_end_is_broken_and_not_cut() -> None:
    read = text_of(letter_of(replace(HELPED, summary="x" * 500)))
    assert read.replace(" ", "").count("x" * 500) == 1


def test_names_in_many_scripts_stand_in_the_letter() -> None:
    for given, family in (
        ("Łódź", "Şahin"),
        ("王", "伟"),
        ("Nguyễn", "Đặng"),
        ("Олена", "Шевченко"),
        ("Γιώργος", "Παππάς"),
    ):
        assert f"Name: {given} {family}" in text_of(letter_of(named(given, family)))
    for given, family in (("محمد", "العلي"), ("یاسمین", "پنجابی"), ("שרה", "כהן"), ("শেখ", "রহমান")):
        banner = pages_of(letter_of(named(given, family)))[0].partition("NHS number")[0]
        assert set(banner) >= set(given + family)


def test_arabic_and_hebrew_names_can_be_searched_for_and_copied() -> None:
    for given, family in (("محمد", "العلي"), ("یاسمین", "پنجابی"), ("שרה", "כהן")):
        banner = pages_of(letter_of(named(given, family)))[0].partition(" NHS number")[0]
        found = banner.removeprefix("Name: ").replace(" ", "")
        assert sorted(found) == sorted(
            given + family
        )  # programs differ in the order of words, not in letters


def test_letter_that_no_font_has_is_named_and_never_a_box() -> None:
    read = text_of(letter_of(named("አበበ", "Bekele 😀")))
    assert "[ethiopic syllable glottal a]" in read
    assert "Bekele [grinning face]" in read


def test_control_characters_do_not_stop_a_letter() -> None:
    assert readable("a\x00b\x07c\ud800\u202e\tд\u200d") == "abc д\u200d"
    assert "Maeve" in text_of(letter_of(named("Mae\x00ve", "O'\x1bBrien")))


def test_what_people_type_is_words_and_never_markup() -> None:
    typed = '#import "x" *bold* _it_ $1+1$ @ref <label> \\ #panic("no") https://example.org [x]'
    assert typed in text_of(letter_of(replace(HELPED, summary=typed)))
