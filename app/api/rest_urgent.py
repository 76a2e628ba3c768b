"""What the JSON API answers where an answer that was written down asks for a person today: whom to turn to at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.api.guard import View, database
from app.api.rest_parts import Part
from app.api.schemas_outcomes import UrgentOut
from app.domain.crisis import ROUTES
from app.domain.outcomes import Taken

Told = tuple[dict[str, Any], int] | None  # a body and its status; None: there is nothing to say


def urgent(taken: Iterable[Taken]) -> Told:
    """Return the ways to help where an answer cannot wait: whoever wrote it down may sit with the person."""
    if not any(database().measures.alerts(each) for each in taken):
        return None
    return {"urgent": True, "routes": [each.words for each in ROUTES]}, 200


def may_be_urgent(part: Part) -> Callable[[View], View]:
    """Say in the description that a 200 with the ways to help can stand instead of the 204."""
    words = "Written down; an answer asks for a person today. Its team is called; show these lines at once."
    return part.alt_response(200, schema=UrgentOut, description=words)  # type: ignore[no-any-return]
