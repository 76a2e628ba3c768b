"""A certified OpenID Connect server beside the house, our account with it, and somebody's browser at both."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from app.clients.openid_account import OpenIdAccount, read_accounts
from app.config import Settings
from app.runtime import Runtime
from tests.application import application_of
from tests.contract.clients.node_programs import NODE, packages
from tests.integration.web.conftest import Visitor
from tests.serving import free_address

_FOLDER = Path(__file__).parent / "node"
BACK = "http://localhost/sign-in/with/smartcard/back"
RESIDENTS_BACK = "http://localhost/my/sign-in/nhs-login/back"
CLIENT = "backstitch"
Json = dict[str, Any]


def new_key(kid: str, alg: str = "RS256") -> RSAKey:
    """A signing key of a provider or of ours."""
    return RSAKey.generate_key(2048, parameters={"kid": kid, "use": "sig", "alg": alg})


@dataclass
class RealProvider:
    """panva's oidc-provider: certified, and nobody's of this house."""

    issuer: str
    our_key: RSAKey
    keys: list[RSAKey]
    people: Json = field(default_factory=dict)
    logout_uri: str = "http://localhost/oauth2/logout/smartcard"
    alg: str = "RS256"  # by which it and we sign; NHS login: RS512
    backs: Sequence[str] = (BACK, RESIDENTS_BACK)

    @contextmanager
    def serve(self) -> Iterator[RealProvider]:
        """Serve until the block ends."""
        home = packages(_FOLDER)
        program = home / "provider.mjs"
        program.write_bytes((_FOLDER / "provider.mjs").read_bytes())
        told = {"issuer": self.issuer, "clients": [self._client()], "people": self.people}
        told["keys"] = [key.as_dict(private=True) for key in self.keys]
        told["jwa"] = {"idTokenSigningAlgValues": [self.alg], "clientAuthSigningAlgValues": [self.alg]}
        environment = {"PATH": os.environ["PATH"], "PROVIDER": json.dumps(told)}
        process = subprocess.Popen([NODE, program], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert any("ready" in line for line in process.stdout), "the provider did not start"
            yield self
        finally:
            process.kill()
            process.wait(timeout=30)

    def _client(self) -> Json:
        return {
            "client_id": CLIENT,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": self.alg,
            "id_token_signed_response_alg": self.alg,
            "jwks": {"keys": [self.our_key.as_dict(private=False)]},
            "redirect_uris": list(self.backs),
            "post_logout_redirect_uris": ["http://localhost/sign-in"],
            "backchannel_logout_uri": self.logout_uri,
            "backchannel_logout_session_required": True,
            "require_auth_time": True,
        }

    def account(self, folder: Path, **more: Any) -> OpenIdAccount:
        """Our account with it, read from a file as an installation tells it."""
        return account_of(folder, issuer=self.issuer, our_key=self.our_key, **more)


def account_of(folder: Path, *, issuer: str, our_key: RSAKey, **more: Any) -> OpenIdAccount:
    """An account with a provider, read from a file as an installation tells it."""
    (folder / "key.json").write_text(json.dumps(our_key.as_dict(private=True)))
    told = {
        "name": "smartcard",
        "title": "Smartcard of the tests",
        "issuer": issuer,
        "client_id": CLIENT,
        "private_key_file": "key.json",
        "key_id": our_key.kid,
        "token_alg": "RS256",
    }
    (folder / "providers.json").write_text(json.dumps({"providers": [told | more]}))
    (account,) = read_accounts(folder / "providers.json")
    return account


@pytest.fixture(scope="session")
def our_key() -> RSAKey:
    return new_key("ours")


@pytest.fixture(scope="session")
def real(our_key: RSAKey) -> Iterator[RealProvider]:
    """The certified server, for the whole run."""
    with RealProvider(free_address(), our_key, [new_key("theirs")]).serve() as provider:
        yield provider


def house_with(runtime: Runtime, *accounts: OpenIdAccount) -> Runtime:
    """The house with these providers."""
    return replace(runtime, settings=replace(runtime.settings, openid=tuple(accounts)))


@pytest.fixture
def house(runtime: Runtime, real: RealProvider, tmp_path: Path) -> Runtime:
    """The house, where people may sign in by the certified server."""
    return house_with(runtime, real.account(tmp_path))


@dataclass
class Person(Visitor):
    """Somebody's browser at our pages, and the same one at the provider's."""

    elsewhere: requests.Session = field(default_factory=requests.Session)

    def ask(self, path: str = "/sign-in/with/smartcard") -> str:
        """Ask to sign in there; return where we send the browser."""
        answer = self.client.get(path)
        assert answer.status_code == 303, answer.text[:1500]
        return answer.location

    def answer_there(self, address: str, name: str = "alex") -> str:
        """Do there what it asks, as somebody; return the address of ours that it sends the browser back to."""
        answer = self.elsewhere.get(address, allow_redirects=False, timeout=30)
        for _ in range(12):
            if answer.is_redirect:
                address = urljoin(address, answer.headers["Location"])
                if address.startswith("http://localhost/"):
                    return address
                answer = self.elsewhere.get(address, allow_redirects=False, timeout=30)
                continue
            assert answer.ok, answer.text[:1500]
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt, answer.text[:1500]
            form = {"prompt": prompt[1]} | (
                {"login": name, "password": "any"} if prompt[1] == "login" else {}
            )
            answer = self.elsewhere.post(address, data=form, allow_redirects=False, timeout=30)
        raise AssertionError("the provider leads nowhere")

    def come_back(self, address: str) -> TestResponse:
        """Follow the provider's answer home."""
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}")

    def sign_in_there(self, name: str = "alex", path: str = "/sign-in/with/smartcard") -> TestResponse:
        """Go there and back."""
        return self.come_back(self.answer_there(self.ask(path), name))

    def join(self, name: str = "alex") -> TestResponse:
        """Join who they are there to the account here; they have just shown their password."""
        return self.sign_in_there(name, "/account/sign-ins/smartcard/join")


def browser_of(runtime: Runtime) -> Person:
    """A new browser."""
    client: FlaskClient = application_of(runtime).test_client()
    return Person(client)


def joined(runtime: Runtime, username: str, name: str) -> Person:
    """A new browser of somebody who has joined who they are there; they are signed out again here."""
    person = browser_of(runtime)
    person.sign_in(username)
    answer = person.join(name)
    assert (answer.status_code, answer.location) == (303, "/account/sign-ins"), answer.text[:1500]
    person.send("/sign-out", at="/account")
    return person


def texts(settings: Settings | None, records: Sequence[Any]) -> str:
    """Everything that log records say, arguments and extras too."""
    return "\n".join(f"{record.getMessage()} {vars(record)}" for record in records)
