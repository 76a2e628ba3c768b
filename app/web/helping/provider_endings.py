"""The one-minute forms of an end, at its aim or early: few inputs, and questionnaires in a fold for who took them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import FieldProblem, Invalid
from app.domain.measures import About, Measure
from app.domain.outcomes import ENDS, SKIP_REASONS, Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import END_REASONS, OUTCOME_WORDS, OutcomeState, Role
from app.domain.wording import in_a_row, worded
from app.services.caring import endings, goals_shared
from app.services.caring.endings import LONGEST_TEXT, Ending
from app.services.measures import measures_taken
from app.services.shown import views
from app.services.shown.seen import PlacementDetail
from app.store.session import LONDON
from app.web.caring import measure_form, risk_alert
from app.web.caring.measure_form import Told
from app.web.frame.forms import Form, FormSchema, choice, load, number, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.kept import for_later
from app.web.frame.page import render
from app.web.frame.translated import told_text
from app.web.helping import outcome_goals

pages = Blueprint("provider_endings", __name__)

_WHY = {code: said for code, said in END_REASONS.items() if code != "no-suitable-service"}


class OutcomeForm(FormSchema):
    """How it ended, in the honest states; the rest may be left empty."""

    outcome = choice(OUTCOME_WORDS, "Choose how it ended. You may say that it is not known.")
    goal = fields.String(load_default="")
    goal_named = fields.String(load_default="")  # the only one, which the form names in place of a choice
    goal_before = number(0, 10, "The number at the start")
    goal_after = number(0, 10, "The number now")
    summary = words("What was done", longest=LONGEST_TEXT)
    actions = words("What should be done", longest=LONGEST_TEXT)


class EndEarlyForm(OutcomeForm):
    """The same, with the reason why it ends before its aim."""

    reason = choice(_WHY, "Choose why it ends now.")


def _folded(placement_id: UUID) -> list[Measure]:
    """The questionnaires that are asked of people whom such a service helps; their own goal has its inputs above."""
    asked = measures_taken.asked_of_placement(database(), actor(), placement_id)
    return [measure for measure in asked if measure.about is not About.GOAL]


@pages.get("/offers/<uuid:placement_id>/outcome")
@requires(Role.PROVIDER)
def ask_outcome(placement_id: UUID) -> Response:
    """Ask how it ended."""
    return _page("outcome.html", placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/outcome")
@requires(Role.PROVIDER)
@for_later("An outcome")
def outcome(placement_id: UUID) -> AnyResponse:
    """Write the outcome; whoever hears of it is told."""
    form = Form(request.form)
    try:
        ending = _ending(OutcomeForm(), form, placement_id)
        endings.complete(database(), actor(), placement_id, ending)
    except Invalid as fault:
        return _page("outcome.html", placement_id, form.refused(fault))
    risk_alert.warn(ending.measures)
    hearing = views.get_placement(database(), actor(), placement_id).hearing
    return _back(placement_id, in_a_row((worded("Thank you."), hearing.outcome_sent)))


@pages.get("/offers/<uuid:placement_id>/end-early")
@requires(Role.PROVIDER)
def ask_end_early(placement_id: UUID) -> Response:
    """Ask why it ends before its aim."""
    return _page("end_early.html", placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/end-early")
@requires(Role.PROVIDER)
@for_later("An early end")
def end_early(placement_id: UUID) -> AnyResponse:
    """End before the aim; the link worker decides what is next."""
    form = Form(request.form)
    try:
        ending = _ending(EndEarlyForm(), form, placement_id)
        endings.end_placement_early(database(), actor(), placement_id, ending)
    except Invalid as fault:
        return _page("end_early.html", placement_id, form.refused(fault))
    risk_alert.warn(ending.measures)
    return _back(placement_id, "Thank you. The link worker decides what happens next.")


def _ending(schema: FormSchema, form: Form, placement_id: UUID) -> Ending:
    """Return the ending that was typed; raises Invalid with the problems of the form and of its fold together."""
    problems: list[FieldProblem] = []
    loaded: list[dict[str, Any]] = []
    folded = _folded(placement_id)
    for each in (schema, measure_form.schema_of(folded, *ENDS)):
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
        goal=_goal(_goals(placement_id), typed),
        goal_before=typed["goal_before"],
        goal_after=typed["goal_after"],
    )
    found = views.get_placement(database(), actor(), placement_id)
    return Ending(told, _measures(answered, found, folded), typed.get("reason"))


def _goal(goals: Mapping[str, str], typed: Mapping[str, Any]) -> str | None:
    """Return which goal it was about: as chosen, or the only one that the form names, where it has a number."""
    has_number = typed["goal_before"] is not None or typed["goal_after"] is not None
    if typed["goal"] or not (typed["goal_named"] and has_number):
        return outcome_goals.chosen(goals, typed["goal"])
    return outcome_goals.named(goals, typed["goal_named"])


def _goals(placement_id: UUID) -> Mapping[str, str]:
    return goals_shared.list_for_provider(database(), actor(), placement_id)


def _measures(answered: dict[str, Any], found: PlacementDetail, folded: list[Measure]) -> list[Taken]:
    """Return the questionnaires that have an answer or a reason; the first ones were taken when help started."""
    started = found.summary.started_at
    taken_on = {Phase.BEFORE: started.astimezone(LONDON).date() if started else today(), Phase.AFTER: today()}
    taken: list[Taken] = []
    for phase in ENDS:
        taken += measure_form.taken_of(answered, folded, phase, Told(taken_on[phase], "provider", "page"))
    return taken


def _page(template: str, placement_id: UUID, form: Form) -> Response:
    found, goals = views.get_placement(database(), actor(), placement_id), _goals(placement_id)
    return render(
        template,
        form=form,
        found=found,
        states=OUTCOME_WORDS,
        goals=outcome_goals.options(goals),
        one_goal=outcome_goals.only(goals),
        reasons=_WHY,
        measures=_folded(placement_id),
        phases=ENDS,
        skip_reasons=SKIP_REASONS,
    )


def _back(placement_id: UUID, done: str) -> AnyResponse:
    flash(told_text(done))
    return redirect(f"/offers/{placement_id}", 303)
