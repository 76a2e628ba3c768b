"""Passwords as browsers and people handle them: hidden, pasted, of any length, taken letter by letter as typed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.factories import PASSWORD, MadePlace
from tests.integration.signing_in.conftest import MailBox, give_password
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
SPACED = "  three blue kettles whistle "


@pytest.fixture
def pages(sign_in: SignIn, visitor: Visitor, addressed: MadePlace, mail_box: MailBox) -> list[str]:
    """Every page with a password field."""
    visitor.send("/forgotten-password", {"named": "link-worker"})
    link, signed_in = mail_box.link(), sign_in("link-worker")
    own = [signed_in.get(path).html for path in ("/account/password", "/account/confirm")]
    return [visitor.get("/sign-in").html, visitor.get(link).html, *own]


def test_every_password_field_hides_lets_paste_and_sets_no_limit(pages: list[str]) -> None:
    named = re.compile(r"<input[^>]*name=\"(?:password|again|now)\"[^>]*>")
    fields = [named.findall(page) for page in pages]
    assert [len(found) for found in fields] == [1, 2, 3, 1]
    for field in (one for found in fields for one in found):
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert not re.search(r"maxlength|onpaste|pattern=|readonly", field)


def test_spaces_at_both_ends_are_part_of_a_password(
    sign_in: SignIn, visitor: Visitor, addressed: MadePlace
) -> None:
    typed = {"now": PASSWORD, "password": SPACED, "again": SPACED}
    assert sign_in("link-worker").send("/account/password", typed).location == "/account"
    cut = visitor.send("/sign-in", {"username": "link-worker", "password": SPACED.strip()})
    assert cut.status_code == 400
    assert give_password(visitor, "link-worker", SPACED) == "/referrals"
