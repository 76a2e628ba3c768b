"""Two links of one funder must not cut the same people in two ways: one less the other could be a few of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest

from app.domain.pack import Filters
from app.runtime import Runtime
from app.services.evaluation import funder_links
from app.services.evaluation.funder_links import NewLink
from app.services.evaluation.pack import evaluation
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.packs.conftest import SignIn

ONE, OTHER = uuid4(), uuid4()
YEAR = Filters(date(2026, 1, 1), date(2026, 12, 31))
JUNE = Filters(date(2026, 6, 1), date(2026, 6, 30))
JULY = Filters(date(2026, 7, 1), date(2026, 7, 31))


@pytest.mark.parametrize(
    ("first", "second", "cuts"),
    [
        (YEAR, YEAR, False),
        (YEAR, JUNE, True),
        (Filters(), JUNE, True),
        (JUNE, JULY, False),
        (Filters(), Filters(service_id=ONE), True),
        (Filters(service_id=ONE), Filters(service_id=OTHER), False),
        (Filters(service_id=ONE), Filters(date(2026, 6, 1), None, ONE), True),
        (Filters(service_id=ONE), Filters(grant_id=OTHER), True),
        (Filters(None, date(2026, 5, 31), ONE), Filters(date(2026, 6, 1), None, ONE), False),
    ],
)
def test_which_packs_cut_each_other(first: Filters, second: Filters, cuts: bool) -> None:
    assert (first.cuts(second), second.cuts(first)) == (cuts, cuts)


def test_a_funder_gets_no_second_cut_of_the_same_people_until_the_first_has_ended(
    sign_in: SignIn,
    help_somebody: Callable[..., MadeReferral],
    runtime: Runtime,
    place: MadePlace,
    clock: Clock,
) -> None:
    for _ in range(10):
        help_somebody()
    provider, visitor = place.actor("provider-0"), sign_in("provider-0")
    whole = evaluation(runtime.db, provider, Filters())
    until = clock.today + timedelta(days=91)
    funder_links.make(runtime.db, provider, whole, NewLink("All of it", "The  Trust", until))
    month = {"since": clock.today.replace(day=1).isoformat(), "title": "A month", "days": "91"}
    refused = visitor.send("/evaluation/links", month | {"funder": "the trust"})
    assert refused.status_code == 400
    assert "This funder has a link to other dates" in refused.text
    assert 'value="A month"' in refused.text  # what was typed stays
    assert visitor.send("/evaluation/links", month | {"funder": "Another trust"}).status_code == 200
    again = {"since": "", "title": "All of it, newer", "days": "30", "funder": "The Trust"}
    assert visitor.send("/evaluation/links", again).status_code == 200
    for link in funder_links.list_links(runtime.db, provider).links:
        if link.funder.casefold().startswith("the"):
            funder_links.revoke(runtime.db, provider, link.id)
    assert visitor.send("/evaluation/links", month | {"funder": "The Trust"}).status_code == 200
