"""Forms that somebody has begun: kept by one button of a form, listed, gone on with, thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, NotFound
from app.domain.vocabulary import Role
from app.services.by_link import kept_forms
from app.store.kept_forms import Begun
from app.web.frame import kept
from app.web.frame.guard import actor, database, find_signed_in, requires, safe_path, typed_pairs
from app.web.frame.navigation import home_of
from app.web.frame.page import render
from app.web.frame.words import day

pages = Blueprint("begun", __name__)
_ABOUT = ("placement_id", "referral_id")  # what a form's address names, by which its reference is found


@dataclass(frozen=True)
class Line:
    """A form that was begun: what it is, of which referral, and until when it is kept."""

    id: UUID
    name: str
    reference: str | None  # None: it is about nobody yet
    whose: str  # as far as it was typed: two forms about nobody yet look alike otherwise
    path: str | None  # None: what it is about is theirs no longer
    saved_at: datetime
    expires_at: datetime


@pages.get("/begun")
@requires(Role.LINK_WORKER, Role.PROVIDER, Role.PRACTICE)
def show() -> Response:
    """Show the forms that one has begun."""
    return render("begun.html", lines=_lines(), home=home_of(find_signed_in()))


@pages.post("/begun")
@requires(Role.LINK_WORKER, Role.PROVIDER, Role.PRACTICE)
def keep() -> AnyResponse:
    """Keep what was typed in a form, of a page that its writer may open; nothing is sent."""
    path = safe_path(request.form.get("begun_at"))
    form = kept.keepable(path) if path else None
    if path is None or form is None:
        raise NotFound
    page = form.asks(**form.about)  # refuses whoever may not see it, as its own address does
    if page.status_code != 200:
        raise NotFound
    try:
        before, alone = kept.begun_id(), form.one_a_page
        begun = kept_forms.keep_for_later(
            database(), actor(), path, typed_pairs(), instead_of=before, one_a_page=alone
        )
    except Conflict as fault:
        kept.keep_at(path)
        flash(fault.sentence)
        return redirect(path, 303)
    flash(f"What you typed is kept until {day(begun.expires_at)}, for you alone. Nothing was sent.")
    return redirect("/begun", 303)


@pages.post("/begun/<uuid:draft_id>/throw-away")
@requires(Role.LINK_WORKER, Role.PROVIDER, Role.PRACTICE)
def throw_away(draft_id: UUID) -> AnyResponse:
    """Throw away what was typed; `again` leads back to the empty form."""
    path = kept_forms.throw_away(database(), actor(), draft_id)
    flash("What you had typed is thrown away.")
    return redirect(path if request.form.get("again") == "yes" else "/begun", 303)


def _lines() -> list[Line]:
    begun = kept_forms.list_begun(database(), actor())
    forms = [(each, form) for each in begun if (form := kept.keepable(each.form.path))]
    about = {name: [form.about[name] for _, form in forms if name in form.about] for name in _ABOUT}
    known = kept_forms.references(
        database(), actor(), referral_ids=about["referral_id"], placement_ids=about["placement_id"]
    )
    lines = []
    for each, form in forms:
        subject = next((form.about[name] for name in _ABOUT if name in form.about), None)
        is_theirs = subject is None or subject in known
        path = _path_of(each, form) if is_theirs else None
        reference = known.get(subject) if subject else None
        lines.append(Line(each.id, form.name, reference, _whose(each), path, each.saved_at, each.expires_at))
    return lines


def _path_of(begun: Begun, form: kept.Keepable) -> str:
    return begun.form.path if form.one_a_page else f"{begun.form.path}?begun={begun.id}"


def _whose(begun: Begun) -> str:
    typed = dict(begun.form.fields)
    return " ".join(filter(None, (typed.get("given", "").strip(), typed.get("family", "").strip())))
