"""What a machine's token lets it do: SMART's system scopes, and two short names that stand for several of them."""

from __future__ import annotations

import re
from collections.abc import Collection
from types import MappingProxyType
from typing import Final

READ: Final = "referral.read"
WRITE: Final = "referral.write"  # also what $process-message asks for
SHORT_NAMES: Final = MappingProxyType(
    {
        READ: "system/*.rs",
        WRITE: "system/*.cu",
    }
)
# https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html: create, read, update, delete, search, in order
_SYSTEM: Final = re.compile(r"system/(?P<type>[A-Z][A-Za-z]*|\*)\.(?P<letters>c?r?u?d?s?)\Z")


def is_scope(text: str) -> bool:
    """Tell whether a text is a scope that this platform knows the form of."""
    found = _SYSTEM.match(text)
    return text in SHORT_NAMES or (found is not None and found["letters"] != "")


def allows(granted: Collection[str], needed: str) -> bool:
    """Tell whether scopes that were granted cover one that is needed, such as `system/Task.u`."""
    return needed in granted or any(_covers(SHORT_NAMES.get(each, each), needed) for each in granted)


def _covers(granted: str, needed: str) -> bool:
    have, need = _SYSTEM.match(granted), _SYSTEM.match(needed)
    if have is None or need is None or not need["letters"]:
        return False
    return have["type"] in ("*", need["type"]) and set(need["letters"]) <= set(have["letters"])
