"""A referral that was typed on a page of ours: a message like any other, and which of our words stood on the page."""

from __future__ import annotations

from dataclasses import dataclass

from fhir.messages import IncomingReferral


@dataclass(frozen=True, slots=True)
class TypedReferral(IncomingReferral):
    """What a page hands in; `consent_wording` is the version of the words of consent on it, None where it had none."""

    consent_wording: int | None = None
