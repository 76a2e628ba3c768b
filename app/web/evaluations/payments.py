"""Payment lines: the steward's terms, each organisation's own lines, and files for accounts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, Invalid
from app.domain.payments import ENGAGEMENT_WORDS, MOST_SESSIONS, Terms
from app.domain.vocabulary import Role
from app.services.evaluation import payments
from app.services.evaluation.payments import pounds
from app.services.shown import views
from app.store.payments import PAGE
from app.web.frame.forms import Form, FormSchema, choice, load, number
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import page_number, render

pages = Blueprint("payments", __name__)
_READERS = (Role.STEWARD, Role.PROVIDER, Role.LINK_WORKER)
_MONEY = re.compile(r"£?\s*(\d{1,6})(?:\.(\d{2}))?")
_NO_MONEY = "Enter pounds and pence, for example 120.50."
_PICK_SERVICE, _PICK_PAYER = "Choose a service.", "Choose who pays."


class Pounds(fields.String):
    """A sum as people write it; its value is in pence."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        found = _MONEY.fullmatch(super()._deserialize(value, attr, data, **more).replace(",", ""))
        if found is None:
            raise ValidationError(_NO_MONEY)
        return int(Decimal(f"{found[1]}.{found[2] or '00'}") * 100)


class TermsForm(FormSchema):
    """Who pays how much for what at which service."""

    service = fields.UUID(
        required=True, error_messages={"required": _PICK_SERVICE, "invalid_uuid": _PICK_SERVICE}
    )
    payer = fields.UUID(required=True, error_messages={"required": _PICK_PAYER, "invalid_uuid": _PICK_PAYER})
    amount = Pounds(required=True, error_messages={"required": _NO_MONEY})
    overheads = Pounds(load_default=0)
    engagement = choice(ENGAGEMENT_WORDS, "Choose what is paid for.")
    sessions = number(2, MOST_SESSIONS, "How many times")

    @post_load
    def _terms(self, typed: dict[str, Any], **_: Any) -> dict[str, Terms]:
        who, sums = (typed["service"], typed["payer"]), (typed["amount"], typed["overheads"])
        return {"terms": Terms(*who, *sums, typed["engagement"], typed["sessions"], today())}


@pages.get("/payments")
@requires(*_READERS)
def show() -> Response:
    """Show the lines that concern the organisation; to the steward all, with the terms."""
    return _page(Form())


@pages.post("/payments/terms")
@requires(Role.STEWARD)
def add_terms() -> AnyResponse:
    """Write new terms."""
    form = Form(request.form)
    try:
        payments.add_terms(database(), actor(), load(TermsForm(), form)["terms"])
    except Invalid as fault:
        return _page(form.refused(fault))
    except Conflict as fault:
        return _page(Form(form.typed, {"engagement": fault.sentence}), status=409)
    return _back("The terms are written down. Lines follow when engagement is recorded from today on.")


@pages.post("/payments/terms/<uuid:terms_id>/end")
@requires(Role.STEWARD)
def end_terms(terms_id: UUID) -> AnyResponse:
    """End terms."""
    payments.end_terms(database(), actor(), terms_id)
    return _back("The terms have ended. What is due stays due.")


@pages.post("/payments/<uuid:line_id>/paid")
@requires(*_READERS)
def paid(line_id: UUID) -> AnyResponse:
    """Write that a line was paid today."""
    payments.record_paid(database(), actor(), line_id, paid=True)
    return _back("It is written down as paid today.")


@pages.post("/payments/<uuid:line_id>/not-paid")
@requires(*_READERS)
def not_paid(line_id: UUID) -> AnyResponse:
    """Take back that a line was paid."""
    payments.record_paid(database(), actor(), line_id, paid=False)
    return _back("It is due again.")


@pages.get("/payments/lines.csv")
@requires(*_READERS)
def lines_file() -> Response:
    """Hand out the lines for accounts."""
    return _file(payments.lines_as_csv(database(), actor()), "payment-lines")


@pages.get("/payments/sums.csv")
@requires(*_READERS)
def sums_file() -> Response:
    """Hand out the sums for accounts."""
    return _file(payments.sums_as_csv(database(), actor()), "payment-sums")


def _file(text: str, name: str) -> Response:
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{today().isoformat()}.csv"'
    return response


def _back(done: str) -> AnyResponse:
    flash(done)
    return redirect("/payments", 303)


def _page(form: Form, *, status: int = 200) -> Response:
    found = payments.list_payments(database(), actor(), page=page_number())
    is_steward = actor().role is Role.STEWARD
    services: dict[str, str] = {"": "Choose"}
    payers: dict[str, str] = {"": "Choose"}
    if is_steward:
        listed = views.list_services(database(), actor())
        services |= {str(each.id): f"{each.provider_name}: {each.name}" for each in listed}
        payers |= {str(one): name for one, name in payments.list_payers(database(), actor())}
    return render(
        "payments.html",
        status=status,
        form=form,
        found=found,
        is_steward=is_steward,
        own_id=actor().organisation_id,
        options={"service": services, "payer": payers},
        engagements=ENGAGEMENT_WORDS,
        pounds=pounds,
        last=max(1, -(-found.total // PAGE)),
        number=page_number(),
    )
