"""Who may see a page: every view says so once, in front of it, and an architecture test reads it there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from app.domain.access import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.runtime import Runtime
from app.services.by_link import kept_by_link, kept_forms, safe_visits
from app.services.by_link.safe_visits import ByLink
from app.services.directory import entering
from app.services.signing_in import sign_in
from app.services.signing_in.sign_in import SignedIn
from app.store.session import LONDON, Database
from app.web.frame import typed

View = Callable[..., Any]
PUBLIC = "public"
ACCOUNT = "/account"  # one's own: also for who still has to set up a second step
ACTING = "/acting"  # for whom somebody acts: the page on which they change it
KEPT_BY_LINK = (
    "kept_by_link"  # in the form's cookie: what was typed when a visit by a safe link ran out is kept
)
KEPT = "kept_form"  # in the form's cookie: what was typed when the session ran out
_VISIT_OVER = worded(
    "What you wrote was not sent: you finished your visit, or this offer is no longer open to you. "
    "If it still has to be said, ring the link workers."
)
EVERYBODY = tuple(role for role in Role if role is not Role.SYSTEM)


class VisitOver(Conflict):
    """A form came by a safe link whose visit is over, and nothing of it may be kept."""


def runtime_of(app: Flask) -> Runtime:
    """Return the parts that an application was put together from."""
    return app.extensions["backstitch"]  # type: ignore[no-any-return]


def runtime() -> Runtime:
    """Return the parts of the application that serves this request."""
    return runtime_of(current_app)


def database() -> Database:
    """Return the one door to the database."""
    return runtime().db


def today() -> date:
    """Return the date in London, by the house's clock."""
    return database().clock().astimezone(LONDON).date()


def requires(*roles: Role) -> Callable[[View], View]:
    """Show a view to these roles only: a stranger is asked to sign in, another role is refused."""

    def guarded(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            signed_in = find_signed_in()
            if signed_in is None:
                return _ask_for_a_new_link() or _ask_to_sign_in()
            _check_by_link(signed_in, roles)
            if signed_in.lapsed:
                return redirect("/entering/over", 303)
            if (begun_for := _begun_for_another(signed_in)) is not None:
                return _ask_for_whom(begun_for)
            if signed_in.owes_second_step and not request.path.startswith(ACCOUNT):
                return redirect(f"{ACCOUNT}/app", 303)
            if signed_in.account.role not in roles:
                raise NotAllowed("This page belongs to another role than yours.")
            if request.method not in ("GET", "HEAD"):
                entering.check_may_change(signed_in.entering)
            return view(*args, **kwargs)

        wrapper._access = frozenset(roles)  # type: ignore[attr-defined]
        return wrapper

    return guarded


def public(view: View) -> View:
    """Show a view to everybody."""
    view._access = PUBLIC  # type: ignore[attr-defined]
    return view


def find_signed_in() -> SignedIn | None:
    """Return who is asking, None for a stranger; looked up once a request."""
    if "signed_in" not in g:
        token = request.cookies.get(cookie_name())
        g.signed_in = sign_in.find_signed_in(database(), token) if token else None
        if g.signed_in is None and (visit := request.cookies.get(visit_cookie_name())):
            g.signed_in = safe_visits.find_visitor(database(), visit)
    return g.signed_in  # type: ignore[no-any-return]


def forget_signed_in() -> None:
    """Look up anew who is asking, because this request has changed it."""
    g.pop("signed_in", None)


def actor() -> Actor:
    """Return as whom the signed-in person acts; raises NotAllowed for a stranger."""
    signed_in = find_signed_in()
    if signed_in is None:
        raise NotAllowed("Sign in first.")
    return signed_in.actor


def acting_mark() -> str:
    """Return for whom the forms of this page are begun, for whoever acts for several organisations; else nothing."""
    signed_in = find_signed_in()
    return str(signed_in.acts_for.id) if signed_in is not None and signed_in.has_seats else ""


def _begun_for_another(signed_in: SignedIn) -> UUID | None:
    """Return for which organisation a form was begun, when its sender acts for another one by now."""
    if request.method in ("GET", "HEAD") or signed_in.home_id is None or request.path.startswith(ACTING):
        return None
    try:
        begun_for = UUID(request.form.get("acting_for", ""))
    except ValueError:
        begun_for = signed_in.home_id  # the page is older than their second organisation
    return None if begun_for == signed_in.acts_for.id else begun_for


def _ask_for_whom(begun_for: UUID) -> AnyResponse:
    """Keep what was typed for the organisation that it was begun for, and ask for whom they want to act."""
    page = safe_path(request.form.get("begun_at")) or form_page() or "/"
    if not request.files:
        kept = kept_forms.keep_own(database(), actor(), page, typed_pairs(), begun_for=begun_for)
        if kept is not None:
            session[KEPT] = str(kept)
    g.was_kept = True  # the redirect is no sign that it was sent
    return redirect(f"{ACTING}?begun={begun_for}&next={quote(page)}", 303)


def visit_cookie_name() -> str:
    """Return the name of the cookie of whoever came by a safe link to one offer."""
    return "__Host-offer" if runtime().settings.cookies_are_secure else "offer"


def _check_by_link(signed_in: SignedIn, roles: tuple[Role, ...]) -> None:
    """Raise NotFound when whoever came by a safe link asks for anything but their one offer: all else is absent."""
    if isinstance(signed_in, ByLink):
        asked = (request.view_args or {}).get("placement_id")
        if asked != signed_in.placement_id or signed_in.account.role not in roles:
            raise NotFound


def _ask_for_a_new_link() -> AnyResponse | None:
    """Lead whose visit by a safe link is over to the page that says so, and keep what they had typed meanwhile."""
    token = request.cookies.get(visit_cookie_name())
    if not token:
        return None
    if request.method == "POST" and not request.files:
        page = form_page() or request.path
        if kept_by_link.keep(database(), token, page, typed_pairs()):
            session[KEPT_BY_LINK] = True
        elif typed.words():
            raise VisitOver(_VISIT_OVER)
    return redirect("/by-link/over")


def cookie_name() -> str:
    """Return the session cookie's name; the prefix makes browsers refuse it for other hosts and plain HTTP."""
    return "__Host-session" if runtime().settings.cookies_are_secure else "session"


def give_cookie(response: AnyResponse, token: str, *, name: str | None = None) -> None:
    """Hand the session's token to the browser, out of reach of scripts and of other sites' forms."""
    response.set_cookie(name or cookie_name(), token, **_cookie_options())


def take_cookie(response: AnyResponse, *, name: str | None = None) -> None:
    """Take the session's token from the browser."""
    response.delete_cookie(name or cookie_name(), **_cookie_options())


def clear_browser(response: AnyResponse) -> None:
    """Take what a browser holds of our pages, but the mark of a known browser: cookies are taken one by one."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _cookie_options() -> dict[str, Any]:
    # Lax: with Strict a link in an e-mail would lead a signed-in person to the sign-in page.
    return {
        "httponly": True,
        "secure": runtime().settings.cookies_are_secure,
        "samesite": "Lax",
        "path": "/",
    }


def safe_path(path: str | None) -> str | None:
    """Return a path of this site as it is, None for anything that could lead elsewhere."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    if any(ord(letter) < 33 for letter in path):
        return None
    parts = urlsplit(path)
    return None if parts.scheme or parts.netloc else path


def _ask_to_sign_in() -> AnyResponse:
    """Lead a stranger to the sign-in page, and keep what they had typed when their session ran out meanwhile."""
    token = request.cookies.get(cookie_name())
    # What was posted is gone after signing in, so a form's sender is brought to the form's own page.
    wanted = request.full_path.rstrip("?") if request.method == "GET" else form_page()
    if request.method == "POST" and token and wanted and not request.files:
        kept = kept_forms.keep_for_token(database(), token, wanted, typed_pairs())
        if kept is not None:
            session[KEPT] = str(kept)
    path = safe_path(wanted)
    return redirect(f"/sign-in?next={quote(path)}" if path and path != "/" else "/sign-in")


def typed_pairs() -> list[tuple[str, str]]:
    """Return what a form holds, in its order."""
    return list(request.form.items(multi=True))


def form_page() -> str | None:
    """Return the page that a form was sent from: what it was sent to is none where only forms go."""
    return safe_path(urlsplit(request.referrer or "").path)
