"""Pages of residents and small groups in other languages: chosen by a link, remembered, running the right way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

from app.web.frame import words as shown
from app.web.frame.languages import CATALOGUES, ENGLISH, LANGUAGES
from tests.factories import MadePlace
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
OTHERS = [code for code in LANGUAGES if code != ENGLISH]
ROOT = Path(CATALOGUES).parents[2]
SHELL = (
    "Skip to main content",
    "Leave this page now",
    "There is a problem",
    "Error",
    "Finish",
    "Support links",
    "Open your page",
    "Your date of birth",
    "What happens next",
    "You are on a waiting list. Your link worker looks at it again by %(day)s.",
)


def words(catalogue: Catalog) -> dict[object, object]:
    """What is said for what, in one form or several; without the head and what nobody has translated yet."""
    return {
        each.id if isinstance(each.id, str) else tuple(each.id): each.string
        if isinstance(each.string, str)
        else tuple(each.string)  # one reader gives a list, the other a tuple
        for each in catalogue
        if _said(each)
    }


def _said(message: Message) -> bool:
    if isinstance(message.id, str):
        return bool(message.id and message.string)
    # packing puts the English forms where there are none
    return all(message.string) and not set(message.string) <= set(message.id)


@cache
def all_marked() -> frozenset[object]:
    """What `make words` takes up, in the whole of app/."""
    with (CATALOGUES / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, directory_filter=lambda path: "app" in Path(path).parts)
    return frozenset(each[2] for each in found)


def written(code: str) -> Path:
    return CATALOGUES / code / "LC_MESSAGES" / "messages.po"


@pytest.mark.parametrize(
    ("code", "direction", "skip"),
    [("cy", "ltr", "Neidio i'r prif gynnwys"), ("ar", "rtl", "انتقل إلى المحتوى الرئيسي")],
)
def test_shell_is_in_the_language_that_was_chosen(
    code: str, direction: str, skip: str, visitor: Visitor
) -> None:
    page = visitor.get(f"/privacy?lang={code}")
    assert f'<html lang="{code}" dir="{direction}">' in page.html
    assert skip in page.html
    english = visitor.get("/directory").html
    assert '<main class="nhsuk-main-wrapper" id="maincontent" lang="en" dir="ltr">' in english


def test_choice_is_remembered_and_can_be_taken_back(visitor: Visitor) -> None:
    visitor.get("/accessibility?lang=cy")
    assert '<html lang="cy"' in visitor.get("/privacy").html
    visitor.get("/privacy?lang=en")
    assert '<html lang="en"' in visitor.get("/accessibility").html


def test_every_language_is_offered_in_its_own_words_and_leads_back_here(visitor: Visitor) -> None:
    page = visitor.get("/directory?q=tea&page=1")
    for each in LANGUAGES.values():
        assert each.name in page.text
    assert "/directory?q=tea&page=1&lang=ar" in page.links


@pytest.mark.parametrize("told", ["xx", "", "../../etc", "cy\r\nSet-Cookie: a=b"])
def test_unknown_language_is_english_and_is_not_kept(told: str, visitor: Visitor) -> None:
    answer = visitor.client.get("/privacy", query_string={"lang": told})
    assert '<html lang="en"' in answer.text
    assert "language=" not in str(answer.headers.getlist("Set-Cookie"))


def test_pages_of_staff_stay_english(sign_in: SignIn, place: MadePlace, visitor: Visitor) -> None:
    worker = sign_in("link-worker")
    worker.get("/privacy?lang=ar")
    page = worker.get("/referrals")
    assert '<html lang="en" dir="ltr">' in page.html
    assert "العربية" not in page.html


@pytest.mark.parametrize("code", OTHERS)
def test_catalogue_has_a_place_for_all_that_is_marked(code: str) -> None:
    """`make words` puts what is missing in and takes out what is said no more."""
    marked = all_marked()
    with written(code).open("rb") as file:
        kept = {message.id for message in read_po(file, locale=code) if message.id}
    assert "Skip to main content" in marked
    assert kept == marked


@pytest.mark.parametrize("code", OTHERS)
def test_shell_and_the_persons_door_have_their_words(code: str) -> None:
    with written(code).open("rb") as file:
        told = {message.id for message in read_po(file, locale=code) if message.string}
    assert set(SHELL) <= told


def test_what_has_no_words_yet_is_marked_as_english(visitor: Visitor) -> None:
    page = visitor.client.get("/accessibility?lang=ar").text
    assert '<span lang="en" dir="ltr">Something does not work for you?</span>' in page
    assert "بعض هذه الصفحة" in page
    titles = page[page.index("<title>") : page.index("</title>")]
    assert "<span" not in titles


def test_page_that_has_all_its_words_does_not_say_that_it_is_in_english(visitor: Visitor) -> None:
    page = visitor.client.get("/my/nobody?lang=cy").text
    assert "Agor eich tudalen" in page
    assert 'lang="en" dir="ltr"' not in page[page.index("<main") :]
    assert "yn Saesneg" not in page


def test_date_has_its_month_in_the_language(app: Flask) -> None:
    with app.test_request_context("/privacy?lang=cy"):
        assert shown.day(date(2026, 3, 12)) == "12 Mawrth 2026"
    with app.test_request_context("/privacy"):
        assert shown.day(date(2026, 3, 12)) == "12 March 2026"


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_served_is_what_was_written_and_says_that_it_needs_a_review(code: str) -> None:
    with written(code).open("rb") as file, written(code).with_suffix(".mo").open("rb") as packed:
        said, served = read_po(file, locale=code), read_mo(packed)
        assert words(served) == words(said)
    assert "NEEDS REVIEW BY A SPEAKER" in written(code).read_text()
