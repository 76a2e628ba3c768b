"""Every URI and code that Backstitch reads or writes in FHIR, once, each with where it comes from."""

from __future__ import annotations

from typing import Final

# --- NHS identifiers: UK Core 2.x writes `/Id/` and https (older samples write `/id/` and http) ---------------
NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
ODS_ORGANISATION: Final = "https://fhir.nhs.uk/Id/ods-organization-code"
ODS_SITE: Final = "https://fhir.nhs.uk/Id/ods-site-code"
DOS_SERVICE: Final = "https://fhir.nhs.uk/Id/dos-service-id"
SDS_ROLE_PROFILE: Final = "https://fhir.nhs.uk/Id/sds-role-profile-id"

# --- BaRS code systems: NHS Booking and Referral Standard implementation guide, CodeSystem/*.xml --------------
MESSAGE_EVENTS: Final = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
MESSAGE_REASONS: Final = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
# As the API's example of a validation's answer names that system
ODD_MESSAGE_REASONS: Final = "https://fhir.nhs.uk/CodeSystem/message-reason-servicerequest"
MESSAGE_CATEGORIES: Final = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
BARS_USE_CASES: Final = "https://fhir.nhs.uk/CodeSystem/usecases-categories-bars"
REJECTED_REASONS: Final = "https://fhir.nhs.uk/CodeSystem/rejected-reasons-bars"
DOS_REJECTED_REASONS: Final = "https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars"
CONSENT_CATEGORIES: Final = "https://fhir.nhs.uk/CodeSystem/consent-categories-bars"
FLAG_CATEGORIES: Final = "https://fhir.nhs.uk/CodeSystem/flag-categories-bars"
SAFEGUARDING_CODES: Final = "https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars"
SCENE_SAFETY_CODES: Final = "https://fhir.nhs.uk/CodeSystem/scene-safety-codes-bars"
HTTP_ERROR_CODES: Final = (
    "https://fhir.nhs.uk/Codesystem/http-error-codes"  # lower-case s in all API examples
)

EVENT_REQUEST: Final = "servicerequest-request"
EVENT_RESPONSE: Final = "servicerequest-response"
REASON_NEW: Final = "new"
REASON_UPDATE: Final = "update"
REASON_DELETE: Final = "delete"
REASONS: Final = (REASON_NEW, REASON_UPDATE, REASON_DELETE)
REFERRAL_STATUSES: Final = ("active", "revoked", "entered-in-error")  # BaRS ServiceRequest.status
WITHDRAWN: Final = ("revoked", "entered-in-error")  # of these: cancelled, and sent by mistake
VALIDATION: Final = "validation"  # message-category-servicerequest: For Validation
VALIDATION_USE_CASES: Final = "a4t"  # Application 4, a4t1 to a4t4
DIRECT_CARE: Final = "DRC"
# Bundle.meta.versionId of the published samples and of the Applications of the guide 1.20.0-alpha; a receiver may
# take others. Samples lag behind the Applications, so that the newest alone would refuse all of them.
SUPPORTED_VERSIONS: Final = frozenset(
    ("1.0.0", "1.0.0-alpha", "1.0.0-beta", "1.1.0", "1.1.0-alpha", "1.2.0", "2.0.0", "2.1.0")
)
REASONABLE_ADJUSTMENT: Final = "RA"  # flag-categories-bars: Reasonable Adjustment
SAFEGUARDING: Final = "SG"  # flag-categories-bars: Safeguarding Concern
NO_SAFEGUARDING_ISSUE: Final = "861931000000100"  # safeguarding-codes-bars: No safeguarding issues identified
SCENE_SAFE: Final = "S"  # scene-safety-codes-bars: The Scene is safe

# --- BaRS profiles and message definitions: the same guide, MessageDefinition/*.xml, StructureDefinition/*.xml -
BUNDLE_PROFILE: Final = "https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"
RESPONSE_HEADER_PROFILE: Final = (
    "https://fhir.nhs.uk/StructureDefinition/BARSMessageHeader-servicerequest-response"
)
DEFINITIONS: Final = "https://fhir.nhs.uk/MessageDefinition/"
REQUEST_DEFINITION: Final = DEFINITIONS + "bars-message-servicerequest-request-referral"
CANCEL_DEFINITION: Final = DEFINITIONS + "bars-message-servicerequest-request-cancelled"
RESPONSE_DEFINITION: Final = DEFINITIONS + "bars-message-servicerequest-response-referral"
RESPONSE_SHORT_DEFINITION: Final = DEFINITIONS + "bars-message-servicerequest-response-referral-short"
# A name that samples use (REFRESP02, REFRESP03) and that was never published, to the published one
ODD_DEFINITIONS: Final = {
    "bars-message-servicerequest-request-response-short": "bars-message-servicerequest-response-referral-short"
}

# --- UK Core: StructureDefinition and CodeSystem files of HL7 UK ----------------------------------------------
UK_CORE: Final = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
EXT_NHS_NUMBER_STATUS: Final = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
)
EXT_ETHNIC_CATEGORY: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
EXT_CONTACT_RANK: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactRank"
EXT_CONTACT_PREFERENCE: Final = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactPreference"
)
EXT_NHS_COMMUNICATION: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication"
PREFERRED_CONTACT: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-PreferredContactMethod"
NHS_NUMBER_STATUS: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
# Three dialects are in use: the retired UK Core words (BaRS samples), "01" in that system (PDS), and England's.
NUMBER_VERIFIED: Final = frozenset({"number-present-and-verified", "01"})
NUMBER_NOT_TRACED: Final = frozenset({"number-present-but-not-traced", "02"})

# --- HL7 terminology (terminology.hl7.org) and SNOMED CT ------------------------------------------------------
SNOMED: Final = "http://snomed.info/sct"
DATA_ABSENT_REASON: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
CONSENT_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
OBSERVATION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
GOAL_ACHIEVEMENT: Final = "http://terminology.hl7.org/CodeSystem/goal-achievement"
TASK_CODES: Final = "http://hl7.org/fhir/CodeSystem/task-code"
HL7_FLAG_CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/flag-category"
EXT_INTERPRETER: Final = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
OLD: Final = "old"  # identifier-use, address-use, contact-point-use
RESTRICTED_LABELS: Final = frozenset({"R", "V"})  # v3-Confidentiality: restricted, very restricted
ONESELF: Final = "ONESELF"  # v3-RoleCode: the contact is the person
TYPE_1_OPT_OUT: Final = "827241000000103"  # SNOMED CT UK: dissent from secondary use of GP data
SOCIAL_PRESCRIBING_REFERRAL: Final = "871731000000106"  # SNOMED CT UK: Referral to social prescribing service
SOCIAL_PRESCRIBING_DECLINED: Final = "871711000000103"  # SNOMED CT UK: Social prescribing declined
GENERAL_PRACTICE_SERVICE: Final = "788007007"  # SNOMED CT, as in the BaRS Application 5 payload
SDOHCC: Final = (
    "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"  # Gravity
)
CONTACT_PROHIBITED: Final = "contacting-subject-prohibited"  # Gravity: the subject must not be contacted

# --- our own: what no published system covers (local, under a reserved name) ----------------------------------
OURS: Final = "https://backstitch.example/fhir/"
OUR_USE_CASES: Final = OURS + "CodeSystem/use-cases"
OUR_NEEDS: Final = OURS + "CodeSystem/needs"
OUR_OUTCOMES: Final = OURS + "CodeSystem/outcome-states"
OUR_MEASURES: Final = OURS + "CodeSystem/measures"
OUR_MILESTONES: Final = OURS + "CodeSystem/milestones"
OUR_END_REASONS: Final = OURS + "CodeSystem/end-reasons"
OUR_PAUSE_REASONS: Final = OURS + "CodeSystem/pause-reasons"
OUR_WITHDRAW_REASONS: Final = OURS + "CodeSystem/withdraw-reasons"
OUR_REFERRAL_ID: Final = OURS + "Id/referral"
OUR_SERVICE_ID: Final = OURS + "Id/service"
OUR_ORGANISATION_ID: Final = OURS + "Id/organisation"
USE_CASE_SOCIAL_PRESCRIBING: Final = "sp1"
USE_CASE_DISPLAY: Final = "Primary Care to Social Prescribing Link Worker"


def _key(system: str) -> str:
    key = system.strip().lower().rstrip("/")
    return "https://" + key.removeprefix("http://") if key.startswith("http://") else key


_KNOWN: Final = {
    _key(known): known
    for known in (
        NHS_NUMBER,
        ODS_ORGANISATION,
        ODS_SITE,
        DOS_SERVICE,
        SDS_ROLE_PROFILE,
        MESSAGE_EVENTS,
        MESSAGE_REASONS,
        MESSAGE_CATEGORIES,
        BARS_USE_CASES,
        REJECTED_REASONS,
        DOS_REJECTED_REASONS,
        CONSENT_CATEGORIES,
        FLAG_CATEGORIES,
        HTTP_ERROR_CODES,
        EXT_NHS_NUMBER_STATUS,
        EXT_ETHNIC_CATEGORY,
        EXT_CONTACT_RANK,
        EXT_CONTACT_PREFERENCE,
        EXT_NHS_COMMUNICATION,
        EXT_INTERPRETER,
        PREFERRED_CONTACT,
        SAFEGUARDING_CODES,
        SCENE_SAFETY_CODES,
        CONFIDENTIALITY,
        HL7_FLAG_CATEGORIES,
        SDOHCC,
        SNOMED,
        OUR_USE_CASES,
        OUR_NEEDS,
        OUR_OUTCOMES,
        OUR_MEASURES,
        OUR_MILESTONES,
        OUR_END_REASONS,
        OUR_PAUSE_REASONS,
        OUR_WITHDRAW_REASONS,
    )
} | {_key(ODD_MESSAGE_REASONS): MESSAGE_REASONS}


def normalised(system: str | None) -> str | None:
    """Return a system's URI as this module spells it; an unknown one comes back trimmed, otherwise unchanged.

    NHS England's own samples mix http with https and `/id/` with `/Id/`; the receiver accepts all, writes one.
    """
    if system is None:
        return None
    return _KNOWN.get(_key(system), system.strip())
