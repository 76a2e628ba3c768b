"""POST Patient/$referral-page: a practice's system that cannot refer opens the web page with the person on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import orjson
from flask import Blueprint, Flask, Response, current_app

from app.api.errors import fhir_response, refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, caller, check_accept
from app.api.fhir_write_parts import posted, resource_of
from app.domain.languages import LANGUAGE_WORDS
from app.domain.safe_contact import NO_TELEPHONE
from app.domain.scopes import WRITE
from app.runtime import Runtime
from app.services.incoming import prefilled
from app.services.incoming.prefilled import GOOD_FOR, Prefilled
from fhir.inbound_person import read_person
from fhir.messages import NhsNumberClaim, PersonSeen
from fhir.operations import REFERRAL_PAGE
from fhir.references import Entry, EntryIndex

_GENDERS: Final = ("female", "male", "other")
_RESTRICTED: Final = (
    "The record is restricted, and a page cannot keep it so. Send the referral as a message with its label, or ring "
    "the link workers' team."
)


def register_fhir_referral_page(app: Flask) -> None:
    """Add POST Patient/$referral-page."""
    door = Blueprint("fhir_referral_page", __name__, url_prefix=BASE)

    def begin() -> Response:
        return in_fhir(machine_with(WRITE)(_begin))()

    begin._access = f"a practice's system with {WRITE}"  # type: ignore[attr-defined]
    path = f"/{REFERRAL_PAGE.types[0]}/${REFERRAL_PAGE.name}"
    door.add_url_rule(path, "begin", begin, methods=["POST"], provide_automatic_options=False)
    app.register_blueprint(door)


def _begin() -> Response:
    check_accept()
    resource = resource_of(posted(), REFERRAL_PAGE.types)
    runtime: Runtime = current_app.extensions["backstitch"]
    person = read_person(Entry(0, resource), EntryIndex(), labels=[], at=datetime.now(UTC))
    _check_may_be_typed(person)
    address = prefilled.begin(runtime.db, caller(), _on_the_page(person))
    told = [
        {"name": "address", "valueUrl": address},
        {"name": "minutes", "valueInteger": int(GOOD_FOR.total_seconds() // 60)},
    ]
    response = fhir_response(orjson.dumps({"resourceType": "Parameters", "parameter": told}), 201)
    response.headers["Location"] = address
    return response


def _check_may_be_typed(person: PersonSeen) -> None:
    """A page cannot carry what keeps a restricted record closed; nobody is referred who has died."""
    if person.restricted:
        raise refusal(422, _RESTRICTED, issue="business-rule", path="Patient.meta.security")
    if person.deceased:
        raise refusal(422, "The person has died.", issue="business-rule", path="Patient.deceased[x]")


def _on_the_page(person: PersonSeen) -> Prefilled:
    born = person.birth_date
    return Prefilled(
        given=" ".join(person.given)[:100],
        family=(person.family or "")[:100],
        born_day=str(born.day) if born else "",
        born_month=str(born.month) if born else "",
        born_year=str(born.year) if born else "",
        nhs_number=(person.nhs_number or "")[:20],
        number_is_checked="yes" if person.nhs_number_claim is NhsNumberClaim.VERIFIED else "",
        gender=person.gender if person.gender in _GENDERS else "",
        phone=next(iter(person.phones), "")[:40],
        email=(person.email or "")[:200],
        address="\n".join(person.address_lines)[:400],
        postcode=(person.postcode or "")[:10],
        language=person.language if person.language in LANGUAGE_WORDS and person.language != "en" else "",
        interpreter="yes" if person.interpreter_required else "",
        contact_times=(person.contact_times or "")[:200],
        communication=", ".join(each.text or each.display or "" for each in person.communication_needs)[:500],
        safe=(NO_TELEPHONE,) if person.no_telephone else (),
    )
