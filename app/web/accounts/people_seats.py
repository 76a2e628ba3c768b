"""For whom somebody acts beside their own organisation: the steward adds and ends it, who leads a group ends it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, Invalid
from app.domain.vocabulary import Role
from app.services.signing_in import seats, seats_here
from app.web.accounts import people
from app.web.frame.forms import Form, FormSchema, load
from app.web.frame.guard import actor, database, requires

pages = Blueprint("people_seats", __name__)
_PICK = "Choose an organisation."


class SeatForm(FormSchema):
    """For whom somebody acts too."""

    organisation_id = fields.UUID(required=True, error_messages={"required": _PICK, "invalid_uuid": _PICK})


@pages.post("/people/<uuid:user_id>/seats")
@requires(Role.STEWARD)
def add(user_id: UUID) -> AnyResponse:
    """Let somebody act for one more organisation."""
    form = Form(request.form)
    try:
        seats.add(database(), actor(), user_id, load(SeatForm(), form)["organisation_id"])
    except Invalid as fault:
        return people.one_page(user_id, form.refused(fault))
    except Conflict as fault:
        return people.one_page(user_id, Form(form.typed, {"organisation_id": fault.sentence}))
    flash("They can act for it from their next page on. They are told by e-mail.")
    return redirect(f"/people/{user_id}", 303)


@pages.post("/people/<uuid:user_id>/seats/<uuid:seat_id>/end")
@requires(Role.STEWARD)
def end(user_id: UUID, seat_id: UUID) -> AnyResponse:
    """End it at once."""
    cases = seats.end(database(), actor(), user_id, seat_id)
    told = f" {cases} open referrals went to their team's duty." if cases else ""
    flash(f"It has ended, from their next page on.{told}")
    return redirect(f"/people/{user_id}", 303)


@pages.post("/people/seats/<uuid:seat_id>/end")
@requires(Role.PROVIDER)
def end_here(seat_id: UUID) -> AnyResponse:
    """End that somebody of another organisation acts for the group that one leads."""
    seats_here.end(database(), actor(), seat_id)
    flash("It has ended, from their next page on. Only the steward of your area can bring it back.")
    return redirect("/people", 303)
