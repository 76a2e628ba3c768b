"""How often something may be tried, and by whom it is counted: one list for every door."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from app.domain.errors import DomainError

_MINUTE: Final = 60
_QUARTER: Final = 15 * _MINUTE
_DAY: Final = 24 * 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class Pace:
    """So many `times` within so many `seconds`."""

    name: str
    times: int
    seconds: int


# Wrong passwords. A stranger is slowed down beside the owner, never in the owner's place: the owner's own browser,
# which has signed in before, is counted by itself.
WRONG_FROM_ADDRESS: Final = Pace("wrong-from-address", 50, _QUARTER)
WRONG_FOR_ACCOUNT_FROM_ADDRESS: Final = Pace("wrong-for-account-from-address", 10, _QUARTER)
WRONG_FOR_ACCOUNT_BY_STRANGERS: Final = Pace("wrong-for-account-by-strangers", 100, _QUARTER)
WRONG_FROM_KNOWN_BROWSER: Final = Pace("wrong-from-known-browser", 10, _QUARTER)
# How many of a day are let be before the owner is told of the next: few mistype so often.
WRONG_BEFORE_TOLD: Final = Pace("wrong-before-told", 9, _DAY)
WRONG_CODES_BEFORE_TOLD: Final = Pace(
    "wrong-codes-before-told", 2, _DAY
)  # with the right password before them
TOLD_OF_WRONG: Final = Pace("told-of-wrong", 1, _DAY)  # of one kind, to one owner
TOLD_OF_PROGRAM: Final = Pace("told-of-program", 1, 30 * _DAY)  # that signs in from one address, to one owner
# Codes are asked of those who knew the password.
WRONG_CODE: Final = Pace("wrong-code", 10, _QUARTER)
CONFIRMING: Final = Pace("confirming", 10, _QUARTER)
FORGOTTEN_FROM_ADDRESS: Final = Pace("forgotten-from-address", 10, _QUARTER)
FORGOTTEN_NAME: Final = Pace("forgotten-name", 3, _QUARTER)
EMERGENCY: Final = Pace("emergency", 10, 60 * _MINUTE)  # looks for people, of one link worker
INVITING: Final = Pace("inviting", 30, 60 * _MINUTE)
DEAD_LINKS_FROM_ADDRESS: Final = Pace("dead-links-from-address", 30, 10 * _MINUTE)
FORMS_FROM_ADDRESS: Final = Pace("forms-from-address", 600, 10 * _MINUTE)  # of people without a sign-in
EXPORTS: Final = Pace(
    "exports", 120, 10 * _MINUTE
)  # of one signed-in person, on pages and by a program together
REQUESTS: Final = Pace("requests", 1200, _MINUTE)  # of one signed-in person's program
UPLOADS: Final = Pace("uploads", 100, _DAY)  # files of one signed-in person, each of 4 MiB at most
TOKENS_FROM_ADDRESS: Final = Pace("refused-tokens-from-address", 100, 10 * _MINUTE)

# What is taken along: by how its address ends, so that a new file is counted from its first day.
_FILES: Final = re.compile(r"\.(csv|xlsx|pdf|json|zip)$|/(letter|paper|files|person-letter)(/|$)")


def is_file(rule: str) -> bool:
    """Tell whether an address of this rule hands out something to take along."""
    return _FILES.search(rule) is not None


def of_client(a_minute: int) -> Pace:
    """Return the pace of one system."""
    return Pace("client", a_minute, _MINUTE)


def counted_as(address: str | None) -> str:
    """Return what an address is counted as: itself, or the network of 64 bits that one household has of IPv6."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    return str(ip_network(f"{known}/64", strict=False)) if known.version == 6 else str(known)


class TooFast(DomainError):
    """Somebody has tried too often; `seconds` until there is room again."""

    status = 429
    issue = "throttled"

    def __init__(self, seconds: int):
        self.seconds = max(1, seconds)
        minutes = -(-self.seconds // _MINUTE)
        how_long = f"{minutes} minutes" if minutes > 1 else "a minute"
        if minutes > 120:
            how_long = f"{-(-minutes // 60)} hours"
        super().__init__(
            f"That was tried very often just now. Nothing was changed. Wait {how_long}, then try again."
        )
