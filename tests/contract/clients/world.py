"""The application under gunicorn as it is deployed, and a system that knows its address and has a key."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from app.store.crypto import KeyRing

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


def free_address() -> str:
    """An address of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def serve(address: str, log_file: Path, keys: KeyRing, **environment: str) -> Iterator[None]:
    """Serve the application at an address, in two processes."""
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_hooks.py", "--workers", "2"]
    command += ["--threads", "4", "--bind", address.removeprefix("http://")]
    command += ["tests.integration.api_fhir.served:app"]
    encoded = {name: base64.b64encode(key).decode() for name, key in keys.keys.items()}
    ring = {"active": keys.active, "keys": encoded, "index": base64.b64encode(keys.index_key).decode()}
    told = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "a-secret-of-the-tests-and-of-nobody-else",
        "BACKSTITCH_KEYS": json.dumps(ring),
        "PUBLIC_URL": address,
        **environment,
    }
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=log, stderr=log)
        try:
            _wait_for(address, process, log_file)
            yield
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: the clients keep their connections open
            process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(f"{address}/readyz", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError(f"gunicorn did not start: {log.read_text()[-2000:]}")
