"""Entering for another organisation: whom one enters for, who enters for us, and how it begins and ends."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.memberships import AGREED_HOW_WORDS, AGREED_WORDS, SEES_PEOPLE
from app.domain.vocabulary import Role
from app.services.directory import entering, memberships
from app.services.evaluation import payments
from app.services.shown import views
from app.web.frame import guard
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, find_signed_in, public, requires
from app.web.frame.page import render

pages = Blueprint("entering", __name__)


@pages.get("/agreements")
@requires(Role.PROVIDER)
def agreements() -> Response:
    """Show for whom this organisation enters, and who enters for it."""
    return render(
        "agreements.html",
        found=memberships.list_own(database(), actor()),
        kinds=AGREED_WORDS,
        hows=AGREED_HOW_WORDS,
        sees_people=SEES_PEOPLE,
        payments_on=payments.are_on(database()),
    )


@pages.post("/agreements/<uuid:membership_id>/end")
@requires(Role.PROVIDER)
def end(membership_id: UUID) -> AnyResponse:
    """End an agreement at once."""
    memberships.end(database(), actor(), membership_id)
    flash("The agreement has ended. Nobody enters by it any more.")
    return redirect("/agreements", 303)


@pages.post("/entering/<uuid:member_id>")
@requires(Role.PROVIDER)
def start(member_id: UUID) -> AnyResponse:
    """Enter for a member from now on."""
    entering.start(database(), actor(), _token(), member_id)
    return redirect("/offers", 303)


@pages.get("/referrals/<uuid:referral_id>/offers/<uuid:placement_id>/enter")
@requires(Role.LINK_WORKER)
def ask_for_placement(referral_id: UUID, placement_id: UUID) -> Response:
    """Ask who of a provider told what is entered for it."""
    return _enter_page(referral_id, placement_id, Form())


@pages.post("/referrals/<uuid:referral_id>/offers/<uuid:placement_id>/enter")
@requires(Role.LINK_WORKER)
def start_for_placement(referral_id: UUID, placement_id: UUID) -> AnyResponse:
    """Enter for a provider that answered by telephone or on paper."""
    form = Form(request.form)
    told_by = str(form.value("told_by"))
    try:
        entering.start_for_placement(
            database(), actor(), _token(), placement_id, referral_id=referral_id, told_by=told_by
        )
    except Invalid as fault:
        return _enter_page(referral_id, placement_id, form.refused(fault))
    return redirect(f"/offers/{placement_id}", 303)


@pages.post("/entering/stop")
@public
def stop() -> AnyResponse:
    """Act for one's own organisation again."""
    signed_in = find_signed_in()
    if signed_in is not None and signed_in.seat_is_over:
        entering.go_home(database(), _token())
    entering.stop(database(), _token())
    return redirect("/", 303)


@pages.get("/entering/over")
@public
def over() -> AnyResponse:
    """Say that somebody may not enter for another any more; nothing of theirs is shown."""
    signed_in = find_signed_in()
    if signed_in is None or not signed_in.lapsed:
        return redirect("/", 303)
    return render("entering_over.html", of_seat=signed_in.seat_is_over)


def _enter_page(referral_id: UUID, placement_id: UUID, form: Form) -> Response:
    found = entering.find_for_placement(database(), actor(), placement_id, referral_id=referral_id)
    return render(
        "enter_for.html",
        form=form,
        referral_id=referral_id,
        banner=views.get_heading(database(), actor(), referral_id),
        placement=found.placement,
        helpers=found.helpers,
    )


def _token() -> str:
    return request.cookies.get(guard.cookie_name(), "")
