"""The application under gunicorn as it is deployed, with the settings of a test."""

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
from pathlib import Path

import requests

from app.store.crypto import KeyRing

ROOT = Path(__file__).parents[1]


def free_address() -> str:
    """An address of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def serve(
    address: str, log_file: Path, keys: KeyRing, *, threads: int = 4, **environment: str
) -> Iterator[None]:
    """Serve the application at an address, in two processes; the environment is told what else it needs."""
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_hooks.py", "--workers", "2"]
    command += ["--threads", str(threads), "--bind", address.removeprefix("http://")]
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
            process.wait(timeout=60)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(f"{address}/readyz", timeout=30).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(f"gunicorn did not start: {log.read_text()[-2000:]}")
