"""What came of help that the link worker had ended: the group's word, once for each person it helped."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.late_words import LONGEST
from app.domain.vocabulary import OUTCOME_WORDS, OutcomeState, Role
from app.domain.wording import worded
from app.services.helping import late_words
from app.services.shown import views
from app.store.session import AlreadyThere
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.frame.translated import told_text

pages = Blueprint("told_late", __name__)


class LateForm(FormSchema):
    """How things were, in the honest states, and what was done."""

    outcome = choice(OUTCOME_WORDS, "Choose how it ended. You may say that it is not known.")
    words = words("What was done", longest=LONGEST)


@pages.get("/offers/<uuid:placement_id>/late-outcome")
@requires(Role.PROVIDER)
def ask(placement_id: UUID) -> AnyResponse:
    """Ask what came of it; whoever has told already, or may not any more, is led back to what stands there."""
    return _page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/late-outcome")
@requires(Role.PROVIDER)
def tell(placement_id: UUID) -> AnyResponse:
    """Write it down for the link worker."""
    form = Form(request.form)
    try:
        typed = load(LateForm(), form)
        with suppress(AlreadyThere):  # the button was pressed twice: it is one word
            state = OutcomeState(typed["outcome"])
            late_words.tell(database(), actor(), placement_id, state=state, words=typed["words"])
    except Invalid as fault:
        return _page(placement_id, form.refused(fault))
    flash(told_text(worded("Thank you. The link worker reads it and decides who else is told.")))
    return redirect(f"/offers/{placement_id}", 303)


def _page(placement_id: UUID, form: Form) -> AnyResponse:
    late = late_words.find(database(), actor(), placement_id)
    if late.until is None:
        return redirect(f"/offers/{placement_id}", 303)
    found = views.get_placement(database(), actor(), placement_id)
    answer: Response = render(
        "late_outcome.html", form=form, found=found, late=late, states=OUTCOME_WORDS, longest=LONGEST
    )
    return answer
