"""Payment lines: off until the place turns them on, due on engagement, without a name, and unseen elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.payments import Engagement, Terms
from app.runtime import Runtime
from app.services.caring import triage
from app.services.evaluation import payments
from app.services.helping import delivery
from app.services.shown import views
from app.services.watching import place_rules
from app.store.outcomes import Contact
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def terms(place: MadePlace, clock: Clock) -> Terms:
    """The place pays the first provider for each first session."""
    return Terms(
        place.services[0].id, place.place.id, 12000, 1500, Engagement.FIRST_SESSION, None, clock.today
    )


def turn_on(runtime: Runtime, place: MadePlace) -> None:
    place_rules.change_rules(runtime.db, place.actor("steward"), {"payments_on": "yes"})


def come(runtime: Runtime, place: MadePlace, clock: Clock) -> object:
    """Somebody is offered to the first provider, and comes to a session."""
    made = make_referral(runtime.db, place)
    provider = place.actor("provider-0")
    delivery.accept(runtime.db, provider, made.placement_id)
    assert payments.note_due(runtime.db) == 0
    contact = Contact("session", True, clock.today, 60, "")
    delivery.record_contact(runtime.db, provider, made.placement_id, contact)
    return made.id


def test_payments_are_off_unless_the_place_turns_them_on(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, terms: Terms
) -> None:
    steward = place.actor("steward")
    assert payments.are_on(runtime.db) is False
    with pytest.raises(NotFound):
        payments.add_terms(runtime.db, steward, terms)
    visitor = sign_in("steward")
    visitor.get("/payments", status=404)
    assert "/payments" not in visitor.get("/memberships").links


def test_a_line_is_due_once_when_the_person_has_come(
    runtime: Runtime, place: MadePlace, clock: Clock, terms: Terms
) -> None:
    turn_on(runtime, place)
    payments.add_terms(runtime.db, place.actor("steward"), terms)
    come(runtime, place, clock)
    assert payments.note_due(runtime.db) == 1
    assert payments.note_due(runtime.db) == 0
    (line,) = payments.list_payments(runtime.db, place.actor("provider-0")).lines
    assert (line.amount, line.overheads, line.due_on, line.paid_on) == (12000, 1500, clock.today, None)


def test_only_the_payer_and_the_steward_say_that_it_was_paid(
    runtime: Runtime, place: MadePlace, clock: Clock, terms: Terms
) -> None:
    turn_on(runtime, place)
    anchor = replace(terms, payer_id=place.providers[1].id)
    payments.add_terms(runtime.db, place.actor("steward"), anchor)
    come(runtime, place, clock)
    payments.note_due(runtime.db)
    (line,) = payments.list_payments(runtime.db, place.actor("provider-1")).lines
    with pytest.raises(NotAllowed):
        payments.record_paid(runtime.db, place.actor("provider-0"), line.id, paid=True)
    with pytest.raises(NotFound):
        payments.record_paid(runtime.db, place.actor("provider-2"), line.id, paid=True)
    assert payments.list_payments(runtime.db, place.actor("provider-2")).lines == ()
    payments.record_paid(runtime.db, place.actor("provider-1"), line.id, paid=True)
    (seen,) = payments.list_payments(runtime.db, place.actor("provider-0")).lines
    assert seen.paid_on == clock.today
    payments.record_paid(runtime.db, place.actor("steward"), line.id, paid=False)
    (again,) = payments.list_payments(runtime.db, place.actor("provider-0")).lines
    assert again.paid_on is None


def test_files_for_accounts_name_references_and_nobody(
    runtime: Runtime, place: MadePlace, clock: Clock, terms: Terms, sign_in: SignIn
) -> None:
    turn_on(runtime, place)
    payments.add_terms(runtime.db, place.actor("steward"), terms)
    referral_id = come(runtime, place, clock)
    payments.note_due(runtime.db)
    visitor = sign_in("steward")
    told = visitor.client.get("/payments/lines.csv").text
    (row,) = csv.DictReader(io.StringIO(told))
    found = views.get_referral(runtime.db, place.link_worker, referral_id)
    assert row["Reference"] == found.referral.reference
    assert (row["Amount"], row["Overheads"], row["Total"]) == ("120.00", "15.00", "135.00")
    assert not any(part in told for part in found.person.name.split())
    (summed,) = csv.DictReader(io.StringIO(visitor.client.get("/payments/sums.csv").text))
    assert (summed["Lines"], summed["Still to pay"]) == ("1", "135.00")
    assert found.referral.reference in visitor.get("/payments").text


def test_steward_writes_terms_on_the_page(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    turn_on(runtime, place)
    visitor = sign_in("steward")
    assert visitor.send("/payments/terms", {"engagement": "better"}, at="/payments").status_code == 400
    told = {"service": place.services[0].id, "payer": place.place.id, "engagement": "sessions", "sessions": 4}
    money = {"amount": "£1,200.50", "overheads": ""}
    assert visitor.send("/payments/terms", told | money, at="/payments").status_code == 303
    (shown,) = payments.list_payments(runtime.db, place.actor("steward")).terms
    assert (shown.terms.amount, shown.terms.overheads, shown.terms.sessions) == (120050, 0, 4)


def test_a_practice_neither_pays_nor_reads(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, terms: Terms
) -> None:
    turn_on(runtime, place)
    practice = replace(terms, payer_id=place.practices[0].id)
    with pytest.raises(Invalid):
        payments.add_terms(runtime.db, place.actor("steward"), practice)
    with pytest.raises(NotAllowed):
        payments.list_payments(runtime.db, place.actor("practice-0"))
    sign_in("practice-0").get("/payments", status=403)


def test_payments_change_no_suggestion(
    runtime: Runtime, place: MadePlace, clock: Clock, terms: Terms, admin: Engine
) -> None:
    turn_on(runtime, place)
    waiting = make_referral(runtime.db, place, services=(1,))
    before = triage.suggest(runtime.db, place.link_worker, waiting.id)
    dear = replace(terms, amount=9_000_000, engagement=Engagement.ACCEPTED)
    payments.add_terms(runtime.db, place.actor("steward"), dear)
    assert triage.suggest(runtime.db, place.link_worker, waiting.id) == before
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from payment_terms")).scalar() == 1


def test_the_same_is_not_paid_for_twice(
    runtime: Runtime, place: MadePlace, clock: Clock, terms: Terms
) -> None:
    turn_on(runtime, place)
    steward = place.actor("steward")
    first = payments.add_terms(runtime.db, steward, terms)
    with pytest.raises(Conflict):
        payments.add_terms(runtime.db, steward, replace(terms, amount=15000))
    come(runtime, place, clock)
    assert payments.note_due(runtime.db) == 1
    payments.end_terms(runtime.db, steward, first)
    payments.add_terms(runtime.db, steward, replace(terms, amount=15000))
    assert payments.note_due(runtime.db) == 0
    (line,) = payments.list_payments(runtime.db, steward).lines
    assert line.amount == 12000
