"""Keeping and erasing: what two stewards decide of each record, legal holds, and whoever asks to be erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, Invalid
from app.domain.retention_review import (
    DROPPED_WORDS,
    HOLD_REASONS,
    KEEP_REASONS,
    VERDICTS,
    VERDICTS_ASKED,
)
from app.domain.subject_access import ASKED_HOW
from app.domain.vocabulary import Role
from app.services.retaining import asking, deciding, holding, shown
from app.services.retaining.retention import rules
from app.services.shown import views
from app.web.frame.forms import Form, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render
from app.web.stewardship.retention_forms import (
    DAYS,
    AskForm,
    HoldForm,
    HoldFoundForm,
    MarkForm,
    ProposalForm,
    TeamAskForm,
)

pages = Blueprint("retention", __name__)
_TOLD_US = {code: said for code, said in ASKED_HOW.items() if code != "own-page"}
_WORDS: dict[str, Any] = {
    "asked_how": ASKED_HOW,
    "hold_reasons": HOLD_REASONS,
    "keep_reasons": KEEP_REASONS,
    "dropped_words": DROPPED_WORDS,
}


@pages.get("/retention")
@requires(Role.STEWARD)
def show() -> Response:
    """List what is to be decided, what is on hold, or what was decided, by reference and day."""
    wanted, number = request.args.get("show", "due"), page_number()
    if wanted == "hold":
        found = shown.list_holds(database(), actor(), number=number)
    else:
        wanted = "decided" if wanted == "decided" else "due"
        found = shown.list_reviews(database(), actor(), is_open=wanted == "due", number=number)
    run = shown.find_run(database(), actor())
    return render("retention/list.html", found=found, wanted=wanted, run=run, rules=rules(), **_WORDS)


@pages.get("/retention/ask")
@requires(Role.STEWARD)
def show_ask() -> Response:
    """Ask who wants to be erased, and how they asked."""
    return render("retention/ask.html", asked_how=_TOLD_US)


@pages.post("/retention/ask")
@requires(Role.STEWARD)
def ask() -> AnyResponse:
    """Write down that somebody asks for erasure."""
    form = Form(request.form)
    try:
        typed = load(AskForm(), form)
        review_id = asking.ask(database(), actor(), typed["record"], how=typed["how"])
    except Invalid as fault:
        return render("retention/ask.html", form=form.refused(fault), asked_how=_TOLD_US)
    except Conflict as fault:
        refused = Form(form.typed, {"record": fault.sentence})
        return render("retention/ask.html", form=refused, asked_how=_TOLD_US, status=409)
    flash("It is written down. Two stewards decide within one month.")
    return redirect(f"/retention/{review_id}", 303)


@pages.get("/retention/hold")
@requires(Role.STEWARD)
def show_hold_new() -> Response:
    """Ask which record must not be erased, and why."""
    return render("retention/hold_new.html", **_WORDS)


@pages.post("/retention/hold")
@requires(Role.STEWARD)
def hold_new() -> AnyResponse:
    """Put a record on hold that is on no list."""
    form = Form(request.form)
    try:
        typed = load(HoldFoundForm(), form)
        hold_id = holding.hold_found(database(), actor(), typed["record"], typed["hold"])
    except Invalid as fault:
        return render("retention/hold_new.html", form=form.refused(fault, names=DAYS), **_WORDS)
    flash("The record is on hold. It is not listed and not erased as long as that lasts.")
    return redirect(f"/retention/holds/{hold_id}", 303)


@pages.get("/retention/<uuid:review_id>")
@requires(Role.STEWARD)
def one(review_id: UUID) -> Response:
    """Show one record by its references, what would go and stay, and what can be decided."""
    return _page(review_id, Form())


@pages.post("/retention/<uuid:review_id>/propose")
@requires(Role.STEWARD)
def propose(review_id: UUID) -> AnyResponse:
    """Say the first of two words."""
    form = Form(request.form)
    try:
        deciding.propose(database(), actor(), review_id, load(ProposalForm(), form)["proposal"])
    except Invalid as fault:
        return _page(review_id, form.refused(fault, names=DAYS))
    except Conflict as fault:
        return _page(review_id, _in_the_way(fault), status=409)
    flash("Your word is written down. Now another steward has to confirm it.")
    return redirect(f"/retention/{review_id}", 303)


@pages.post("/retention/<uuid:review_id>/confirm")
@requires(Role.STEWARD)
def confirm(review_id: UUID) -> AnyResponse:
    """Say the second word, and do it."""
    erased: list[UUID | None] = []
    refused = _decided(
        review_id, lambda mark: erased.append(deciding.confirm(database(), actor(), review_id, mark=mark))
    )
    if refused is not None:
        return refused
    if erased[0] is None:
        flash("It is decided: the record is kept longer.")
        return redirect("/retention", 303)
    flash("The record is erased. Print the certificate, or find it again under Decided.")
    return redirect(f"/retention/{review_id}/certificate", 303)


@pages.post("/retention/<uuid:review_id>/send-back")
@requires(Role.STEWARD)
def send_back(review_id: UUID) -> AnyResponse:
    """Say no to a proposal, or take one's own back."""
    refused = _decided(review_id, lambda mark: deciding.send_back(database(), actor(), review_id, mark=mark))
    if refused is not None:
        return refused
    flash("The proposal is taken off. Nothing was erased.")
    return redirect(f"/retention/{review_id}", 303)


@pages.get("/retention/<uuid:review_id>/certificate")
@requires(Role.STEWARD)
def certificate(review_id: UUID) -> Response:
    """Show the certificate of what was erased, to be printed."""
    lines = shown.certificate(database(), actor(), review_id)
    return render("retention/certificate.html", lines=lines, review_id=review_id)


@pages.get("/retention/<uuid:review_id>/hold")
@requires(Role.STEWARD)
def show_hold(review_id: UUID) -> Response:
    """Ask why a record of the list must not be erased."""
    return _hold_page(review_id, Form())


@pages.post("/retention/<uuid:review_id>/hold")
@requires(Role.STEWARD)
def hold(review_id: UUID) -> AnyResponse:
    """Put a record of the list on hold."""
    form = Form(request.form)
    try:
        hold_id = holding.hold(database(), actor(), review_id, load(HoldForm(), form)["hold"])
    except Invalid as fault:
        return _hold_page(review_id, form.refused(fault, names=DAYS))
    except Conflict as fault:
        return _page(review_id, _in_the_way(fault), status=409)
    flash("The record is on hold. It is not listed and not erased as long as that lasts.")
    return redirect(f"/retention/holds/{hold_id}", 303)


@pages.get("/retention/holds/<uuid:hold_id>")
@requires(Role.STEWARD)
def one_hold(hold_id: UUID) -> Response:
    """Show one hold, and how it is lifted."""
    return _one_hold(hold_id, Form())


@pages.post("/retention/holds/<uuid:hold_id>/lift")
@requires(Role.STEWARD)
def lift(hold_id: UUID) -> AnyResponse:
    """Say the first or the second word to lifting a hold."""
    try:
        is_lifted = holding.lift(database(), actor(), hold_id)
    except Conflict as fault:
        return _one_hold(hold_id, _in_the_way(fault), status=409)
    flash(
        "The hold is lifted."
        if is_lifted
        else "Your word is written down. Another steward has to say it too."
    )
    return redirect(f"/retention/holds/{hold_id}", 303)


@pages.post("/retention/holds/<uuid:hold_id>/leave")
@requires(Role.STEWARD)
def leave(hold_id: UUID) -> AnyResponse:
    """Leave a hold as it is."""
    try:
        holding.leave(database(), actor(), hold_id)
    except Conflict as fault:
        return _one_hold(hold_id, _in_the_way(fault), status=409)
    flash("The record stays on hold.")
    return redirect(f"/retention/holds/{hold_id}", 303)


@pages.get("/referrals/<uuid:referral_id>/erasure")
@requires(Role.LINK_WORKER)
def team_ask(referral_id: UUID) -> Response:
    """Ask how the person asked to be erased, or show how it stands."""
    return _team_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/erasure")
@requires(Role.LINK_WORKER)
def team_write_down(referral_id: UUID) -> AnyResponse:
    """Write it down for the stewards."""
    form = Form(request.form)
    try:
        asking.ask_for(database(), actor(), referral_id, how=load(TeamAskForm(), form)["how"])
    except Invalid as fault:
        return _team_page(referral_id, form.refused(fault))
    except Conflict as fault:
        return _team_page(referral_id, Form(form.typed, {"how": fault.sentence}), status=409)
    flash("It is written down. Two stewards decide within one month, and you have a task when they did.")
    return redirect(f"/referrals/{referral_id}", 303)


def _decided(review_id: UUID, act: Callable[[str], object]) -> AnyResponse | None:
    """Act on the proposal that stood on the page; return the page that says why not."""
    try:
        act(load(MarkForm(), Form(request.form))["mark"])
    except Conflict as fault:
        return _page(review_id, _in_the_way(fault), status=409)
    return None


def _in_the_way(fault: Conflict) -> Form:
    return Form(problems={"maincontent": fault.sentence})


def _page(review_id: UUID, form: Form, *, status: int = 200) -> Response:
    found = shown.look(database(), actor(), review_id)
    values = _WORDS | {"me": actor().user_id}
    verdicts = VERDICTS_ASKED if found.review.is_asked else VERDICTS
    return render("retention/one.html", form=form, found=found, verdicts=verdicts, status=status, **values)


def _hold_page(review_id: UUID, form: Form) -> Response:
    found = shown.look(database(), actor(), review_id)
    return render("retention/hold_new.html", form=form, found=found, **_WORDS)


def _one_hold(hold_id: UUID, form: Form, *, status: int = 200) -> Response:
    found = shown.look_hold(database(), actor(), hold_id)
    return render("retention/hold.html", form=form, found=found, me=actor().user_id, status=status, **_WORDS)


def _team_page(referral_id: UUID, form: Form, *, status: int = 200) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    asked = asking.find_asked(database(), actor(), referral_id)
    return render(
        "retention/asked.html",
        form=form,
        found=found,
        asked=asked,
        status=status,
        how=_TOLD_US,
        keep_reasons=KEEP_REASONS,
    )
