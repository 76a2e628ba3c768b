"""What each placement did, a line each: of several all are told, and sessions where a register was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.domain.attendance import Attended
from app.domain.lifecycle import OPEN_PLACEMENT, PlacementStatus
from app.domain.referral import Placement
from app.domain.vocabulary import OUTCOME_WORDS, OutcomeState
from app.services.helping.sessions_attended import attended_of
from app.store import placement_ends
from app.store.session import Tx

_STOOD = {
    PlacementStatus.STARTED: "help was going on",
    PlacementStatus.PAUSED: "help rested",
    PlacementStatus.COMPLETED: "finished",
    PlacementStatus.ENDED_EARLY: "ended early",
    PlacementStatus.WITHDRAWN: "ended by the link worker",
}


def parts_told(tx: Tx, asked: Sequence[Placement], *, since: date | None = None, audit: str) -> Sequence[str]:
    """Return the lines of those that helped; none where one alone helped and kept no register.

    `since` leaves out the sessions before a day: what was done for another requester is not told.
    """
    helped = [each for each in asked if each.started_at is not None]
    ids = [each.id for each in helped]
    came = attended_of(tx, ids, since=since)
    if len(helped) < 2:
        return [_sentence(came[each.id].sentence) for each in helped if each.id in came]
    states = placement_ends.states_of(tx, ids, audit=audit)
    return [_line(each, states.get(each.id), came.get(each.id, Attended())) for each in helped]


def _line(placement: Placement, state: str | None, came: Attended) -> str:
    ended = OUTCOME_WORDS[OutcomeState(state)] if state and placement.status not in OPEN_PLACEMENT else ""
    stood = ended or _STOOD.get(PlacementStatus(placement.status), "")
    said = ", ".join(filter(None, (stood, came.sentence)))
    return f"{placement.service_name} ({placement.provider_name}): {said}."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
