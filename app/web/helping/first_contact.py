"""What a provider does next after its yes: get in touch, or wait where the team makes the first contact."""

from __future__ import annotations

from app.domain.wording import in_a_row, worded
from app.services.shown.seen import FirstContact, PlacementDetail
from app.web.frame import linked


def next_after_yes(found: PlacementDetail) -> str:
    """Return what comes next, as sentences, with the team's telephone number where it is the team's turn."""
    if found.first_contact is not FirstContact.WAITED_FOR:
        return worded("Next: get in touch with the person and write it down here.")
    wait = worded(
        "Next: wait. %(team)s make the first contact. They will tell you when.", team=found.team_name
    )
    phone = team_phone(found)
    return in_a_row((wait, worded("Their telephone: %(phone)s.", phone=phone))) if phone else wait


def team_phone(found: PlacementDetail) -> str | None:
    """Return where a provider rings the team: its own number, else that of the place."""
    return found.team_phone or linked.help_phone()
