"""Passing on, on pages: the provider proposes or says where it pointed; the link worker decides and may point too."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid, NotFound
from app.domain.onward import LONGEST_REASON, OnwardKind
from app.domain.vocabulary import Role
from app.domain.wording import worded_all
from app.services.caring import onward
from app.services.caring.onward import Passing
from app.services.shown import views
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("onward", __name__)

_KINDS = worded_all(
    {
        OnwardKind.REFERRED: "Ask the link worker to pass them on",
        OnwardKind.SIGNPOSTED: "We only told the person about it (signposting)",
    }
)


class SignpostForm(FormSchema):
    """Which service the person was told of."""

    service_id = fields.UUID(
        load_default=None, error_messages={"invalid_uuid": "Choose a service of the list."}
    )
    reason = words("Your words", longest=LONGEST_REASON)


class OnwardForm(SignpostForm):
    """Whether somebody is to be asked, or was only told of, and the person's own yes."""

    kind = choice(_KINDS, "Choose what you want to do.")
    agreed = fields.String(load_default="")


@pages.get("/offers/<uuid:placement_id>/onward")
@requires(Role.PROVIDER)
def ask_onward(placement_id: UUID) -> Response:
    """Ask where the person would be better helped, and why."""
    return _onward_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/onward")
@requires(Role.PROVIDER)
def pass_on(placement_id: UUID) -> AnyResponse:
    """Send the wish to the link worker, or write down the signpost."""
    form = Form(request.form)
    try:
        typed = load(OnwardForm(), form)
        if typed["kind"] == OnwardKind.SIGNPOSTED:
            onward.signpost(database(), actor(), placement_id, typed["service_id"], typed["reason"])
            done = "You wrote down where you pointed. Nobody there was told."
        else:
            wish = Passing(typed["reason"], typed["agreed"] == "yes", typed["service_id"])
            onward.propose(database(), actor(), placement_id, wish)
            done = "The link worker decides with the person. Until then they stay with you."
    except Invalid as fault:
        return _onward_page(placement_id, form.refused(fault))
    flash(done)
    return redirect(f"/offers/{placement_id}", 303)


@pages.get("/referrals/<uuid:referral_id>/onward/<uuid:onward_id>")
@requires(Role.LINK_WORKER)
def ask_decision(referral_id: UUID, onward_id: UUID) -> Response:
    """Show who would pass the person on, and why."""
    found = views.get_referral(database(), actor(), referral_id)
    journey = onward.find_journey(database(), actor(), referral_id)
    wish = next((each for each in journey.waiting if each.id == onward_id), None)
    if wish is None:
        raise NotFound("Nothing waits to be decided here: it was decided already.")
    return render("onward_decide.html", found=found, journey=journey, wish=wish)


@pages.post("/referrals/<uuid:referral_id>/onward/<uuid:onward_id>")
@requires(Role.LINK_WORKER)
def turn_down(referral_id: UUID, onward_id: UUID) -> AnyResponse:
    """Decide that they are not passed on."""
    onward.turn_down(database(), actor(), referral_id, onward_id)
    flash("They are not passed on. The provider sees it.")
    return redirect(f"/referrals/{referral_id}", 303)


@pages.get("/referrals/<uuid:referral_id>/signpost")
@requires(Role.LINK_WORKER)
def ask_signpost(referral_id: UUID) -> Response:
    """Ask which service the person was told of."""
    return _signpost_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/signpost")
@requires(Role.LINK_WORKER)
def signpost(referral_id: UUID) -> AnyResponse:
    """Write the signpost down; nobody is offered anything."""
    form = Form(request.form)
    try:
        typed = load(SignpostForm(), form)
        onward.signpost_by_team(database(), actor(), referral_id, typed["service_id"], typed["reason"])
    except Invalid as fault:
        return _signpost_page(referral_id, form.refused(fault))
    flash("You wrote down that you told them. It is no referral: nobody there knows of them.")
    return redirect(f"/referrals/{referral_id}", 303)


def _onward_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    services = onward.list_services(database(), actor())
    return render(
        "onward.html", form=form, found=found, services=services, kinds=_KINDS, longest=LONGEST_REASON
    )


def _signpost_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    services = onward.list_services(database(), actor())
    return render("signpost.html", form=form, found=found, services=services, longest=LONGEST_REASON)
