"""Text that was typed and not sent, back in its form: after a session ran out, or because somebody comes back to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from flask import current_app, g, request, session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app.services.by_link import kept_by_link, kept_forms
from app.services.by_link.safe_visits import ByLink
from app.services.signing_in.sign_in import SignedIn
from app.web.frame import guard
from app.web.frame.forms import Form

View = TypeVar("View", bound=Callable[..., Any])
_NAME = "_kept_for_later"
ANOTHER = "another"  # in an address: an empty form beside those that were begun


@dataclass(frozen=True)
class Keepable:
    """A form that may be kept for later, as its address tells: what it is called, and what it is about."""

    name: str
    asks: Callable[..., Any]  # the view that shows it
    about: dict[str, Any]

    @property
    def one_a_page(self) -> bool:
        """False for a form about nobody yet: another on the same page is about somebody else."""
        return bool(self.about)


def for_later(name: str) -> Callable[[View], View]:
    """Say of the view that takes a form that it can be kept and come back to; `name`: as it stands in the list."""

    def marked(view: View) -> View:
        setattr(view, _NAME, name)
        return view

    return marked


def keepable(path: str) -> Keepable | None:
    """Return the form of a page, None for a page that has none which may be kept."""
    routes = current_app.url_map.bind("")
    try:
        takes, about = routes.match(path, method="POST")
        asks, _ = routes.match(path, method="GET")
    except HTTPException:
        return None
    name = getattr(current_app.view_functions[takes], _NAME, None)
    return Keepable(name, current_app.view_functions[asks], dict(about)) if name else None


def can_keep() -> bool:
    """Tell whether who looks at this page has an account in which a form can be kept."""
    signed_in = guard.find_signed_in()
    return signed_in is not None and signed_in.actor.user_id is not None


def count_begun() -> int:
    """Return how many forms whoever looks at this page has begun."""
    return kept_forms.count_begun(guard.database(), guard.actor())


def restored() -> Form | None:
    """Return the form of this page with what was typed in it, None when nothing was kept for it; changes nothing."""
    if "overtaken_form" in g:  # it was just sent, and is shown again with what happened meanwhile
        return g.overtaken_form  # type: ignore[no-any-return]
    signed_in = guard.find_signed_in()
    if signed_in is None or request.method != "GET":
        return None
    if isinstance(signed_in, ByLink):
        return _of_last_visit(signed_in)
    return _unsent(signed_in) or _begun(signed_in)


def _of_last_visit(by_link: ByLink) -> Form | None:
    found = kept_by_link.find(guard.database(), by_link)
    if found is None or found.path != request.path:
        return None
    g.kept_form = True
    return Form(MultiDict(found.fields))


def _unsent(signed_in: SignedIn) -> Form | None:
    form_id = _kept_id()
    found = kept_forms.find_own(guard.database(), signed_in.actor, form_id) if form_id else None
    if found is None or found.path != request.path:
        return None
    g.kept_form = True  # the page says so
    return Form(MultiDict(found.fields))


def _begun(signed_in: SignedIn) -> Form | None:
    form, wanted = keepable(request.path), request.args.get("begun")
    if form is None or wanted == ANOTHER:
        return None
    found = kept_forms.find_begun(guard.database(), signed_in.actor, request.path, form_id=form_id_of(wanted))
    if found is None:
        return None
    g.begun_form = found  # the page says since when, and lets them start again
    g.begun_another = None if form.one_a_page else f"{request.path}?begun={ANOTHER}"
    return Form(MultiDict(found.form.fields))


def keep() -> None:
    """Keep what was just sent, because the sender is asked first who they are."""
    page = guard.form_page()
    if page is not None and not request.files:
        keep_at(page)


def keep_at(path: str) -> None:
    """Keep what was just sent for the next visit to the page at `path`, for an hour."""
    form_id = kept_forms.keep_own(guard.database(), guard.actor(), path, guard.typed_pairs())
    if form_id is not None:
        session[guard.KEPT] = str(form_id)
        g.was_kept = True  # the redirect that follows is no sign that it was sent


def note_sent() -> None:
    """Say that a form was taken although the answer is a page and not a redirect."""
    g.form_was_sent = True


def forget_when_sent(response: AnyResponse) -> AnyResponse:
    """Forget what was kept once a form was taken: every change is answered by 303, or its view says so."""
    taken = response.status_code == 303 or "form_was_sent" in g
    if request.method != "POST" or not taken or "asked_first" in g or "was_kept" in g:
        return response
    view = current_app.view_functions.get(request.endpoint or "")
    signed_in = g.get("signed_in")
    if signed_in is None or getattr(view, "_access", guard.PUBLIC) == guard.PUBLIC:
        return response
    if isinstance(signed_in, ByLink):
        kept_by_link.forget(guard.database(), signed_in, guard.form_page() or request.path)
        return response
    form_id = _kept_id()
    if form_id is not None:
        kept_forms.forget_own(guard.database(), signed_in.actor, form_id)
        session.pop(guard.KEPT, None)
    form = keepable(request.path) if hasattr(view, _NAME) else None
    if form is not None:
        alone, page = form.one_a_page, request.path
        kept_forms.forget_sent(guard.database(), signed_in.actor, page, form_id=begun_id(), one_a_page=alone)
    return response


def begun_id() -> UUID | None:
    """Return which of the forms that were kept for later this page goes on with, None for none."""
    if "begun_form" in g:
        return g.begun_form.id  # type: ignore[no-any-return]
    return form_id_of(request.form.get("begun"))


def form_id_of(text: str | None) -> UUID | None:
    """Return the id that a browser sent; None for whatever is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _kept_id() -> UUID | None:
    return form_id_of(session.get(guard.KEPT))
