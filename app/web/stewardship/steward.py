"""The steward's page: what stands still and how to set it going again, and how the loop fares in numbers."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import DomainError
from app.domain.vocabulary import Role
from app.services.caring import endings, onward
from app.services.feedback import undelivered
from app.services.incoming import parked
from app.services.shown import views
from app.services.shown.seen import Attention
from app.services.watching.health import find_loop_health, list_behind
from app.web.caring import watch
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires
from app.web.frame.overtaken import sentence_of
from app.web.frame.page import page_number, render
from app.web.stewardship import privacy_officer
from app.web.stewardship.undelivered import KIND_WORDS

pages = Blueprint("steward", __name__)
_NO_FORM: Final = Form()
SHOWN: Final = 10  # lines of each kind, beside the count of all
# Each rate of the loop: of whom it tells, what exactly is counted, and of whom the rest is.
STEP_WORDS: Final = MappingProxyType(
    {
        "answered": (
            "were answered by a provider",
            "A group that was asked said yes or no.",
            "have no answer of a provider",
        ),
        "started": (
            "got help that started",
            "A group wrote down that help has begun.",
            "have no help that started",
        ),
        "helped": (
            "ended with things better",
            "The outcome says that things are better for the person.",
            "go on, or ended otherwise",
        ),
        "fed_back": (
            "came back to whoever asked",
            "Whoever asked has acknowledged the outcome, and the loop is closed.",
            "have not come back to whoever asked",
        ),
    }
)


@pages.get("/attention")
@requires(Role.STEWARD)
def attention() -> Response:
    """Show what needs a person, without opening anybody's record."""
    return _page(views.list_attention(database(), actor(), page=page_number()))


@pages.get("/attention/loop/<step>")
@requires(Role.STEWARD)
def behind_a_rate(step: str) -> Response:
    """Show the referrals behind one of the four rates: those that have not come so far, or those that have."""
    has = request.args.get("has") == "yes"
    found = list_behind(database(), actor(), step, has=has, page=page_number())
    return render("loop_behind.html", found=found, step=step, has=has, told=STEP_WORDS[step])


@pages.post("/attention/messages/<uuid:inbox_id>/try-again")
@requires(Role.STEWARD)
def try_again(inbox_id: UUID) -> AnyResponse:
    """Take a waiting message in, once what it waited for is mended."""
    try:
        parked.try_again(database(), actor(), inbox_id)
    except DomainError as fault:
        return _refused(inbox_id, fault)
    return _back("The message was taken in. The link worker team has it now.")


@pages.post("/attention/news/<uuid:feedback_id>/send-again")
@requires(Role.STEWARD)
def send_again(feedback_id: UUID) -> AnyResponse:
    """Send news that did not reach the practice once more."""
    try:
        endings.retry_feedback(database(), actor(), feedback_id)
    except DomainError as fault:
        return _refused(feedback_id, fault)
    return _back("It is on its way again.")


def _bounced() -> dict[str, int]:
    return {"bounced": onward.count_bounced(database(), actor())}


def _back(done: str) -> AnyResponse:
    flash(done)
    return redirect("/attention", 303)


def _refused(line: UUID, fault: DomainError) -> Response:
    """Show the page as it stands now with the reason beside the line, or at its top when the line has gone."""
    found = _first_of(views.list_attention(database(), actor()))
    lines = {message.id for message in found.parked} | {news.feedback_id for news in found.failed_news}
    form = Form(problems={f"line-{line}" if line in lines else "maincontent": sentence_of(fault)})
    return _page(found, form=form, status=fault.status)


def _first_of(found: Attention) -> Attention:
    """Return what stands on this page: the longest waiting; all of them, page by page, are at /undelivered."""
    return replace(found, parked=found.parked[:SHOWN], failed_news=found.failed_news[:SHOWN])


def _page(found: Attention, *, form: Form = _NO_FORM, status: int = 200) -> Response:
    found = _first_of(found)
    more = watch.attention() | _bounced()
    more |= {"undelivered": undelivered.count_by_kind(database(), actor()), "kinds": KIND_WORDS}
    more |= privacy_officer.attention()
    health = find_loop_health(database())
    return render(
        "attention.html", form=form, status=status, found=found, health=health, steps=STEP_WORDS, **more
    )
