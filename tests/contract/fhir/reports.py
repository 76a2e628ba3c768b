"""Invented reports of ended referrals, and words on the way to an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from fhir.messages import (
    AnswerToSend,
    OrganisationToTell,
    OutcomeReport,
    PersonToTell,
    ScoreToTell,
    Stage,
    StatusUpdate,
)

PRACTICE = OrganisationToTell("org-practice", "Well Street Surgery", "F84000", is_general_practice=True)
TEAM = OrganisationToTell("org-team", "Hackney Link Workers", "A9X1Y")
GROUP = OrganisationToTell("org-group", "Tuesday Lunch Club")  # unconstituted: no code of any kind

HELPED = OutcomeReport(
    message_id="5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0a01",
    header_id="5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0a02",
    composed_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    version="1.0.0",
    referral_id="7d1f4b1e-0000-4000-8000-000000000007",
    original_bundle_id="9ae77bb4-db12-42f3-a90c-733fe232f26c",
    requester_reference="REQ-77",
    journey_id="d877b820-e72b-44d1-a627-195f54bfc606",
    from_endpoint="https://fhir.nhs.uk/Id/dos-service-id|111111111",
    to_endpoint="https://fhir.nhs.uk/Id/dos-service-id|2222222222",
    sender=TEAM,
    receiver=PRACTICE,
    provider=GROUP,
    service_id="svc-lunch",
    service_name="Tuesday lunch",
    link_worker="Amina Yusuf",
    person=PersonToTell("p-1", "O'Brien", ("Maeve",), date(1951, 3, 2), "female", "9434765919", True),
    ended_as="completed",
    outcome="better",
    outcome_text="Things are better for the person",
    end_reason=None,
    end_reason_text=None,
    summary="Came to six lunches & made <two> friends.",
    actions="Please review her sleep at the next visit.",
    risks="",
    goal="Cook for a friend",
    goal_before=2,
    goal_after=7,
    scores=(
        ScoreToTell("ONS personal wellbeing", "happy", "How happy yesterday?", 4, "before", date(2026, 8, 3)),
        ScoreToTell(
            "ONS personal wellbeing", "happy", "How happy yesterday?", 0, "after", date(2026, 11, 16)
        ),
        ScoreToTell("UCLA loneliness", "loneliness", "Loneliness, 3 to 9", 8, "before", date(2026, 8, 3)),
    ),
    referred_on=datetime(2026, 7, 20, 10, tzinfo=UTC),
    started_on=datetime(2026, 8, 3, 13, tzinfo=UTC),
    ended_on=datetime(2026, 11, 20, 16, tzinfo=UTC),
    contacts=6,
    consent_given=True,
    consent_at=datetime(2026, 7, 20, 10, 4, tzinfo=UTC),
)

NOT_ENGAGED = replace(
    HELPED,
    ended_as="ended-early",
    outcome="did-not-engage",
    outcome_text="The person did not engage",
    end_reason="could-not-contact",
    end_reason_text="The person could not be reached",
    actions="",
    risks="Lives alone; stairs are hard.",
    goal=None,
    goal_before=None,
    goal_after=None,
    scores=(),
    contacts=0,
)

NOBODY = replace(
    NOT_ENGAGED,
    provider=None,
    service_id=None,
    service_name=None,
    outcome="not-known",
    outcome_text="Not known",
    end_reason="no-suitable-service",
    end_reason_text="No suitable service was found (recorded as unmet need)",
    started_on=None,
)

BARE = replace(
    HELPED,
    requester_reference=None,
    journey_id=None,
    service_id=None,
    service_name=None,
    link_worker="",
    person=PersonToTell("p-1", None, (), None, None, None, False),
    goal=None,
    goal_before=None,
    goal_after=None,
    scores=(),
    summary="",
    actions=" ",
    original_bundle_id="bundle-1",
    consent_given=None,
    consent_at=None,
)

DECLINED = replace(
    NOT_ENGAGED,
    end_reason="person-declined",
    end_reason_text="The person did not want the service",
    started_on=None,
)

REPORTS = {"helped": HELPED, "not engaged": NOT_ENGAGED, "nobody": NOBODY, "bare": BARE, "declined": DECLINED}

ANSWER = AnswerToSend(
    message_id="5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0b01",
    header_id="5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0b02",
    sent_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
    version="1.0.0",
    answers=HELPED.message_id,
    from_endpoint=HELPED.to_endpoint,
    to_endpoint=HELPED.from_endpoint,
    sender=PRACTICE,
    receiver=TEAM,
)

ACCEPTED = StatusUpdate(
    message_id="5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0c01",
    header_id="5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0c02",
    composed_at=datetime(2026, 8, 1, 9, 30, tzinfo=UTC),
    version="1.0.0",
    referral_id=HELPED.referral_id,
    original_bundle_id=HELPED.original_bundle_id,
    requester_reference="REQ-77",
    journey_id=HELPED.journey_id,
    from_endpoint=HELPED.from_endpoint,
    to_endpoint=HELPED.to_endpoint,
    sender=TEAM,
    receiver=PRACTICE,
    provider=GROUP,
    service_id="svc-lunch",
    service_name="Tuesday lunch",
    link_worker="Amina Yusuf",
    person=HELPED.person,
    stage=Stage.ACCEPTED,
    referred_on=datetime(2026, 7, 20, 10, tzinfo=UTC),
    happened_on=datetime(2026, 8, 1, 9, tzinfo=UTC),
)
BEGUN = replace(ACCEPTED, stage=Stage.IN_PROGRESS, first=False, note="First met at home.")
REFUSED = replace(
    ACCEPTED, stage=Stage.DECLINED, reason="22", reason_text="No places until March", provider=None
)
WAITING = replace(ACCEPTED, stage=Stage.WAITING, expected="about 6 weeks", note="Number 3 on the list.")
UNREACHED = replace(ACCEPTED, stage=Stage.NOT_REACHED, service_id=None, service_name=None, provider=None)
UPDATES = {
    "waiting": WAITING,
    "accepted": ACCEPTED,
    "in progress": BEGUN,
    "declined": REFUSED,
    "not reached": UNREACHED,
}
