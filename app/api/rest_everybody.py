"""The JSON API's part for everybody: signing in and out, who am I, what is on offer, which words are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from app.api.guard import (
    SIGNED_IN,
    NotSignedIn,
    actor,
    bearer_token,
    database,
    limiter,
    public,
    requires,
    signed_in,
)
from app.api.rest_parts import Part
from app.api.schemas_in import SignInIn
from app.api.schemas_out import ServicesOut, SignedInOut, TokenOut, VocabularyOut
from app.domain.errors import NotAllowed
from app.domain.vocabulary import (
    DECLINE_REASONS,
    END_REASONS,
    NEED_WORDS,
    OUTCOME_WORDS,
    PAUSE_REASONS,
    REOPEN_REASONS,
    WITHDRAW_REASONS,
    Access,
)
from app.services.helping.delivery import CHANNELS
from app.services.shown import views
from app.services.signing_in import program_sign_in, sign_in
from app.services.signing_in.sign_in import SignedIn
from app.store.session import LONDON

part = Part("everybody", "Signing in, and what everybody who is signed in may read.")


@part.route("/sign-in", methods=["POST"])
@public
@part.arguments(SignInIn)
@part.response(200, TokenOut)
def sign_in_view(told: dict[str, str]) -> dict[str, Any]:
    """Sign in and get a token."""
    typed = told["username"], told["password"], told.get("code", "")
    given = program_sign_in.Given(*typed, address=request.remote_addr or "")
    try:
        token, found = program_sign_in.enter(database(), limiter(), given)
    except NotAllowed as fault:
        raise NotSignedIn(fault.sentence) from fault
    return {"token": token, "account": found.account, "organisation": found.organisation}


@part.route("/sign-out", methods=["POST"])
@requires(*SIGNED_IN)
@part.response(204)
def sign_out_view() -> None:
    """Sign out: the token is worth nothing from now on."""
    sign_in.sign_out(database(), bearer_token() or "")


@part.route("/me")
@requires(*SIGNED_IN)
@part.response(200, SignedInOut)
def me() -> SignedIn:
    """Tell who is signed in, in which role, for which organisation."""
    return signed_in()


@part.route("/services")
@requires(*SIGNED_IN)
@part.response(200, ServicesOut)
def services() -> dict[str, Any]:
    """List every service of the place, by name."""
    return {"items": views.list_services(database(), actor())}


@part.route("/vocabulary")
@requires(*SIGNED_IN)
@part.response(200, VocabularyOut)
def vocabulary() -> dict[str, Any]:
    """List every closed list of words, and the questionnaires with their items, as they are asked today."""
    db = database()
    return {
        "needs": _words(NEED_WORDS),
        "access": _words({word: word.replace("-", " ").capitalize() for word in Access}),
        "outcome_states": _words(OUTCOME_WORDS),
        "decline_reasons": _words(DECLINE_REASONS),
        "pause_reasons": _words(PAUSE_REASONS),
        "end_reasons": _words(END_REASONS),
        "withdraw_reasons": _words(WITHDRAW_REASONS),
        "reopen_reasons": _words(REOPEN_REASONS),
        "contact_channels": CHANNELS,
        "measures": db.measures.current(db.clock().astimezone(LONDON).date()),
    }


def _words(listed: Mapping[Any, str]) -> list[dict[str, str]]:
    return [{"code": str(code), "text": text} for code, text in listed.items()]
