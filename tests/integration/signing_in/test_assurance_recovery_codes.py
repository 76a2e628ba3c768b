"""Recovery codes are random enough for the plain digest that is kept of them."""

from __future__ import annotations

import base64
from collections.abc import Callable

from tests.conftest import Clock
from tests.integration.signing_in.conftest import set_up_app
from tests.integration.web.conftest import Visitor

ENOUGH = 112  # bits from which on ASVS 6.5.2 lets a plain hash be kept


def test_each_has_more_bits_than_a_plain_digest_needs(
    sign_in: Callable[[str], Visitor], clock: Clock
) -> None:
    _, codes = set_up_app(sign_in("link-worker"), clock)
    drawn = [base64.b32decode(code.replace("-", "").upper()) for code in codes]
    assert {len(each) * 8 >= ENOUGH for each in drawn} == {True}
    # All of it is drawn: no byte stands still over the ten.
    assert all(len({each[at] for each in drawn}) > 1 for at in range(len(drawn[0])))
