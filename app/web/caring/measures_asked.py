"""Asking now: the questionnaires that a link worker or a provider fills in with somebody, at any time of the help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import FieldProblem, Invalid
from app.domain.follow_up import LONGEST_RELATION
from app.domain.measures import Measure
from app.domain.outcomes import SKIP_REASONS, Phase, Taken
from app.domain.vocabulary import Role
from app.domain.wording import worded_all
from app.services.caring import care_plans
from app.services.measures import measures_taken
from app.services.shown import views
from app.web.caring import follow_up_words, measure_form, risk_alert
from app.web.caring.measure_form import Told
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render

pages = Blueprint("measures_asked", __name__)
PHASES: Final = worded_all(
    {"before": "How things were at the start", "after": "How things are now, or at the end"}
)
_PROVIDER_SAID: Final = worded_all(
    {
        "person": "The person",
        "proxy": "Somebody else for them",
        "provider": "I judged it myself",
    }
)


class ToldForm(FormSchema):
    """Who answered, and how the answers came."""

    said_by = choice(follow_up_words.SAID_BY_HERE | _PROVIDER_SAID, "Choose who answered.")
    way = choice(follow_up_words.WAYS_HERE, "Choose how the answers came.")
    helper = words("The name", longest=LONGEST_RELATION)
    day = fields.Date(
        load_default=None, error_messages={"invalid": "Give the day as year-month-day, or leave it empty."}
    )


class PhaseForm(FormSchema):
    """Of which time the answers are."""

    phase = choice(PHASES, "Choose what the answers are about.")


@pages.get("/referrals/<uuid:referral_id>/measures")
@requires(Role.LINK_WORKER)
def ask(referral_id: UUID) -> Response:
    """Ask the questions now."""
    return _team_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/measures")
@requires(Role.LINK_WORKER)
def record(referral_id: UUID) -> AnyResponse:
    """Write the answers down; care goes on whatever they are."""
    form = Form(request.form)
    try:
        taken = _read(form, database().measures.asked(today()), follow_up_words.SAID_BY_HERE)
        measures_taken.record(database(), actor(), referral_id, taken)
    except Invalid as fault:
        return _team_page(referral_id, form.refused(fault))
    risk_alert.warn(taken)
    flash("The answers are saved.")
    return redirect(f"/referrals/{referral_id}", 303)


@pages.get("/offers/<uuid:placement_id>/measures")
@requires(Role.PROVIDER)
def ask_here(placement_id: UUID) -> Response:
    """Ask the questions now, while the person is with a provider."""
    return _provider_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/measures")
@requires(Role.PROVIDER)
def record_here(placement_id: UUID) -> AnyResponse:
    """Write the answers down."""
    form = Form(request.form)
    try:
        taken = _read(form, _asked_here(placement_id), _PROVIDER_SAID)
        measures_taken.record_of_placement(database(), actor(), placement_id, taken)
    except Invalid as fault:
        return _provider_page(placement_id, form.refused(fault))
    risk_alert.warn(taken)
    flash("The answers are saved.")
    return redirect(f"/offers/{placement_id}", 303)


def read_told(form: Form, said_by: Mapping[str, str]) -> Told:
    """Return who answered, how and when; raises Invalid, also when somebody else answered who is not named."""
    typed = load(ToldForm(), form)
    if typed["said_by"] not in said_by:
        raise Invalid([FieldProblem("said_by", "Choose who answered.", "code-invalid")])
    if typed["said_by"] == "proxy" and not typed["helper"]:
        sentence = "Write down who answered for them, and who they are to them."
        raise Invalid([FieldProblem("helper", sentence, "required")])
    taken_on: date = typed["day"] or today()
    if taken_on > today():
        raise Invalid([FieldProblem("day", "Give a day that is not in the future.")])
    return Told(
        taken_on, typed["said_by"], typed["way"], typed["helper"] if typed["said_by"] == "proxy" else ""
    )


def _read(form: Form, asked: Sequence[Measure], said_by: Mapping[str, str]) -> list[Taken]:
    """Return the questionnaires that were filled in; raises Invalid with the problems of all parts together."""
    problems: list[FieldProblem] = []
    phase, told, taken = Phase.BEFORE, None, []
    try:
        phase = Phase(load(PhaseForm(), form)["phase"])
    except Invalid as fault:
        problems += fault.problems
    try:
        told = read_told(form, said_by)
    except Invalid as fault:
        problems += fault.problems
    try:
        # The inputs are named alike for both times: the page asks once, and says of which time.
        taken = measure_form.read(form, asked, Phase.BEFORE, told or Told(today(), "person", "page"))
    except Invalid as fault:
        problems += fault.problems
    if not problems and not taken:
        sentence = "Fill in an answer, or choose why a questionnaire is left out."
        problems.append(FieldProblem("phase", sentence, "required"))
    if problems:
        raise Invalid(problems)
    return [measure_form.of_phase(each, phase) for each in taken]


def _team_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    return render(
        "measures_form.html",
        form=form,
        found=found,
        own_goal=care_plans.find_measured(database(), actor(), referral_id),
        **_values(database().measures.asked(today()), follow_up_words.SAID_BY_HERE),
    )


def _provider_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    return render(
        "measures_offer.html", form=form, found=found, **_values(_asked_here(placement_id), _PROVIDER_SAID)
    )


def _asked_here(placement_id: UUID) -> Sequence[Measure]:
    return measures_taken.asked_of_placement(database(), actor(), placement_id)


def _values(asked: Sequence[Measure], said_by: Mapping[str, str]) -> dict[str, Any]:
    return {
        "measures": asked,
        "phases": PHASES,
        "skip_reasons": SKIP_REASONS,
        "said_by": said_by,
        "ways": follow_up_words.WAYS_HERE,
    }
