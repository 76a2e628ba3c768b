"""Text that was typed when a session ran out, back in its form after signing in again; gone once it is sent."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, g, request, session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.services import kept_forms
from app.web import guard
from app.web.forms import Form


def restored() -> Form | None:
    """Return the form of this page with what was typed in it, None when nothing was kept for it; changes nothing."""
    signed_in, form_id = guard.find_signed_in(), _kept_id()
    if signed_in is None or form_id is None:
        return None
    found = kept_forms.find_own(guard.database(), signed_in.actor, form_id)
    if found is None or found.path != request.path:
        return None
    g.kept_form = True  # the page says so
    return Form(MultiDict(found.fields))


def keep() -> None:
    """Keep what was just sent, because the sender is asked first who they are."""
    page = guard.form_page()
    if page is None or request.files:
        return
    form_id = kept_forms.keep_own(guard.database(), guard.actor(), page, guard.typed_pairs())
    if form_id is not None:
        session[guard.KEPT] = str(form_id)


def forget_when_sent(response: AnyResponse) -> AnyResponse:
    """Forget what was kept once a form was taken: every change is answered by 303."""
    form_id = _kept_id()
    if form_id is None or request.method != "POST" or response.status_code != 303 or "asked_first" in g:
        return response
    view = current_app.view_functions.get(request.endpoint or "")
    signed_in = g.get("signed_in")
    if signed_in is not None and getattr(view, "_access", guard.PUBLIC) != guard.PUBLIC:
        kept_forms.forget_own(guard.database(), signed_in.actor, form_id)
        session.pop(guard.KEPT, None)
    return response


def _kept_id() -> UUID | None:
    try:
        return UUID(session[guard.KEPT])
    except (KeyError, ValueError, TypeError):
        return None
