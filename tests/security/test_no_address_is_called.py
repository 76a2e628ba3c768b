"""No address that a message, a feed or a client brings leads us anywhere: nothing is looked up, nothing is called."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from joserfc.jwk import RSAKey

from app import create_app
from app.clients.feed import FeedProblem, fetch_feed
from app.clients.fhir_endpoint import HttpTransport
from app.clients.jwks import fetch_key_set
from app.clients.mesh import MeshAccount, MeshTransport
from app.clients.notify import Notify, NotifyAccount, Posted
from app.clients.outside import NotOutside, outside_session
from app.clients.rest_hook import RestHook
from app.clients.transport import Envelope, TransportFailure
from app.runtime import Runtime
from tests.factories import make_message, make_place
from tests.integration.api_fhir.gp_system import GpSystem, register

HOST = "planted.example"
METADATA = "http://169.254.169.254/latest/meta-data/"
Json = dict[str, Any]


@dataclass
class Trap:
    """A listening socket, and a watch over every connection and every name that this process asks for."""

    port: int
    reached: list[bytes] = field(default_factory=list)  # what somebody said to the socket
    called: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is planted: this machine, a machine of a cloud's own network, and a name."""
        here = f"http://127.0.0.1:{self.port}/planted"
        return (here, METADATA, f"https://{HOST}:{self.port}/planted", f"http://[::1]:{self.port}/planted")

    @property
    def sprung(self) -> list[Any]:
        """Everything that should not have happened."""
        wrong = [where for where in self.called if "169.254" in str(where) or str(self.port) in str(where)]
        return [*self.reached, *wrong, *(name for name in self.asked if HOST in name)]


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Trap(listening.getsockname()[1])
        over = threading.Event()
        listening.settimeout(0.2)

        def listen() -> None:
            while not over.is_set():
                try:
                    caller, _ = listening.accept()
                except TimeoutError:
                    continue
                found.reached.append(b"a connection")
                caller.close()

        connect, look_up = socket.socket.connect, socket.getaddrinfo

        def watched(self: socket.socket, where: Any) -> None:
            found.called.append(where)
            connect(self, where)

        def watched_name(host: Any, *rest: Any, **told: Any) -> Any:
            found.asked.append(str(host))
            return look_up(host, *rest, **told)

        monkeypatch.setattr(socket.socket, "connect", watched)
        monkeypatch.setattr(socket, "getaddrinfo", watched_name)
        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield found
        finally:
            over.set()
            listener.join(timeout=10)


def test_the_trap_springs_when_somebody_calls(trap: Trap) -> None:
    with pytest.raises(requests.RequestException):
        requests.get(trap.addresses[0], timeout=5)
    with pytest.raises(requests.RequestException):
        requests.get(trap.addresses[2], timeout=5)
    assert b"a connection" in trap.reached
    assert HOST in trap.sprung


@pytest.fixture
def gp(runtime: Runtime) -> GpSystem:
    """A practice's system, whose door is warm: what it calls from now on is for a message's sake."""
    place = make_place(runtime.db)
    key = RSAKey.generate_key(2048, parameters={"kid": "key-1", "use": "sig"})
    practice = place.practices[0]
    http = create_app(runtime=runtime).test_client(use_cookies=False)
    scopes = ("referral.write", "referral.read")
    found = GpSystem(
        http, register(runtime.db, practice.id, key, practices=(practice.ods or "",), scopes=scopes), key
    )
    found.place = place  # type: ignore[attr-defined]
    assert found.post(make_message(practice)).status_code == 200
    return found


def everywhere(name: str) -> Callable[[Json, str], None]:
    """Plant an address at every element of this name."""

    def plant(bundle: Any, address: str) -> None:
        for value in bundle.values() if isinstance(bundle, dict) else bundle:
            if isinstance(value, dict | list):
                plant(value, address)
        if isinstance(bundle, dict) and name in bundle:
            bundle[name] = [address] if isinstance(bundle[name], list) else address

    return plant


def added(kind: str, **elements: Any) -> Callable[[Json, str], None]:
    """Add elements to the first resource of a kind; ADDRESS in them stands for what is planted."""

    def plant(bundle: Json, address: str) -> None:
        found = next(each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind)
        found.update(json.loads(json.dumps(elements).replace("ADDRESS", address)))

    return plant


def a_resource(**told: Any) -> Callable[[Json, str], None]:
    """Add a resource."""

    def plant(bundle: Json, address: str) -> None:
        bundle["entry"].append(
            {
                "fullUrl": f"{address}/more",
                "resource": json.loads(json.dumps(told).replace("ADDRESS", address)),
            }
        )

    return plant


_URL = "https://example.org/extension"
_EXTENSIONS = [
    {"url": "ADDRESS", "valueString": "any"},
    {"url": _URL, "valueUrl": "ADDRESS"},
    {"url": _URL, "valueUri": "ADDRESS"},
    {"url": _URL, "valueCanonical": "ADDRESS"},
    {"url": _URL, "valueReference": {"reference": "ADDRESS"}},
    {"url": _URL, "valueAttachment": {"url": "ADDRESS", "contentType": "text/plain"}},
]
_FILE = {"contentType": "application/pdf", "url": "ADDRESS"}
PLANTS: dict[str, Callable[[Json, str], None]] = {
    **{
        name: everywhere(name)
        for name in ("reference", "profile", "endpoint", "url", "system", "fullUrl", "definition", "value")
    },
    "bundle meta": lambda bundle, address: bundle["meta"].update(source=address, profile=[address]),
    "bundle link": lambda bundle, address: bundle.update(link=[{"relation": "next", "url": address}]),
    "implicit rules": lambda bundle, address: bundle.update(implicitRules=address),
    "meta source": added("ServiceRequest", meta={"source": "ADDRESS", "security": [{"system": "ADDRESS"}]}),
    "extensions": added("ServiceRequest", extension=_EXTENSIONS),
    "extensions of a patient": added("Patient", extension=_EXTENSIONS),
    "modifier": added("ServiceRequest", modifierExtension=_EXTENSIONS[:1]),
    "photo": added("Patient", photo=[_FILE]),
    "canonicals": added("ServiceRequest", instantiatesCanonical=["ADDRESS"], instantiatesUri=["ADDRESS"]),
    "supporting information": added("ServiceRequest", supportingInfo=[{"reference": "ADDRESS"}]),
    "contained": added(
        "ServiceRequest",
        contained=[{"resourceType": "DocumentReference", "id": "d", "content": [{"attachment": _FILE}]}],
    ),
    "words with pictures": added(
        "ServiceRequest",
        text={
            "status": "generated",
            "div": '<div xmlns="http://www.w3.org/1999/xhtml"><img src="ADDRESS"/></div>',
        },
    ),
    "endpoint of a sender": added("MessageHeader", source={"name": "any", "endpoint": "ADDRESS"}),
    "document": a_resource(
        resourceType="DocumentReference", status="current", content=[{"attachment": _FILE}]
    ),
    "binary": a_resource(
        resourceType="Binary", contentType="text/plain", securityContext={"reference": "ADDRESS"}
    ),
    "endpoint resource": a_resource(resourceType="Endpoint", status="active", address="ADDRESS"),
}


def test_no_address_in_a_message_is_called_or_looked_up(gp: GpSystem, trap: Trap) -> None:
    taken, refused = [], []
    for name, plant in PLANTS.items():
        for address in trap.addresses:
            bundle = json.loads(make_message(gp.place.practices[0]))  # type: ignore[attr-defined]
            plant(bundle, address)
            assert address in json.dumps(bundle)
            status = gp.post(json.dumps(bundle).encode()).status_code
            assert status < 500, (name, address)
            (taken if status == 200 else refused).append(name)
    assert trap.sprung == []
    assert len(set(taken)) >= 8, sorted(set(refused))  # else it would all be about refusals


def test_no_address_in_a_check_is_called(gp: GpSystem, trap: Trap) -> None:
    headers = gp.headers()
    for address in trap.addresses:
        body = {
            "resourceType": "Patient",
            "meta": {"profile": [address], "source": address},
            "photo": [{"url": address}],
        }
        for path in (f"/FHIR/R4/Patient/$validate?profile={address}", "/FHIR/R4/$validate"):
            assert gp.http.post(path, data=json.dumps(body), headers=headers).status_code < 500
    assert trap.sprung == []


def no_call(trap: Trap, address: str) -> None:
    """Let every client that takes others' addresses try one, with the guard that an installation has."""
    assert fetch_key_set(address, allow_private=False) is None
    assert RestHook(allow_private=False).why_not(address) is not None
    assert RestHook(allow_private=False).post(address, {}, b"{}") is not None
    with outside_session(allow_private=False) as session, pytest.raises((FeedProblem, NotOutside)):
        fetch_feed(session, address)


def test_an_address_of_our_own_network_is_not_called(trap: Trap) -> None:
    for address in trap.addresses:
        if HOST not in address:
            no_call(trap, address)
            no_call(trap, address.replace("http://", "https://"))
    assert trap.reached == []
    assert trap.sprung == []


@pytest.fixture
def leading_on(trap: Trap) -> Iterator[str]:
    """A machine that we may call, which sends every caller on to the trap."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        over = threading.Event()
        listening.settimeout(0.2)

        def answer() -> None:
            while not over.is_set():
                try:
                    caller, _ = listening.accept()
                except TimeoutError:
                    continue
                with caller:
                    caller.settimeout(5)
                    caller.recv(65536)
                    lines = (
                        "HTTP/1.1 302 Found",
                        f"Location: {trap.addresses[0]}",
                        "Content-Length: 0",
                        "Connection: close",
                    )
                    caller.sendall("\r\n".join((*lines, "", "")).encode())

        answering = threading.Thread(target=answer)
        answering.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            over.set()
            answering.join(timeout=10)


def test_no_client_follows_a_redirect(trap: Trap, leading_on: str) -> None:
    assert fetch_key_set(leading_on, allow_private=True) is None
    assert RestHook(allow_private=True).post(leading_on, {}, b"{}") == "http-302"
    with outside_session(allow_private=True) as session, pytest.raises(FeedProblem):
        fetch_feed(session, leading_on)
    letter = Envelope("1", leading_on, "any", "application/json", b"{}", "2")
    with pytest.raises(TransportFailure):
        HttpTransport().send(letter)
    mesh = MeshTransport(MeshAccount(leading_on, "X26OT01", "password", "shared"))
    with pytest.raises(TransportFailure):
        mesh.send(letter)
    mesh.close()
    key = "name-" + "-".join(["00000000-0000-4000-8000-000000000001"] * 2)
    notify = Notify(NotifyAccount(key, {"email": "an-id"}, leading_on))
    with pytest.raises(TransportFailure):
        notify.send(Posted("1", "email", "somebody@example.org", "Subject", "Words"))
    assert trap.reached == []
    assert trap.sprung == []
