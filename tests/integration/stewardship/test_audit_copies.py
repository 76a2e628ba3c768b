"""Copies of the audit's checkpoints at another https address: sent once, tried again, held against what is here."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text

from app import jobs
from app.clients.checkpoint_copies import CheckpointCopies
from app.clients.checkpoints import CheckpointFolder, CheckpointProblem, create_key
from app.config import Settings
from app.runtime import Runtime
from app.services.rights import audit_checks
from app.services.rights.audit_copies import AGAIN, Copies
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_place


@dataclass
class Store:
    """A store at an address of its own: keeps what is put, never over another; `status` answers instead."""

    folder: Path
    kept: dict[str, bytes] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    status: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}/audit"

    def copies(self) -> Copies:
        return Copies(CheckpointCopies(self.address, "the-token", self.folder / "cert.pem"))

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self.status:
            return self.status, b""
        if method == "PUT":
            if path in self.kept:
                return 412, b""
            self.kept[path] = body
            return 201, b""
        return (200, self.kept[path]) if path in self.kept else (404, b"")

    def handler(self) -> type[BaseHTTPRequestHandler]:
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                store.seen.append((self.command, self.path, self.headers.get("Authorization", "")))
                status, told = store.answer(self.command, self.path, body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "https://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            do_PUT = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def certify(folder: Path) -> None:
    """Write a key and a certificate for this machine that nobody else believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([]), datetime.now(UTC)
    mine = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(mine, critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    certify(tmp_path)
    made = Store(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), made.handler())
    believed = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    believed.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = believed.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield made
    server.shutdown()
    serving.join(timeout=30)
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> CheckpointFolder:
    create_key(tmp_path / "audit.pem")
    return CheckpointFolder.with_key(tmp_path / "kept", (tmp_path / "audit.pem").read_bytes())


@pytest.fixture
def settings(settings: Settings, folder: CheckpointFolder, store: Store, tmp_path: Path) -> Settings:
    """Those of a worker that keeps checkpoints and sends copies of them."""
    told: dict[str, Any] = {"audit_checkpoints": tmp_path / "kept"}
    told |= {"audit_signing_key": (tmp_path / "audit.pem").read_bytes()}
    return replace(
        settings, **told, audit_copies=CheckpointCopies(store.address, None, tmp_path / "cert.pem")
    )


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


def path_of(number: int) -> str:
    return f"/audit/checkpoint-{number:08d}.json"


def test_each_checkpoint_is_sent_once_as_it_was_signed(
    database: Database, folder: CheckpointFolder, store: Store, clock: Clock
) -> None:
    copies = store.copies()
    for _ in range(3):
        audit_checks.run_due(database, folder, copies)
        audit_checks.run_due(database, folder, copies)
        clock.advance(hours=1, minutes=1)
    assert store.kept == {path_of(number): folder.signed(number) for number in (1, 2, 3)}
    puts = [each for each in store.seen if each[0] == "PUT"]
    assert puts == [("PUT", path_of(number), "Bearer the-token") for number in (1, 2, 3)]


def test_the_worker_sends_them(runtime: Runtime, folder: CheckpointFolder, store: Store) -> None:
    jobs.sweep(runtime)
    jobs.sweep(runtime)
    assert store.kept == {path_of(1): folder.signed(1)}
    assert store.seen == [("PUT", path_of(1), "")] + [("GET", path_of(number), "") for number in (1, 2)]


def test_a_failure_is_told_and_tried_again_but_not_with_every_sweep(
    database: Database, folder: CheckpointFolder, store: Store, clock: Clock, place: MadePlace
) -> None:
    copies, store.status = store.copies(), 503
    audit_checks.run_due(database, folder, copies)
    audit_checks.run_due(database, folder, copies)
    assert len([each for each in store.seen if each[0] == "PUT"]) == 1
    view = audit_checks.find_overview(database, place.actor("steward"), is_kept=True)
    assert view.last is not None
    assert (view.last.copied, view.last.copy_fault, list(view.last.faults or ())) == (0, "http-503", [])
    store.status = 0
    clock.advance(seconds=AGAIN.total_seconds())
    audit_checks.run_due(database, folder, copies)
    assert path_of(1) in store.kept
    clock.advance(hours=2)
    audit_checks.run_due(database, folder, copies)
    audit_checks.run_due(database, folder, copies)
    view = audit_checks.find_overview(database, place.actor("steward"), is_kept=True)
    assert view.last is not None
    assert view.last.copy_fault is None
    assert (view.last.copied or 0) >= 1


def test_after_a_start_what_lies_there_is_not_written_over(
    database: Database, folder: CheckpointFolder, store: Store
) -> None:
    audit_checks.run_due(database, folder, store.copies())
    before = dict(store.kept)
    audit_checks.send_copies(database, folder, again := store.copies())
    assert again.sent == 1
    assert store.kept == before
    store.kept[path_of(1)] = b"{}"
    with database.transaction(audit_checks._KEEPER) as tx:
        tx.session.execute(text("update audit_check set copied = null"))
    audit_checks.send_copies(database, folder, another := store.copies())
    assert (another.sent, another.fault) == (0, "another")


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("change", "is another one at the other address"),
        ("take", "was at the other address and is gone"),
        ("add", "is at the other address and is gone here"),
    ],
)
def test_the_walk_reads_the_copies_back(
    database: Database, folder: CheckpointFolder, store: Store, deed: str, sentence: str
) -> None:
    copies = store.copies()
    audit_checks.run_due(database, folder, copies)
    assert audit_checks.check(database, folder, copies).faults == []
    if deed == "change":
        store.kept[path_of(1)] = b"{}"
    elif deed == "take":
        del store.kept[path_of(1)]
    else:
        store.kept[path_of(2)] = folder.signed(1)
    (fault,) = audit_checks.check(database, folder, copies).faults or ()
    assert sentence in fault


def test_an_address_that_may_only_be_written_is_no_fault(
    database: Database, folder: CheckpointFolder, store: Store
) -> None:
    copies = store.copies()
    audit_checks.run_due(database, folder, copies)
    store.status = 403
    assert audit_checks.check(database, folder, copies).faults == []


def test_no_redirect_is_followed_and_no_stranger_believed(store: Store, folder: CheckpointFolder) -> None:
    store.status = 302
    assert store.copies().elsewhere.send(1, b"{}") == "http-302"
    assert CheckpointCopies(store.address).send(1, b"{}") == "tls"
    assert CheckpointCopies("https://127.0.0.1:1").send(1, b"{}") == "connection"


def test_an_address_must_be_https_and_whole() -> None:
    assert CheckpointCopies.read({}) is None
    for wrong in (
        "http://audit.example",
        "https://",
        "https://a:b@audit.example",
        "https://audit.example/?a=b",
    ):
        with pytest.raises(CheckpointProblem, match="AUDIT_CHECKPOINTS_URL"):
            CheckpointCopies.read({"AUDIT_CHECKPOINTS_URL": wrong})
    read = CheckpointCopies.read({"AUDIT_CHECKPOINTS_URL": "https://audit.example/place/"})
    assert read == CheckpointCopies("https://audit.example/place")
