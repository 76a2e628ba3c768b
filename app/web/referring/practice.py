"""The practice's pages: how far each of its referrals has come, and the outcome letter."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.loops_wanted import LOOP_SHOW_WORDS, LoopShow
from app.domain.vocabulary import OUTCOME_WORDS, Role
from app.domain.worse import is_worse
from app.services.caring import endings
from app.services.feedback.outcome_report import actions_of
from app.services.follow_up import follow_ups
from app.services.helping import waiting
from app.services.shown import loops as loops_shown
from app.services.shown import views
from app.services.shown.loops import LoopsFound
from app.services.systems import subscriptions
from app.services.watching import escalating
from app.web.caring import follow_up_words
from app.web.caring.answers_shown import answer_table
from app.web.caring.person_search import SearchForm
from app.web.frame.forms import Form, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render
from app.web.referring.loop_shown import score_lines, stages

pages = Blueprint("practice", __name__)


@pages.get("/loops")
@requires(Role.PRACTICE)
def loops() -> Response:
    """Show the practice's own referrals, each with the stage it has reached; one list of them, or all."""
    show = _show(request.args.get("show", ""))
    found = loops_shown.list_of(database(), actor(), show, page=page_number())
    return render(
        "loops.html",
        found=found.page,
        show=show,
        lists=[(each, said, found.counts[each]) for each, said in LOOP_SHOW_WORDS.items()],
        form=Form(),
        troubles=subscriptions.list_troubles(database(), actor()),
        unseen=escalating.list_for_practice(database(), actor()),
    )


@pages.get("/loops/find")
@requires(Role.PRACTICE)
def ask() -> Response:
    """Ask who is looked for."""
    return _found(Form(), None)


@pages.post("/loops/find")
@requires(Role.PRACTICE)
def find() -> Response:
    """Show who fits; nothing is changed, and the name stays out of the address."""
    form = Form(request.form)
    try:
        return _found(form, loops_shown.find(database(), actor(), load(SearchForm(), form)["q"]))
    except Invalid as fault:
        return _found(form.refused(fault), None)


@pages.get("/loops/<uuid:referral_id>")
@requires(Role.PRACTICE)
def loop(referral_id: UUID) -> Response:
    """Show one referral's stages and, when it has ended, the outcome letter."""
    found = views.get_loop(database(), actor(), referral_id)
    return render(
        "loop.html",
        found=found,
        stages=stages(found),
        on_lists=waiting.list_for_referral(database(), actor(), referral_id),
        scores=score_lines(found.measures, database().measures),
        outcome_words=OUTCOME_WORDS,
        worse=found.outcome is not None and is_worse(found.outcome),
        asked=actions_of(found.outcome, team_knows=not found.loaded) if found.outcome else "",
        asked_later=follow_ups.list_of_referral(database(), actor(), referral_id),
        answers=answer_table(found.measures, database().measures, for_practice=True),
        told_later=follow_up_words,
    )


@pages.post("/loops/<uuid:referral_id>/filed")
@requires(Role.PRACTICE)
def filed(referral_id: UUID) -> AnyResponse:
    """Say that the outcome is in the record: the loop closes."""
    endings.confirm_read(database(), actor(), referral_id)
    flash("Thank you. The outcome is filed and the loop is closed.")
    return redirect(f"/loops/{referral_id}", 303)


def _found(form: Form, found: LoopsFound | None) -> Response:
    return render("loops_found.html", form=form, found=found)


def _show(asked: str) -> LoopShow:
    return LoopShow(asked) if asked in set(LoopShow) else LoopShow.ALL
