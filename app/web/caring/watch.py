"""What waits too long, on the pages of whoever is told: one press of a provider's, one of the steward's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, NotFound
from app.domain.invariants import Invariant
from app.domain.vocabulary import Role
from app.services.watching import chasers, escalating, invariants
from app.web.frame.guard import actor, database, requires

pages = Blueprint("watch", __name__)


def attention() -> dict[str, Any]:
    """Return what the steward's page shows of it: teams that have not acted, and the last proof."""
    return {
        "watch": invariants.find_watch(database(), actor()),
        "overdue": escalating.list_for_steward(database(), actor()),
    }


@pages.post("/offers/<uuid:placement_id>/going-on")
@requires(Role.PROVIDER)
def going_on(placement_id: UUID) -> AnyResponse:
    """Say that all goes on well."""
    chasers.say_going_on(database(), actor(), placement_id)
    flash("Thank you. You are not asked again for some weeks.")
    return redirect("/offers", 303)


@pages.post("/attention/breaches/<code>/<uuid:subject_id>/mend")
@requires(Role.STEWARD)
def mend(code: str, subject_id: UUID) -> AnyResponse:
    """Mend what is not as it must be."""
    if code not in set(Invariant):
        raise NotFound
    try:
        invariants.mend(database(), actor(), Invariant(code), subject_id)
        flash("It is mended.")
    except Conflict as fault:
        flash(fault.sentence)
    return redirect("/attention", 303)
