"""Turns what a message says into the house's own values; believes nothing, judges nothing."""

from __future__ import annotations

from typing import Final

from app.domain.intake import Told
from app.domain.referral import PersonDetails
from app.domain.vocabulary import Access, Need
from fhir.inbound import read_message
from fhir.messages import (
    CodedThing,
    FlagSeen,
    IncomingAcknowledgement,
    IncomingReferral,
    NhsNumberClaim,
)
from fhir.systems import OUR_NEEDS

# BaRS reasonable-adjustment-codes that say the same as our access needs
_ADJUSTMENTS: Final = {
    "wheelchairaccess": Access.STEP_FREE,
    "considerhomevisits": Access.HOME_VISIT,
    "usesbritishsignlanguage": Access.SIGN_LANGUAGE,
    "britishsignlanguageinterpreterneeded": Access.SIGN_LANGUAGE,
    "doesusehearingaid": Access.HEARING_LOOP,
}
_SAFEGUARDING: Final = "SG"


def read(body: bytes) -> IncomingReferral | IncomingAcknowledgement:
    """Read a message that came without a media type: from a mailbox, or out of the inbox. Raises FhirRejected."""
    is_xml = body.lstrip()[:1] == b"<"
    return read_message(body, content_type="application/fhir+xml" if is_xml else "application/fhir+json")


def person_of(message: IncomingReferral) -> PersonDetails:
    """Return the person as told."""
    seen = message.person
    return PersonDetails(
        nhs_number=seen.nhs_number,
        family=seen.family,
        given=seen.given,
        prefix=seen.prefix,
        birth_date=seen.birth_date,
        gender=seen.gender,
        address_lines=seen.address_lines,
        postcode=seen.postcode,
        phones=seen.phones,
        email=seen.email,
        language=seen.language,
        ethnicity=seen.ethnicity,
    )


def told_of(message: IncomingReferral) -> Told:
    """Return what the rules of intake judge."""
    return Told(
        person=person_of(message),
        number_is_verified=message.person.nhs_number_claim is NhsNumberClaim.VERIFIED,
        deceased=message.person.deceased,
        status=message.status,
        use_case=message.use_case,
        consent_refused=message.consent_refused,
        reason_text=message.reason_text,
    )


def needs_of(told: tuple[CodedThing, ...]) -> list[str]:
    """Return the needs that are coded in our list, each once; others stay in the words, for a person to read."""
    codes = [thing.code for thing in told if thing.system == OUR_NEEDS]
    return list(dict.fromkeys(code for code in codes if code in set(Need)))


def access_of(flags: tuple[FlagSeen, ...]) -> list[str]:
    """Return the access needs among the flags, each once."""
    found = [_access(flag.code) for flag in flags if flag.category == "RA"]
    return list(dict.fromkeys(access for access in found if access))


def is_safeguarding(flags: tuple[FlagSeen, ...]) -> bool:
    """Tell whether the sender flagged a safeguarding concern."""
    return any(flag.category == _SAFEGUARDING for flag in flags)


def _access(code: str | None) -> str | None:
    return code if code in set(Access) else _ADJUSTMENTS.get(code or "")
