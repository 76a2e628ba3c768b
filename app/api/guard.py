"""Who may use an address: every view says so once, in front of it, and an architecture test reads it there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app, g, request

from app.domain import paces
from app.domain.access import Actor
from app.domain.errors import DomainError, NotAllowed
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.directory import entering
from app.services.signing_in import sign_in, sign_in_paces
from app.services.signing_in.sign_in import SignedIn
from app.services.signing_in.sign_in_paces import Counter
from app.store.session import Database

View = Callable[..., Any]
PUBLIC = "public"
SIGNED_IN: tuple[Role, ...] = tuple(role for role in Role if role is not Role.SYSTEM)


class NotSignedIn(DomainError):
    """Nobody is known by this request: answered with 401 and how to sign in."""

    status = 401
    issue = "login"

    def __init__(self, sentence: str = "Sign in first: send 'Authorization: Bearer' with the token you got."):
        super().__init__(sentence)


def requires(*roles: Role) -> Callable[[View], View]:
    """Let these roles in only, before anything of the request is read; the roles stand in `view._access`.

    Whoever asks too often waits: counted by person, whichever token they use.
    """

    def guarded(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            who = str(signed_in().account.id)
            sign_in_paces.count(limiter(), paces.REQUESTS, who)
            if signed_in().owes_second_step:
                raise NotAllowed(
                    "Your role needs a second step: set it up on the pages first, then sign in here."
                )
            if signed_in().account.role not in roles:
                raise NotAllowed("Your role may not do this.")
            if request.url_rule is not None and paces.is_file(request.url_rule.rule):
                sign_in_paces.count(limiter(), paces.EXPORTS, who)
            if request.method not in ("GET", "HEAD"):
                entering.check_may_change(signed_in().entering)
            return view(*args, **kwargs)

        wrapper._access = frozenset(roles)  # type: ignore[attr-defined]
        return wrapper

    return guarded


def public(view: View) -> View:
    """Let everybody in."""
    view._access = PUBLIC  # type: ignore[attr-defined]
    return view


def database() -> Database:
    """Return the one door to the database."""
    runtime: Runtime = current_app.extensions["backstitch"]
    return runtime.db


def limiter() -> Counter:
    """Return what counts how often something is tried."""
    runtime: Runtime = current_app.extensions["backstitch"]
    return runtime.limiter


def signed_in() -> SignedIn:
    """Return who asks; looked up once a request. Raises NotSignedIn."""
    if "signed_in_by_token" not in g:
        token = bearer_token()
        g.signed_in_by_token = sign_in.find_signed_in(database(), token) if token else None
    if g.signed_in_by_token is None:
        raise NotSignedIn
    found: SignedIn = g.signed_in_by_token
    return found


def actor() -> Actor:
    """Return as whom the signed-in person acts; raises NotSignedIn."""
    return signed_in().actor


def bearer_token() -> str | None:
    """Return the token of the Authorization header, None when it holds none."""
    sent = request.authorization
    return sent.token if sent is not None and sent.type == "bearer" else None
