"""A system of a practice or a provider, that knows where the application is served and has a key."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

ROOT = Path(__file__).parents[3]
BASE = "/FHIR/R4"


@dataclass(frozen=True)
class System:
    """A registered system of a practice or a provider."""

    address: str
    client_id: str
    key: ECKey

    @property
    def base(self) -> str:
        """The address of FHIR."""
        return self.address + BASE

    def assertion(self, token_address: str) -> str:
        """A statement of who this is, signed as SMART backend services do."""
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": token_address, "jti": str(uuid4())}
        header = {"alg": "ES384", "kid": self.key.kid, "typ": "JWT"}
        return jwt.encode(header, {**claims, "iat": now, "exp": now + 240}, self.key, algorithms=["ES384"])

    def token(self) -> str:
        """An access token by client credentials."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion(f"{self.address}/oauth2/token"),
        }
        answer = requests.post(f"{self.address}/oauth2/token", data=form, timeout=30)
        assert answer.ok, answer.text
        return str(answer.json()["access_token"])
