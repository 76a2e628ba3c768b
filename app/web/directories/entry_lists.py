"""An entry's lists, one line at a time: sessions, rules of who may come, and what an organisation has shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.assurance import Shown
from app.domain.directory import ServiceSession
from app.domain.directory_words import AssuranceKind, Repeats, Weekday
from app.domain.entry_sections import version
from app.domain.errors import Conflict, DomainError, FieldProblem, Invalid, NotFound
from app.domain.vocabulary import Role
from app.services.directory import directory_entries, entry_editing, entry_meetings
from app.web.directories import directory_words, entry_editing_words
from app.web.directories.entry_editing_forms import AssuranceForm, RuleForm, SessionForm
from app.web.frame.forms import Form, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("entry_lists", __name__)
_SESSION_NAMES = {"sessions[0].ends": "ends"}
_RULE_NAMES = {"about": "rule", "operator": "rule", "words": "sentence"}
_DAYS = {"valid_until": "until_day", "seen_on": "seen_on_day"}


@pages.get("/services/<uuid:service_id>/entry/sessions", defaults={"place": None})
@pages.get("/services/<uuid:service_id>/entry/sessions/<int:place>")
@requires(Role.PROVIDER, Role.STEWARD)
def sessions(service_id: UUID, place: int | None) -> Response:
    """Show when and where a service meets, with a form for one more, or for one of them."""
    return _sessions_page(service_id, place, None)


@pages.post("/services/<uuid:service_id>/entry/sessions", defaults={"place": None})
@pages.post("/services/<uuid:service_id>/entry/sessions/<int:place>")
@requires(Role.PROVIDER, Role.STEWARD)
def put_session(service_id: UUID, place: int | None) -> AnyResponse:
    """Write one more session, or another in the place of one."""
    form = Form(request.form)
    try:
        told = _session(service_id, load(SessionForm(), form))
        checked = form.value("checked") == "yes"
        entry_meetings.put_session(
            database(), actor(), told, place=place, seen=form.value("seen"), checked=checked
        )
    except Invalid as fault:
        return _sessions_page(
            service_id, place, form.refused(fault, names=_SESSION_NAMES), seen=form.value("seen")
        )
    except Conflict as fault:
        return _sessions_page(service_id, None, _moved(form, fault), status=fault.status)
    return _back(f"/services/{service_id}/entry/sessions", f"Saved: {directory_words.when(told)}.")


@pages.post("/services/<uuid:service_id>/entry/sessions/<int:place>/remove")
@requires(Role.PROVIDER, Role.STEWARD)
def remove_session(service_id: UUID, place: int) -> AnyResponse:
    """Take a session away."""
    try:
        seen = request.form.get("seen", "")
        entry_meetings.remove_session(database(), actor(), service_id, place=place, seen=seen)
    except (Conflict, NotFound) as fault:
        return _sessions_page(service_id, None, _moved(Form(), fault), status=fault.status)
    return _back(f"/services/{service_id}/entry/sessions", "The session is taken away.")


@pages.get("/services/<uuid:service_id>/entry/rules")
@requires(Role.STEWARD)
def rules(service_id: UUID) -> Response:
    """Show the rules of who may come, with a form for one more."""
    return _rules_page(service_id, Form())


@pages.post("/services/<uuid:service_id>/entry/rules")
@requires(Role.STEWARD)
def add_rule(service_id: UUID) -> AnyResponse:
    """Write a rule of who may come."""
    form = Form(request.form)
    try:
        told = load(RuleForm(), form)["told"]
        entry_meetings.add_rule(database(), actor(), service_id, told, seen=form.value("seen"))
    except Invalid as fault:
        return _rules_page(service_id, form.refused(fault, names=_RULE_NAMES), seen=form.value("seen"))
    except Conflict as fault:
        return _rules_page(service_id, _moved(form, fault), status=fault.status)
    return _back(f"/services/{service_id}/entry/rules", "The rule counts from now on.")


@pages.post("/services/<uuid:service_id>/entry/rules/<int:place>/remove")
@requires(Role.STEWARD)
def remove_rule(service_id: UUID, place: int) -> AnyResponse:
    """Take a rule away."""
    try:
        seen = request.form.get("seen", "")
        entry_meetings.remove_rule(database(), actor(), service_id, place=place, seen=seen)
    except (Conflict, NotFound) as fault:
        return _rules_page(service_id, _moved(Form(), fault), status=fault.status)
    return _back(f"/services/{service_id}/entry/rules", "The rule is taken away.")


@pages.get("/organisations/<uuid:organisation_id>/entry/assurance")
@requires(Role.STEWARD)
def assurance(organisation_id: UUID) -> Response:
    """Ask what an organisation has shown."""
    return _assurance_page(organisation_id, Form())


@pages.post("/organisations/<uuid:organisation_id>/entry/assurance")
@requires(Role.STEWARD)
def add_assurance(organisation_id: UUID) -> AnyResponse:
    """Write what an organisation has shown; it counts for each of its services."""
    form = Form(request.form)
    try:
        told = load(AssuranceForm(), form)
        kind = AssuranceKind(told.pop("kind"))
        shown = Shown(kind, **told)
        directory_entries.add_assurance(database(), actor(), organisation_id, shown)
    except Invalid as fault:
        return _assurance_page(organisation_id, form.refused(fault, names=_DAYS))
    return _back(
        f"/organisations/{organisation_id}/entry", "It is written down, and counts for all their services."
    )


@pages.post("/assurances/<uuid:assurance_id>/take-back")
@requires(Role.STEWARD)
def take_back(assurance_id: UUID) -> AnyResponse:
    """Write that an assurance was written down by mistake."""
    organisation_id = directory_entries.take_back_assurance(database(), actor(), assurance_id)
    return _back(f"/organisations/{organisation_id}/entry", "It is taken back and counts no more.")


def _session(service_id: UUID, typed: dict[str, Any]) -> ServiceSession:
    venues = {each.id: each for each in entry_meetings.list_venues(database(), actor())}
    if typed["venue"] is not None and typed["venue"] not in venues:
        raise Invalid([FieldProblem("venue", "Choose a venue from the list.")])
    days = Weekday(typed["weekday"]), typed["starts"], typed["ends"]
    return ServiceSession(
        service_id, *days, venues.get(typed["venue"]), Repeats(typed["repeats"]), typed["note"]
    )


def _sessions_page(
    service_id: UUID, place: int | None, form: Form | None, *, seen: str = "", status: int = 200
) -> Response:
    entry = entry_editing.get_service_entry(database(), actor(), service_id)
    if place is not None and place >= len(entry.sessions):
        raise NotFound
    edited = None if place is None else entry.sessions[place]
    return render(
        "entry_sessions.html",
        status=status,
        form=form or Form(entry_editing_words.typed_of(_session_values(edited))),
        entry=entry,
        place=place,
        seen=seen or version(tuple(entry.sessions)),
        venues=_venue_choices(),
        words_of=entry_editing_words,
        told=directory_words,
    )


def _session_values(session: ServiceSession | None) -> dict[str, Any]:
    if session is None:
        return {"repeats": Repeats.WEEKLY}
    return {
        "weekday": session.weekday,
        "starts": f"{session.starts:%H:%M}",
        "ends": f"{session.ends:%H:%M}",
        "repeats": session.repeats,
        "venue": session.venue.id if session.venue else None,
        "note": session.note,
    }


def _venue_choices() -> dict[str, str]:
    venues = entry_meetings.list_venues(database(), actor())
    named = {str(each.id): ", ".join(part for part in (each.name, each.postcode) if part) for each in venues}
    return {"": "No venue", **named}


def _rules_page(service_id: UUID, form: Form, *, seen: str = "", status: int = 200) -> Response:
    entry = entry_editing.get_service_entry(database(), actor(), service_id)
    seen = seen or version(entry.service.rules)
    return render(
        "entry_rules.html",
        form=form,
        status=status,
        entry=entry,
        seen=seen,
        rules={"": "Choose"} | entry_editing_words.RULE_WORDS,
        words_of=entry_editing_words,
    )


def _assurance_page(organisation_id: UUID, form: Form) -> Response:
    entry = entry_editing.get_organisation_entry(database(), actor(), organisation_id)
    return render("entry_assurance.html", form=form, entry=entry, words_of=entry_editing_words)


def _moved(form: Form, fault: DomainError) -> Form:
    return Form(form.typed, {"maincontent": fault.sentence})


def _back(where: str, done: str) -> AnyResponse:
    flash(done)
    return redirect(where, 303)
