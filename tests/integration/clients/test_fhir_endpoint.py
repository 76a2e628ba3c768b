"""Messages by HTTP, against a real server on this machine that answers as the test tells it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.clients.fhir_endpoint import HttpTransport
from app.clients.transport import Envelope, PermanentFailure, Receipt, TemporaryFailure, TransportFailure

DUPLICATE = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "duplicate"}]}
CONFLICT = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "conflict"}]}


@dataclass
class Receiver:
    """What the server will answer, and what it was sent."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/FHIR/R4/$process-message"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def envelope(receiver: Receiver) -> Envelope:
    return Envelope(
        local_id="feedback-1",
        recipient=receiver.url,
        workflow="OUT",
        content_type="application/fhir+json",
        body=b'{"resourceType": "Bundle"}',
        correlation_id="correlation-1",
    )


def failure_of(envelope: Envelope) -> TransportFailure:
    with pytest.raises(TransportFailure) as failure:
        HttpTransport().send(envelope)
    return failure.value


def test_message_is_posted_with_the_headers_that_make_a_repeat_harmless(
    receiver: Receiver, envelope: Envelope
) -> None:
    beside = {"Accept": "application/fhir+json; version=1.4.0", "NHSD-Target-Identifier": "e30="}
    assert HttpTransport().send(replace(envelope, headers=beside)) == Receipt("feedback-1")
    ((path, headers, body),) = receiver.seen
    assert {name: headers[name.lower()] for name in beside} == beside
    assert (path, body) == ("/FHIR/R4/$process-message", envelope.body)
    assert headers["content-type"] == "application/fhir+json"
    assert headers["x-request-id"] == "feedback-1"
    assert headers["x-correlation-id"] == "correlation-1"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_a_receipt_whatever_the_body(
    receiver: Receiver, envelope: Envelope, status: int
) -> None:
    receiver.status, receiver.body = status, b"" if status == 204 else b"<html>fine</html>"
    assert HttpTransport().send(envelope) == Receipt("feedback-1")


def test_message_that_the_receiver_already_has_is_a_receipt(receiver: Receiver, envelope: Envelope) -> None:
    receiver.status, receiver.body = 409, json.dumps(DUPLICATE).encode()
    assert HttpTransport().send(envelope) == Receipt("feedback-1")


@pytest.mark.parametrize(
    "body", [json.dumps(CONFLICT).encode(), b"", b"not json", b"[1]", b'{"issue": [7]}', b"\xff"]
)
def test_any_other_conflict_is_a_permanent_failure(
    receiver: Receiver, envelope: Envelope, body: bytes
) -> None:
    receiver.status, receiver.body = 409, body
    failure = failure_of(envelope)
    assert (type(failure), failure.code) == (PermanentFailure, "http-409")


@pytest.mark.parametrize("status", [401, 403, 408, 425, 429, 500, 502, 503, 504])
def test_failure_that_may_pass_is_temporary(receiver: Receiver, envelope: Envelope, status: int) -> None:
    receiver.status = status
    failure = failure_of(envelope)
    assert (type(failure), failure.code) == (TemporaryFailure, f"http-{status}")


@pytest.mark.parametrize("status", [400, 404, 405, 410, 413, 415, 422])
def test_failure_about_the_message_is_permanent(receiver: Receiver, envelope: Envelope, status: int) -> None:
    receiver.status, receiver.body = status, b"Mrs Canary of Canary Row is unknown"
    failure = failure_of(envelope)
    assert (type(failure), failure.code) == (PermanentFailure, f"http-{status}")
    assert "Canary" not in repr(failure)
    assert failure.__cause__ is None


def test_redirect_is_not_followed(receiver: Receiver, envelope: Envelope) -> None:
    receiver.status, receiver.headers = 307, {"Location": receiver.url + "/elsewhere"}
    assert failure_of(envelope).code == "http-307"
    assert len(receiver.seen) == 1


def test_nobody_listening_is_a_temporary_failure(envelope: Envelope) -> None:
    failure = failure_of(replace(envelope, recipient="http://127.0.0.1:1/"))
    assert (type(failure), failure.code) == (TemporaryFailure, "connection")


@pytest.mark.parametrize(
    "url", ["http://gp.example/fhir", "ftp://gp.example/", "gp.example", "", "http://127.0.0.1.gp.example/"]
)
def test_message_leaves_this_machine_only_over_https(envelope: Envelope, url: str) -> None:
    failure = failure_of(replace(envelope, recipient=url))
    assert (type(failure), failure.code) == (PermanentFailure, "url-not-https")


def test_there_is_nobody_to_ask_about_an_earlier_attempt() -> None:
    assert HttpTransport().find_sent("feedback-1") is None
