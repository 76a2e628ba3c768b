"""An organisation's grants: written down, changed, put away, so that its evaluation can be told for one of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.grants import LONGEST_NAME, LONGEST_REFERENCE, Grant, KeptGrant
from app.domain.vocabulary import Role
from app.services.evaluation import grants
from app.web.evaluations import pack_filters
from app.web.frame.forms import Form, FormSchema, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("evaluation_grants", __name__)
_HOME = "/evaluation/grants"
_NO_DAY = "Give a real day."
_NO_SERVICE = "Choose from your own services."


class GrantForm(FormSchema):
    """Who gives, for what, from when to when, for which services."""

    funder = words("The funder", longest=LONGEST_NAME, missing="Enter who gives the grant.")
    title = words("The name", longest=LONGEST_NAME, missing="Enter what you call the grant.")
    reference = words("The reference", longest=LONGEST_REFERENCE)
    starts_on = fields.Date(
        required=True, error_messages={"required": "Enter the first day.", "invalid": _NO_DAY}
    )
    ends_on = fields.Date(load_default=None, error_messages={"invalid": _NO_DAY})
    services = fields.List(fields.UUID(error_messages={"invalid_uuid": _NO_SERVICE}), load_default=list)


@pages.get(_HOME)
@requires(Role.PROVIDER)
def show() -> Response:
    """Show the grants, and a form for another one."""
    return _page(Form())


@pages.post(_HOME)
@requires(Role.PROVIDER)
def add() -> AnyResponse:
    """Write a grant down."""
    form = Form(request.form)
    try:
        grants.add_grant(database(), actor(), _grant(form))
    except Invalid as fault:
        return _page(form.refused(fault))
    return _back("The grant is written down. You can choose it in your evaluation now.")


@pages.get(f"{_HOME}/<uuid:grant_id>")
@requires(Role.PROVIDER)
def one(grant_id: UUID) -> Response:
    """Show one grant in its form."""
    found = grants.get_grant(database(), actor(), grant_id)
    return _one(Form(_typed(found)), found)


@pages.post(f"{_HOME}/<uuid:grant_id>")
@requires(Role.PROVIDER)
def change(grant_id: UUID) -> AnyResponse:
    """Change what is told of a grant."""
    form = Form(request.form)
    try:
        grants.change_grant(database(), actor(), grant_id, _grant(form))
    except Invalid as fault:
        return _one(form.refused(fault), grants.get_grant(database(), actor(), grant_id))
    return _back("The grant is changed.")


@pages.post(f"{_HOME}/<uuid:grant_id>/end")
@requires(Role.PROVIDER)
def end(grant_id: UUID) -> AnyResponse:
    """Put a grant away."""
    grants.end_grant(database(), actor(), grant_id)
    return _back("The grant is put away. It is not offered as a choice any more.")


@pages.post(f"{_HOME}/<uuid:grant_id>/again")
@requires(Role.PROVIDER)
def again(grant_id: UUID) -> AnyResponse:
    """Take a grant out again."""
    grants.end_grant(database(), actor(), grant_id, ended=False)
    return _back("The grant can be chosen again.")


def _grant(form: Form) -> Grant:
    typed: dict[str, Any] = load(GrantForm(), form)
    service_ids = tuple(typed.pop("services"))
    return Grant(**typed, service_ids=service_ids)


def _typed(found: KeptGrant) -> MultiDict[str, str]:
    names = ("funder", "title", "reference", "starts_on", "ends_on")
    told = [(name, str(value)) for name in names if (value := getattr(found.grant, name))]
    return MultiDict([*told, *(("services", str(one)) for one in found.grant.service_ids)])


def _back(done: str) -> AnyResponse:
    flash(done)
    return redirect(_HOME + pack_filters.kept(), 303)


def _page(form: Form) -> Response:
    found = grants.list_grants(database(), actor())
    return render(
        "evaluation/grants.html", form=form, found=found, services=_services(), kept=pack_filters.kept()
    )


def _one(form: Form, found: KeptGrant) -> Response:
    return render(
        "evaluation/grant.html", form=form, found=found, services=_services(), kept=pack_filters.kept()
    )


def _services() -> dict[str, str]:
    return {str(one): name for one, name in grants.list_own_services(database(), actor()).items()}
