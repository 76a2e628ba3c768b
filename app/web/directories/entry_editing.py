"""Entries of the directory, to be edited: the steward's list, an organisation, a service, and new ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.directory_words import LEGAL_FORM_WORDS, SERVICE_KIND_WORDS, SIZE_WORDS
from app.domain.entry_sections import (
    ORGANISATION_SECTIONS,
    SERVICE_SECTIONS,
    Section,
    Values,
    organisation_values,
    service_values,
)
from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.directory import entry_editing
from app.web.directories import directory_words, entry_editing_words
from app.web.directories.entry_editing_forms import NewServiceForm, StandingForm
from app.web.directories.entry_editing_words import LABELS, STATUS_WORDS, in_words, typed_of
from app.web.frame.forms import Form, load
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import page_number, render

pages = Blueprint("entry_editing", __name__)
_LONGEST_SEARCH = 100


@pages.get("/directory-entries")
@requires(Role.STEWARD)
def entries() -> Response:
    """Show who is in the directory with what they offer, found by name."""
    asked = request.args.get("q", "").strip()[:_LONGEST_SEARCH].replace("\x00", "")
    found = entry_editing.list_entries(database(), actor(), words=asked, page=page_number())
    return render("entry_list.html", found=found, asked=asked, statuses=STATUS_WORDS)


@pages.get("/directory-entries/new")
@requires(Role.STEWARD)
def new_organisation() -> Response:
    """Ask what a new organisation is."""
    return _new_organisation_page(Form())


@pages.post("/directory-entries/new")
@requires(Role.STEWARD)
def add_organisation() -> AnyResponse:
    """Write a new organisation."""
    form = Form(request.form)
    try:
        told = load(StandingForm(), form)
        organisation_id = entry_editing.add_organisation(database(), actor(), told)
    except Invalid as fault:
        return _new_organisation_page(form.refused(fault))
    flash("The organisation is in the directory. Add how to reach it, what it has shown, and what it offers.")
    return redirect(f"/organisations/{organisation_id}/entry", 303)


@pages.get("/organisations/<uuid:organisation_id>/entry")
@requires(Role.PROVIDER, Role.STEWARD)
def organisation(organisation_id: UUID) -> Response:
    """Show all that the directory holds of an organisation, by section."""
    entry = entry_editing.get_organisation_entry(database(), actor(), organisation_id)
    names = {str(entry.profile.host_id): entry.host_name or ""}
    shown = [
        (section, _lines(section, organisation_values(entry.organisation, entry.profile, section), names))
        for section in ORGANISATION_SECTIONS.values()
    ]
    more: dict[str, Any] = {
        "statuses": STATUS_WORDS,
        "kinds": entry_editing_words.ASSURANCE_CHOICES,
        "today": today(),
    }
    return render("entry_organisation.html", entry=entry, sections=shown, **more)


@pages.get("/organisations/<uuid:organisation_id>/new-service")
@requires(Role.STEWARD)
def new_service(organisation_id: UUID) -> Response:
    """Ask what a new service is."""
    return _new_service_page(organisation_id, Form())


@pages.post("/organisations/<uuid:organisation_id>/new-service")
@requires(Role.STEWARD)
def add_service(organisation_id: UUID) -> AnyResponse:
    """Write a new service."""
    form = Form(request.form)
    try:
        told = load(NewServiceForm(), form)
        takes_people = told.pop("now") == "open"
        service_id = entry_editing.add_service(
            database(), actor(), organisation_id, told, takes_people=takes_people
        )
    except Invalid as fault:
        return _new_service_page(organisation_id, form.refused(fault))
    flash("The service is in the directory. Add for whom it is, when it meets, and how to reach it.")
    return redirect(f"/services/{service_id}/entry", 303)


@pages.get("/services/<uuid:service_id>/entry")
@requires(Role.PROVIDER, Role.STEWARD)
def service(service_id: UUID) -> Response:
    """Show all that the directory holds of a service, by section."""
    entry = entry_editing.get_service_entry(database(), actor(), service_id)
    shown = [
        (section, _lines(section, service_values(entry.service, section), {}))
        for section in SERVICE_SECTIONS.values()
    ]
    return render("entry_service.html", entry=entry, sections=shown, told=directory_words)


def _lines(section: Section, values: Values, names: dict[str, str]) -> list[tuple[str, str]]:
    typed = typed_of(values)
    return [(LABELS[name], in_words(name, typed, names)) for name in section.fields]


def _new_organisation_page(form: Form) -> Response:
    return render("entry_new_organisation.html", form=form, options=options())


def _new_service_page(organisation_id: UUID, form: Form) -> Response:
    entry = entry_editing.get_organisation_entry(database(), actor(), organisation_id)
    return render("entry_new_service.html", form=form, organisation=entry.organisation, options=options())


def options() -> dict[str, Any]:
    """Return what a section's form lets people choose from."""
    hosts = entry_editing.list_providers(database(), actor())
    return {
        "hosts": {"": "Nobody", **{str(one): name for one, name in hosts}},
        "forms": LEGAL_FORM_WORDS,
        "kinds": SERVICE_KIND_WORDS,
        "sizes": SIZE_WORDS,
        "words": entry_editing_words,
    }
