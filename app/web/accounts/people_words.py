"""The words for what somebody does, as whoever invites them reads them, and for what needs a second word."""

from __future__ import annotations

from typing import Final

from app.domain.vocabulary import Role
from app.store.staff import GrantKind

ROLE_WORDS: Final[dict[str, str]] = {
    Role.LINK_WORKER.value: "Link worker, in a link worker team",
    Role.PROVIDER.value: "Helper of a group or service",
    Role.PRACTICE.value: "Refers people, at a practice or another source",
    Role.STEWARD.value: "Steward of the area",
    Role.ANALYST.value: "Analyst of the dataset",
}
ASKED_WORDS: Final[dict[str, str]] = {  # what follows, an address or a role, stands behind
    GrantKind.STEWARD: "become a steward, with the address",
    GrantKind.ADDRESS: "a new e-mail address for the account,",
    GrantKind.STEPS: "switch the second step of signing in off",
    GrantKind.ROLE: "be no steward any more, but",
    GrantKind.END: "end the account",
}
