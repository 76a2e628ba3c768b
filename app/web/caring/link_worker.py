"""The link worker's pages: one referral, its needs, and what the person agrees to."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as AnyResponse

from app.domain.consent_wordings import Kind
from app.domain.duplicates import APART_REASONS
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.referral import Placement
from app.domain.vocabulary import NEED_WORDS, WITHDRAW_REASONS, Role
from app.services.caring import care_plans, contacts, endings, late_words, onward, ownership, triage
from app.services.follow_up import follow_ups
from app.services.helping import questions, sessions_attended, waiting
from app.services.incoming import duplicates
from app.services.measures import milestones
from app.services.rights import consent
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from app.services.watching import chasers, unmet_need
from app.web.caring import check_ins as check_ins_shown
from app.web.caring import contacts_shown, follow_up_words
from app.web.caring import duplicates as duplicates_shown
from app.web.caring.answers_shown import answer_table
from app.web.caring.referral_shown import Waits
from app.web.frame import meanwhile
from app.web.frame.forms import Form, FormSchema, choice, choices, load
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render
from app.web.frame.words import ACCESS_WORDS
from app.web.stewardship import consent_wordings

pages = Blueprint("link_worker", __name__)
_AGREES = {"yes": "Yes, they agree", "no": "No, they do not agree"}
_LASTS = {"": "Until they say something else", "3": "Three months", "6": "Six months", "12": "A year"}
_WITHDRAWN_OFFER = {
    code: WITHDRAW_REASONS[code] for code in ("placed-elsewhere", "consent-withdrawn", "other")
}


class NeedsForm(FormSchema):
    """What the person needs, and what they need so that they can come."""

    needs = choices(NEED_WORDS, "Choose needs from the list.")
    access = choices(ACCESS_WORDS, "Choose access needs from the list.")


class ConsentForm(FormSchema):
    """What the person said about being told of to providers."""

    given = choice(_AGREES, "Choose what the person said.")
    lasts = fields.String(
        load_default="", validate=validate.OneOf(list(_LASTS), error="Choose for how long from the list.")
    )


class TakeBackForm(FormSchema):
    """Why an offer is taken back."""

    reason = choice(_WITHDRAWN_OFFER, "Choose why you take the offer back.")


@pages.post("/tasks/<uuid:task_id>/done")
@requires(Role.LINK_WORKER, Role.STEWARD)
def finish_task(task_id: UUID) -> AnyResponse:
    """Tick a task off."""
    endings.complete_task(database(), actor(), task_id)
    flash("The task is done.")
    return redirect("/attention" if actor().role is Role.STEWARD else "/referrals", 303)


@pages.get("/referrals/<uuid:referral_id>")
@requires(Role.LINK_WORKER)
def one(referral_id: UUID) -> Response:
    """Show one referral with its timeline and what can be done now."""
    found = views.get_referral(database(), actor(), referral_id)
    on_lists = waiting.list_for_referral(database(), actor(), referral_id)
    asked = questions.list_for_referral(database(), actor(), referral_id)
    together = duplicates.find_others(database(), actor(), referral_id)
    log = contacts.read_log(database(), actor(), referral_id)
    shown = duplicates_shown.shown(found, together, Waits(log, on_lists, today()))
    beside: dict[str, Any] = {"on_lists": on_lists, "asked": asked, "together": together}
    beside["apart_words"] = APART_REASONS
    beside["put_off"] = chasers.find_put_off(database(), actor(), referral_id)
    beside["unmet"] = unmet_need.list_for_referral(database(), actor(), referral_id)
    beside["journey"] = onward.find_journey(database(), actor(), referral_id)
    beside["asked_later"] = follow_ups.list_of_referral(database(), actor(), referral_id)
    beside["answers"] = answer_table(found.measures, database().measures)
    beside["steps"] = milestones.list_of_referral(database(), actor(), referral_id)
    beside |= {"told_later": follow_up_words, "milestone_list": milestones.the_list()}
    beside |= check_ins_shown.beside(referral_id)
    beside["attended"] = sessions_attended.list_attended(database(), actor(), referral_id)
    beside["plan_due"] = care_plans.list_due(database(), actor(), referral_id)
    beside["handed"] = ownership.find_handed_over(database(), actor(), referral_id)
    beside["late"] = late_words.list_for_referral(database(), actor(), referral_id)
    history = contacts_shown.history(found.timeline, log.contacts, beside["check_ins"])
    beside |= {"log": log, "once": uuid4(), "history": history}
    return render("referral.html", found=found, shown=shown, **beside)


@pages.post("/referrals/<uuid:referral_id>/start")
@requires(Role.LINK_WORKER)
def start(referral_id: UUID) -> AnyResponse:
    """Take a new referral on."""
    triage.start(database(), actor(), referral_id)
    return _back(referral_id, "You took this referral on. Next: check the needs and find help.")


@pages.get("/referrals/<uuid:referral_id>/needs")
@requires(Role.LINK_WORKER)
def ask_needs(referral_id: UUID) -> Response:
    """Ask what the person needs."""
    return _needs_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/needs")
@requires(Role.LINK_WORKER)
def set_needs(referral_id: UUID) -> AnyResponse:
    """Write what the person needs."""
    form = meanwhile.looked_at(Form(request.form), referral_id)
    if form.changes:
        return _needs_page(referral_id, form)
    try:
        typed = load(NeedsForm(), form)
        triage.set_needs(database(), actor(), referral_id, needs=typed["needs"], access=typed["access"])
    except Invalid as fault:
        return _needs_page(referral_id, form.refused(fault))
    except Conflict as fault:
        return _needs_page(referral_id, meanwhile.overtaken(form, fault))
    return _back(referral_id, "The needs are saved.")


@pages.get("/referrals/<uuid:referral_id>/consent")
@requires(Role.LINK_WORKER)
def ask_consent(referral_id: UUID) -> Response:
    """Ask what the person said about being told of to providers."""
    return _consent_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/consent")
@requires(Role.LINK_WORKER)
def record_consent(referral_id: UUID) -> AnyResponse:
    """Write it down; a no takes back what has not started."""
    form = meanwhile.looked_at(Form(request.form), referral_id)
    if form.changes:
        return _consent_page(referral_id, form)
    try:
        typed = load(ConsentForm(), form)
        given, months = typed["given"] == "yes", int(typed["lasts"] or 0) or None
        read = consent_wordings.shown(form)
        consent.record(database(), actor(), referral_id, given=given, wording=read, months=months)
    except Invalid as fault:
        return _consent_page(referral_id, form.refused(fault))
    if given:
        return _back(referral_id, "You wrote down that the person agrees.")
    return _back(referral_id, "You wrote down that the person does not agree. Nobody new is told about them.")


@pages.get("/referrals/<uuid:referral_id>/offers/<uuid:placement_id>/take-back")
@requires(Role.LINK_WORKER)
def ask_take_back(referral_id: UUID, placement_id: UUID) -> Response:
    """Ask why an offer is taken back."""
    return _take_back_page(referral_id, placement_id, Form())


@pages.post("/referrals/<uuid:referral_id>/offers/<uuid:placement_id>/take-back")
@requires(Role.LINK_WORKER)
def take_back(referral_id: UUID, placement_id: UUID) -> AnyResponse:
    """Take an offer back."""
    form = Form(request.form)
    try:
        reason = load(TakeBackForm(), form)["reason"]
        _offered(_found(referral_id), placement_id)
        triage.withdraw_offer(database(), actor(), placement_id, reason=reason)
    except Invalid as fault:
        return _take_back_page(referral_id, placement_id, form.refused(fault))
    return _back(referral_id, "The offer was taken back.")


@pages.post("/referrals/<uuid:referral_id>/unmet-need")
@requires(Role.LINK_WORKER)
def record_unmet_need(referral_id: UUID) -> AnyResponse:
    """Write that nobody can help."""
    triage.record_unmet_need(database(), actor(), referral_id)
    return _back(
        referral_id, "The unmet need is written down. It counts, without a name, when services are planned."
    )


@pages.post("/referrals/<uuid:referral_id>/feedback/<uuid:feedback_id>/retry")
@requires(Role.LINK_WORKER)
def retry(referral_id: UUID, feedback_id: UUID) -> AnyResponse:
    """Send news that failed once more."""
    found = _found(referral_id)
    if feedback_id not in {each.id for each in (*found.feedback, *found.on_the_way)}:
        raise NotFound
    endings.retry_feedback(database(), actor(), feedback_id)
    return _back(referral_id, "It is on its way again.")


def _back(referral_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/referrals/{referral_id}", 303)


def _needs_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    return render("needs.html", form=form, found=found, need_words=NEED_WORDS, access_words=ACCESS_WORDS)


def _consent_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    asked = consent_wordings.asking(Kind.SHARE)
    return render("consent.html", form=form, found=found, answers=_AGREES, lasts=_LASTS, **asked)


def _take_back_page(referral_id: UUID, placement_id: UUID, form: Form) -> Response:
    found = _found(referral_id)
    placement = _offered(found, placement_id)
    return render("take_back.html", form=form, found=found, placement=placement, reasons=_WITHDRAWN_OFFER)


def _found(referral_id: UUID) -> ReferralDetail:
    return views.get_referral(database(), actor(), referral_id)


def _offered(found: ReferralDetail, placement_id: UUID) -> Placement:
    """Return an offer of this referral; raises NotFound for one of another, also of one's own."""
    placement = next((each for each in found.placements if each.id == placement_id), None)
    if placement is None:
        raise NotFound
    return placement
