"""Every form of every page, wrongly filled in: the answer is readable, says what to mend, and loses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

import pytest
from playwright.sync_api import Browser
from werkzeug.test import TestResponse

from tests.journeys.every_address import Opened, opened_by, opened_without_account
from tests.journeys.eyes import Eyes, eyes_on
from tests.journeys.wrongly import NO_DAY, WrongForm, wrong_forms_of
from tests.security.conftest import house_settings, world
from tests.security.knocking import PEOPLE
from tests.security.world import World

__all__ = ["house_settings", "world"]  # the filled house of the matrix serves here too
pytestmark = pytest.mark.timeout(1500)
REFUSED = (400, 422)
_SUMMARY = re.compile(r'class="nhsuk-error-summary".*?</ul>', re.DOTALL)
# Pages with a form in which nobody can answer wrongly, and why: what is sent to them is taken.
_TICKS = "ticks and choices, of which none is an answer too"
_WEEKS = "any number of two digits is one"
TAKEN = {
    "/account/passkey": "the name of a passkey is judged once the passkey is there",
    "/dial/<code>": _WEEKS,
    "/forgotten-password": "the same answer whoever asks, so that it tells of no account",
    "/offers/<uuid:placement_id>/waiting-list": _WEEKS,
    "/referrals/<uuid:referral_id>/needs": _TICKS,
    "/referrals/<uuid:referral_id>/plan/shared/<uuid:placement_id>": _TICKS,
    "/referrals/<uuid:referral_id>/wishes": _TICKS,
    "/services": _WEEKS,
    "/waiting/<uuid:placement_id>/wait": _WEEKS,
}
# Inputs that are right or wrong only beside what is answered elsewhere in their form.
JUDGED_WITH_ANOTHER = ("code_email", "code_phone", "username")


@pytest.fixture(scope="module")
def eyes(browser: Browser, world: World) -> Iterator[Eyes]:
    """Eyes that remember which shapes of refusals they have seen."""
    with eyes_on(browser, world.app) as eyes:
        yield eyes


def look_at(eyes: Eyes, opened: Iterable[Opened]) -> list[tuple[str, object]]:
    """Send the forms of each page wrongly, each kind of form once; return what is wrong with what came back."""
    eyes.wrong.clear()
    eyes.pages.clear()
    sent: set[tuple[str, frozenset[str]]] = set()
    for page in opened:
        for form in wrong_forms_of(page.answer.text, page.path) if page.is_page else ():
            kind = (page.rule, frozenset(form.questions))
            if kind not in sent:
                sent.add(kind)
                answer = page.client.post(form.action, data=form.fields)
                eyes.wrong += [(page.rule, what) for what in _judged(page.rule, form, answer)]
                if answer.mimetype == "text/html" and answer.status_code >= 400:
                    eyes.look(f"{page.rule} refused {len(sent)}", answer.text)
    assert sent
    return eyes.verdict()


def _judged(rule: str, form: WrongForm, answer: TestResponse) -> Iterator[str]:
    """What is wrong with the answer to a wrong form."""
    asked = sorted(form.questions)
    if answer.status_code not in REFUSED:
        if rule not in TAKEN or answer.status_code >= 500:
            yield f"answered {answer.status_code} to {asked}"
        return
    summary = _SUMMARY.search(answer.text)
    leads_to = re.findall(r'href="#([^"]+)"', summary.group() if summary else "")
    if not leads_to:
        yield f"does not say what to mend in {asked}"
    yield from (f"leads nowhere: #{name}" for name in leads_to if f'id="{name}"' not in answer.text)
    typed = [name for name in asked if name in form.fields]
    untold = [name for name in typed if form.fields[name] != NO_DAY and not _is_told(name, leads_to)]
    yield from (f"says nothing of {name}" for name in untold if name not in JUDGED_WITH_ANOTHER)
    lost = [name for name in typed if escape(form.fields[name].strip()) not in answer.text]
    yield from (f"lost what was typed as {name}" for name in lost)


def _is_told(name: str, leads_to: list[str]) -> bool:
    """Whether a problem leads to an input, or to the question that it is a part of."""
    return any(name.startswith(target) or target.startswith(name) for target in leads_to)


def listed(wrong: list[tuple[str, object]]) -> str:
    """Every line of what is wrong, for whoever has to mend it."""
    return "\n" + "\n".join(f"{rule}: {what}" for rule, what in wrong)


@pytest.mark.parametrize("role", PEOPLE)
def test_a_wrong_form_of_a_role_comes_back_with_what_to_mend(role: str, world: World, eyes: Eyes) -> None:
    wrong = look_at(eyes, list(opened_by(world, role)))
    assert not wrong, listed(wrong)


def test_a_wrong_form_without_an_account_comes_back_with_what_to_mend(world: World, eyes: Eyes) -> None:
    wrong = look_at(eyes, opened_without_account(world))
    assert not wrong, listed(wrong)
