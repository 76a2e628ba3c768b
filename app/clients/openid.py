"""Asks one OpenID Connect provider: what it offers, its keys, and what a code is worth; by Authlib, within limits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, Protocol, TypeVar

import requests
import urllib3
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from app.clients.openid_account import OpenIdAccount, origin
from app.clients.transport import is_loopback

log = logging.getLogger(__name__)
_SECONDS: Final = (3, 5)  # to connect, and between two bytes
_ALL_SECONDS: Final = 10
_MOST_BYTES: Final = 256 * 1024
_CHUNK: Final = 8192
_FRESH: Final = 3600.0  # seconds for which what it offers is not asked again
_KEPT: Final = 86400.0  # for which it is used while the provider does not answer
_PAUSE: Final = 5.0  # between two questions for its keys, whatever tokens name
_NEVER: Final = float("-inf")
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_MAY_BE: Final = ("end_session_endpoint",)
_SIGNS_BY: Final = "private_key_jwt"

Json = dict[str, Any]
T = TypeVar("T")


class _Away(Exception):
    """The provider did not answer, or not as agreed; `why` is a word for the log and repeats nothing of it."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


class Question(Protocol):
    """What somebody's browser takes there; all of it is made anew each time."""

    @property
    def state(self) -> str:
        """What comes back with the answer."""

    @property
    def nonce(self) -> str:
        """What comes back in the token."""

    @property
    def verifier(self) -> str:
        """Of PKCE: only its digest goes there."""

    @property
    def back(self) -> str:
        """Our own address."""


@dataclass
class OpenIdProvider:
    """One provider; what it published is kept for an hour, its keys until a token names another.

    Where it does not answer, or not as agreed, the methods return nothing, and the log says why.
    """

    account: OpenIdAccount
    _offered: Json | None = field(default=None, repr=False)
    _offered_at: float = _NEVER
    _offers_tried_at: float = _NEVER
    _keys: Json = field(default_factory=lambda: {"keys": []}, repr=False)
    _keys_tried_at: float = _NEVER
    _lock: Lock = field(default_factory=Lock, repr=False)

    def keys(self, kid: str) -> Json:
        """Return its public keys; asked anew when none has this name, but not more often than every few seconds."""
        return self._tried(lambda: self._current_keys(kid)) or {"keys": []}

    def ask_address(self, question: Question, **more: str) -> str | None:
        """Return where a browser is sent; `more` are parameters beside those of the account."""
        return self._tried(lambda: self._ask_address(question, more))

    def redeem(self, code: str, question: Question) -> Json | None:
        """Return what the provider gives for a code, once: tokens, unread."""
        return self._tried(lambda: self._redeem(code, question))

    @property
    def names_itself(self) -> bool:
        """True where it says that each answer names who answers (RFC 9207): one that does not is another's."""
        offered = self._tried(self._offers)
        return bool(offered and offered.get("authorization_response_iss_parameter_supported") is True)

    def leave_address(self, back: str) -> str | None:
        """Return where somebody ends their session there too, None also where that is not offered."""
        offered = self._tried(self._offers)
        address = offered.get("end_session_endpoint") if offered else None
        # No id_token_hint: it would carry who they are through addresses and logs.
        told = [("client_id", self.account.client_id), ("post_logout_redirect_uri", back)]
        return str(add_params_to_uri(address, told)) if address else None

    def _tried(self, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except _Away as fault:
            log.warning("a provider that signs people in failed", extra={"fault": fault.why})
            return None

    def _offers(self) -> Json:
        """Return its published configuration; the last good one for a day while it does not answer."""
        with self._lock:
            now = time.monotonic()
            if now - self._offered_at > _FRESH and now - self._offers_tried_at >= _PAUSE:
                try:
                    self._offered, self._offered_at = self._discover(), now
                except _Away as fault:
                    log.warning("a provider that signs people in failed", extra={"fault": fault.why})
                self._offers_tried_at = time.monotonic()  # whoever waited meanwhile does not try again
            if self._offered is None or now - self._offered_at > _KEPT:
                raise _Away("no configuration")
            return self._offered

    def _current_keys(self, kid: str) -> Json:
        address = self._offers()["jwks_uri"]
        with self._lock:
            age = time.monotonic() - self._keys_tried_at
            is_known = any(each.get("kid") == kid for each in self._keys["keys"])
            if age > _FRESH or (not is_known and age >= _PAUSE):
                try:
                    self._keys = {"keys": self._fetch_keys(address)}
                except _Away:
                    if not is_known:
                        raise
                finally:
                    self._keys_tried_at = time.monotonic()
            return self._keys

    def _fetch_keys(self, address: str) -> list[Json]:
        keys = self._get(address).get("keys")
        if not isinstance(keys, list):
            raise _Away("no key set")
        return [each for each in keys if isinstance(each, dict)]

    def _ask_address(self, question: Question, more: Mapping[str, str]) -> str:
        address, account = self._offers()["authorization_endpoint"], self.account
        told = dict(account.asks)
        if account.max_age is not None:
            told["max_age"] = str(account.max_age)
        told |= {"state": question.state, "nonce": question.nonce, "code_verifier": question.verifier, **more}
        with self._session(redirect_uri=question.back, scope=" ".join(account.scopes)) as session:
            return str(session.create_authorization_url(address, **told)[0])

    def _redeem(self, code: str, question: Question) -> Json:
        address = self._offers()["token_endpoint"]
        try:
            with self._session(redirect_uri=question.back) as session:
                if self.account.key is not None:
                    named = {"kid": self.account.key_id} if self.account.key_id else None
                    signing = PrivateKeyJWT(address, headers=named, alg=self.account.token_alg)
                    session.register_client_auth_method(signing)
                return dict(session.fetch_token(address, code=code, code_verifier=question.verifier))
        except _FAULTS as fault:
            raise _Away(type(fault).__name__) from None

    def _discover(self) -> Json:
        found = self._get(f"{self.account.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.account.issuer:
            raise _Away("another issuer")
        for name in (*_NEEDED, *_MAY_BE):
            address = found.get(name)
            if (address is None and name in _NEEDED) or (
                address and origin(str(address)) not in self._origins
            ):
                raise _Away("an address elsewhere")
        return found

    def _get(self, address: str) -> Json:
        try:
            with self._session() as session:
                answer = session.get(address, headers={"Accept": "application/json"}, withhold_token=True)
                if answer.status_code != requests.codes.ok:
                    raise _Away(f"answered {answer.status_code}")
                found = answer.json()
        except _FAULTS as fault:
            raise _Away(type(fault).__name__) from None
        if not isinstance(found, dict):
            raise _Away("no object")
        return found

    def _session(self, **told: str) -> _Session:
        account = self.account
        session = _Session(
            account.client_id,
            account.key or account.secret,
            token_endpoint_auth_method=_SIGNS_BY if account.key else "client_secret_basic",
            code_challenge_method="S256",
            **told,
        )
        session.origins = self._origins
        session.trust_env = not is_loopback(account.issuer)  # no proxy stands between us and ourselves
        return session

    @property
    def _origins(self) -> frozenset[str]:
        return self.account.origins


class _Session(OAuth2Session):  # type: ignore[misc]  # Authlib tells no types
    """Goes to the agreed origins only, follows no redirect, and reads so much and so long."""

    origins: frozenset[str] = frozenset()

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the library's shape
        """Never: the address was agreed on, no other."""
        return None

    def send(self, request: requests.PreparedRequest, **told: Any) -> requests.Response:
        """Send, within the limits."""
        if origin(request.url or "") not in self.origins:
            raise _Away("an address elsewhere")
        ends = time.monotonic() + _ALL_SECONDS
        limits = {"timeout": _SECONDS, "stream": True, "allow_redirects": False}
        answer: requests.Response = super().send(request, **(told | limits))
        body = b""
        for chunk in answer.iter_content(_CHUNK):
            body += chunk
            if len(body) > _MOST_BYTES or time.monotonic() > ends:
                answer.close()
                raise _Away("too long")
        answer._content = body  # read already: the library asks for it whole
        return answer


_FAULTS: Final = (
    AuthlibBaseError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    ValueError,
    TypeError,
    RecursionError,
)
