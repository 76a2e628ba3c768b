"""What was typed and cannot be taken: in its form again with what happened meanwhile, or at least to be copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import Response, current_app, g, make_response, request
from werkzeug.exceptions import HTTPException

from app.domain.errors import Conflict, DomainError, MovedOn
from app.domain.lifecycle import Track
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.services.shown import views
from app.web.frame import guard, typed
from app.web.frame.forms import Form
from app.web.frame.guard import VisitOver
from app.web.frame.translated import told_text
from app.web.frame.words import FEEDBACK_WORDS, PLACEMENT_WORDS, REFERRAL_WORDS, timeline

_STANDS: Final = {
    Track.REFERRAL: REFERRAL_WORDS,
    Track.PLACEMENT: PLACEMENT_WORDS,
    Track.FEEDBACK: FEEDBACK_WORDS,
    Track.PROGRESS: FEEDBACK_WORDS,
}
_DONE_TITLE: Final = worded("This is done already")
_REFUSED_TITLE: Final = worded("This cannot be done now")  # a rule speaks against it: nobody was faster
_CHANGED_TITLE: Final = worded("This changed while you were writing")
_OVER: Final = worded("Your visit is over")
_DONE: Final = worded("This was done already, by you or by a colleague. It is not done twice.")


def title_of(fault: Conflict) -> str:
    """Return the heading of the page that says so; nothing for the usual one."""
    if isinstance(fault, VisitOver):
        return _OVER
    if isinstance(fault, MovedOn):
        return _DONE_TITLE if fault.is_done else ""
    return _REFUSED_TITLE


def sentence_of(fault: DomainError) -> str:
    """Return in people's words why a step cannot be taken: where a thing stands, and not the name of the step."""
    if not isinstance(fault, MovedOn):
        return fault.sentence
    if fault.is_done:
        return _DONE
    stands = _STANDS[Track(fault.track)].get(fault.status_now)
    if stands is None:
        return fault.sentence
    return worded("It now stands at “%(status)s”. What you sent does not follow from that.", status=stands[0])


def shown_again(fault: Conflict) -> Response | None:
    """Return the page of the form that was overtaken, with everything that was typed and what happened meanwhile.

    None where there is no such page, it cannot be shown any more, or there is nothing of theirs to keep.
    """
    if request.method != "POST" or request.files or (getattr(fault, "is_done", False) and not typed.words()):
        return None
    found = _page_at(request.path)
    if found is None:
        return None
    view, about = found
    g.overtaken_form = Form(request.form)
    g.overtaken_title = title_of(fault) or _CHANGED_TITLE
    g.overtaken_page = page_of_thing()
    try:
        g.overtaken = (*_happened(), sentence_of(fault))
        response = make_response(view(**about))
    except (DomainError, HTTPException):
        response = None
    if response is None or response.status_code != fault.status:
        for name in ("overtaken_form", "overtaken", "overtaken_title", "overtaken_page"):
            g.pop(name, None)
        return None
    return response


def page_of_thing() -> str | None:
    """Return the page of what a form is about, None where it has none."""
    path = "/".join(request.path.split("/")[:3])
    if _page_at(path) is not None:
        return path
    placement_id = (request.view_args or {}).get("placement_id")
    return f"/offers/{placement_id}" if placement_id else None


def _happened() -> Sequence[str]:
    """Return what happened last to the offer that a provider's form is about, by whom and why."""
    placement_id = (request.view_args or {}).get("placement_id")
    signed_in = guard.find_signed_in()
    if placement_id is None or signed_in is None or signed_in.account.role is not Role.PROVIDER:
        return ()
    found = views.get_placement(guard.database(), guard.actor(), placement_id)
    lines = timeline(tuple(step for step in found.timeline if step.track == Track.PLACEMENT))
    return [
        f"{each['at']}: {told_text(each['what'])} {told_text(each['why'])}".strip() for each in lines[-1:]
    ]


def _page_at(path: str) -> tuple[Callable[..., Any], dict[str, Any]] | None:
    try:
        name, about = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return None
    return current_app.view_functions[name], dict(about)
