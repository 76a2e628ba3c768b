"""The steward's pages of projects: the signed agreement, an approval, a refusal, an end, and the open view."""

from __future__ import annotations

import hashlib
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.project_papers import agreement_problems
from app.domain.projects import Act, DataAgreement, DecidesAs
from app.domain.vocabulary import Role
from app.services.dataset import project_deciding
from app.web.analysts import projects_shown as shown
from app.web.analysts.projects_form import read_day
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.problems import problem_page
from app.web.frame.uploads import file_body

pages = Blueprint("projects_deciding", __name__)
_NOT_GIVEN = "Your approval was not given"
_NO_DAY = "Enter the day of the signature as numbers, for example 12 3 2026."


@pages.post("/projects/<uuid:project_id>/agreement")
@requires(Role.STEWARD)
def record_agreement(project_id: UUID) -> AnyResponse:
    """Write down the signed agreement; of the document itself only its sum is kept."""
    form = Form(request.form)
    try:
        project_deciding.record_agreement(database(), actor(), project_id, _agreement(form))
    except Invalid as fault:
        return shown.one(project_id, form.refused(fault, names={"signed_on": "signed_on_day"}))
    flash("The agreement is written down. Two people can approve the project now.")
    return redirect(f"/projects/{project_id}", 303)


@pages.post("/projects/<uuid:project_id>/approve")
@requires(Role.STEWARD)
def approve(project_id: UUID) -> AnyResponse:
    """Give one of the two approvals of what was seen."""
    form = Form(request.form)
    told, seen_round = form.value("decides_as"), form.value("round")
    if told not in set(DecidesAs):
        problem = FieldProblem("decides_as", "Choose in which capacity you approve.", "required")
        return shown.one(project_id, form.refused(Invalid([problem])))
    number = int(seen_round) if seen_round.isascii() and seen_round.isdigit() and len(seen_round) < 9 else 0
    try:
        project = project_deciding.approve(
            database(), actor(), project_id, DecidesAs(told), seen_round=number
        )
    except Conflict as fault:  # nobody need have been faster: it may be one's own second approval
        return problem_page(409, fault.sentence, title=_NOT_GIVEN)
    is_last = project.status == "approved"
    flash(
        "The project is in force."
        if is_last
        else "Your approval is given. One more is needed, by another person."
    )
    return redirect(f"/projects/{project_id}", 303)


@pages.post("/projects/<uuid:project_id>/refuse")
@requires(Role.STEWARD)
def refuse(project_id: UUID) -> AnyResponse:
    """Refuse it, with the reason."""
    form = Form(request.form)
    try:
        project_deciding.refuse(database(), actor(), project_id, shown.reason_of(form, Act.REFUSED))
    except Invalid as fault:
        return shown.one(project_id, form.refused(fault, names={"reason": f"reason_{Act.REFUSED}"}))
    flash("The project is refused. Whoever asked reads your reason and can send it again.")
    return redirect(f"/projects/{project_id}", 303)


@pages.post("/projects/<uuid:project_id>/end")
@requires(Role.STEWARD)
def end(project_id: UUID) -> AnyResponse:
    """End it for good, with the reason."""
    form = Form(request.form)
    try:
        project_deciding.end(database(), actor(), project_id, shown.reason_of(form, Act.ENDED))
    except Invalid as fault:
        return shown.one(project_id, form.refused(fault, names={"reason": f"reason_{Act.ENDED}"}))
    flash("The project has ended, and its tokens with it.")
    return redirect(f"/projects/{project_id}", 303)


@pages.post("/projects/open-view")
@requires(Role.STEWARD)
def switch_open_view() -> AnyResponse:
    """Let everybody see the published tables, or no longer."""
    on = request.form.get("on") == "yes"
    project_deciding.switch_open_view(database(), actor(), on=on)
    flash(
        "Everybody can see the published tables now." if on else "The published tables ask for a log-in now."
    )
    return redirect("/projects", 303)


def _agreement(form: Form) -> DataAgreement:
    signed_on = read_day(form.typed, "signed_on")
    document = file_body("document")
    sha256 = hashlib.sha256(document).hexdigest() if document else form.value("sha256").strip().lower()
    reference, version, signed_by = (
        form.value(name).strip() for name in ("reference", "version", "signed_by")
    )
    told = DataAgreement(reference, version, signed_by, signed_on or today(), sha256)
    if signed_on is None:
        day = FieldProblem("signed_on", _NO_DAY, "required")
        raise Invalid([*agreement_problems(told, today()), day])
    return told
