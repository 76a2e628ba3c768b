"""The words for what somebody does, as whoever invites them reads them."""

from __future__ import annotations

from typing import Final

from app.domain.vocabulary import Role

ROLE_WORDS: Final[dict[str, str]] = {
    Role.LINK_WORKER.value: "Link worker, in a link worker team",
    Role.PROVIDER.value: "Helper of a group or service",
    Role.PRACTICE.value: "Refers people, at a practice or another source",
    Role.STEWARD.value: "Steward of the area",
    Role.ANALYST.value: "Analyst of the dataset",
}
