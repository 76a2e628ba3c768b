"""The steward's page of the audit: does the record of who did what still stand as it was written?"""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.vocabulary import Role
from app.services.rights import audit_checks
from app.web.frame.guard import actor, database, requires, runtime
from app.web.frame.page import render

pages = Blueprint("audit_check", __name__)


@pages.get("/audit-check")
@requires(Role.STEWARD)
def show() -> Response:
    """Show when the audit was looked at, and what was found."""
    is_kept = runtime().settings.audit_checkpoints is not None  # by the worker: web cannot read the key
    return render("audit_check.html", view=audit_checks.find_overview(database(), actor(), is_kept=is_kept))


@pages.post("/audit-check")
@requires(Role.STEWARD)
def ask() -> AnyResponse:
    """Ask the worker to look now."""
    audit_checks.ask(database(), actor())
    flash("The check is asked for. It starts within a minute: come back to this page.")
    return redirect("/audit-check", 303)
