"""A GP system's side of the FHIR door: signs in with its own key, posts messages, keeps its ids for a retry."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

_ALGORITHM = "RS512"
_SECONDS = 10


def make_key(path: Path, name: str) -> dict[str, object]:
    """Make a GP system's key in a file of its own; return the public key set that Backstitch is given."""
    key = RSAKey.generate_key(2048, parameters={"kid": name, "alg": _ALGORITHM, "use": "sig"})
    path.touch(mode=0o600)
    path.write_bytes(key.as_pem(private=True))
    return {"keys": [key.as_dict(private=False)]}


@dataclass
class GpClient:
    """One GP system: where Backstitch is, and the key that only this system has."""

    base_url: str
    client_id: str
    key_file: Path
    kid: str
    _token: str = ""
    _good_until: float = 0.0

    def post(
        self, message: bytes, *, request_id: str | None = None, correlation_id: str | None = None
    ) -> requests.Response:
        """Post a FHIR message; the same request id again is a retry."""
        headers = {
            "Authorization": f"Bearer {self._bearer()}",
            "Content-Type": "application/fhir+json",
            "Accept": "application/fhir+json; version=1.0.0",
            "X-Request-Id": request_id or str(uuid4()),
            "X-Correlation-Id": correlation_id or str(uuid4()),
        }
        url = f"{self.base_url}/FHIR/R4/$process-message"
        return requests.post(url, data=message, headers=headers, timeout=_SECONDS)

    def _bearer(self) -> str:
        if time.monotonic() >= self._good_until:
            answer = requests.post(self._token_url, data=self._assertion_form(), timeout=_SECONDS)
            answer.raise_for_status()
            told = answer.json()
            self._token, self._good_until = (
                told["access_token"],
                time.monotonic() + int(told["expires_in"]) - 30,
            )
        return self._token

    @property
    def _token_url(self) -> str:
        return f"{self.base_url}/oauth2/token"

    def _assertion_form(self) -> dict[str, str]:
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self._token_url,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + 240,
        }
        key = RSAKey.import_key(self.key_file.read_bytes())
        header = {"alg": _ALGORITHM, "typ": "JWT", "kid": self.kid}
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(header, claims, key, algorithms=[_ALGORITHM]),
            "scope": "referral.write",
        }
