"""The steward's page: what stands still and how to set it going again, and how the loop fares in numbers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import DomainError
from app.domain.vocabulary import Role
from app.services import endings, onward, parked, views
from app.services.health import find_loop_health
from app.web import entry_checks, watch
from app.web.forms import Form
from app.web.guard import actor, database, requires
from app.web.page import render

pages = Blueprint("steward", __name__)


@pages.get("/attention")
@requires(Role.STEWARD)
def attention() -> Response:
    """Show what needs a person, without opening anybody's record."""
    found = views.list_attention(database(), actor())
    more = entry_checks.attention() | watch.attention() | _bounced()
    return render("attention.html", found=found, health=find_loop_health(database()), **more)


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
    found = views.list_attention(database(), actor())
    lines = {message.id for message in found.parked} | {news.feedback_id for news in found.failed_news}
    form = Form(problems={f"line-{line}" if line in lines else "maincontent": fault.sentence})
    health = find_loop_health(database())
    more = entry_checks.attention() | watch.attention() | _bounced()
    return render("attention.html", form=form, status=fault.status, found=found, health=health, **more)
