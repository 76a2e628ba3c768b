"""Turns what a message says into the house's own values; believes nothing, judges nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from app.domain.case_news import PlaceInTime
from app.domain.cautions import Cautions
from app.domain.intake import Told
from app.domain.own_words import OwnWords, Saying
from app.domain.referral import PersonDetails
from app.domain.vocabulary import Access, Need
from fhir.inbound import read_message
from fhir.messages import (
    CodedThing,
    FlagSeen,
    IncomingAcknowledgement,
    IncomingReferral,
    NhsNumberClaim,
    PersonSeen,
)
from fhir.systems import OUR_NEEDS, REASON_NEW

# BaRS reasonable-adjustment-codes that say the same as our access needs
_ADJUSTMENTS: Final = {
    "wheelchairaccess": Access.STEP_FREE,
    "considerhomevisits": Access.HOME_VISIT,
    "usesbritishsignlanguage": Access.SIGN_LANGUAGE,
    "britishsignlanguageinterpreterneeded": Access.SIGN_LANGUAGE,
    "doesusehearingaid": Access.HEARING_LOOP,
}


def read(body: bytes) -> IncomingReferral | IncomingAcknowledgement:
    """Read a message that came without a media type: from a mailbox, or out of the inbox. Raises FhirRejected."""
    is_xml = body.lstrip()[:1] == b"<"
    return read_message(body, content_type="application/fhir+xml" if is_xml else "application/fhir+json")


def place_in_time(message: IncomingReferral, digest: bytes = b"") -> PlaceInTime:
    """Return where a message stands among those of its case; `digest` is of its bytes, of a change only."""
    is_change = message.identity.reason != REASON_NEW
    found = message.identity.sent_at, message.updated_at
    return PlaceInTime(*found, is_change=is_change, digest=digest if is_change else b"")


def told_parts(message: IncomingReferral) -> dict[str, Any]:
    """Return what a message says of the request itself, part by part; what it leaves out is not here."""
    told: dict[str, Any] = {
        "reason": message.reason_text,
        "needs": needs_of(message.needs),
        "access": access_of(message.flags),
        "priority": message.priority if message.priority_is_told else None,
    }
    return {part: value for part, value in told.items() if value}


def details_of(seen: PersonSeen) -> PersonDetails:
    """Return the person as told."""
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


def saying(message: IncomingReferral, practice_id: UUID, mark: str) -> Saying:
    """Return what a practice's message says of the person, as that practice's own words."""
    return Saying(practice_id, OwnWords(details_of(message.person), message.person.deceased), mark)


def told_of(message: IncomingReferral) -> Told:
    """Return what the rules of intake judge."""
    return Told(
        person=details_of(message.person),
        number_is_verified=message.person.nhs_number_claim is NhsNumberClaim.VERIFIED,
        deceased=message.person.deceased,
        status=message.status,
        use_case=message.use_case,
        consent_refused=message.consent_refused,
        reason_text=message.reason_text,
    )


def cautions_of(message: IncomingReferral) -> Cautions:
    """Return what must be known before anybody contacts the person."""
    seen = message.person
    return Cautions(
        do_not_contact=message.do_not_contact,
        no_telephone=seen.no_telephone,
        interpreter=seen.interpreter_required,
        preferred_contact=_words(seen.preferred_contact) if seen.preferred_contact else None,
        contact_times=seen.contact_times,
        communication=tuple(filter(None, (_words(thing) for thing in seen.communication_needs))),
        safeguarding=_flagged(message.safeguarding, "concern flagged"),
        risks=_flagged(message.risks, "risk flagged"),
        adjustments=_flagged((flag for flag in message.adjustments if not _access(flag.code)), "asked for"),
        notes=tuple(f"{flag.category}: {flag.display or flag.code or 'flagged'}" for flag in message.notes),
        sensitive=message.sensitive,
    )


def needs_of(told: tuple[CodedThing, ...]) -> list[str]:
    """Return the needs that are coded in our list, each once; others stay in the words, for a person to read."""
    codes = [thing.code for thing in told if thing.system == OUR_NEEDS]
    return list(dict.fromkeys(code for code in codes if code in set(Need)))


def access_of(flags: tuple[FlagSeen, ...]) -> list[str]:
    """Return the access needs among the flags, each once."""
    found = [_access(flag.code) for flag in flags if flag.category == "RA"]
    return list(dict.fromkeys(access for access in found if access))


def _flagged(flags: Iterable[FlagSeen], otherwise: str) -> tuple[str, ...]:
    """Each flag in words, each once; what a code without words means can at least be looked up."""
    return tuple(dict.fromkeys(flag.display or flag.code or otherwise for flag in flags))


def _words(thing: CodedThing) -> str | None:
    return thing.text or thing.display or thing.code


def _access(code: str | None) -> str | None:
    return code if code in set(Access) else _ADJUSTMENTS.get(code or "")
