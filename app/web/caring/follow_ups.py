"""The follow-ups as link workers work on them: who is due, how to reach them, their answers, a wrong tick, a stop."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.message_templates import Channel
from app.domain.outcomes import SKIP_REASONS, Phase
from app.domain.vocabulary import Role
from app.services.feedback.letters import OutcomeLetter
from app.services.follow_up import follow_ups, question_papers
from app.services.follow_up.follow_ups import One
from app.web.caring import follow_up_words, measure_form, risk_alert
from app.web.caring.measures_asked import read_told
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, load
from app.web.frame.guard import actor, database, requires, runtime
from app.web.frame.page import page_number, render

pages = Blueprint("follow_ups", __name__)


class SkipForm(FormSchema):
    """Why somebody who was reached did not answer."""

    reason = choice(SKIP_REASONS, "Choose why it is left out.")


@pages.get("/follow-ups")
@requires(Role.LINK_WORKER)
def now() -> Response:
    """Show who is due to be asked, and what was settled lately."""
    settled = request.args.get("show") == "settled"
    lister = follow_ups.list_settled if settled else follow_ups.list_now
    found = lister(database(), actor(), page=page_number())
    return render("follow_up/list.html", found=found, settled=settled, told=follow_up_words, house=_house())


@pages.get("/follow-ups/<uuid:follow_up_id>")
@requires(Role.LINK_WORKER)
def one(follow_up_id: UUID) -> Response:
    """Show one, with how to reach the person and the questions to read out."""
    return _page(follow_ups.get(database(), actor(), follow_up_id), Form())


@pages.post("/follow-ups/<uuid:follow_up_id>")
@requires(Role.LINK_WORKER)
def answer(follow_up_id: UUID) -> AnyResponse:
    """Write down what the person, or somebody for them, answered."""
    form = Form(request.form)
    found = follow_ups.get(database(), actor(), follow_up_id)
    try:
        told = read_told(form, follow_up_words.SAID_BY_HERE)
        taken = measure_form.read(form, found.measures, Phase.FOLLOW_UP, told)
        follow_ups.answer(database(), actor(), follow_up_id, taken)
    except Invalid as fault:
        return _page(found, form.refused(fault, names={"measures": "said_by"}))
    risk_alert.warn(taken)
    return _back("The answers are saved. The referral's page shows them.")


@pages.post("/follow-ups/<uuid:follow_up_id>/skip")
@requires(Role.LINK_WORKER)
def skip(follow_up_id: UUID) -> AnyResponse:
    """Write down why somebody who was reached did not answer."""
    form = Form(request.form)
    found = follow_ups.get(database(), actor(), follow_up_id)
    try:
        reason = load(SkipForm(), form)["reason"]
        follow_ups.skip(database(), actor(), follow_up_id, reason=reason)
    except Invalid as fault:
        return _page(found, form.refused(fault))
    return _back("It is written down that they were asked and left it out.")


@pages.post("/follow-ups/<uuid:follow_up_id>/text")
@requires(Role.LINK_WORKER)
def text(follow_up_id: UUID) -> Response:
    """Make the text message with a new link of the person's own, to be sent from the team's telephone."""
    found = follow_ups.get(database(), actor(), follow_up_id)
    message = follow_ups.make_text(database(), actor(), follow_up_id, help_phone=linked.help_phone())
    return render("follow_up/text.html", found=found, message=message, told=follow_up_words)


@pages.get("/follow-ups/<uuid:follow_up_id>/letter")
@requires(Role.LINK_WORKER)
def letter(follow_up_id: UUID) -> Response:
    """Hand out the letter with its questions, to be posted."""
    made = question_papers.follow_up_letter(database(), actor(), follow_up_id, help_phone=linked.help_phone())
    return _download(made, "letter")


@pages.get("/referrals/<uuid:referral_id>/paper")
@requires(Role.LINK_WORKER)
def paper(referral_id: UUID) -> Response:
    """Hand out the questions on paper, to be filled in and typed in again."""
    return _download(question_papers.paper_of_referral(database(), actor(), referral_id), "questions")


@pages.post("/follow-ups/<uuid:follow_up_id>/sent")
@requires(Role.LINK_WORKER)
def sent(follow_up_id: UUID) -> AnyResponse:
    """Write down that the text or letter is on its way."""
    follow_ups.was_sent(database(), actor(), follow_up_id)
    return _back("It is written down as sent. If no answer comes, they are back on this list later.")


@pages.post("/follow-ups/<uuid:follow_up_id>/not-sent")
@requires(Role.LINK_WORKER)
def not_sent(follow_up_id: UUID) -> AnyResponse:
    """Take that back."""
    follow_ups.not_sent(database(), actor(), follow_up_id)
    return _back("It is waiting to be sent again.")


@pages.post("/follow-ups/<uuid:follow_up_id>/no-answer")
@requires(Role.LINK_WORKER)
def no_answer(follow_up_id: UUID) -> AnyResponse:
    """Count a call that reached nobody."""
    was_last = follow_ups.rang_in_vain(database(), actor(), follow_up_id)
    if was_last:
        return _back("That was the third call. They count as “could not be reached”, and nobody rings again.")
    return _back("The call is written down. Try once more on another day.")


@pages.post("/follow-ups/<uuid:follow_up_id>/could-not-reach")
@requires(Role.LINK_WORKER)
def could_not_reach(follow_up_id: UUID) -> AnyResponse:
    """Write down that the person could not be reached."""
    follow_ups.could_not_reach(database(), actor(), follow_up_id)
    return _back("They count as “could not be reached”. That is an honest answer, and it is shown as one.")


@pages.post("/follow-ups/<uuid:follow_up_id>/stop")
@requires(Role.LINK_WORKER)
def stop(follow_up_id: UUID) -> AnyResponse:
    """Ask this person no more."""
    follow_ups.stop(database(), actor(), follow_up_id)
    return _back("This person is not asked again.")


@pages.post("/follow-ups/<uuid:follow_up_id>/undo")
@requires(Role.LINK_WORKER)
def undo(follow_up_id: UUID) -> AnyResponse:
    """Take a wrong tick back."""
    follow_ups.undo(database(), actor(), follow_up_id)
    return _back("It is taken back. They are on the call list again.")


@pages.post("/referrals/<uuid:referral_id>/stop-asking")
@requires(Role.LINK_WORKER)
def stop_of_referral(referral_id: UUID) -> AnyResponse:
    """Ask this person no more, from the referral's page."""
    follow_ups.stop_of_referral(database(), actor(), referral_id)
    flash("This person is not asked how they are getting on any more.")
    return redirect(f"/referrals/{referral_id}", 303)


@pages.post("/loops/<uuid:referral_id>/stop-asking")
@requires(Role.PRACTICE)
def stop_of_loop(referral_id: UUID) -> AnyResponse:
    """The same, from the page of the practice to which the person said it."""
    follow_ups.stop_of_referral(database(), actor(), referral_id)
    flash("This person is not asked how they are getting on any more.")
    return redirect(f"/loops/{referral_id}", 303)


def _page(found: One, form: Form) -> Response:
    values: dict[str, Any] = {
        "skip_reasons": SKIP_REASONS,
        "said_by": follow_up_words.SAID_BY_HERE,
        "ways": follow_up_words.WAYS_HERE,
        "told": follow_up_words,
    }
    return render("follow_up/one.html", form=form, found=found, **values)


def _house() -> dict[str, bool]:
    ways = runtime().ways_out
    return {"has_mail": Channel.EMAIL in ways, "has_texts": Channel.TEXT in ways}


def _download(made: OutcomeLetter, what: str) -> Response:
    response = Response(made.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.reference}-{what}.pdf"'
    response.headers["Cache-Control"] = "no-store"  # a record of a person: not to be left on a shared machine
    return response


def _back(done: str) -> AnyResponse:
    flash(done)
    return redirect("/follow-ups", 303)
