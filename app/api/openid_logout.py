"""Back-channel logout: a provider that signs people in tells that a session of its own has ended."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, Response, jsonify, request

from app.api.guard import public
from app.domain import paces
from app.domain.errors import Conflict
from app.runtime import Runtime
from app.services.own import person_sign_in
from app.services.signing_in import openid, openid_tokens
from app.services.signing_in.openid_tokens import NotBelieved

log = logging.getLogger(__name__)


def register_openid_logout(app: Flask) -> None:
    """Add POST /oauth2/logout/<way>: the address to register with a provider as `backchannel_logout_uri`."""
    logout = Blueprint("openid_logout", __name__, url_prefix="/oauth2/logout")

    @logout.post("/<way>")
    @public
    def end(way: str) -> Response:
        """End what a signed logout token names; the answer to every other is the same."""
        runtime: Runtime = app.extensions["backstitch"]
        address = paces.counted_as(request.remote_addr)
        if waits := runtime.limiter.wait(paces.TOKENS_FROM_ADDRESS, address):
            return _answer(429, waits)
        try:
            _end(runtime, way, request.form.getlist("logout_token"))
        except (NotBelieved, Conflict) as fault:
            runtime.limiter.count(paces.TOKENS_FROM_ADDRESS, address)
            log.warning("a logout token was refused", extra={"fault": getattr(fault, "why", "used before")})
            return _answer(400)
        return _answer(200)

    app.register_blueprint(logout)


def _end(runtime: Runtime, name: str, tokens: list[str]) -> None:
    """Check the token and end what it names; raises NotBelieved, Conflict when it was used before."""
    provider = runtime.openid.get(name) or runtime.residents_openid.get(name)
    if provider is None or len(tokens) != 1:
        raise NotBelieved("no such provider" if provider is None else "not one token")
    account = provider.account
    ended = openid_tokens.read_logout_token(account, provider.keys, tokens[0], now=runtime.db.clock())
    if not account.for_residents:
        openid.end_sessions(runtime.db, account.issuer, ended)
    elif not person_sign_in.end_visits(runtime.db, account.issuer, ended):
        raise Conflict("This logout token was used before.")


def _answer(status: int, seconds: int = 0) -> Response:
    answer = jsonify({} if status == 200 else {"error": "invalid_request"})
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    if seconds:
        answer.headers["Retry-After"] = str(seconds)
    return answer
