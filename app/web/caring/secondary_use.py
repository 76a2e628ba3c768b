"""The page where a link worker writes whether what became of somebody may be counted in the shared dataset."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.consent_wordings import Kind
from app.domain.errors import Invalid
from app.domain.secondary_use import SAID_BY, Stand
from app.domain.vocabulary import Role
from app.services.dataset import secondary_use
from app.services.shown import views
from app.web.frame.forms import Form, FormSchema, choice, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.stewardship import consent_wordings

pages = Blueprint("secondary_use", __name__)

STAND_WORDS = {
    Stand.NOT_SAID: "Nothing was said. What becomes of them is counted, without a name.",
    Stand.YES: "Yes, it may be counted.",
    Stand.NO: "No, it may not be counted.",
    Stand.WITHDRAWN: "No: they said yes before and took it back.",
}
_ANSWERS = {"yes": "Yes, it may be counted", "no": "No, it may not be counted"}
_SAID_BY = {**SAID_BY, "message": "The practice's message"}


class UseForm(FormSchema):
    """What was said, and by whom."""

    given = choice(_ANSWERS, "Choose what was said.")
    said_by = choice(SAID_BY, "Choose who said so.")


@pages.get("/referrals/<uuid:referral_id>/dataset-use")
@requires(Role.LINK_WORKER)
def ask(referral_id: UUID) -> Response:
    """Show what was said, and ask what is said now."""
    return _page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/dataset-use")
@requires(Role.LINK_WORKER)
def record(referral_id: UUID) -> AnyResponse:
    """Write down what is said now."""
    form = Form(request.form)
    try:
        typed = load(UseForm(), form)
        given = typed["given"] == "yes"
        said = {"given": given, "said_by": typed["said_by"], "wording": consent_wordings.shown(form)}
        secondary_use.record(database(), actor(), referral_id, **said)
    except Invalid as fault:
        return _page(referral_id, form.refused(fault))
    flash("You wrote down that it may be counted." if given else "You wrote down that it may not be counted.")
    return redirect(f"/referrals/{referral_id}/dataset-use", 303)


def _page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    standing = secondary_use.find(database(), actor(), referral_id)
    shown: dict[str, Any] = {"stand_words": STAND_WORDS, "answers": _ANSWERS}
    shown |= {"said_by": _SAID_BY, "askable": SAID_BY, **consent_wordings.asking(Kind.DATASET)}
    return render("secondary_use.html", form=form, found=found, standing=standing, **shown)
