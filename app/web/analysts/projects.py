"""Analysts' pages of projects: asking for one, sending it, what became of it, and tokens for programs."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.project_papers import COLUMNS
from app.domain.projects import BASIS_WORDS, TIER_WORDS, Act, Project, may
from app.domain.vocabulary import Role
from app.services.dataset import project_papers, project_tokens, projects
from app.web.analysts import projects_form as papers_form
from app.web.analysts import projects_shown as shown
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, find_signed_in, requires, today
from app.web.frame.page import render

pages = Blueprint("projects", __name__)


@pages.get("/projects")
@requires(Role.ANALYST, Role.STEWARD)
def show_all() -> Response:
    """Show an analyst's own projects; the steward's are all of the place, those that wait first."""
    found = projects.list_seen(database(), actor())
    if actor().role is Role.STEWARD:
        is_open = projects.open_view_is_on(database())
        return render(
            "projects/steward.html", found=shown.sorted_out(found), state=shown.state, open_view=is_open
        )
    return render("projects/list.html", found=found, state=shown.state)


@pages.get("/projects/new")
@requires(Role.ANALYST)
def ask() -> Response:
    """Ask for a new project."""
    signed_in = find_signed_in()
    username = signed_in.account.username if signed_in else ""
    return _form_page(Form(papers_form.blank(username)), "/projects/new")


@pages.post("/projects/new")
@requires(Role.ANALYST)
def write() -> AnyResponse:
    """Keep what is asked for, not sent yet, to be checked."""
    form = Form(request.form)
    if "add" in form.typed:
        return _form_page(Form(papers_form.with_another_row(form.typed)), "/projects/new")
    try:
        project_id = project_papers.ask(database(), actor(), papers_form.read_asked(form.typed))
    except Invalid as fault:
        return _form_page(papers_form.refused(form, fault), "/projects/new")
    return redirect(f"/projects/{project_id}", 303)


@pages.get("/projects/<uuid:project_id>")
@requires(Role.ANALYST, Role.STEWARD)
def show(project_id: UUID) -> Response:
    """Show one project: its papers, its history, and what can be done now."""
    return shown.one(project_id, Form())


@pages.get("/projects/<uuid:project_id>/change")
@requires(Role.ANALYST)
def ask_to_change(project_id: UUID) -> Response:
    """Ask what is to be otherwise."""
    asked = project_papers.typed_before(database(), actor(), project_id)
    return _change_page(project_id, Form(papers_form.typed_of(asked)))


@pages.post("/projects/<uuid:project_id>/change")
@requires(Role.ANALYST)
def change(project_id: UUID) -> AnyResponse:
    """Keep what is asked for from now on; what was sent before waits for both approvals again."""
    form = Form(request.form)
    if "add" in form.typed:
        return _change_page(project_id, Form(papers_form.with_another_row(form.typed)))
    try:
        project_papers.change(database(), actor(), project_id, papers_form.read_asked(form.typed))
    except Invalid as fault:
        return _change_page(project_id, papers_form.refused(form, fault))
    flash("Your answers are kept. Check them below.")
    return redirect(f"/projects/{project_id}", 303)


@pages.post("/projects/<uuid:project_id>/submit")
@requires(Role.ANALYST)
def submit(project_id: UUID) -> AnyResponse:
    """Send it to be decided; what time has overtaken is put right first."""
    try:
        project_papers.submit(database(), actor(), project_id)
    except Invalid as fault:
        asked = project_papers.typed_before(database(), actor(), project_id)
        return _change_page(project_id, papers_form.refused(Form(papers_form.typed_of(asked)), fault))
    flash("Your project is sent. Two people decide on it, and you read here what they say.")
    return redirect(f"/projects/{project_id}", 303)


@pages.post("/projects/<uuid:project_id>/withdraw")
@requires(Role.ANALYST)
def withdraw(project_id: UUID) -> AnyResponse:
    """Take it back for good."""
    form = Form(request.form)
    try:
        project_papers.withdraw(database(), actor(), project_id, shown.reason_of(form, Act.WITHDRAWN))
    except Invalid as fault:
        return shown.one(project_id, form.refused(fault, names={"reason": f"reason_{Act.WITHDRAWN}"}))
    flash("The project is withdrawn. Its tokens have ended.")
    return redirect(f"/projects/{project_id}", 303)


@pages.post("/projects/<uuid:project_id>/tokens")
@requires(Role.ANALYST)
def make_token(project_id: UUID) -> AnyResponse:
    """Make a token and show it: on this answer, and never again."""
    form = Form(request.form)
    try:
        name = form.value("name").strip()
        token = project_tokens.make(database(), actor(), project_id, name=name, expires_on=_last_day(form))
    except Invalid as fault:
        return shown.one(project_id, form.refused(fault, names={"expires_on": "expires_on_day"}))
    return shown.one(project_id, Form(), token=token)


@pages.post("/projects/tokens/<uuid:token_id>/revoke")
@requires(Role.ANALYST, Role.STEWARD)
def revoke_token(token_id: UUID) -> AnyResponse:
    """End a token at once."""
    project_id = project_tokens.revoke(database(), actor(), token_id)
    flash("The token has ended. Whatever still uses it is refused from now on.")
    return redirect(f"/projects/{project_id}", 303)


def _last_day(form: Form) -> date | None:
    if not any(form.value(f"expires_on_{part}").strip() for part in ("day", "month", "year")):
        return None
    return papers_form.read_day(form.typed, "expires_on") or date.min  # no day at all: told beside the input


def _change_page(project_id: UUID, form: Form) -> Response:
    project = projects.get(database(), actor(), project_id).project
    if project.asked_by != actor().user_id or not may(project, Act.CHANGED):
        return shown.one(project_id, Form(), status=409)
    return _form_page(form, f"/projects/{project_id}/change", before=project)


def _form_page(form: Form, path: str, *, before: Project | None = None) -> Response:
    return render(
        "projects/form.html",
        form=form,
        path=path,
        before=before,
        rows=papers_form.row_count(form.typed),
        columns=COLUMNS,
        tier_words=TIER_WORDS,
        basis_words=BASIS_WORDS,
        today=today(),
    )
