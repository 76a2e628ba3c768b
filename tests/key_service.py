"""A key service that speaks as Vault's transit engine does, over real HTTP; it can be away, or change its key."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "a-token-of-the-tests"
KEY = "backstitch"


class KeyService:
    """Its keys outlive its being away; `asked` tells what it was asked since."""

    def __init__(self) -> None:
        self.versions = [secrets.token_bytes(32)]
        self.asked: list[str] = []
        self.status = (
            200  # what it answers while it is there but not itself: 503 is sealed, 403 a token that ended
        )
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        service = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(*service.answer(self.path, self.headers.get("X-Vault-Token"), None))

            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._say(*service.answer(self.path, self.headers.get("X-Vault-Token"), told))

            def _say(self, status: int, said: dict[str, Any]) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Door)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be away: nobody answers at the address."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def rotate(self) -> None:
        """Make a new version of the key; the old ones open what they wrapped."""
        self.versions.append(secrets.token_bytes(32))

    def answer(self, path: str, token: str | None, told: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if self.status != 200:
            return self.status, {"errors": ["Vault is sealed"]}
        if token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        match path.removeprefix("/v1/transit/").split("/"), told:
            case ["keys", str(name)], None if name == KEY:
                return 200, {"data": {"latest_version": len(self.versions)}}
            case ["encrypt", str(name)], dict() if name == KEY:
                return 200, {"data": {"ciphertext": self._seal(told)}}
            case ["decrypt", str(name)], dict() if name == KEY:
                opened = [self._open(one) for one in told["batch_input"]]
                if any("error" in one for one in opened):
                    return 400, {"data": {"batch_results": opened}}
                return 200, {"data": {"batch_results": opened}}
        return 404, {"errors": []}

    def _seal(self, told: dict[str, str]) -> str:
        nonce = secrets.token_bytes(12)
        plain, aad = (base64.b64decode(told[name]) for name in ("plaintext", "associated_data"))
        box = nonce + AESGCM(self.versions[-1]).encrypt(nonce, plain, aad)
        return f"vault:v{len(self.versions)}:{base64.b64encode(box).decode()}"

    def _open(self, told: dict[str, str]) -> dict[str, str]:
        try:
            _, version, text = told["ciphertext"].split(":")
            box, aad = base64.b64decode(text), base64.b64decode(told["associated_data"])
            plain = AESGCM(self.versions[int(version[1:]) - 1]).decrypt(box[:12], box[12:], aad)
        except (InvalidTag, ValueError, IndexError):
            return {"error": "cipher: message authentication failed"}
        return {"plaintext": base64.b64encode(plain).decode()}


@contextmanager
def key_service() -> Iterator[KeyService]:
    """Run one."""
    service = KeyService()
    service.start()
    try:
        yield service
    finally:
        service.stop()
