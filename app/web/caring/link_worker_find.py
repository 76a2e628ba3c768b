"""The same search for a link worker on a person's behalf, when the suggestions do not suffice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.directory import finding
from app.services.shown import views
from app.web.directories import directory_words, finding_form
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render

pages = Blueprint("link_worker_find", __name__)


@pages.get("/referrals/<uuid:referral_id>/find")
@requires(Role.LINK_WORKER)
def find(referral_id: UUID) -> Response:
    """Show what fits, seen from where the person lives; their postcode stands in no address."""
    person = views.get_referral(database(), actor(), referral_id)
    form = finding_form.asked()
    told: dict[str, Any] = {"person": person, "told": directory_words, "options": finding_form}
    try:
        typed, search = finding_form.read(form)
    except Invalid as fault:
        return render("find.html", form=form.refused(fault), **told)
    found = finding.search_for(database(), actor(), referral_id, typed["q"], search, page=page_number())
    chosen = finding_form.chosen(search)
    rest = finding_form.rest_of_address()
    return render("find.html", form=form, found=found, typed=typed, chosen=chosen, rest=rest, **told)
