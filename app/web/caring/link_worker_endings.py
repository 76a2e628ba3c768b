"""How a link worker ends a referral, takes it back or opens it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import HELPS
from app.domain.referral import Outcome, Placement
from app.domain.vocabulary import (
    END_REASONS,
    OUTCOME_WORDS,
    REOPEN_REASONS,
    WITHDRAW_REASONS,
    OutcomeState,
    Role,
)
from app.services.caring import endings, goals_shared
from app.services.caring.endings import LONGEST_TEXT, Ending
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from app.web.frame import meanwhile
from app.web.frame.forms import Form, FormSchema, choice, load, number, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.kept import for_later
from app.web.frame.page import render
from app.web.helping import outcome_goals

pages = Blueprint("link_worker_endings", __name__)

_AIM_REACHED = "aim-reached"
_WHY_ENDING = {_AIM_REACHED: "Your own support was what the person needed"} | END_REASONS
_SOMEBODY_HELPS = "Say that the help is to end too, or let them finish and write how it went."
_WHY_WITHDRAWN = {code: said for code, said in WITHDRAW_REASONS.items() if code != "placed-elsewhere"}


class EndForm(FormSchema):
    """Why it ends, how things are for the person, what whoever asked should know."""

    reason = choice(_WHY_ENDING, "Choose why it is ending.")
    outcome = choice(OUTCOME_WORDS, "Choose how things are for the person. You may say that it is not known.")
    goal = fields.String(load_default="")
    goal_before = number(0, 10, "The number at the start")
    goal_after = number(0, 10, "The number now")
    summary = words("What happened", longest=LONGEST_TEXT)
    actions = words("What should be done", longest=LONGEST_TEXT)


class WithdrawForm(FormSchema):
    """Why a referral is taken back."""

    reason = choice(_WHY_WITHDRAWN, "Choose why it is withdrawn.")


class ReopenForm(FormSchema):
    """Why a referral is opened again."""

    reason = choice(REOPEN_REASONS, "Choose why you open it again.")


@pages.get("/referrals/<uuid:referral_id>/end")
@requires(Role.LINK_WORKER)
def ask_end(referral_id: UUID) -> Response:
    """Ask how it ended."""
    return _end_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/end")
@requires(Role.LINK_WORKER)
@for_later("The end of a referral")
def end(referral_id: UUID) -> AnyResponse:
    """End a referral with an honest outcome; whoever hears of it is told."""
    form = meanwhile.looked_at(Form(request.form), referral_id)
    if form.changes:
        return _end_page(referral_id, form)
    try:
        typed = load(EndForm(), form)
        _ask_if_somebody_helps(referral_id, form)
        outcome = _outcome(referral_id, typed)
        if typed["reason"] == _AIM_REACHED:
            endings.complete_by_link_worker(database(), actor(), referral_id, Ending(outcome))
        else:
            ending = Ending(outcome, reason=typed["reason"])
            endings.end_early(database(), actor(), referral_id, ending)
    except Invalid as fault:
        return _end_page(referral_id, form.refused(fault))
    except Conflict as fault:
        return _end_page(referral_id, meanwhile.overtaken(form, fault))
    hearing = views.get_referral(database(), actor(), referral_id).hearing
    return _back(referral_id, f"The referral has ended. {hearing.ended}")


@pages.get("/referrals/<uuid:referral_id>/withdraw")
@requires(Role.LINK_WORKER)
def ask_withdraw(referral_id: UUID) -> Response:
    """Ask why it is withdrawn."""
    return _reason_page("withdraw.html", referral_id, Form(), _WHY_WITHDRAWN)


@pages.post("/referrals/<uuid:referral_id>/withdraw")
@requires(Role.LINK_WORKER)
def withdraw(referral_id: UUID) -> AnyResponse:
    """Take a referral back; whoever has it is told to stop."""
    form = meanwhile.looked_at(Form(request.form), referral_id)
    if form.changes:
        return _reason_page("withdraw.html", referral_id, form, _WHY_WITHDRAWN)
    try:
        reason = load(WithdrawForm(), form)["reason"]
        endings.withdraw(database(), actor(), referral_id, reason=reason)
    except Invalid as fault:
        return _reason_page("withdraw.html", referral_id, form.refused(fault), _WHY_WITHDRAWN)
    return _back(referral_id, "The referral was withdrawn.")


@pages.get("/referrals/<uuid:referral_id>/reopen")
@requires(Role.LINK_WORKER)
def ask_reopen(referral_id: UUID) -> Response:
    """Ask why it is opened again."""
    return _reason_page("reopen.html", referral_id, Form(), REOPEN_REASONS)


@pages.post("/referrals/<uuid:referral_id>/reopen")
@requires(Role.LINK_WORKER)
def reopen(referral_id: UUID) -> AnyResponse:
    """Open an ended referral again."""
    form = Form(request.form)
    try:
        reason = load(ReopenForm(), form)["reason"]
        endings.reopen(database(), actor(), referral_id, reason=reason)
    except Invalid as fault:
        return _reason_page("reopen.html", referral_id, form.refused(fault), REOPEN_REASONS)
    return _back(referral_id, "The referral is open again. Next: check the needs and find help.")


def _outcome(referral_id: UUID, typed: dict[str, Any]) -> Outcome:
    goals = goals_shared.list_for_team(database(), actor(), referral_id)
    return Outcome(
        OutcomeState(typed["outcome"]),
        typed["summary"],
        typed["actions"],
        goal=outcome_goals.chosen(goals, typed["goal"]),
        goal_before=typed["goal_before"],
        goal_after=typed["goal_after"],
    )


def _end_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    goals = outcome_goals.options(goals_shared.list_for_team(database(), actor(), referral_id))
    told: dict[str, Any] = {
        "reasons": _WHY_ENDING,
        "states": OUTCOME_WORDS,
        "goals": goals,
        "helping": _helping(found),
    }
    return render("end.html", form=form, found=found, **told)


def _helping(found: ReferralDetail) -> list[Placement]:
    """Who has said yes and is not finished: their help ends with the referral."""
    return [each for each in found.placements if each.status in HELPS]


def _ask_if_somebody_helps(referral_id: UUID, form: Form) -> None:
    """Raise Invalid when a group helps just now and nobody has said that its help is to end too."""
    found = views.get_referral(database(), actor(), referral_id)
    if _helping(found) and form.value("ends_help") != "yes":
        raise Invalid([FieldProblem("ends_help", _SOMEBODY_HELPS, "required")])


def _reason_page(template: str, referral_id: UUID, form: Form, reasons: Mapping[str, str]) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    return render(template, form=form, found=found, reasons=reasons)


def _back(referral_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/referrals/{referral_id}", 303)
