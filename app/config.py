"""Settings from the environment: every missing or wrong one is told at once; secrets have no default."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.clients.checkpoint_copies import CheckpointCopies
from app.clients.checkpoints import CheckpointFolder, CheckpointProblem
from app.clients.mesh import MeshAccount, read_opt_outs
from app.clients.notify import ADDRESS, NotifyAccount, NotifyAccountProblem
from app.clients.openid_account import OpenIdAccount, read_providers
from app.clients.scanner import ScannerAddress
from app.clients.smtp import MailAccount, MailAccountProblem
from app.clients.vault import VaultKeeper, VaultProblem
from app.store.crypto import Keeper, KeyProblem, KeyRing
from app.store.key_files import RingFile

_PATHS = ("EXTRACT_PUBLIC_KEY", "EXTRACT_DIR", "RELEASES_DIR", "DESK_DIR", "MEASURES_DIR", "MESSAGES_DIR")
_SHORTEST_SECRET = 32  # characters; the sample's CHANGE is none
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_SCHEMES = {
    "DATABASE_URL": ("postgresql://", "postgresql+psycopg://", "postgres://"),
    "REDIS_URL": ("redis://", "rediss://", "unix://"),
}


class SettingsProblem(Exception):
    """What is missing or wrong in the environment, one line each."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Settings:
    """Everything that an installation decides; secrets are left out of the printed form."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    keys: Keeper = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str = "http://127.0.0.1:8000"
    mesh: MeshAccount | None = field(default=None, repr=False)
    mesh_workflow: str = "BACKSTITCH_OUTCOME"  # no workflow for social prescribing is published
    mesh_workflow_ack: str = "BACKSTITCH_OUTCOME_ACK"
    mesh_workflow_document: str = "GPFED_CONSULT_REPORT"  # GP Connect Send Document 1.3; yours may differ
    mesh_workflow_document_ack: str = "GPFED_CONSULT_REPORT_ACK"
    extract_public_key: Path | None = None
    extract_dir: Path | None = None
    releases_dir: Path | None = None  # what the anonymiser published, readable for this program
    desk_dir: Path | None = None  # the letter box between this program and the anonymiser's desk
    metrics_token: str | None = field(default=None, repr=False)
    mail: MailAccount | None = field(default=None, repr=False)
    notify: NotifyAccount | None = field(default=None, repr=False)
    openid: tuple[OpenIdAccount, ...] = field(default=(), repr=False)  # who signs people in for us
    scanner: ScannerAddress | None = None  # what looks at files before they are read; none: nobody looks
    client_cert_header: str | None = (
        None  # in which the proxy tells by which certificate a system is connected
    )
    client_cert_proxies: frozenset[str] = frozenset({"127.0.0.1", "::1"})  # whose word on it counts
    client_cert_required: bool = False  # does a system get a token without one?
    shows_messages: bool = False  # nothing leaves: the steward's page shows what would have
    messages_dir: Path | None = None  # the installation's own message templates, laid over the shipped ones
    help_phone: str | None = None  # whom people without a sign-in ring
    measures_dir: Path | None = None  # the installation's own questionnaires, laid over the shipped ones
    sweep_seconds: float = 15.0
    web_threads: int = 8
    largest_upload: int = 32 * 2**20  # bytes of a message whose answer is fetched later
    hook_give_up_hours: float = 72.0  # how long a subscriber's endpoint may fail before it is switched off
    receiver_ids: tuple[str, ...] = ()  # by which messages call us; none: only known others' are refused
    trusted_proxies: int = 0  # how many in front of us say truly who asks; none: whoever connects is who asks
    client_requests_a_minute: int = 6000  # of one system
    demo_sign_ins: tuple[str, ...] = ()  # user names that the sign-in page of a demonstration offers
    demo_password: str | None = field(default=None, repr=False)
    audit_checkpoints: Path | None = None  # a folder out of reach of whoever owns the database
    audit_signing_key: bytes | None = field(default=None, repr=False)  # PEM; Ed25519
    audit_copies: CheckpointCopies | None = None  # where copies of the checkpoints go
    allow_private_addresses: bool = False  # may a client's own address (a hook, its keys) be on our network?

    @property
    def cookies_are_secure(self) -> bool:
        """Cookies go over HTTPS only, except on a plain local demo."""
        return self.public_url.startswith("https://")


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsProblem with every problem at once."""
    problems: list[str] = []
    values = {
        "database_url": _url(environ, "DATABASE_URL", "the application's own database log-in", problems),
        "redis_url": _url(environ, "REDIS_URL", "the queue that wakes the worker", problems),
        "secret_key": _secret(environ, "SECRET_KEY", "32 random bytes or more, for form tokens", problems),
        "keys": _keys(environ, problems),
        "mesh": _mesh(environ, problems),
        **_messages(environ, problems),
        **_beside(environ, problems),
        **_client_certificates(environ, problems),
        "sweep_seconds": _number(environ, "SWEEP_SECONDS", 15.0, problems),
        "web_threads": int(_number(environ, "WEB_THREADS", 8, problems)),
        "largest_upload": int(_number(environ, "LARGEST_UPLOAD_MIB", 32, problems) * 2**20),
        "hook_give_up_hours": _number(environ, "HOOK_GIVE_UP_HOURS", 72.0, problems),
        "trusted_proxies": int(_number(environ, "TRUSTED_PROXIES", 0, problems)),
        "client_requests_a_minute": int(_number(environ, "CLIENT_REQUESTS_A_MINUTE", 6000, problems)),
        **_demo(environ, problems),
        **_audit(environ, problems),
        "receiver_ids": tuple(
            each.strip() for each in environ.get("RECEIVER_IDS", "").split(",") if each.strip()
        ),
        "allow_private_addresses": environ.get("ALLOW_PRIVATE_ADDRESSES", "").strip() == "1",
        **{name.lower(): _path(environ, name) for name in _PATHS},
        "metrics_token": environ.get("METRICS_TOKEN") or None,
    }
    names = {
        "PUBLIC_URL": "public_url",
        "MESH_WORKFLOW_OUT": "mesh_workflow",
        "MESH_WORKFLOW_ACK": "mesh_workflow_ack",
        "MESH_WORKFLOW_DOCUMENT": "mesh_workflow_document",
        "MESH_WORKFLOW_DOCUMENT_ACK": "mesh_workflow_document_ack",
    }
    values |= {
        setting: environ[name].strip() for name, setting in names.items() if environ.get(name, "").strip()
    }
    if problems:
        raise SettingsProblem(problems)
    return Settings(**values)


def _needed(environ: Mapping[str, str], name: str, what: str, problems: list[str]) -> str:
    value = environ.get(name, "").strip()
    if not value:
        problems.append(f"{name} is missing: {what}.")
    return value


def _url(environ: Mapping[str, str], name: str, what: str, problems: list[str]) -> str:
    value = _needed(environ, name, what, problems)
    if value and not value.startswith(_SCHEMES[name]):
        problems.append(f"{name} must begin with {' or '.join(_SCHEMES[name])}: {what}.")
    return value


def _secret(environ: Mapping[str, str], name: str, what: str, problems: list[str]) -> str:
    value = _needed(environ, name, what, problems)
    if value and len(value) < _SHORTEST_SECRET:
        problems.append(f"{name} is too short: {what}.")
    return value


def _number(environ: Mapping[str, str], name: str, default: float, problems: list[str]) -> float:
    try:
        return float(environ.get(name, "").strip() or default)
    except ValueError:
        problems.append(f"{name} must be a number.")
        return default


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "").strip()
    return Path(value) if value else None


def _demo(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Read who can be chosen on the sign-in page; that is for a demonstration on one's own machine only."""
    names = tuple(environ.get("DEMO_SIGN_INS", "").split())
    if not names:
        return {}
    host = urlsplit(environ.get("PUBLIC_URL", "").strip()).hostname or "127.0.0.1"
    if host not in _THIS_MACHINE:
        problems.append("DEMO_SIGN_INS lets anybody in: only where PUBLIC_URL is this machine (127.0.0.1).")
        return {}
    password = _needed(environ, "DEMO_PASSWORD", "the one of DEMO_SIGN_INS", problems)
    return {"demo_sign_ins": names, "demo_password": password}


def _audit(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Read where the audit's checkpoints are kept, and the key that signs them."""
    folder, key_file = _path(environ, "AUDIT_CHECKPOINTS"), _path(environ, "AUDIT_SIGNING_KEY_FILE")
    pem = environ.get("AUDIT_SIGNING_KEY", "").strip().encode()
    if folder is None:
        return {}
    try:
        pem = pem or (key_file.read_bytes() if key_file else b"")
        if pem:
            CheckpointFolder.with_key(folder, pem)
            kept = {"audit_checkpoints": folder, "audit_signing_key": pem}
            return kept | {"audit_copies": CheckpointCopies.read(environ)}
        problems.append("AUDIT_SIGNING_KEY_FILE is missing: the key that signs the audit's checkpoints.")
    except PermissionError:  # the key is the worker's alone: web only tells that checkpoints are kept
        return {"audit_checkpoints": folder}
    except OSError:
        problems.append("AUDIT_SIGNING_KEY_FILE cannot be read.")
    except CheckpointProblem as fault:
        problems.append(str(fault))
    return {}


def _keys(environ: Mapping[str, str], problems: list[str]) -> Keeper | None:
    text, path = environ.get("BACKSTITCH_KEYS", ""), _path(environ, "BACKSTITCH_KEYS_FILE")
    try:
        if text:
            return KeyRing.parse(text)
        if path:
            return _service(path, environ) or RingFile(path)
    except (KeyProblem, VaultProblem) as fault:
        problems.append(str(fault))
        return None
    problems.append("BACKSTITCH_KEYS_FILE (or BACKSTITCH_KEYS) is missing: the keys of people's records.")
    return None


def _service(path: Path, environ: Mapping[str, str]) -> VaultKeeper | None:
    """Return the key service that a key file names, None when it is a ring itself, or cannot be read."""
    try:
        text = path.read_text()
        names_one = "vault" in json.loads(text)
    except (OSError, ValueError, TypeError):
        return None
    return VaultKeeper.read(text, environ) if names_one else None


def _mesh(environ: Mapping[str, str], problems: list[str]) -> MeshAccount | None:
    if not environ.get("MESH_URL"):
        return None
    told = {
        setting: _needed(environ, f"MESH_{setting.upper()}", "part of the MESH mailbox", problems)
        for setting in ("url", "mailbox", "password", "shared_key")
    }
    files = {setting: environ.get(f"MESH_{setting.upper()}") or None for setting in ("ca", "cert", "key")}
    opt_outs = read_opt_outs(environ, problems)
    return MeshAccount(
        told["url"], told["mailbox"], told["password"], told["shared_key"], **files, opt_outs=opt_outs
    )


def _mail(environ: Mapping[str, str], problems: list[str]) -> MailAccount | None:
    url = environ.get("SMTP_URL", "").strip()
    if not url:
        return None
    try:
        return MailAccount.read(url, _needed(environ, "MAIL_FROM", "whom e-mails are from", problems))
    except MailAccountProblem as fault:
        if environ.get("MAIL_FROM", "").strip():  # else it is told already that it is missing
            problems.append(str(fault))
        return None


def _beside(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Return who signs people in for us, and what looks at files before they are read."""
    openid, scanner = read_providers(environ, problems), ScannerAddress.read(environ, problems)
    return {"openid": openid, "scanner": scanner}


def _client_certificates(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    header, required = (
        environ.get("CLIENT_CERT_HEADER", "").strip(),
        environ.get("CLIENT_CERT_REQUIRED", "").strip(),
    )
    if required == "1" and not header:
        problems.append(
            "CLIENT_CERT_REQUIRED needs CLIENT_CERT_HEADER: in which header the proxy tells of it."
        )
    proxies = {each.strip() for each in environ.get("CLIENT_CERT_PROXIES", "").split(",") if each.strip()}
    told = {"client_cert_header": header or None, "client_cert_required": required == "1"}
    return told | ({"client_cert_proxies": frozenset(proxies)} if proxies else {})


def _messages(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Return by which ways messages leave, whether any does, and whom people ring."""
    return {
        "mail": _mail(environ, problems),
        "notify": _notify(environ, problems),
        "shows_messages": environ.get("MESSAGES_SHOWN_ONLY", "").strip() == "1",
        "help_phone": environ.get("HELP_PHONE", "").strip() or None,
    }


def _notify(environ: Mapping[str, str], problems: list[str]) -> NotifyAccount | None:
    key, key_file = environ.get("NOTIFY_API_KEY", "").strip(), _path(environ, "NOTIFY_API_KEY_FILE")
    if not key and key_file is None:
        return None
    templates = _needed(
        environ, "NOTIFY_TEMPLATES_FILE", "which template of GOV.UK Notify is whose", problems
    )
    try:
        key = key or (key_file.read_text(encoding="ascii") if key_file else "")
        return NotifyAccount.read(key, Path(templates), environ.get("NOTIFY_URL", "").strip() or ADDRESS)
    except (OSError, UnicodeDecodeError):
        problems.append("NOTIFY_API_KEY_FILE cannot be read.")
    except NotifyAccountProblem as fault:
        if templates:  # else it is told already that it is missing
            problems.append(str(fault))
    return None
