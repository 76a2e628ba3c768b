"""What residents and small groups read most is in Welsh and in Arabic from its heading to its last button."""

from __future__ import annotations

import re

import pytest

from app.runtime import Runtime
from tests import by_link
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.integration.web.test_every_word_is_marked import begin, come_in, open_link

OTHERS = ("cy", "ar")
DOORS = ("/my", "/my/not-opened", "/my/nobody", "/by-link/sent", "/by-link/over", "/offer-link/nobody")
OWN = ("change", "stop", "seen", "plan", "answers/stop")
_ENGLISH = re.compile(r'<span lang="en"[^>]*>(.*?)</span>', re.DOTALL)
# Questionnaires are asked as whoever owns them wrote them, and what staff name is theirs.
_ASKED = ("Overall, how", "How often do you")


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    by_link.add_helper(runtime.db, place)
    return make_referral(runtime.db, place)


def left_in_english(html: str) -> list[str]:
    """What of a page's main part has no words in the language that was asked for."""
    main = html[html.index("<main") : html.index("</main>")]
    found = [" ".join(re.sub("<[^>]+>", "", each).split()) for each in _ENGLISH.findall(main)]
    return [each for each in found if each and not each.startswith(_ASKED)]


def read(visitor: Visitor, path: str, language: str) -> str:
    """A page in a language, which it says it is in and whose way of reading it goes."""
    html = visitor.client.get(path).text
    way = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{way}"' in html, path
    return html


@pytest.mark.parametrize("language", OTHERS)
def test_doors(language: str, visitor: Visitor) -> None:
    visitor.client.get(f"/privacy?lang={language}")
    left = {path: left_in_english(read(visitor, path, language)) for path in DOORS}
    assert {path: words for path, words in left.items() if words} == {}


@pytest.mark.parametrize("language", OTHERS)
def test_persons_own_pages(
    language: str, visitor: Visitor, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    begin(runtime, place, made)
    path = open_link(runtime, visitor, made)
    visitor.client.get(f"/privacy?lang={language}")
    left = {part: left_in_english(read(visitor, f"{path}/{part}", language)) for part in OWN}
    assert {part: words for part, words in left.items() if words} == {}
    refused = visitor.send(f"{path}/change/contact", {}, at=f"{path}/change")
    assert refused.status_code == 400
    assert left_in_english(refused.text) == []


@pytest.mark.parametrize("language", OTHERS)
def test_offer_by_a_safe_link(language: str, visitor: Visitor, runtime: Runtime, made: MadeReferral) -> None:
    visitor.client.get(f"/privacy?lang={language}")
    come_in(runtime, visitor)
    offer = f"/offers/{made.placement_id}"
    left = {part: left_in_english(read(visitor, f"{offer}{part}", language)) for part in ("/decline",)}
    assert {part: words for part, words in left.items() if words} == {}
