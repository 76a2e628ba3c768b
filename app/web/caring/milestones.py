"""Milestones on the pages of who looks after somebody and who helps: ticked, with a day and the person's own words."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.milestones import LONGEST_WORDS
from app.domain.vocabulary import Role
from app.services.measures import milestones
from app.services.measures.milestones import Reached, the_list
from app.services.shown import views
from app.web.frame.forms import Form, FormSchema, choices, load, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render

pages = Blueprint("milestones", __name__)


class MilestonesForm(FormSchema):
    """What was reached, on which day, and what the person said of it."""

    codes = choices(the_list().all_words, "Choose milestones from the list.")
    happened_on = fields.Date(
        load_default=None, error_messages={"invalid": "Give the day as year-month-day."}
    )
    words = words("The words", longest=LONGEST_WORDS)


@pages.get("/referrals/<uuid:referral_id>/milestones")
@requires(Role.LINK_WORKER)
def of_referral(referral_id: UUID) -> Response:
    """Show what somebody has reached, and ask what else."""
    return _team_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/milestones")
@requires(Role.LINK_WORKER)
def add_to_referral(referral_id: UUID) -> AnyResponse:
    """Write down what somebody has reached."""
    form = Form(request.form)
    try:
        milestones.add_to_referral(database(), actor(), referral_id, _reached(form))
    except Invalid as fault:
        return _team_page(referral_id, form.refused(fault))
    return _back(f"/referrals/{referral_id}/milestones", "It is written down.")


@pages.post("/referrals/<uuid:referral_id>/milestones/<uuid:milestone_id>/remove")
@requires(Role.LINK_WORKER)
def remove_from_referral(referral_id: UUID, milestone_id: UUID) -> AnyResponse:
    """Take away what the team wrote by mistake."""
    milestones.remove_from_referral(database(), actor(), referral_id, milestone_id)
    return _back(f"/referrals/{referral_id}/milestones", "It is taken away.")


@pages.get("/offers/<uuid:placement_id>/milestones")
@requires(Role.PROVIDER)
def of_placement(placement_id: UUID) -> Response:
    """Show what somebody has reached here, and ask what else."""
    return _provider_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/milestones")
@requires(Role.PROVIDER)
def add_to_placement(placement_id: UUID) -> AnyResponse:
    """Write down what somebody has reached."""
    form = Form(request.form)
    try:
        milestones.add_to_placement(database(), actor(), placement_id, _reached(form))
    except Invalid as fault:
        return _provider_page(placement_id, form.refused(fault))
    return _back(f"/offers/{placement_id}/milestones", "It is written down.")


@pages.post("/offers/<uuid:placement_id>/milestones/<uuid:milestone_id>/remove")
@requires(Role.PROVIDER)
def remove_from_placement(placement_id: UUID, milestone_id: UUID) -> AnyResponse:
    """Take away what the provider wrote by mistake."""
    milestones.remove_from_placement(database(), actor(), placement_id, milestone_id)
    return _back(f"/offers/{placement_id}/milestones", "It is taken away.")


def _reached(form: Form) -> Reached:
    typed = load(MilestonesForm(), form)
    happened_on: date = typed["happened_on"] or today()
    return Reached(typed["codes"], happened_on, typed["words"])


def _team_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    seen = milestones.list_of_referral(database(), actor(), referral_id)
    return render("milestones_team.html", form=form, found=found, seen=seen, **_values())


def _provider_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    seen = milestones.list_of_placement(database(), actor(), placement_id)
    return render("milestones_offer.html", form=form, found=found, seen=seen, **_values())


def _values() -> dict[str, Any]:
    return {"offered": the_list(), "own_id": actor().organisation_id}


def _back(path: str, done: str) -> AnyResponse:
    flash(done)
    return redirect(path, 303)
