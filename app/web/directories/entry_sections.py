"""A section of an entry as a form: nothing typed is lost, and nobody's change is overwritten unseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.entry_sections import Section, Values, organisation_values, service_values, version
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed
from app.domain.vocabulary import Role
from app.services.directory import entry_editing
from app.services.directory.entry_editing import Change
from app.web.directories.entry_editing import options
from app.web.directories.entry_editing_forms import (
    AboutForm,
    ContactForm,
    ReferringForm,
    SectionForm,
    StandingForm,
    WhoForm,
)
from app.web.directories.entry_editing_words import LABELS, in_words, typed_of
from app.web.frame.forms import Form, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("entry_sections", __name__)
_FORMS: Final[dict[str, type[SectionForm]]] = {
    "about": AboutForm,
    "who": WhoForm,
    "referring": ReferringForm,
    "contact": ContactForm,
    "standing": StandingForm,
}
_NAMES: Final = {
    "phone": "contact_phone",
    "email": "contact_email",
}  # as the rules of a service call its contact


@dataclass(frozen=True, slots=True)
class _Editing:
    """The thing whose section is edited, as it stands now."""

    name: str
    back: str
    section: Section
    values: Values


@pages.get("/services/<uuid:service_id>/entry/<key>")
@requires(Role.PROVIDER, Role.STEWARD)
def service_form(service_id: UUID, key: str) -> Response:
    """Show a section of a service to be changed."""
    return _page(_service(service_id, key))


@pages.post("/services/<uuid:service_id>/entry/<key>")
@requires(Role.PROVIDER, Role.STEWARD)
def change_service(service_id: UUID, key: str) -> AnyResponse:
    """Write a section of a service."""
    form = Form(request.form)
    try:
        changed = entry_editing.change_service(
            database(), actor(), service_id, _change(_service(service_id, key), form)
        )
    except (Invalid, Conflict) as fault:
        return _refused(_service(service_id, key), form, fault)
    return _done(f"/services/{service_id}/entry", changed=changed)


@pages.get("/organisations/<uuid:organisation_id>/entry/<key>")
@requires(Role.PROVIDER, Role.STEWARD)
def organisation_form(organisation_id: UUID, key: str) -> Response:
    """Show a section of an organisation to be changed."""
    return _page(_organisation(organisation_id, key))


@pages.post("/organisations/<uuid:organisation_id>/entry/<key>")
@requires(Role.PROVIDER, Role.STEWARD)
def change_organisation(organisation_id: UUID, key: str) -> AnyResponse:
    """Write a section of an organisation."""
    form = Form(request.form)
    try:
        change = _change(_organisation(organisation_id, key), form)
        changed = entry_editing.change_organisation(database(), actor(), organisation_id, change)
    except (Invalid, Conflict) as fault:
        return _refused(_organisation(organisation_id, key), form, fault)
    return _done(f"/organisations/{organisation_id}/entry", changed=changed)


def _service(service_id: UUID, key: str) -> _Editing:
    section = entry_editing.service_section(key)
    service = entry_editing.get_service_entry(database(), actor(), service_id).service
    return _editing(service.name, f"/services/{service_id}/entry", section, service_values(service, section))


def _organisation(organisation_id: UUID, key: str) -> _Editing:
    section = entry_editing.organisation_section(key)
    entry = entry_editing.get_organisation_entry(database(), actor(), organisation_id)
    values = organisation_values(entry.organisation, entry.profile, section)
    return _editing(entry.organisation.name, f"/organisations/{organisation_id}/entry", section, values)


def _editing(name: str, back: str, section: Section, values: Values) -> _Editing:
    if section.is_stewards and actor().role is Role.PROVIDER:
        raise NotAllowed("The steward changes this part.")
    return _Editing(name, back, section, values)


def _change(editing: _Editing, form: Form) -> Change:
    told = load(_FORMS[editing.section.key](), form)
    return Change(editing.section, told, form.value("seen"), form.value("checked") == "yes")


def _refused(editing: _Editing, form: Form, fault: DomainError) -> Response:
    """Show the form as it was sent; to whom it was changed meanwhile, with what stands there now beside it."""
    if isinstance(fault, Invalid):
        names = _NAMES if "contact_phone" in editing.section.fields else {}
        return _page(editing, form.refused(fault, names=names), seen=form.value("seen"))
    now, host_names = typed_of(editing.values), options()["hosts"]
    differs = [name for name in editing.section.fields if now.getlist(name) != form.typed.getlist(name)]
    stands = [(LABELS[name], in_words(name, now, host_names) or "Nothing") for name in differs]
    told = Form(form.typed, {"maincontent": fault.sentence})
    return _page(editing, told, stands=stands, status=fault.status)


def _page(
    editing: _Editing,
    form: Form | None = None,
    *,
    seen: str | None = None,
    stands: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    return render(
        "entry_section.html",
        status=status,
        form=form or Form(typed_of(editing.values)),
        editing=editing,
        seen=seen or version(editing.values),
        stands=stands or [],
        options=options(),
    )


def _done(where: str, *, changed: bool) -> AnyResponse:
    flash(
        "The entry is changed. Everybody sees it from now on."
        if changed
        else "There was nothing new to save."
    )
    return redirect(where, 303)
