"""How our states are told in FHIR's codes, once, for what is written and for what is searched by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fhir.systems import DOS_REJECTED_REASONS, OUR_PAUSE_REASONS, OURS

OUR_REFERENCE: Final = OURS + "Id/referral-reference"
OUR_STAGES: Final = OURS + "CodeSystem/stages"
OUR_ACTIONS: Final = OURS + "CodeSystem/actions"
OUR_ROLES: Final = OURS + "CodeSystem/roles"
OUR_ACTS: Final = OURS + "CodeSystem/audit-acts"
OUR_CONSENTS: Final = OURS + "CodeSystem/consent-kinds"
OUR_KINDS: Final = OURS + "CodeSystem/organisation-kinds"
OUR_OUTPUTS: Final = OURS + "CodeSystem/task-outputs"
AGE_BAND: Final = OURS + "StructureDefinition/age-band"
QUESTIONNAIRE: Final = OURS + "Questionnaire/"
URI: Final = "urn:ietf:rfc:3986"

Words = Mapping[str, str]

# Stages of a referral are its statuses, with its past folded in: back in triage after an offer went out is
# "in-triage-again", an end before anything was offered "ended-before-it-began", "closed" what it was before;
# "called-off" is an offer that its provider cancelled instead of rejecting it. To a
# provider the request is the team's, and stands as its own placement stands.
SERVICE_REQUEST_STATUS: Final[Words] = MappingProxyType(
    {
        "received": "active",
        "in-triage": "active",
        "in-triage-again": "active",
        "active": "active",
        "waiting": "active",
        "offered": "active",
        "opened": "active",
        "information-requested": "active",
        "accepted": "active",
        "waitlisted": "active",
        "started": "active",
        "paused": "active",
        "completed": "completed",
        "ended-early": "revoked",
        "ended-before-it-began": "revoked",
        "declined": "revoked",
        "called-off": "revoked",
        "expired": "revoked",
        "withdrawn": "revoked",
        "entered-in-error": "entered-in-error",
    }
)

CARE_PLAN_STATUS: Final[Words] = MappingProxyType(
    dict(SERVICE_REQUEST_STATUS)
    | {"received": "draft", "offered": "draft", "opened": "draft", "information-requested": "draft"}
    | {"waiting": "on-hold", "waitlisted": "on-hold", "paused": "on-hold"}
)

# Gravity SDOHCC 3.0.0, Task state machine: the left column is the referral's stages and the placement's. A step
# never goes against Gravity's arrows but one: a reopened referral leaves a state that is final there. A waiting list
# is a yes whose place is not free yet: requested leads to accepted, never to on-hold.
TASK_STATUS: Final[Words] = MappingProxyType(
    {
        "received": "requested",
        "in-triage": "accepted",
        "in-triage-again": "in-progress",
        "active": "in-progress",
        "waiting": "on-hold",
        "offered": "requested",
        "opened": "requested",
        "information-requested": "requested",
        "accepted": "accepted",
        "waitlisted": "accepted",
        "started": "in-progress",
        "paused": "on-hold",
        "completed": "completed",
        "ended-early": "failed",
        "ended-before-it-began": "cancelled",
        "declined": "rejected",
        "called-off": "cancelled",
        "expired": "cancelled",
        "withdrawn": "cancelled",
        "entered-in-error": "entered-in-error",
    }
)

# Gravity demands a reason for on-hold, rejected, failed and cancelled: said where the step itself gave none; so is
# that a request was never meant.
STAGE_REASON: Final[Words] = MappingProxyType(
    {
        "waiting": "On the provider's waiting list",
        "paused": "Paused by the provider",
        "expired": "The provider did not answer in time",
        "declined": "The provider declined",
        "called-off": "The provider declined",
        "ended-early": "Ended early",
        "ended-before-it-began": "Ended before it began",
        "withdrawn": "Withdrawn",
        "entered-in-error": "Sent by mistake",
    }
)

# What a Task puts out at its end, in the order in which it is told; a provider's system writes them by the same codes.
OUTCOME: Final = "outcome"
PLAN: Final = "plan"
OUTPUTS: Final[Words] = MappingProxyType(
    {
        OUTCOME: "Outcome",
        "summary": "Summary",
        "actions": "Requested actions",
        "risks": "Risks",
        "goal": "Goal",
        "goal-before": "Progress towards the goal before, 0 to 10",
        "goal-after": "Progress towards the goal after, 0 to 10",
        PLAN: "Plan",
    }
)

# Whose list a reason is of, by the stage that it led to or the action that it came with; else our end reasons.
REASON_SYSTEMS: Final[Words] = MappingProxyType(
    {
        "declined": DOS_REJECTED_REASONS,
        "decline": DOS_REJECTED_REASONS,
        "called-off": DOS_REJECTED_REASONS,
        "paused": OUR_PAUSE_REASONS,
        "pause": OUR_PAUSE_REASONS,
        "withdrawn": OURS + "CodeSystem/withdraw-reasons",
        "entered-in-error": OURS + "CodeSystem/withdraw-reasons",
        "withdraw": OURS + "CodeSystem/withdraw-reasons",
        "reopen": OURS + "CodeSystem/reopen-reasons",
    }
)

COMMUNICATION_STATUS: Final[Words] = MappingProxyType(
    {
        "composed": "preparation",
        "sent": "in-progress",
        "delivered": "in-progress",
        "acknowledged": "completed",
        "failed": "stopped",
        "superseded": "stopped",
    }
)

CONSENT_STATUS: Final[Words] = MappingProxyType(
    {"active": "active", "rejected": "rejected", "inactive": "inactive"}
)


def told_as(words: Words) -> Mapping[str, tuple[str, ...]]:
    """Return FHIR code -> our states that are told by it: what a search for the code looks for."""
    found: dict[str, tuple[str, ...]] = {}
    for ours, code in words.items():
        found[code] = (*found.get(code, ()), ours)
    return MappingProxyType(found)
