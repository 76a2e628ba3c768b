"""The sections of the PRSB record about the person: who they are, what they need to come, what may harm."""

from __future__ import annotations

from typing import Any, Final

from app.domain.characteristics import PREFER_NOT
from app.domain.prsb import NOT_RECORDED, pieces, shortened
from app.domain.sources import GoesBack, SourceKind
from app.services.measures.characteristics import questions
from app.services.prsb.prsb_facts import Facts
from app.store.session import LONDON

Section = dict[str, Any]
# NHS data dictionary, person stated gender code; what the message said is administrative, as FHIR has it.
_GENDERS: Final = {"male": "1", "female": "2", "other": "9", "unknown": "X"}
_SEXES: Final = {"male": "1", "female": "2"}  # NHS data dictionary, person phenotypic sex
_MARITAL: Final = {  # NHS data dictionary, person marital status
    "never": "S",
    "married": "M",
    "partnership": "M",
    "separated": "P",
    "divorced": "D",
    "widowed": "W",
    PREFER_NOT: "N",
}
_VERIFIED, _NOT_VERIFIED = "01", "02"  # NHS number status indicator
_CONTACT_IS_A_DANGER: Final = "Contact may put the person in danger. Ask whoever referred them first."


def person_sections(facts: Facts) -> dict[str, Section]:
    """Return the sections by their names in the standard; rows without data hold None or nothing."""
    return {
        "Person demographics": _demographics(facts),
        "GP practice": _practice(facts),
        "Individual requirements": _requirements(facts),
        "Safeguarding": _safeguarding(facts),
        "Consent": _consent(facts),
        "Risks": _risks(facts),
    }


def _demographics(facts: Facts) -> Section:
    """Where somebody is who must not be found is not in it."""
    details, hidden = facts.person.details, facts.person.restricted
    confirmed = facts.person.identity_confirmed
    known = bool(details.family or details.given)
    return {
        "Person name": {
            "Person first name": list(details.given),
            "Person family name": [details.family],
            "Title": details.prefix,
            "Person full name": details.full_name if known else None,
        },
        "Date of birth": details.birth_date,
        "Gender": _GENDERS.get(details.gender or ""),
        "Ethnicity": details.ethnicity,
        **_said_of_themselves(facts),
        "NHS number": details.nhs_number,
        "NHS number status indicator": (_VERIFIED if confirmed else _NOT_VERIFIED)
        if details.nhs_number
        else None,
        "Person's address": None if hidden else _address(facts),
        "Person's contact details": None if hidden else _contact(facts),
    }


def _said_of_themselves(facts: Facts) -> Section:
    """What somebody told of themselves; whoever would rather not say has no row, but where the standard has a code."""
    return {
        "Religion": _words(facts, "religion"),
        "Sex": next((_SEXES[code] for code in _codes(facts, "sex") if code in _SEXES), None),
        "Carer Status": _words(facts, "carer"),
        "Marital status": next(
            (_MARITAL[code] for code in _codes(facts, "marital") if code in _MARITAL), None
        ),
        "Sexual Orientation": _words(facts, "orientation"),
    }


def _codes(facts: Facts, question: str) -> tuple[str, ...]:
    said = facts.says.get(question)
    return said.codes if said else ()


def _words(facts: Facts, question: str) -> str:
    asked = next(each for each in questions() if each.code == question)
    said = facts.says.get(question)
    told = [asked.answers[code] for code in _codes(facts, question) if code in asked.answers]
    return "; ".join([*told, *filter(None, [said.words if said else ""])])


def _address(facts: Facts) -> Section:
    details = facts.person.details
    lines = {f"Address line {number}": line for number, line in enumerate(details.address_lines[:5], start=1)}
    return {**lines, "Postcode": details.postcode}


def _contact(facts: Facts) -> Section:
    details, care = facts.person.details, facts.take_care
    ways = [care.preferred_contact, care.contact_times, "Do not telephone" if care.no_telephone else None]
    return {
        "Person's telephone number details": [{"Person's telephone number": each} for each in details.phones],
        "Person's email address details": [{"Person's email address": details.email}],
        "Other contact information": shortened(". ".join(filter(None, ways)), 255),
    }


def _practice(facts: Facts) -> Section:
    """The practice that referred: where else somebody may be registered is not kept here."""
    if facts.referral.source_kind is not SourceKind.PRACTICE:
        return {}
    told = {
        "GP practice details": shortened(facts.requester.name, 150),
        "GP practice identifier": facts.requester.ods,
    }
    return {"GP practice record entry": [told]}


def _requirements(facts: Facts) -> Section:
    care, language = facts.take_care, facts.person.details.language
    interpreter = f"Needs an interpreter (language: {language})" if language else "Needs an interpreter"
    told = [code.replace("-", " ").capitalize() for code in facts.referral.access]
    told += [interpreter] if care.interpreter else []
    told += [*care.communication, *care.adjustments]
    entries = [
        {"Reasonable adjustment flag": True, "Reasonable adjustment": {"Free text": part}}
        for each in dict.fromkeys(told)
        for part in pieces(each, 150)
    ]
    areas = [each for each in _words(facts, "impairment").split("; ") if each]
    return {
        "Reasonable adjustment": {"Reasonable adjustment record entry": entries},
        "Impairment": {
            "Impairment record entry": [
                {"Impairment category": {"Free text": part}} for each in areas for part in pieces(each, 150)
            ]
        },
    }


def _safeguarding(facts: Facts) -> Section:
    """A concern that was told; nobody says here that there is none."""
    told = [part for each in facts.take_care.safeguarding for part in pieces(each, 150)]
    concerns: list[Section] = [
        {"Safeguarding indicator": True, "Safeguarding concerns": {"Free text": each}} for each in told
    ]
    if not concerns and facts.referral.safeguarding:
        concerns = [{"Safeguarding indicator": True}]
    return {"Safeguarding concerns": concerns}


def _consent(facts: Facts) -> Section:
    told = []
    if facts.agreed is not None and facts.agreed.recorded_at is not None:
        day = facts.agreed.recorded_at.astimezone(LONDON).date().isoformat()
        said = "agreed" if facts.agreed.given else "did not agree"
        told.append(f"The person {said} that groups who could help are told about them ({day}).")
    if facts.referral.source.goes_back is GoesBack.TO_REQUESTER:
        told.append("What comes of the referral is sent to whoever made it, for direct care.")
    return {"Consent for information sharing": " ".join(told)}


def _risks(facts: Facts) -> Section:
    """Mandatory: what is known. Silence is told as silence, and "no known risks" only where somebody wrote it."""
    care, outcome = facts.take_care, facts.outcome
    told = [_CONTACT_IS_A_DANGER] if care.do_not_contact else []
    told += [*care.risks, outcome.risks if outcome else ""]
    found = [part for each in told for part in pieces(each, 150)]
    return {"Risks record entry": [{"Risk": {"Free text": each}} for each in found or [NOT_RECORDED]]}
