"""Is an entry still right? The page behind the e-mail's link, and the steward's list."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.directory import directory_entries, entry_checks, finding
from app.services.messages import links
from app.web.directories import directory_words
from app.web.frame import linked
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, public, requires
from app.web.frame.page import render

pages = Blueprint("entry_checks", __name__)


@pages.get("/still-right/<code>")
@public
@linked.by_link
def ask(code: str) -> Response:
    """Show the entry that a link asks about; looking at it changes nothing."""
    return _ask_page(code, Form())


@pages.post("/still-right/<code>/yes")
@public
@linked.by_link
def confirm(code: str) -> Response:
    """Say that it is right."""
    entry_checks.confirm_by_link(database(), code)
    return _thanks("Thank you. The entry is confirmed as of today.")


@pages.post("/still-right/<code>/changed")
@public
@linked.by_link
def report(code: str) -> Response:
    """Say what has changed."""
    form = Form(request.form)
    try:
        entry_checks.report_by_link(database(), code, str(form.value("words")))
    except Invalid as fault:
        return _ask_page(code, form.refused(fault))
    return _thanks("Thank you. What you wrote is with the people who look after the directory.")


@pages.get("/entries")
@requires(Role.STEWARD)
def entries() -> Response:
    """Show which entries have changed, and whom to ring."""
    return render("entries.html", found=entry_checks.list_to_check(database(), actor()), told=directory_words)


@pages.post("/entries/<uuid:service_id>/right")
@requires(Role.STEWARD)
def rung(service_id: UUID) -> AnyResponse:
    """Write that they said on the telephone that the entry is right."""
    directory_entries.confirm_entry(database(), actor(), service_id)
    return _back("/entries", "The entry is confirmed as of today.")


@pages.post("/entries/changes/<uuid:change_id>/settled")
@requires(Role.STEWARD)
def settle(change_id: UUID) -> AnyResponse:
    """Write that the entry says again what is right."""
    entry_checks.settle(database(), actor(), change_id)
    return _back("/entries", "The entry is settled, and confirmed as of today.")


def _back(where: str, done: str) -> AnyResponse:
    flash(done)
    return redirect(where, 303)


def _ask_page(code: str, form: Form) -> Response:
    link = links.look(database(), code, purpose=entry_checks.STILL_RIGHT)
    return render(
        "still_right.html",
        form=form,
        line=finding.get_listed(database(), link.subject_id),
        told=directory_words,
        code=code,
        longest_words=entry_checks.LONGEST_WORDS,
        help_phone=linked.help_phone(),
    )


def _thanks(said: str) -> Response:
    """The link is used up, so there is no page to go back to."""
    return render("thanks.html", said=said, help_phone=linked.help_phone())
