"""The link worker's pages for two requests of one person, and for telling a person who asked for themselves."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.duplicates import APART_REASONS
from app.domain.errors import Invalid
from app.domain.lifecycle import Action, ReferralStatus
from app.domain.vocabulary import Role
from app.services.feedback import telling
from app.services.feedback.person_letter import person_letter
from app.services.incoming import duplicates
from app.services.incoming.duplicates import Together
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from app.web.caring import referral_shown
from app.web.caring.referral_shown import Shown, Waits
from app.web.frame.forms import Form, FormSchema, choice, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("duplicates", __name__)
_ITS_OWN = frozenset({Action.WITHDRAW.value})  # what is left to do with a referral that follows another
_ENDED = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY)


class ApartForm(FormSchema):
    """Why two referrals are not worked as one."""

    reason = choice(APART_REASONS, "Choose why the two are kept apart.")


class ToldForm(FormSchema):
    """How the person was told."""

    how = choice(telling.WAYS, "Choose how you told the person.")


def shown(found: ReferralDetail, together: Together, waits: Waits) -> Shown:
    """Return what a referral's page shows, also where another referral leads."""
    plain = referral_shown.of(found, waits)
    if together.leader is not None and found.referral.status not in (*_ENDED, ReferralStatus.CLOSED):
        step = f"It is worked together with {together.leader.reference}: do everything there."
        return replace(
            plain, next_step=step, can=plain.can & _ITS_OWN, could_help_nobody=False, said_no=False
        )
    return plain


@pages.post("/referrals/<uuid:referral_id>/together/<uuid:other_id>")
@requires(Role.LINK_WORKER)
def join(referral_id: UUID, other_id: UUID) -> AnyResponse:
    """Work two referrals of one person as one."""
    leader_id = duplicates.work_as_one(database(), actor(), referral_id, other_id)
    flash("The two are worked as one. Each requester hears of its own request, and nothing of the other.")
    return redirect(f"/referrals/{leader_id}", 303)


@pages.get("/referrals/<uuid:referral_id>/apart/<uuid:other_id>")
@requires(Role.LINK_WORKER)
def ask_apart(referral_id: UUID, other_id: UUID) -> Response:
    """Ask why two referrals are kept apart."""
    return _apart_page(referral_id, other_id, Form())


@pages.post("/referrals/<uuid:referral_id>/apart/<uuid:other_id>")
@requires(Role.LINK_WORKER)
def keep_apart(referral_id: UUID, other_id: UUID) -> AnyResponse:
    """Write why two referrals are kept apart."""
    form = Form(request.form)
    try:
        reason = load(ApartForm(), form)["reason"]
        duplicates.keep_apart(database(), actor(), referral_id, other_id, reason=reason)
    except Invalid as fault:
        return _apart_page(referral_id, other_id, form.refused(fault))
    return _back(referral_id, "The two are kept apart.")


@pages.post("/referrals/<uuid:referral_id>/undo/<uuid:other_id>")
@requires(Role.LINK_WORKER)
def undo(referral_id: UUID, other_id: UUID) -> AnyResponse:
    """Take back what was decided of two referrals."""
    duplicates.undo(database(), actor(), referral_id, other_id)
    return _back(referral_id, "That was taken back: each of the two stands by itself again.")


@pages.get("/referrals/<uuid:referral_id>/person-told")
@requires(Role.LINK_WORKER)
def ask_told(referral_id: UUID) -> Response:
    """Ask how the person was told."""
    return _told_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/person-told")
@requires(Role.LINK_WORKER)
def told(referral_id: UUID) -> AnyResponse:
    """Write that the person was told how it ended."""
    form = Form(request.form)
    try:
        how = load(ToldForm(), form)["how"]
        telling.person_was_told(database(), actor(), referral_id, how=how)
    except Invalid as fault:
        return _told_page(referral_id, form.refused(fault))
    return _back(referral_id, "You wrote down how the person was told. The loop is closed.")


@pages.get("/referrals/<uuid:referral_id>/person-letter")
@requires(Role.LINK_WORKER)
def letter(referral_id: UUID) -> Response:
    """Hand the letter to the person, to be printed."""
    made = person_letter(database(), actor(), referral_id)
    response = Response(made.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.reference}.pdf"'
    response.headers["Cache-Control"] = "no-store"  # a record of a person: not to be left on a shared machine
    return response


def _apart_page(referral_id: UUID, other_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    other = views.get_referral(database(), actor(), other_id)
    return render("apart.html", form=form, found=found, other=other, reasons=APART_REASONS)


def _told_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    return render("person_told.html", form=form, found=found, ways=telling.WAYS)


def _back(referral_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/referrals/{referral_id}", 303)
