"""A GP system as the tests play it: a key of its own, signed assertions, tokens, messages over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.test import TestResponse

from app.domain.access import system
from app.runtime import Runtime
from app.store import machines
from app.store.machines import ApiClient
from app.store.session import Database, engine_for

AUDIENCE = "http://localhost/oauth2/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"
MESSAGES = "/FHIR/R4/$process-message"
Json = dict[str, Any]


@dataclass
class GpSystem:
    """One registered client and the HTTP door it knocks at."""

    http: FlaskClient
    client_id: str
    key: RSAKey
    audience: str = AUDIENCE
    _tokens: list[str] = field(default_factory=list)

    def claims(self, **changes: Any) -> Json:
        """The claims of a good assertion, with changes; None leaves one out."""
        now = int(time.time())
        good = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + 240,
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def assertion(self, header: Json | None = None, **changes: Any) -> str:
        """A signed assertion, good but for the changes."""
        told = {"alg": "RS512", "kid": self.key.kid, **(header or {})}
        return jwt.encode(told, self.claims(**changes), self.key, algorithms=[told["alg"]])

    def ask(self, assertion: str | None, **form: str) -> TestResponse:
        """Ask for a token."""
        told = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, **form}
        if assertion is not None:
            told["client_assertion"] = assertion
        return self.http.post("/oauth2/token", data=told)

    @property
    def token(self) -> str:
        """An access token, asked for once."""
        if not self._tokens:
            answer = self.ask(self.assertion())
            assert answer.status_code == 200, answer.text
            self._tokens.append(answer.json["access_token"])
        return self._tokens[0]

    def headers(self, **changes: str | None) -> dict[str, str]:
        """What a good message carries in its headers, with changes (underscores for hyphens); None leaves one out."""
        good: dict[str, str | None] = {
            "Authorization": f"Bearer {self.token}" if "Authorization" not in changes else None,
            "Content-Type": "application/fhir+json",
            "Accept": "application/fhir+json; version=1.4.0",
            "X-Request-Id": str(uuid4()),
            "X-Correlation-Id": str(uuid4()),
        }
        good |= {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in good.items() if value is not None}

    def post(self, body: bytes, **headers: str | None) -> TestResponse:
        """Send a message."""
        return self.http.post(MESSAGES, data=body, headers=self.headers(**headers))


def register(
    db: Database, organisation_id: UUID, key: RSAKey, *, practices: tuple[str, ...], **values: Any
) -> str:
    """Write a client with the public half of its key; return its id."""
    usual = {
        "id": f"gp-{uuid4().hex[:8]}",
        "name": "Invented GP system",
        "organisation_id": organisation_id,
        "practices": practices,
        "jwks": KeySet([key]).as_dict(private=False),
        "scopes": ("referral.write",),
        "dialect": "bars",
        "active": True,
    }
    client = ApiClient(**(usual | values))
    with db.transaction(system("test")) as tx:
        machines.add_client(tx, client)
    return client.id


def without_database(runtime: Runtime) -> Runtime:
    """The same house, whose database is away."""
    db = Database(engine_for(NOWHERE), cipher=runtime.db.cipher, clock=runtime.db.clock, wake=runtime.db.wake)
    return replace(runtime, db=db, settings=replace(runtime.settings, database_url=NOWHERE))


def issues(answer: TestResponse) -> list[tuple[str, str, str]]:
    """What an OperationOutcome says: (FHIR issue type, code of the catalogue, place) of each issue."""
    body = answer.get_json(force=True)
    assert body["resourceType"] == "OperationOutcome", body
    assert answer.mimetype == "application/fhir+json"
    return [
        (
            issue["code"],
            issue.get("details", {}).get("coding", [{}])[0].get("code", ""),
            issue.get("expression", [""])[0],
        )
        for issue in body["issue"]
    ]
