"""Opens the demonstration's house: servers, a fresh database, keys, the invented place, then the programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from threading import Event

from sqlalchemy.exc import ArgumentError, DBAPIError

from app.clients.checkpoints import create_key
from app.config import from_environment
from app.demo import before, past, place
from app.demo.gp_client import GpClient, make_key
from app.demo.processes import ROOT, DemoProblem, Parts, Program, find_port, free_port, wait_for
from app.domain.access import system
from app.embedded.mail import start_mail_server
from app.embedded.mesh import Mailbox, start_mesh_sandbox
from app.embedded.postgres import start_postgres
from app.embedded.valkey import start_valkey
from app.runtime import Runtime, build_runtime, utc_now
from app.store import history, migrate
from app.store.crypto import KeyRing

_WORKFLOW, _WORKFLOW_ACK = "BACKSTITCH_OUTCOME", "BACKSTITCH_OUTCOME_ACK"
MAIL_FOLDER = "mail"  # every e-mail, as a file
# refused by the server, no URL at all, or the URL of another kind of database
_NO_SUCH_DATABASE = (DBAPIError, ArgumentError, ImportError)
ENVIRONMENT_FILE = "environment.json"  # `python -m app sandbox` finds the demonstration by it
_FOLDERS = {"extract": "extracts", "releases": "releases", "desk": "desk"}  # by their settings
_FRESH = (
    *(ENVIRONMENT_FILE, MAIL_FOLDER, "mesh", "gp-system", "extracts", "releases", "desk", "audit"),
    "summary.json",
)


@dataclass
class House:
    """Everything that runs, and how to reach it from outside."""

    base_url: str
    runtime: Runtime
    gp_clients: dict[str, GpClient]
    programs: list[Program]
    anonymiser_keys: Path
    var: Path

    def check(self) -> None:
        """Raise DemoProblem when a program has stopped."""
        for program in self.programs:
            program.check()

    def serve_until(self, stop: Event) -> None:
        """Wait until told to stop, or a program stops by itself."""
        try:
            while not stop.wait(1):
                self.check()
        except KeyboardInterrupt:
            print("\nStopping ...")


def open_house(parts: Parts, var: Path, port: str | None) -> House:
    """Start everything and fill it; each part is remembered in `parts` to be stopped again."""
    web_port = find_port(port)
    base_url = f"http://127.0.0.1:{web_port}"
    var.mkdir(parents=True, exist_ok=True)
    _clear(var)
    print("Starting PostgreSQL, Valkey and the MESH sandbox ...", flush=True)
    roles = _database(parts, var)
    redis_url = os.environ.get("REDIS_URL") or parts.add(start_valkey(var / "valkey")).url
    mesh_url, shared_key, passwords = _mesh(parts, var)
    KeyRing.create(var / "keys.json")
    environment = {
        "DATABASE_URL": roles.app_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": token_urlsafe(32),
        "PUBLIC_URL": base_url,
        **_mail(parts, var),
        "MESH_URL": mesh_url,
        "MESH_MAILBOX": place.TEAM_MAILBOX,
        "MESH_PASSWORD": passwords[place.TEAM_MAILBOX],
        "MESH_SHARED_KEY": shared_key,
        **_usual(var),
        **_audit(var),
    }
    _keep(var / ENVIRONMENT_FILE, environment)
    runtime = build_runtime(from_environment(environment))
    endpoint_port = free_port()
    gp_clients = _set_up(runtime, var, base_url, f"http://127.0.0.1:{endpoint_port}/FHIR/R4/$process-message")
    before.write(runtime.db)
    config = _gp_config(var, base_url, mesh_url, shared_key, passwords, endpoint_port)
    programs = _programs(parts, var, web_port, environment, config)
    _load_history(runtime)
    wait_for(programs[0], f"{base_url}/readyz")
    return House(base_url, runtime, gp_clients, programs, var / "anonymiser-keys", var)


def _audit(var: Path) -> dict[str, str]:
    """A signing key and a folder for the audit's checkpoints; a real one is where the database's owner cannot write."""
    create_key(var / "audit.pem")
    return {"AUDIT_CHECKPOINTS": str(var / "audit"), "AUDIT_SIGNING_KEY_FILE": str(var / "audit.pem")}


def _usual(var: Path) -> dict[str, str]:
    """The settings that do not depend on what was started."""
    return {
        "BACKSTITCH_KEYS_FILE": str(var / "keys.json"),
        "MESH_WORKFLOW_OUT": _WORKFLOW,
        "MESH_WORKFLOW_ACK": _WORKFLOW_ACK,
        "SWEEP_SECONDS": "1",
        **place.TO_TRY,
        "ALLOW_PRIVATE_ADDRESSES": "1",  # an integrator's receiver runs beside it
        "EXTRACT_PUBLIC_KEY": str(_anonymiser_keys(var)),
        **{f"{name.upper()}_DIR": str(var / folder) for name, folder in _FOLDERS.items()},
    }


def _clear(var: Path) -> None:
    """Begin anew: the database is made fresh, so what hangs on the last one goes."""
    for name in _FRESH:
        path = var / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _database(parts: Parts, var: Path) -> migrate.Roles:
    """Make a database of the demonstration's own; yours is never touched, only its server is used."""
    given = os.environ.get("DATABASE_URL")
    admin = given or parts.add(start_postgres(var / "postgres")).url
    name = f"backstitch_demo_{zlib.crc32(str(ROOT).encode()):08x}"
    try:
        return migrate.provision(admin, name, fresh=True)
    except _NO_SUCH_DATABASE as fault:
        reason = type(getattr(fault, "orig", fault)).__name__
        raise DemoProblem(
            "DATABASE_URL must name a log-in that may create a database and roles for the demonstration "
            f"({reason}); leave it out to use the PostgreSQL that comes with the project."
        ) from fault


def _mesh(parts: Parts, var: Path) -> tuple[str, str, dict[str, str]]:
    owners = {practice.mailbox: practice.ods for practice in place.PRACTICES if practice.mailbox}
    owners[place.TEAM_MAILBOX] = "A99999"
    passwords = {mailbox: token_urlsafe(16) for mailbox in owners}
    shared_key = token_urlsafe(16)
    mailboxes = [
        Mailbox(mailbox, passwords[mailbox], f"Mailbox of {ods}", ods) for mailbox, ods in owners.items()
    ]
    server = parts.add(start_mesh_sandbox(var / "mesh", mailboxes, shared_key=shared_key))
    return server.url, shared_key, passwords


def _mail(parts: Parts, var: Path) -> dict[str, str]:
    return {
        "SMTP_URL": parts.add(start_mail_server(var / MAIL_FOLDER)).url,
        "MAIL_FROM": "Backstitch in Brook Vale <no-reply@brook-vale.example>",
        "HELP_PHONE": "01632 960999",
    }


def _keep(path: Path, told: Mapping[str, object]) -> None:
    """Write a file that only its owner reads: it holds secrets, though of invented people."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(told, indent=1))


def _anonymiser_keys(var: Path) -> Path:
    folder = var / "anonymiser-keys"
    if not (folder / "public.pem").exists():
        run_anonymiser("keygen", "--keys", str(folder))
    return folder / "public.pem"


def run_anonymiser(*words: str) -> str:
    """Run the anonymiser as it is run for real: a process of its own, in an environment without a secret."""
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "anonymiser", *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DemoProblem(f"The anonymiser refused: {done.stderr.strip()}")
    return done.stdout


def _set_up(runtime: Runtime, var: Path, base_url: str, endpoint: str) -> dict[str, GpClient]:
    """Write the place, and give each of its GP systems a key."""
    folder = var / "gp-system"
    folder.mkdir()
    clients, public = {}, {}
    for practice in place.PRACTICES:
        kid, key_file = f"key-{practice.ods}", folder / f"{practice.ods}.pem"
        public[practice.ods] = make_key(key_file, kid)
        clients[practice.ods] = GpClient(base_url, f"gp-system-{practice.ods.lower()}", key_file, kid)
    place.set_up(runtime.db, today=utc_now().date(), endpoint=endpoint, clients=public)
    return clients


def _load_history(runtime: Runtime) -> None:
    everybody = past.people(utc_now())
    with runtime.db.transaction(system("set-up")) as tx:
        count = history.load(tx, everybody, audit="load history")
    print(f"Loaded an invented year of {count} closed referrals of {len(everybody)} people.", flush=True)


def _gp_config(
    var: Path, base_url: str, mesh_url: str, shared_key: str, passwords: dict[str, str], endpoint_port: int
) -> Path:
    endpoint = next(practice for practice in place.PRACTICES if practice.mailbox is None)
    config = {
        "base_url": base_url,
        "mesh_url": mesh_url,
        "shared_key": shared_key,
        "team_mailbox": place.TEAM_MAILBOX,
        "workflow": _WORKFLOW,
        "workflow_ack": _WORKFLOW_ACK,
        "filed": str(var / "gp-system" / "filed"),
        "mailboxes": [
            {
                "mailbox": practice.mailbox,
                "password": passwords[practice.mailbox],
                "ods": practice.ods,
                "practice": practice.name,
            }
            for practice in place.PRACTICES
            if practice.mailbox
        ],
        "endpoint": {
            "port": endpoint_port,
            "ods": endpoint.ods,
            "practice": endpoint.name,
            "client_id": f"gp-system-{endpoint.ods.lower()}",
            "key_file": str(var / "gp-system" / f"{endpoint.ods}.pem"),
            "kid": f"key-{endpoint.ods}",
        },
    }
    path = var / "gp-system" / "config.json"
    _keep(path, config)
    return path


def _programs(
    parts: Parts, var: Path, web_port: int, environment: Mapping[str, str], gp_config: Path
) -> list[Program]:
    gunicorn = ["-m", "gunicorn", "-c", "deploy/gunicorn_hooks.py", "--workers", "2", "--threads", "8"]
    gunicorn += ["--bind", f"127.0.0.1:{web_port}", "app:create_app()"]
    web = Program("The web server", gunicorn, environment, var / "web.log")
    worker = Program("The worker", ["-m", "app.worker"], environment, var / "worker.log")
    gp_words = ["-m", "app.demo.gp_system", str(gp_config)]
    gp_system = Program("The GP system", gp_words, {}, var / "gp-system.log")
    # It finds the release once that is made. Of ours it is given nothing but its folders.
    desk_words = ["-m", "anonymiser", "desk", "--keys", str(var / "anonymiser-keys")]
    desk_words += ["--out", str(var / "releases"), "--box", str(var / "desk")]
    desk = Program("The anonymiser's desk", desk_words, {}, var / "desk.log")
    return [parts.add(program) for program in (web, worker, gp_system, desk)]
