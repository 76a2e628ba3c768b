"""The one-minute outcome form: five inputs, and the questionnaires behind a fold for who took them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import FieldProblem, Invalid
from app.domain.outcomes import MEASURES, Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import END_REASONS, OUTCOME_WORDS, OutcomeState, Role
from app.services import endings, views
from app.services.endings import LONGEST_TEXT, Ending
from app.services.seen import PlacementDetail
from app.store.session import LONDON
from app.web.forms import Form, FormSchema, choice, load, number, words
from app.web.guard import actor, database, requires, today
from app.web.page import render

pages = Blueprint("provider_endings", __name__)

_WHY = {code: said for code, said in END_REASONS.items() if code != "no-suitable-service"}


class OutcomeForm(FormSchema):
    """How it ended, in the honest states; the rest may be left empty."""

    outcome = choice(OUTCOME_WORDS, "Choose how it ended. You may say that it is not known.")
    goal_before = number(0, 10, "The number at the start")
    goal_after = number(0, 10, "The number now")
    summary = words("What was done", longest=LONGEST_TEXT)
    actions = words("What should be done", longest=LONGEST_TEXT)


class EndEarlyForm(OutcomeForm):
    """The same, with the reason why it ends before its aim."""

    reason = choice(_WHY, "Choose why it ends now.")


def _measure_fields() -> dict[str, Any]:
    return {
        f"{measure.code}-{phase}-{item.code}": number(item.low, item.high, f"“{item.wording}”")
        for measure in MEASURES.values()
        for phase in Phase
        for item in measure.items
    }


MeasuresForm: type[Schema] = type("MeasuresForm", (FormSchema,), _measure_fields())


@pages.get("/offers/<uuid:placement_id>/outcome")
@requires(Role.PROVIDER)
def ask_outcome(placement_id: UUID) -> Response:
    """Ask how it ended."""
    return _page("outcome.html", placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/outcome")
@requires(Role.PROVIDER)
def outcome(placement_id: UUID) -> AnyResponse:
    """Write the outcome; whoever hears of it is told."""
    form = Form(request.form)
    try:
        ending = _ending(OutcomeForm(), form, placement_id)
        endings.complete(database(), actor(), placement_id, ending)
    except Invalid as fault:
        return _page("outcome.html", placement_id, form.refused(fault))
    hearing = views.get_placement(database(), actor(), placement_id).hearing
    return _back(placement_id, f"Thank you. {hearing.outcome_sent}")


@pages.get("/offers/<uuid:placement_id>/end-early")
@requires(Role.PROVIDER)
def ask_end_early(placement_id: UUID) -> Response:
    """Ask why it ends before its aim."""
    return _page("end_early.html", placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/end-early")
@requires(Role.PROVIDER)
def end_early(placement_id: UUID) -> AnyResponse:
    """End before the aim; the link worker decides what is next."""
    form = Form(request.form)
    try:
        ending = _ending(EndEarlyForm(), form, placement_id)
        endings.end_placement_early(database(), actor(), placement_id, ending)
    except Invalid as fault:
        return _page("end_early.html", placement_id, form.refused(fault))
    return _back(placement_id, "Thank you. The link worker decides what happens next.")


def _ending(schema: FormSchema, form: Form, placement_id: UUID) -> Ending:
    """Return the ending that was typed; raises Invalid with the problems of the form and of its fold together."""
    problems: list[FieldProblem] = []
    loaded: list[dict[str, Any]] = []
    for each in (schema, MeasuresForm()):
        try:
            loaded.append(load(each, form))
        except Invalid as fault:
            problems += fault.problems
    if problems:
        raise Invalid(problems)
    typed, answered = loaded
    told = Outcome(
        OutcomeState(typed["outcome"]),
        typed["summary"],
        typed["actions"],
        goal_before=typed["goal_before"],
        goal_after=typed["goal_after"],
    )
    found = views.get_placement(database(), actor(), placement_id)
    return Ending(told, _measures(answered, found), typed.get("reason"))


def _measures(answered: dict[str, Any], found: PlacementDetail) -> list[Taken]:
    """Return the questionnaires that have an answer; the first ones were taken when help started."""
    started = found.summary.started_at
    taken_on = {Phase.BEFORE: started.astimezone(LONDON).date() if started else today(), Phase.AFTER: today()}
    taken = []
    for measure in MEASURES.values():
        for phase in Phase:
            answers = {
                item.code: value
                for item in measure.items
                if (value := answered[f"{measure.code}-{phase}-{item.code}"]) is not None
            }
            if answers:
                taken.append(Taken(measure.code, phase, answers, taken_on[phase]))
    return taken


def _page(template: str, placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    return render(
        template,
        form=form,
        found=found,
        states=OUTCOME_WORDS,
        reasons=_WHY,
        measures=MEASURES.values(),
        phases=Phase,
    )


def _back(placement_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/offers/{placement_id}", 303)
