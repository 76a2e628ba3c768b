"""Whom to ask for help: services ranked with reasons, chosen by a person, asked in turn or all at once."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as AnyResponse

from app.domain.capacity import OVERRIDE_REASONS
from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import UNANSWERED_PLACEMENT
from app.domain.routing_values import ALTHOUGH_REASONS, HARD_RULE_WORDS
from app.domain.vocabulary import Role
from app.services.caring import disclosure, goals_shared, offering, onward, triage
from app.services.caring.goals_shared import Sharing
from app.services.caring.offering import LONGEST_BRIEF, MOST_OFFERS, Asking
from app.services.directory import room
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from app.web.frame import meanwhile
from app.web.frame.forms import Form, FormSchema, load
from app.web.frame.forms import words as own_words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.kept import for_later, restored
from app.web.frame.page import render
from app.web.stewardship import consent_wordings

pages = Blueprint("offering", __name__)
_ORDER = re.compile("[0-9]{0,3}")
_LAST = 1000
IN_TURN, AT_ONCE = "in-turn", "at-once"
_HOW = {
    IN_TURN: "One after the other: the next is asked if one says no or does not answer",
    AT_ONCE: "All of these now: they help with different things",
}
_ASKED_IN_TURN = "The first provider has been asked. If they say no, the next one on your list is asked."
_ASKED_ALONE = "The provider has been asked. If they say no, it comes back to you."


class OfferForm(FormSchema):
    """Whom to ask and how, and what they are told in words."""

    service_ids = fields.List(
        fields.UUID(error_messages={"invalid_uuid": "Choose services from the list."}),
        validate=validate.Length(min=1, error="Choose at least one service."),
    )
    brief = own_words("What the provider will be told", longest=LONGEST_BRIEF)
    override = fields.String(
        load_default=None, validate=validate.OneOf(list(OVERRIDE_REASONS), error="Choose why from the list.")
    )
    how = fields.String(
        load_default=IN_TURN, validate=validate.OneOf(list(_HOW), error="Choose how they are asked.")
    )
    asked_again = fields.String(load_default="")
    onward = fields.UUID(load_default=None)
    tell_origin = fields.String(load_default="")
    goals = fields.List(
        fields.UUID(error_messages={"invalid_uuid": "Choose goals of this plan."}), load_default=list
    )
    goals_agreed = fields.String(load_default="")


@pages.get("/referrals/<uuid:referral_id>/offer")
@requires(Role.LINK_WORKER)
def suggest(referral_id: UUID) -> Response:
    """Show services ranked with reasons; a person decides whom to ask, and in which order."""
    return _offer_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/offer")
@requires(Role.LINK_WORKER)
@for_later("An offer to services")
def offer(referral_id: UUID) -> AnyResponse:
    """Ask the chosen services, in turn or all at once."""
    form = meanwhile.looked_at(Form(request.form), referral_id)
    if form.changes:
        return _offer_page(referral_id, form)
    try:
        chosen, asking = _chosen(form)
        made = offering.ask(database(), actor(), referral_id, chosen, asking)
    except Invalid as fault:
        return _offer_page(referral_id, form.refused(fault, names=_although_names()))
    except Conflict as fault:
        return _offer_page(referral_id, meanwhile.overtaken(form, fault))
    if asking.at_once:
        flash(f"{len(made)} providers have been asked." if len(made) > 1 else "The provider has been asked.")
    else:
        flash(_ASKED_IN_TURN if len(chosen) > 1 else _ASKED_ALONE)
    return redirect(f"/referrals/{referral_id}", 303)


def _offer_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    # What was chosen stands on the page again, also if it fits no longer.
    form = form if form.typed else restored() or form
    chosen = form.typed.getlist("service_ids", type=UUID)
    also = list(dict.fromkeys([*request.values.getlist("also", type=UUID), *chosen]))
    suggestions = triage.suggest(database(), actor(), referral_id, also=also[:MOST_OFFERS])
    preview = disclosure.preview(database(), actor(), referral_id)
    journey = onward.find_journey(database(), actor(), referral_id)
    wanted = request.values.get("onward", type=UUID) or form.typed.get("onward", type=UUID)
    return render(
        "offer.html",
        form=form,
        found=found,
        suggestions=suggestions,
        preview=preview,
        longest_brief=LONGEST_BRIEF,
        rule_words=HARD_RULE_WORDS,
        override_reasons=OVERRIDE_REASONS,
        although_reasons=ALTHOUGH_REASONS,
        full=[
            one.service.name
            for one in (*suggestions.also, *suggestions.matches)
            if not one.firm and room.is_short(one, today()) and (one.suitable or one in suggestions.also)
        ],
        goals=goals_shared.list_for_team(database(), actor(), referral_id),
        journey=journey,
        wish=next((each for each in journey.waiting if each.id == wanted), None),
        **_how(found),
        asked_by=consent_wordings.asking(Kind.SHARE)["asking"][Kind.SHARE],
    )


def _how(found: ReferralDetail) -> dict[str, Any]:
    """Say how services may be asked: while an offer waits, another one is asked beside it and not behind it."""
    waits = any(each.status in UNANSWERED_PLACEMENT for each in found.placements)
    return {"how": {AT_ONCE: _HOW[AT_ONCE]} if waits else _HOW, "how_default": AT_ONCE if waits else IN_TURN}


def _chosen(form: Form) -> tuple[list[UUID], Asking]:
    """Return the ticked services, those with a number in its order, the others as they were listed; and how to ask."""
    typed: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    try:
        typed = load(OfferForm(), form)
    except Invalid as fault:
        problems += fault.problems
    for ticked in form.values("service_ids"):
        if not _ORDER.fullmatch(_order_of(form, ticked)):
            sentence = "Write the order as a number: 1 is asked first."
            problems.append(FieldProblem(f"order-{ticked}", sentence))
    if problems:
        raise Invalid(problems)
    in_order = sorted(typed["service_ids"], key=lambda one: int(_order_of(form, str(one)) or _LAST))
    return in_order, Asking(
        brief=typed["brief"],
        override=typed["override"],
        at_once=typed["how"] == AT_ONCE,
        onward_id=typed["onward"],
        tell_origin=typed["tell_origin"] == "yes",
        although={one: why for one in in_order if (why := form.value(f"although-{one}"))},
        asked_again=typed["asked_again"] == "yes",
        wording=consent_wordings.shown(form),
        goals=Sharing(tuple(typed["goals"]), agreed=typed["goals_agreed"] == "yes"),
    )


def _although_names() -> dict[str, str]:
    """Name the field of each chosen service in which somebody says why it is asked all the same."""
    chosen = request.form.getlist("service_ids", type=UUID)
    return {room.although_field(each): f"although-{each}" for each in chosen}


def _order_of(form: Form, service_id: str) -> str:
    return str(form.value(f"order-{service_id}")).strip()
