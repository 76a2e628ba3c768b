"""Writes what is recorded of the person's consent, and says so where nothing is."""

from __future__ import annotations

from typing import Any, Final

from fhir.messages import OutcomeReport
from fhir.systems import (
    ACT_CODE,
    CONSENT_CATEGORIES,
    CONSENT_SCOPE,
    DATA_ABSENT_REASON,
    DIRECT_CARE,
)
from fhir.writing import Json, Letter, coding, concept, organisation_part

_UNRECORDED: Final = "Nothing is recorded of the person's consent to being told of to a provider."


def consent(report: OutcomeReport, letter: Letter) -> Json:
    """Return the entry on whether providers may be told of the person: the newest word, of whom, recorded when.

    bars-message-servicerequest-response-referral asks for at least one Consent. Where no word is recorded it is
    `proposed` (R4 consent-state-codes: not yet agreed to), has neither date nor provision, and in place of the rule
    that is agreed to (ppc-1 demands one) it says that it is not known.
    """
    return letter.entry(
        "consent",
        "Consent",
        scope=concept(coding(CONSENT_SCOPE, "patient-privacy")),
        category=[concept(coding(CONSENT_CATEGORIES, DIRECT_CARE, "Direct Care"))],
        patient=letter.to("patient"),
        **_said(report, letter),
    )


def _said(report: OutcomeReport, letter: Letter) -> dict[str, Any]:
    given = report.consent_given
    if given is None:
        absent = {"url": DATA_ABSENT_REASON, "valueCode": "unknown"}
        return {"status": "proposed", "policyRule": {"extension": [absent], "text": _UNRECORDED}}
    asked_by = report.sender if report.consent_by_team else report.receiver
    return {
        "status": "active" if given else "rejected",
        "dateTime": report.consent_at.isoformat() if report.consent_at else None,
        "organization": [letter.to(organisation_part(asked_by))],
        "policyRule": concept(coding(ACT_CODE, "OPTIN" if given else "OPTOUT")),
        "provision": {"type": "permit" if given else "deny"},
    }
