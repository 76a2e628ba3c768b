"""Where subscribers may be called: never inside our own network, unless the house was set so."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.clients.rest_hook import RestHook
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadeReferral
from tests.integration.api_fhir_rest.reader import refusals
from tests.integration.api_fhir_subscription.receiver import Receiver
from tests.integration.api_fhir_subscription.subscriber import Subscriber, wish


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    """The house as it is in production."""
    return replace(runtime, hooks=RestHook(allow_private=False))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A name service of the test's own: name -> address; addresses stand for themselves."""
    known: dict[str, str] = {}
    real = socket.getaddrinfo

    def look_up(host: str, *more: Any, **options: Any) -> Any:
        if host.endswith(".example") and host not in known:
            raise socket.gaierror
        return real(known.get(host, host), *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "https://10.0.0.1/x",
        "https://192.168.1.1:8443/x",
        "https://172.16.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[fd00::1]/x",
        "https://[fe80::1]/x",
        "https://0.0.0.0/x",
        "https://2852039166/x",
        "https://0xa9fea9fe/x",
        "https://0251.0376.0251.0376/x",
        "https://100.64.0.1/x",
        "https://inside.example/x",
        "https://user:word@hooks.example/x",
        "ftp://hooks.example/x",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "//hooks.example/x",
        "https://",
        "https://hooks.example:99999/x",
        "https://hooks.example/" + "x" * 3000,
    ],
)
def test_an_address_that_is_not_public_is_refused(
    subscriber: Subscriber, names: dict[str, str], url: str
) -> None:
    names |= {"hooks.example": "93.184.216.34", "inside.example": "10.1.2.3"}
    answer = subscriber.ask(wish(url))
    assert refusals(answer, 422)
    assert [each["expression"] for each in answer.json["issue"]] == [["Subscription.channel.endpoint"]]


def test_a_public_one_is_taken_and_so_is_one_that_cannot_be_looked_up_just_now(
    subscriber: Subscriber, names: dict[str, str]
) -> None:
    names["hooks.example"] = "93.184.216.34"
    for host in ("hooks.example", "away.example"):
        assert subscriber.ask(wish(f"https://{host}/x")).status_code == 201


def test_a_name_that_leads_inside_later_is_not_called(
    subscriber: Subscriber,
    endpoint: Receiver,
    names: dict[str, str],
    refer: Callable[..., MadeReferral],
) -> None:
    names["hooks.example"] = "93.184.216.34"
    port = endpoint.url.rpartition(":")[2]
    made = subscriber.ask(wish(f"https://hooks.example:{port}")).json["id"]
    names["hooks.example"] = "127.0.0.1"
    refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert endpoint.taken == []
    assert "not a public one" in subscriber.read(made)["error"]
