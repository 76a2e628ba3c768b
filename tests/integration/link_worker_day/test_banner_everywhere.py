"""Every page about one referral begins with who it is and what must be known first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.domain.cautions import Cautions
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.helping import questions
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
RULE = "Prefers: Text after 4pm."
# Pages that need a thing beside the referral which no test of this file makes, each with the test that opens it.
ELSEWHERE = {
    "apart": "two requests of one person",
    "onward": "a proposal to pass somebody on",
}


def addresses(app: Flask) -> list[str]:
    """Every address about one referral that can be read, as a rule."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted({rule.rule for rule in rules if rule.rule.startswith("/referrals/<uuid:referral_id>")})


def paths(app: Flask, made: MadeReferral) -> Iterator[str]:
    for rule in addresses(app):
        if rule.removeprefix("/referrals/<uuid:referral_id>/").split("/")[0] in ELSEWHERE:
            continue
        path = rule.replace("<uuid:referral_id>", str(made.id))
        yield path.replace("<uuid:placement_id>", str(made.placement_id))


@pytest.mark.parametrize("status", [ReferralStatus.ACTIVE, ReferralStatus.WAITING, ReferralStatus.COMPLETED])
def test_every_page_of_a_referral_begins_with_the_banner(
    app: Flask,
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    warn: Callable[[MadeReferral, Cautions], None],
    status: ReferralStatus,
) -> None:
    patient = Patient(nhs_number="9000000009")
    made = make_referral(runtime.db, place, status, patient=patient)
    warn(made, Cautions(preferred_contact="Text after 4pm", safeguarding=("See the plan",)))
    visitor, seen, lacking = sign_in("link-worker"), 0, []
    for path in paths(app, made):
        answer = visitor.client.get(path)
        if answer.status_code in (404, 409, 302, 303) or answer.mimetype != "text/html":
            continue
        seen += 1
        page = visitor.get(path)
        told = ("Adaeze Okonkwo", "NHS number: 900 000 0009", "Age: ", "born 4 March 1951", RULE)
        lacking += [(path, words) for words in told if words not in page.text]
        main = page.html.partition("<main")[2]
        if main.partition("NHS number:")[0].count("Safeguarding: See the plan") != 1:
            lacking.append((path, "what must be known, before the facts"))
        if page.html.count('aria-label="Person"') != 1:
            lacking.append((path, "one banner"))
    assert lacking == []
    assert seen >= {ReferralStatus.COMPLETED: 12}.get(status, 20)


def test_pages_of_a_question_have_it_too(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place)
    assert made.placement_id is not None
    questions.ask(runtime.db, place.actor("provider-0"), made.placement_id, "Can they manage stairs?")
    page = sign_in("link-worker").get(f"/referrals/{made.id}/questions/{made.placement_id}")
    assert "NHS number: " in page.text


def test_reading_a_page_tells_the_audit_of_the_person(
    sign_in: SignIn, runtime: Runtime, made: MadeReferral
) -> None:
    visitor = sign_in("link-worker")
    visitor.get(f"/referrals/{made.id}/about-them")
    query = "select count(*) from audit_event where act = 'read heading' and person_id = :who"
    with runtime.db.engine.connect() as connection:
        connection.exec_driver_sql("select set_config('app.role', 'steward', false)")
        assert connection.exec_driver_sql(query.replace(":who", f"'{made.person_id}'")).scalar()
