"""What is typed about somebody is looked at while whoever typed it is still there: all at once, down the page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.domain.sources import SourceKind
from app.runtime import Runtime
from app.services.shown import views
from tests.factories import MadePlace
from tests.integration.asking import WANDA
from tests.integration.sources.other_sources import add_source
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]
REFERRED = WANDA | {"agrees": "share"}
SOMEBODY = WANDA | {
    "who": "somebody",
    "agrees": "yes",
    "helper_name": "Dawn Helper",
    "helper_relation": "daughter",
}


@pytest.fixture
def own(runtime: Runtime, place: MadePlace) -> str:
    """The id of what stands for people who ask the first team for themselves."""
    return str(add_source(runtime.db, place, SourceKind.SELF).id)


def summary(answer: object) -> list[str]:
    """Return which questions the summary of errors leads to, in its order."""
    page = answer.text  # type: ignore[attr-defined]
    found = re.search(r'<div class="nhsuk-error-summary".*?</ul>', page, re.DOTALL)
    return re.findall(r'href="#([^"]+)"', found[0]) if found else []


@pytest.mark.parametrize("number", ["123 456 7890", "abc", "0000000000", "12345"])
@pytest.mark.parametrize(("path", "username"), [("/refer", "practice-0"), ("/phone-referral", "link-worker")])
def test_number_that_is_nobodys_is_said_while_somebody_can_look_it_up(
    path: str, username: str, number: str, sign_in: SignIn, own: str
) -> None:
    form = REFERRED | {"agreed_how": "spoken-telephone", "shares": "yes", "nhs_number": number}
    answer = sign_in(username).send(path, form)
    assert summary(answer) == ["nhs_number"]
    assert "Look it up again, or leave it empty" in answer.text
    assert f'value="{number}"' in answer.text


def test_all_that_is_wrong_is_said_at_once_and_down_the_page(sign_in: SignIn) -> None:
    form = {
        "family": "Example",
        "nhs_number": "123 456 7890",
        "phone": "xyz",
        "email": "ada",
        "postcode": "E",
    }
    answer = sign_in("practice-0").send("/refer", form)
    told = ["given", "born_day", "nhs_number", "phone", "email", "postcode", "needs", "agrees"]
    assert [name for name in summary(answer) if name != "born_day"] == [
        name for name in told if name != "born_day"
    ]
    assert len(summary(answer)) == len(set(summary(answer)))


def test_who_asks_for_somebody_is_checked_and_shown_before_it_is_sent(visitor: Visitor, own: str) -> None:
    form = SOMEBODY | {"team": own}
    wrong = visitor.send("/self-referral", form | {"helper_phone": "xyz"})
    assert summary(wrong) == ["helper_phone"]
    page = visitor.send("/self-referral", form | {"helper_phone": "07700 900462"})
    assert read_page(page).headings[0] == "Check before you send"
    for told in ("Dawn Helper", "daughter", "07700 900462"):
        assert f">{told}</dd>" in re.sub(r"\s*\n\s*", "", page.text)


def test_child_is_asked_to_ask_with_a_grown_up(visitor: Visitor, own: str) -> None:
    child = WANDA | {"born_year": "2020", "agrees": "yes", "team": own}
    alone = visitor.send("/self-referral", child | {"who": "me"})
    assert summary(alone) == ["born_day"]
    assert "Ask a grown-up" in alone.text
    helped = visitor.send("/self-referral", SOMEBODY | child | {"who": "somebody"})
    assert read_page(helped).headings[0] == "Check before you send"


def test_name_is_one_line_however_it_was_pasted(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    visitor = sign_in("practice-0")
    form = REFERRED | {"given": "Wanda\nMary", "step": "send"}
    assert visitor.send("/refer", form).status_code == 200
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    found = views.get_referral(runtime.db, place.link_worker, line.id)
    assert "Wanda Mary" in found.person.name
