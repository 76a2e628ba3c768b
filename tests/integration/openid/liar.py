"""A small provider that signs whatever a test wants said: what a certified server cannot be made to do."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.integration.openid.conftest import CLIENT, Person, new_key
from tests.serving import free_address

Json = dict[str, Any]
LOGOUT = {"http://schemas.openid.net/event/backchannel-logout": {}}


@dataclass
class Liar:
    """Answers each address as it is told; `token` makes the ID token from the claims that would be right."""

    issuer: str = field(default_factory=free_address)
    key: RSAKey = field(default_factory=lambda: new_key("liars"))
    token: Callable[[Json], str] | None = None
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)  # path -> instead
    metadata: Json = field(default_factory=dict)  # laid over what is right
    nonce: str = ""  # of the last question
    asked: list[str] = field(default_factory=list)

    def right_claims(self, nonce: str, **claims: Any) -> Json:
        """What an honest provider would say of `alex`."""
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "alex",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        return told | {"auth_time": now, "sid": "session-1"} | claims

    def sign(self, claims: Json, *, key: RSAKey | None = None, **header: Any) -> str:
        """Sign as RS256 with our own key, unless told otherwise."""
        used = key or self.key
        return jwt.encode(
            {"alg": "RS256", "kid": used.kid} | header, claims, used, algorithms=["RS256", "RS1"]
        )

    def logout_token(self, *, without: str = "", header: Json | None = None, **claims: Any) -> str:
        """A logout token for `alex`'s session."""
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": str(uuid4())}
        told |= {"events": LOGOUT, "sub": "alex", "sid": "session-1"} | claims
        told.pop(without, None)
        return self.sign(told, **({"typ": "logout+jwt"} | (header or {})))

    def come_back(
        self, person: Person, path: str = "/sign-in/with/smartcard", *, back: str = "", **claims: Any
    ) -> Any:
        """Go there and back as `alex`, with these claims changed; the provider itself asks nothing."""
        asked = parse_qs(urlsplit(person.ask(path)).query)
        if claims:
            self.token = lambda right: self.sign({k: v for k, v in (right | claims).items() if v is not None})
        self.nonce = asked["nonce"][0]
        at = back or "/sign-in/with/smartcard/back"
        return person.client.get(f"{at}?code=any&state={asked['state'][0]}")

    @contextmanager
    def serve(self) -> Iterator[Liar]:
        """Answer until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", int(self.issuer.rsplit(":", 1)[1])), self._handler())
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield self
        finally:
            server.shutdown()
            serving.join(timeout=30)
            server.server_close()

    def _answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        told: Json = {"error": "nothing here"}
        if path == "/.well-known/openid-configuration":
            told = {
                name: f"{self.issuer}/{name}"
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
            }
            told |= {"issuer": self.issuer, "userinfo_endpoint": f"{self.issuer}/userinfo"} | self.metadata
        elif path == "/jwks_uri":
            told = {"keys": [self.key.as_dict(private=False)]}
        elif path == "/token_endpoint":
            right = self.right_claims(self.nonce)
            token = self.token(right) if self.token else self.sign(right)
            told = {"access_token": "any", "token_type": "Bearer", "id_token": token}
        return 200, {"Content-Type": "application/json"}, json.dumps(told).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, body = liar._answer(urlsplit(self.path).path)
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def unsigned(claims: Json) -> str:
    """A token of the algorithm none."""
    return f"{_encoded({'alg': 'none', 'kid': 'liars'})}.{_encoded(claims)}."


def signed_by_public_key(liar: Liar, claims: Json) -> str:
    """A token whose secret is the provider's public key, as the oldest trick has it."""
    said = f"{_encoded({'alg': 'HS256', 'kid': 'liars'})}.{_encoded(claims)}"
    digest = hmac.digest(liar.key.as_pem(private=False), said.encode(), "sha256")
    return f"{said}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _encoded(part: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
