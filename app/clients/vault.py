"""Keeps the key-encryption keys at a key service: Vault's or OpenBao's transit engine, or whatever speaks its way.

The service wraps and opens data keys and never hands out its own. When it does not answer, nothing is opened; what
comes in meanwhile is sealed to a public key that stands in the key file (app.store.crypto).
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_SECONDS: Final = (3, 5)  # to connect, to answer
_INDEX: Final = b"index-key|v1"
_INTAKE: Final = b"intake-key|v1"
_THIS_MACHINE: Final = ("127.0.0.1", "localhost", "::1")


class VaultProblem(ValueError):
    """The key service refused, or its settings cannot be used; the sentence says why, without a key or the token."""


class Asked(Protocol):
    """A data key as its row keeps it."""

    @property
    def aad(self) -> bytes: ...
    @property
    def wrapped(self) -> bytes: ...


@dataclass(frozen=True)
class VaultAccount:
    """Where the key service is, by which key it wraps, and who we are to it."""

    address: str
    key: str
    token_file: Path | None
    token: str | None
    mount: str = "transit"
    ca: Path | None = None

    @classmethod
    def read(cls, told: Mapping[str, Any], environ: Mapping[str, str]) -> Self:
        """Read the key file's part on the service, and the token's place; raises VaultProblem."""
        address, key = str(told.get("address", "")).rstrip("/"), str(told.get("key", ""))
        parts = urlsplit(address)
        if not key or parts.scheme not in ("https", "http") or not parts.hostname:
            raise VaultProblem("The key file names no key service: give address and key.")
        if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
            raise VaultProblem("The key service must be asked over https.")
        token, token_file = (
            environ.get("VAULT_TOKEN", "").strip(),
            environ.get("VAULT_TOKEN_FILE", "").strip(),
        )
        if not token and not token_file:
            raise VaultProblem("VAULT_TOKEN_FILE is missing: who we are to the key service.")
        ca = environ.get("VAULT_CACERT", "").strip()
        return cls(
            address,
            key,
            Path(token_file) if token_file else None,
            token or None,
            str(told.get("mount", "transit")),
            Path(ca) if ca else None,
        )


class VaultKeeper:
    """Wraps and opens data keys at the service; the key of the blind index is fetched once and kept in memory.

    Its methods raise ConnectionError when the service is away, sealed or does not know us any more, so that they are
    tried again later, and VaultProblem when it refuses what was asked.
    """

    def __init__(self, account: VaultAccount, *, index: str, intake_public: bytes, intake_private: str):
        self.intake_public = intake_public
        self._account, self._index, self._intake = account, index, intake_private
        self._index_key: bytes | None = None
        self._lock = threading.Lock()

    @classmethod
    def read(cls, text: str, environ: Mapping[str, str]) -> Self:
        """Read the key file; raises VaultProblem."""
        try:
            told = json.loads(text)
            account = VaultAccount.read(told["vault"], environ)
            intake = told["intake"]
            public = base64.b64decode(intake["public"], validate=True)
            return cls(account, index=told["index"], intake_public=public, intake_private=intake["private"])
        except VaultProblem:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise VaultProblem("The key file is not in its format: see deploy/README.md, 'Keys'.") from fault

    @property
    def active(self) -> str:
        """The id of the key's newest version."""
        found = self._ask("GET", f"keys/{self._account.key}")
        return f"vault:v{int(found['latest_version'])}"

    @property
    def index_key(self) -> bytes:
        """The key of the blind index."""
        with self._lock:
            if self._index_key is None:
                self._index_key = self._open([(self._index, _INDEX)])[0]
            return self._index_key

    def intake_private(self) -> bytes:
        """The private half of the key that what came in meanwhile is sealed to; never kept."""
        return self._open([(self._intake, _INTAKE)])[0]

    def wrap(self, aad: bytes, plain: bytes) -> tuple[bytes, str]:
        """Wrap a data key by the newest version of the key."""
        text = self._seal(plain, aad)
        return text.encode(), ":".join(text.split(":")[:2])

    def unwrap(self, asked: Sequence[Asked]) -> list[bytes]:
        """Open data keys with one question, in their order."""
        return self._open([(one.wrapped.decode("ascii", "replace"), one.aad) for one in asked])

    def _seal(self, plain: bytes, aad: bytes) -> str:
        told = {"plaintext": _text(plain), "associated_data": _text(aad)}
        return str(self._ask("POST", f"encrypt/{self._account.key}", told)["ciphertext"])

    def _open(self, asked: Sequence[tuple[str, bytes]]) -> list[bytes]:
        batch = [{"ciphertext": text, "associated_data": _text(aad)} for text, aad in asked]
        found = self._ask("POST", f"decrypt/{self._account.key}", {"batch_input": batch})["batch_results"]
        if len(found) != len(batch) or any(one.get("error") or "plaintext" not in one for one in found):
            raise VaultProblem(
                "A sealed value does not open: it was changed, moved or sealed by another key."
            )
        return [base64.b64decode(one["plaintext"]) for one in found]

    def _ask(self, method: str, path: str, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
        account = self._account
        try:
            token = account.token_file.read_text().strip() if account.token_file else account.token
            answer = requests.request(
                method,
                f"{account.address}/v1/{account.mount}/{path}",
                json=told,
                headers={"X-Vault-Token": token or "", "X-Vault-Request": "true"},
                timeout=_SECONDS,
                allow_redirects=False,
                verify=str(account.ca) if account.ca else True,
            )
            if answer.status_code == 400:
                raise VaultProblem("The key service refused what was asked.")
            if answer.status_code != 200:  # sealed, standing by, restarting, or the token has ended
                raise ConnectionError(f"The key service answers {answer.status_code}.")
            data = answer.json()["data"]
            return dict(data)
        except (requests.RequestException, OSError) as fault:
            raise ConnectionError("The key service does not answer.") from fault
        except (KeyError, TypeError) as fault:
            raise ConnectionError("The key service answers in a way that is not its own.") from fault


def key_file(account: VaultAccount) -> str:
    """Return the text of a new key file: an index key and an intake key, both sealed by the service."""
    keeper = VaultKeeper(account, index="", intake_public=b"", intake_private="")
    private = X25519PrivateKey.generate()
    told = {
        "vault": {"address": account.address, "mount": account.mount, "key": account.key},
        "index": keeper._seal(secrets.token_bytes(32), _INDEX),
        "intake": {
            "public": _text(private.public_key().public_bytes_raw()),
            "private": keeper._seal(private.private_bytes_raw(), _INTAKE),
        },
    }
    return json.dumps(told, indent=1)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
