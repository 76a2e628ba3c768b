"""Keys that change: registered anew or published at the system's own address, and never a moment without one."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from app import create_app
from app.domain.errors import Invalid, NotFound
from app.runtime import Runtime
from app.services.systems import api_clients
from app.services.systems.machine_sign_in import FRESH, KEPT, PAUSE
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import GpSystem, register

Json = dict[str, Any]
MakeGp = Callable[..., GpSystem]
MOMENT = timedelta(seconds=1)
WHOLE: Json = RSAKey.generate_key(2048, parameters={"kid": "a"}).as_dict(private=True)
SHORT = "zV" + "x" * 169 + "w"  # 1024 bits
PUBLIC: Json = {name: WHOLE[name] for name in ("kty", "kid", "n", "e")}


def new_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": name})


def public(*keys: RSAKey | ECKey | OctKey) -> Json:
    return dict(KeySet(list(keys)).as_dict(private=False))


@dataclass
class Publisher:
    """The web server of a supplier, that shows its public keys."""

    address: str = ""
    status: int = 200
    body: bytes = b""
    asked: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def show(self, *keys: RSAKey) -> None:
        self.status, self.body = 200, json.dumps(public(*keys)).encode()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    shown = Publisher()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.asked += 1
            self.send_response(shown.status)
            for name, value in shown.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(shown.body)))
            self.end_headers()
            self.wfile.write(shown.body)

        def log_message(self, *_told: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shown.address = f"http://127.0.0.1:{server.server_port}/jwks.json"
    yield shown
    server.shutdown()
    server.server_close()


@pytest.fixture
def published(runtime: Runtime, place: MadePlace, key: RSAKey, publisher: Publisher) -> GpSystem:
    """A GP system whose keys stand at its own address, and an application that may call it there."""
    settings = replace(runtime.settings, allow_private_addresses=True)
    door = create_app(runtime=replace(runtime, settings=settings)).test_client()
    publisher.show(key)
    codes = tuple(each.ods or "" for each in place.practices)
    told = {"jwks": {"keys": []}, "jwks_uri": publisher.address}
    return GpSystem(door, register(runtime.db, place.place.id, key, practices=codes, **told), key)


def status(gp: GpSystem, key: RSAKey | None = None) -> int:
    asking = GpSystem(gp.http, gp.client_id, key or gp.key)
    return asking.ask(asking.assertion()).status_code


class TestRegisteredKeys:
    def test_a_change_of_keys_under_load_refuses_nobody(self, gp: GpSystem, runtime: Runtime) -> None:
        old, new = gp.key, new_key("key-2")
        app, refused, stop = gp.http.application, [], threading.Event()
        signing = [old]

        def ask_on() -> int:
            system, asked = GpSystem(app.test_client(), gp.client_id, old), 0
            while not (asked and stop.is_set()):
                system.key = signing[0]
                answer = system.ask(system.assertion())
                asked += 1
                if answer.status_code != 200:
                    refused.append(answer.text)
            return asked

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask_on) for _ in range(4)]
            api_clients.set_keys(runtime.db, gp.client_id, public(new))
            signing[0] = new
            for _ in range(10):
                assert status(gp, new) == 200
            stop.set()
            asked = sum(each.result() for each in asking)
        assert refused == []
        assert asked >= 4
        assert status(gp, old) == 200  # until it is taken away
        assert api_clients.set_keys(runtime.db, gp.client_id, public(new), replace=True) == ("key-2",)
        assert (status(gp, old), status(gp, new)) == (401, 200)

    def test_a_key_under_a_known_name_takes_its_place(self, gp: GpSystem, runtime: Runtime) -> None:
        newer = new_key(str(gp.key.kid))
        assert api_clients.set_keys(runtime.db, gp.client_id, public(newer)) == (gp.key.kid,)
        assert (status(gp), status(gp, newer)) == (401, 200)

    @pytest.mark.parametrize(
        ("wrong", "word"),
        [
            (None, "Key Set"),
            ([], "Key Set"),
            ({}, "Key Set"),
            ({"keys": []}, "Key Set"),
            ({"keys": "all"}, "Key Set"),
            ({"keys": [7]}, "no JSON Web Key"),
            ({"keys": [{"kid": "a", "kty": "XYZ"}]}, "must be of kty"),
            ({"keys": [{"kid": "a", "kty": "RSA", "n": "!", "e": "AQAB"}]}, "must be of kty"),
            ({"keys": [WHOLE]}, "private"),
            ({"keys": [OctKey.generate_key(512, {"kid": "a"}).as_dict()]}, "private"),
            ({"keys": [PUBLIC | {"n": SHORT}]}, "2048"),
            ({"keys": [ECKey.generate_key("P-521", {"kid": "a"}).as_dict(private=False)]}, "P-256"),
            ({"keys": [PUBLIC | {"kid": None}]}, "kid"),
            ({"keys": [PUBLIC | {"use": "enc"}]}, "signatures"),
            ({"keys": [PUBLIC | {"alg": "HS256"}]}, "alg"),
            ({"keys": [PUBLIC] * 2}, "twice"),
        ],
    )
    @pytest.mark.filterwarnings("ignore:Key size")
    def test_what_is_no_good_public_key_is_refused_in_a_sentence(
        self, gp: GpSystem, runtime: Runtime, wrong: Any, word: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            api_clients.set_keys(runtime.db, gp.client_id, wrong)
        assert word in str(refused.value)
        assert status(gp) == 200

    def test_an_unknown_client_has_no_keys_to_change(self, runtime: Runtime, key: RSAKey) -> None:
        with pytest.raises(NotFound):
            api_clients.set_keys(runtime.db, "nobody", public(key))


class TestPublishedKeys:
    def test_they_are_fetched_once_for_many_tokens(self, published: GpSystem, publisher: Publisher) -> None:
        assert [status(published) for _ in range(4)] == [200] * 4
        assert publisher.asked == 1

    def test_a_new_key_is_taken_at_once_and_the_old_one_while_it_is_shown(
        self, published: GpSystem, publisher: Publisher, clock: Clock
    ) -> None:
        assert status(published) == 200
        new = new_key("key-2")
        clock.advance(minutes=2)
        publisher.show(published.key, new)
        assert [status(published, new), status(published), status(published, new)] == [200] * 3
        assert publisher.asked == 2
        publisher.show(new)
        clock.advance(seconds=FRESH.total_seconds())
        assert [status(published, new), status(published)] == [200, 401]

    def test_a_change_of_keys_under_load_refuses_nobody(
        self, published: GpSystem, publisher: Publisher, clock: Clock
    ) -> None:
        assert status(published) == 200
        clock.advance(minutes=2)
        new, app = new_key("key-2"), published.http.application
        publisher.show(published.key, new)
        signers = [published.key, new] * 8

        def ask(key: RSAKey) -> int:
            return status(GpSystem(app.test_client(), published.client_id, key))

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(ask, signers)) == [200] * 16
        assert publisher.asked == 2  # whoever came second waited for the first

    def test_a_name_that_is_not_shown_makes_us_ask_once_a_minute_at_most(
        self, published: GpSystem, publisher: Publisher, clock: Clock
    ) -> None:
        stranger = new_key("key-9")
        assert [status(published, stranger) for _ in range(5)] == [401] * 5
        assert publisher.asked == 1
        clock.advance(seconds=PAUSE.total_seconds())
        assert [status(published, stranger) for _ in range(5)] == [401] * 5
        assert publisher.asked == 2
        assert status(published) == 200

    def test_the_last_good_keys_serve_for_a_day_when_the_address_is_dead(
        self, published: GpSystem, publisher: Publisher, clock: Clock
    ) -> None:
        assert status(published) == 200
        publisher.status = 503
        clock.advance(seconds=(KEPT - MOMENT).total_seconds())
        assert status(published) == 200
        clock.advance(seconds=2)
        assert status(published) == 401
        publisher.status = 200
        clock.advance(seconds=PAUSE.total_seconds())
        assert status(published) == 200

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>sign in</html>",
            b"[]",
            b"null",
            b'{"keys": "none"}',
            b'{"keys": [1, null, {}, {"kid": {}}]}',
            b'{"keys": ' + b"[" * 50_000,
            b"\xff\xfe",
            b'{"keys": []}' + b" " * 70_000,
        ],
    )
    def test_what_is_no_key_set_is_no_fault_of_ours_and_lets_nobody_in(
        self, published: GpSystem, publisher: Publisher, body: bytes
    ) -> None:
        publisher.body = body
        assert status(published) == 401

    def test_one_key_that_we_do_not_know_does_not_spoil_the_others(
        self, published: GpSystem, publisher: Publisher
    ) -> None:
        shown = public(published.key)
        shown["keys"] = [{"kty": "NEW", "kid": "x"}, *shown["keys"]]
        publisher.body = json.dumps(shown).encode()
        assert status(published) == 200

    def test_a_private_key_that_is_shown_there_is_not_used(
        self, published: GpSystem, publisher: Publisher
    ) -> None:
        publisher.body = json.dumps(KeySet([published.key]).as_dict(private=True)).encode()
        assert status(published) == 401

    def test_a_redirect_is_not_followed(self, published: GpSystem, publisher: Publisher) -> None:
        publisher.status, publisher.headers = 302, {"Location": "/other.json"}
        assert status(published) == 401
        assert publisher.asked == 1

    def test_our_own_network_is_not_called_unless_it_is_allowed(
        self, runtime: Runtime, published: GpSystem, publisher: Publisher
    ) -> None:
        assert not runtime.settings.allow_private_addresses
        door = create_app(runtime=runtime).test_client()
        assert status(GpSystem(door, published.client_id, published.key)) == 401
        assert publisher.asked == 0

    def test_they_are_not_changed_by_command(
        self, runtime: Runtime, published: GpSystem, key: RSAKey
    ) -> None:
        with pytest.raises(Invalid) as refused:
            api_clients.set_keys(runtime.db, published.client_id, public(key))
        assert "own address" in str(refused.value)
