"""There and back to a provider that signs people in: what a browser takes there and what must come back."""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from flask import redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from app.runtime import SignInProvider
from app.services.signing_in import openid_tokens
from app.services.signing_in.openid_tokens import NotBelieved, Shown
from app.web.frame.guard import database

log = logging.getLogger(__name__)
THERE: Final = timedelta(minutes=10)  # how long somebody may take there


class Why(StrEnum):
    """Why an answer opens nothing."""

    FAILED = "failed"  # the provider is away, or what it says is not believed
    STOPPED = "stopped"  # it did not sign them in, or they did not want it to
    LOST = "lost"  # this browser did not ask, or it took too long


class NotAnswered(Exception):
    """Somebody came back from a provider, or could not go there, and nothing is opened."""

    def __init__(self, why: Why):
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Question:
    """What a browser takes to a provider: what must come back, and what proves that we asked."""

    state: str
    nonce: str
    verifier: str
    back: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way to one provider and back: our address that it answers to, and where the question is kept meanwhile."""

    provider: SignInProvider
    back: str
    key: str  # in the form's cookie, so that only this browser's own question is answered

    def go(self, kept: dict[str, Any], **more: str) -> AnyResponse:
        """Lead the browser there; `kept` comes back with the answer. Raises NotAnswered while the provider is away."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = self.provider.ask_address(Question(state, nonce, verifier, self.back), **more)
        if address is None:
            raise NotAnswered(Why.FAILED)
        until = (database().clock() + THERE).isoformat()
        asked = {"name": self.provider.account.name, "state": state, "nonce": nonce, "verifier": verifier}
        session[self.key] = kept | asked | {"until": until}
        response = redirect(address, 303)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def take_question(self) -> dict[str, Any]:
        """Return what this browser was sent with, once; raises NotAnswered where the answer is to another question."""
        asked = session.pop(self.key, None)
        if (
            not isinstance(asked, dict)
            or asked["name"] != self.provider.account.name
            or not self._is_answer(asked)
        ):
            raise NotAnswered(Why.LOST)
        return asked

    def read_answer(self, asked: dict[str, Any], *, max_age: timedelta | None = None) -> Shown:
        """Return who was shown; raises NotAnswered, and says in the log why."""
        told = request.args
        if "code" not in told:
            log.info("sign-in stopped at its provider", extra={"result": "stopped"})
            raise NotAnswered(Why.STOPPED)
        question = Question(asked["state"], asked["nonce"], asked["verifier"], self.back)
        tokens = self.provider.redeem(told["code"], question)
        if tokens is None:
            raise NotAnswered(Why.FAILED)
        try:
            return openid_tokens.read_id_token(
                self.provider.account,
                self.provider.keys,
                tokens,
                nonce=asked["nonce"],
                now=database().clock(),
                max_age=max_age,
            )
        except NotBelieved as fault:
            log.warning("a provider's token was not believed", extra={"fault": fault.why})
            raise NotAnswered(Why.FAILED) from None

    def _is_answer(self, asked: dict[str, Any]) -> bool:
        """Tell whether the answer is to this browser's own question, in time, and from who was asked (RFC 9207)."""
        told, issuer = request.args, self.provider.account.issuer
        states = told.getlist("state")
        if len(states) != 1 or not hmac.compare_digest(states[0].encode(), asked["state"].encode()):
            return False
        if database().clock() >= datetime.fromisoformat(asked["until"]):
            return False
        named = told.getlist("iss")
        if len(told.getlist("code")) > 1 or named not in ([], [issuer]):
            return False
        return bool(named) or not self.provider.names_itself
