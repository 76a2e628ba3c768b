"""Which tables are only ever added to, and of which rows may be removed; frozen like the first migration."""

from __future__ import annotations

_STEPS = ("transition", "referral_version", "project_step")
APPEND_ONLY = (
    *_STEPS,
    "audit_event",
    "attendance",
    "care_plan",
    "consent_wording",
    "erasure",
    "person_correction",
    "place_change",
)
MAY_DELETE = (
    "population",
    "user_session",
    "api_token",
    "api_assertion",
    "offer_plan",
    "service_session",
    "subscription",
    "subscription_notice",
    "step_to_tell",
    "async_job",
    "async_part",
    "invariant_run",
    "audit_name",
    "cohort",
    "cohort_line",
    "totp_secret",
    "passkey",
    "recovery_code",
    "kept_form",
    "kept_link_form",
    "own_visit",
    "prefilled_referral",
    "identity",
    "logout_token",
)
