"""The link worker's page of links for carers: made with the person's recorded agreement, each ended by itself."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.carers import LONGEST_NAME, LONGEST_RELATION, Carer
from app.domain.errors import Invalid
from app.domain.own_codes import WHY_NONE, CodeBy
from app.domain.vocabulary import Role
from app.services.own import carer_links, own_links
from app.services.own.person_links import Made, NoLinkForThem
from app.services.shown import views
from app.web.caring.person_links import DAYS, HOW_CODE, WishForm, wish_of
from app.web.frame.forms import Form, choice, load, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render

pages = Blueprint("carer_links", __name__)
_NO_DAY = "Enter the day as numbers, for example 12 3 2026."
_AGREES = "Say that the person agreed. Without that there is no link for a carer."


class CarerForm(WishForm):
    """Who the carer is, that the person agreed and when; for how long, and whether it asks for six digits."""

    carer_name = words("The name", longest=LONGEST_NAME, missing="Write the name of the carer.")
    carer_relation = words(
        "What they are to the person", longest=LONGEST_RELATION, missing="Write what they are to the person."
    )
    agreed = choice({"yes": ""}, _AGREES)
    agreed_day = fields.String(load_default="")
    agreed_month = fields.String(load_default="")
    agreed_year = fields.String(load_default="")

    @post_load
    def _carer(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        try:
            day, month, year = (int(typed[f"agreed_{part}"]) for part in ("day", "month", "year"))
            agreed_on = date(year, month, day)
        except (ValueError, OverflowError):
            raise ValidationError({"agreed_day": [_NO_DAY]}) from None
        carer = Carer(typed["carer_name"], typed["carer_relation"], agreed_on)
        return {"carer": carer, "wish": wish_of(typed)}


@pages.get("/referrals/<uuid:referral_id>/own-page/carers")
@requires(Role.LINK_WORKER)
def show(referral_id: UUID) -> Response:
    """Show which carers can open the person's page, and what a new link needs."""
    return _page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/own-page/carers")
@requires(Role.LINK_WORKER)
def make(referral_id: UUID) -> AnyResponse:
    """Make a link for a carer and its six digits, and show both once, for they are kept nowhere."""
    form = Form(request.form)
    try:
        typed = load(CarerForm(), form)
        made = carer_links.make(database(), actor(), referral_id, typed["carer"], typed["wish"])
    except Invalid as fault:
        return _page(referral_id, form.refused(fault))
    except NoLinkForThem as fault:
        return _page(referral_id, Form(form.typed, {"safe": fault.sentence}))
    return _page(referral_id, Form(), made=made)


@pages.post("/referrals/<uuid:referral_id>/own-page/carers/<uuid:link_id>/end")
@requires(Role.LINK_WORKER)
def end(referral_id: UUID, link_id: UUID) -> AnyResponse:
    """End one carer's link."""
    carer_links.end(database(), actor(), referral_id, link_id)
    flash("The carer's link is ended. The person's own link still works.")
    return redirect(f"/referrals/{referral_id}/own-page/carers", 303)


def _page(referral_id: UUID, form: Form, *, made: Made | None = None) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    own = own_links.find(database(), actor(), referral_id)
    carers = carer_links.list_for_team(database(), actor(), referral_id)
    codes = {each.value: HOW_CODE[each] for each in (CodeBy.TELL, CodeBy.NONE)}
    told = {"days": DAYS, "today": today(), "codes": codes, "why_none": WHY_NONE}
    return render("carer_links.html", form=form, found=found, own=own, carers=carers, made=made, told=told)
