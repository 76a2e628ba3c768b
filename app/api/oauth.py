"""Access tokens for systems: OAuth 2 client credentials with a signed assertion (RFC 7523), by Authlib."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.api.client_certificate import is_missing as client_certificate_is_missing
from app.api.client_certificate import thumbprint
from app.api.errors import RETRY_SECONDS
from app.domain import paces
from app.domain.scopes import allows, is_scope
from app.runtime import Runtime
from app.services.systems import machine_sign_in
from app.services.systems.key_sets import ALGORITHMS, usable_keys
from app.services.systems.machine_sign_in import TOKEN_LIFETIME
from app.store.machines import ApiClient
from app.store.session import is_away

LONGEST_LIFE: Final = 300  # seconds that an assertion may have left
LEEWAY: Final = 30
_METHOD: Final = JWTBearerClientAssertion.CLIENT_AUTH_METHOD
_TYPES: Final = (None, "jwt", "client-authentication+jwt")
# Said alike of a client that is unknown, a key that is, and a signature that is wrong.
_NOT_TRUSTED: Final = "The client, its key or its signature is not known here."

logging.getLogger("authlib").setLevel(logging.INFO)  # its debug lines hold tokens


class Refused(InvalidClientError):  # type: ignore[misc]  # Authlib tells no types
    """A client that could not show who it is."""

    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        """Leave out the challenge: the library's names Basic, which is not taken."""
        headers: list[tuple[str, str]] = super(InvalidClientError, self).get_headers()
        return headers


class Client(ClientMixin):  # type: ignore[misc]  # Authlib tells no types
    """A GP system in the words that Authlib asks in."""

    def __init__(self, known: ApiClient):
        self.known = known
        self.client_id = known.id

    def get_client_id(self) -> str:
        """Return its id."""
        return self.known.id

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return what was asked for, all that it may have when nothing was, None when one goes beyond that."""
        asked = list(dict.fromkeys((scope or "").split())) or list(self.known.scopes)
        allowed = all(is_scope(each) and allows(self.known.scopes, each) for each in asked)
        return " ".join(asked) if allowed else None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A signed assertion at the token endpoint, and nothing else."""
        return bool(method == _METHOD and endpoint == "token")

    def check_grant_type(self, grant_type: str) -> bool:
        """Client credentials only."""
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)


class Assertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib tells no types
    """The client's signed statement: one audience, one use, five minutes, keys that were registered beforehand."""

    def __init__(self) -> None:
        super().__init__(leeway=LEEWAY)

    def __call__(self, query_client: Any, request: Any) -> Any:
        """Return the client; raises Refused, whatever the library or the assertion's bytes stumble over."""
        try:
            client = super().__call__(query_client, request)
        except InvalidClientError as fault:
            known = fault.description if isinstance(fault, Refused) else _NOT_TRUSTED
            raise Refused(known) from fault
        except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as fault:
            raise Refused(_NOT_TRUSTED) from fault
        if client is None:
            raise Refused("Send client_assertion and its client_assertion_type (private_key_jwt, RFC 7523).")
        if request.form.get("client_id") not in (None, client.client_id):
            raise Refused("client_id differs from the subject of the assertion. Leave it out.")
        return client

    def get_audiences(self) -> list[str]:
        """Return the one audience: the token endpoint, character for character."""
        return [token_address(_runtime().settings.public_url)]

    def resolve_client_public_key(self, client: Client) -> Callable[[Any], KeySet]:
        """Return how the client's own keys are found; a key that the assertion brings along is never looked at."""

        def keys_of(signed: Any) -> KeySet:
            kid = signed.headers()["kid"]
            runtime = _runtime()
            return usable_keys(machine_sign_in.keys_for(runtime.db, client.known, kid, runtime.fetch_keys))

        return keys_of

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> Any:
        """Check the signature by the key that `kid` names, then the claims; raises Refused."""
        header = jws.extract_compact(assertion.encode()).headers()
        kind = header.get("typ")
        known = header.get("alg") in ALGORITHMS and (kind.lower() if kind else None) in _TYPES
        if not known or not header.get("kid") or "crit" in header:
            algorithms = ", ".join(ALGORITHMS)
            raise Refused(
                f"The assertion's header needs alg ({algorithms}) and kid; typ is JWT, or left out."
            )
        token = jwt.decode(assertion, resolve_key, algorithms=list(ALGORITHMS))
        self.verify_claims(token.claims)
        return token.claims

    def verify_claims(self, claims: Any) -> None:
        """Check who, for whom, how long and how often; only reached when the signature is good."""
        ends, now = claims.get("exp"), time.time()
        if claims.get("aud") not in self.get_audiences():
            raise Refused("aud must be the address of this endpoint, character for character.")
        if not isinstance(ends, int | float) or not now - LEEWAY < ends <= now + LONGEST_LIFE + LEEWAY:
            raise Refused(f"exp must be a time at most {LONGEST_LIFE} seconds ahead, and not past.")
        if not isinstance(claims.get("jti"), str):
            raise Refused("jti must be a text, new for each assertion.")
        try:
            super().verify_claims(claims)
        except Refused:
            raise
        except InvalidClientError as fault:
            raise Refused(
                "iss and sub must both be the client id; nbf and iat must not lie ahead."
            ) from fault

    def validate_jti(self, claims: Any, jti: str) -> bool:
        """Use the assertion up; raises Refused when it was used before."""
        ends = datetime.fromtimestamp(claims["exp"], UTC)
        if not machine_sign_in.use_assertion(_runtime().db, claims["sub"], jti, ends):
            raise Refused("This assertion was used before, or its jti is not usable. Sign a new one.")
        return True


class Grant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib tells no types
    """Client credentials, with a signed assertion only."""

    TOKEN_ENDPOINT_AUTH_METHODS: Final = [_METHOD]


def token_address(public_url: str) -> str:
    """Return the token endpoint as the outside knows it: also the audience of every assertion."""
    return f"{public_url.rstrip('/')}/oauth2/token"


def register_oauth(app: Flask) -> None:
    """Add POST /oauth2/token."""
    server = _server(app)
    oauth = Blueprint("oauth", __name__, url_prefix="/oauth2")

    @oauth.post("/token")
    def token() -> Response:
        if any(len(told) > 1 for _, told in request.form.lists()):
            return _repeated()
        if client_certificate_is_missing():
            return _without_certificate()
        limiter, address = _runtime().limiter, paces.counted_as(request.remote_addr)
        if waits := limiter.wait(paces.TOKENS_FROM_ADDRESS, address):
            return _too_often(waits)
        try:
            answer: Response = server.create_token_response()
        except Exception as fault:
            if not is_away(fault):
                raise
            answer = jsonify(error="temporarily_unavailable", error_description="Ask again in a few seconds.")
            answer.status_code = 503
            answer.headers["Retry-After"] = str(RETRY_SECONDS)
        if answer.status_code == 401:
            limiter.count(paces.TOKENS_FROM_ADDRESS, address)
        return answer

    app.register_blueprint(oauth)


def _too_often(seconds: int) -> Response:
    """Refuse an address from which too many assertions were refused of late."""
    answer = jsonify(error="temporarily_unavailable", error_description="Too many refused assertions: wait.")
    answer.status_code = 429
    answer.headers["Retry-After"] = str(seconds)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _without_certificate() -> Response:
    """Refuse a connection without a certificate where tokens are bound to one (RFC 8705, 3)."""
    sentence = "Connect with your client certificate: tokens are bound to it here."
    answer = jsonify(error="invalid_client", error_description=sentence)
    answer.status_code = 401
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _repeated() -> Response:
    """Refuse parameters given twice, of which only one could be meant (RFC 6749, 3.2)."""
    answer = jsonify(error="invalid_request", error_description="Give each parameter once.")
    answer.status_code = 400
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found


def _server(app: Flask) -> AuthorizationServer:
    def find_client(client_id: str) -> Client | None:
        known = machine_sign_in.find_client(_runtime().db, client_id)
        return Client(known) if known else None

    def keep_token(token: dict[str, Any], request: Any) -> None:
        told = {"scope": token.get("scope", ""), "certificate": thumbprint()}
        machine_sign_in.keep_token(_runtime().db, request.client.client_id, token["access_token"], **told)

    server = AuthorizationServer(app, query_client=find_client, save_token=keep_token)
    server.register_token_generator("default", BearerTokenGenerator(_new_token, None, _lifetime))
    server.register_client_auth_method(_METHOD, Assertion())
    server.register_grant(Grant)
    return server


def _new_token(**_about: Any) -> str:
    return secrets.token_urlsafe(32)


def _lifetime(_client: Client, _grant_type: str) -> int:
    return int(TOKEN_LIFETIME.total_seconds())
