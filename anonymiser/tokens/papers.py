"""The papers of an approval as files: what is asked for, who signed it at their own desk, and who may sign at all.

A paper is a JSON object with `request` (id, reason, asked_by, asked_on, expires_on), one of `project`, `relink` or
`reveal` that says what is asked for, and `signatures`. What is signed is always made anew from these parts, so that a
part that changed after a signature leaves the signature without effect.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from anonymiser.errors import Refusal, SetUpRefusal
from anonymiser.tokens.approvals import Approvals, Approver, Request, Role, Signature, check_signable, sign
from anonymiser.tokens.domains import Domain, IdType
from anonymiser.tokens.escrow import reidentification_request
from anonymiser.tokens.linkable import PURPOSE, Project
from anonymiser.tokens.names import is_a_name
from anonymiser.tokens.relinking import relinking_request
from anonymiser.tokens.split_key import read_secret
from anonymiser.tokens.trail import Trail

_DOMAIN = ("recipient", "project", "epoch")


@dataclass(frozen=True, kw_only=True)
class Papers:
    """The files of an approval: what was agreed and signed, who may sign, and where each use is written."""

    paper: Path
    approvers: Path
    trail: Path

    def approvals(self, fruits: Path) -> Approvals:
        """Who may sign, with the trail of what lies in `fruits`. Raises Refusal where the list cannot be read."""
        return Approvals(_approvers(_read(self.approvers)), Trail(self.trail, fruits=fruits))


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper as it was read. `project` and `domains` are what it asks for, where it asks for that."""

    request: Request
    signatures: tuple[Signature, ...]
    project: Project | None = None
    domains: tuple[Domain, Domain] | None = None


def read_paper(path: Path) -> Paper:
    """Read a paper. Raises Refusal where a part is missing, or where it could not be agreed."""
    written = _read(path)
    try:
        asked = written["request"]
        dates = date.fromisoformat(asked["asked_on"]), date.fromisoformat(asked["expires_on"])
        words = {name: _text(asked[name]) for name in ("id", "reason", "asked_by")}
        signatures = tuple(
            Signature(name=_text(each["name"]), value=base64.b64decode(each["value"], validate=True))
            for each in written.get("signatures", [])
        )
        if "project" in written:
            said = written["project"]
            told = {name: _text(value) for name, value in said.items() if name != "fields"}
            project = Project(**told, fields=tuple(map(_text, said["fields"])))
            return Paper(
                request=project.request(**words, dates=dates), signatures=signatures, project=project
            )
        if "relink" in written:
            source, target = (_domain(written["relink"][end]) for end in ("source", "target"))
            request = relinking_request(source, target, **words, dates=dates)
            return Paper(request=request, signatures=signatures, domains=(source, target))
        request = reidentification_request(_text(written["reveal"]["token"]), **words, dates=dates)
        return Paper(request=request, signatures=signatures)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refusal(
            f"{path.name} lacks a part: request, signatures, and one of project, relink and reveal, each as "
            "anonymiser/tokens/README.md says."
        ) from None


def make_approver(path: Path, name: str, role: str) -> str:
    """Write an approver's new key, mode 0600, and give their line for the list of approvers.

    Raises SetUpRefusal for a role that signs nothing, and rather than write over a key.
    """
    if role not in set(Role):
        raise SetUpRefusal(f"Nobody signs as {role}; the roles are {', '.join(Role)}.")
    if not is_a_name(name):
        raise SetUpRefusal("An approver needs a name, in letters of one alphabet.")
    private = Ed25519PrivateKey.generate()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except OSError as error:
        raise SetUpRefusal(f"The key {path} cannot be written: {error.strerror}.") from None
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return json.dumps({"name": name, "role": role, "public": public})


def sign_paper(path: Path, name: str, key: Path, today: date) -> Request:
    """Sign a paper in a name, in place of that name's earlier signature, and give what was signed.

    Raises Refusal for a paper that can never be used, however many sign it, or that the signer asks for.
    """
    request = read_paper(path).request
    check_signable(request, name, today)
    written = dict(_read(path))
    value = base64.b64encode(sign(request, name, _private(key)).value).decode()
    others = [each for each in written.get("signatures", []) if each["name"] != name]
    written["signatures"] = [*others, {"name": name, "value": value}]
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror}.") from None
    return request


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _private(key: Path) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(read_secret(key), password=None)
    except (ValueError, TypeError):
        raise Refusal(f"{key} cannot be read as an approver's key.") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise Refusal(f"{key} is a key of the wrong kind.")
    return private


def _domain(said: Mapping[str, str]) -> Domain:
    return Domain(purpose=PURPOSE, id_type=IdType.NHS_NUMBER, **{name: _text(said[name]) for name in _DOMAIN})


def _approvers(listed: Mapping[str, Any]) -> list[Approver]:
    try:
        return [
            Approver(
                name=each["name"],
                role=Role(each["role"]),
                public=base64.b64decode(each["public"], validate=True),
            )
            for each in listed["approvers"]
        ]
    except (KeyError, TypeError, ValueError):
        raise Refusal("The list of approvers lacks a name, a role or a public key.") from None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refusal(f"{path} cannot be read as JSON.") from None
    if not isinstance(read, dict):
        raise Refusal(f"{path} is not an object of named parts.")
    return read
