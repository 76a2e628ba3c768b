"""Settings from the environment: every missing or wrong one is told at once; secrets have no default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.clients.mesh import MeshAccount
from app.clients.smtp import MailAccount, MailAccountProblem
from app.store.crypto import KeyProblem, KeyRing

_SHORTEST_SECRET = 32  # characters; the sample's CHANGE is none
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
    keys: KeyRing = field(repr=False)
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
    help_phone: str | None = None  # whom people without a sign-in ring
    measures_dir: Path | None = None  # the installation's own questionnaires, laid over the shipped ones
    sweep_seconds: float = 15.0
    web_threads: int = 8
    largest_upload: int = 32 * 2**20  # bytes of a message whose answer is fetched later
    hook_give_up_hours: float = 72.0  # how long a subscriber's endpoint may fail before it is switched off
    receiver_ids: tuple[str, ...] = ()  # by which messages call us; none: only known others' are refused
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
        "mail": _mail(environ, problems),
        "help_phone": environ.get("HELP_PHONE", "").strip() or None,
        "sweep_seconds": _number(environ, "SWEEP_SECONDS", 15.0, problems),
        "web_threads": int(_number(environ, "WEB_THREADS", 8, problems)),
        "largest_upload": int(_number(environ, "LARGEST_UPLOAD_MIB", 32, problems) * 2**20),
        "hook_give_up_hours": _number(environ, "HOOK_GIVE_UP_HOURS", 72.0, problems),
        "receiver_ids": tuple(
            each.strip() for each in environ.get("RECEIVER_IDS", "").split(",") if each.strip()
        ),
        "allow_private_addresses": environ.get("ALLOW_PRIVATE_ADDRESSES", "").strip() == "1",
        "extract_public_key": _path(environ, "EXTRACT_PUBLIC_KEY"),
        "extract_dir": _path(environ, "EXTRACT_DIR"),
        "releases_dir": _path(environ, "RELEASES_DIR"),
        "desk_dir": _path(environ, "DESK_DIR"),
        "measures_dir": _path(environ, "MEASURES_DIR"),
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
    return Settings(**values)  # type: ignore[arg-type]


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


def _keys(environ: Mapping[str, str], problems: list[str]) -> KeyRing | None:
    text, path = environ.get("BACKSTITCH_KEYS", ""), _path(environ, "BACKSTITCH_KEYS_FILE")
    try:
        if text:
            return KeyRing.parse(text)
        if path:
            return KeyRing.from_file(path)
    except KeyProblem as fault:
        problems.append(str(fault))
        return None
    problems.append("BACKSTITCH_KEYS_FILE (or BACKSTITCH_KEYS) is missing: the keys of people's records.")
    return None


def _mesh(environ: Mapping[str, str], problems: list[str]) -> MeshAccount | None:
    if not environ.get("MESH_URL"):
        return None
    names = {
        "url": "MESH_URL",
        "mailbox": "MESH_MAILBOX",
        "password": "MESH_PASSWORD",
        "shared_key": "MESH_SHARED_KEY",
    }
    told = {
        setting: _needed(environ, name, "part of the MESH mailbox", problems)
        for setting, name in names.items()
    }
    files = {setting: environ.get(f"MESH_{setting.upper()}") or None for setting in ("ca", "cert", "key")}
    return MeshAccount(told["url"], told["mailbox"], told["password"], told["shared_key"], **files)


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
