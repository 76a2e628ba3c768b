"""Tokens for GP systems: one good way in, and a collection of assertions that must never get one."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from sqlalchemy import Engine, text
from werkzeug.datastructures import MultiDict

from app import create_app
from app.config import Settings
from app.runtime import Runtime, build_runtime
from app.store.session import engine_for
from tests.conftest import Clock
from tests.integration.api_fhir.gp_system import AUDIENCE, NOWHERE, GpSystem

MakeGp = Callable[..., GpSystem]
Counted = Callable[[str], int]


CURVES = [("P-256", "ES256"), ("P-384", "ES384")]


def _with_curve(make_gp: MakeGp, curve: str) -> GpSystem:
    key = ECKey.generate_key(curve, parameters={"kid": "curve"})
    gp = make_gp(jwks=KeySet([key]).as_dict(private=False))
    gp.key = key
    return gp


def test_a_parameter_given_twice_is_refused(gp: GpSystem) -> None:
    told = [("grant_type", "client_credentials")] * 2 + [("client_assertion", gp.assertion())]
    answer = gp.http.post("/oauth2/token", data=MultiDict(told))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


class TestAGoodAssertion:
    def test_it_gets_a_token_for_ten_minutes_that_is_kept_as_its_hash(
        self, gp: GpSystem, counted: Counted
    ) -> None:
        answer = gp.ask(gp.assertion())
        assert answer.status_code == 200
        told = answer.json
        assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 600, "referral.write")
        assert answer.headers["Cache-Control"] == "no-store"
        kept = f"api_token where token_hash = sha256('{told['access_token']}'::bytea)"
        assert counted(kept) == 1
        assert counted("audit_event where act = 'sign in' and subject = 'api client'") == 1

    @pytest.mark.parametrize("algorithm", ["RS512", "RS384", "RS256"])
    def test_an_rsa_key_may_sign_by_each_listed_algorithm(self, gp: GpSystem, algorithm: str) -> None:
        assert gp.ask(gp.assertion({"alg": algorithm})).status_code == 200

    @pytest.mark.parametrize(("curve", "algorithm"), CURVES)
    def test_an_elliptic_key_may_sign_by_the_algorithm_of_its_curve(
        self, make_gp: MakeGp, curve: str, algorithm: str
    ) -> None:
        gp = _with_curve(make_gp, curve)
        assert gp.ask(gp.assertion({"alg": algorithm})).status_code == 200

    @pytest.mark.parametrize(("curve", "algorithm"), CURVES)
    def test_no_key_signs_by_the_algorithm_of_another_kind(
        self, make_gp: MakeGp, curve: str, algorithm: str
    ) -> None:
        gp = _with_curve(make_gp, curve)
        good = gp.assertion({"alg": algorithm})
        for other in {"ES256", "ES384", "RS256", "RS512", "HS256"} - {algorithm}:
            header = _text(json.dumps({"alg": other, "kid": gp.key.kid}).encode())
            answer = gp.ask(".".join((header, *good.split(".")[1:])))
            assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")

    @pytest.mark.filterwarnings("ignore:Key size")
    def test_a_short_rsa_key_lets_nobody_in_however_it_got_there(self, make_gp: MakeGp) -> None:
        key = RSAKey.generate_key(1024, parameters={"kid": "short"})
        gp = make_gp(jwks=KeySet([key]).as_dict(private=False))
        gp.key = key
        assert gp.ask(gp.assertion()).status_code == 401

    def test_during_a_key_change_the_old_and_the_new_key_both_work(
        self, make_gp: MakeGp, key: RSAKey
    ) -> None:
        new = RSAKey.generate_key(2048, parameters={"kid": "key-2"})
        gp = make_gp(jwks=KeySet([key, new]).as_dict(private=False))
        assert gp.ask(gp.assertion()).status_code == 200
        gp.key = new
        assert gp.ask(gp.assertion()).status_code == 200

    def test_a_clock_that_is_a_little_off_is_forgiven(self, gp: GpSystem) -> None:
        now = int(time.time())
        assert gp.ask(gp.assertion(exp=now - 20)).status_code == 200
        assert gp.ask(gp.assertion(exp=now + 315, iat=now + 15, nbf=now + 15)).status_code == 200

    def test_a_scope_that_was_not_granted_is_not_given(self, gp: GpSystem, counted: Counted) -> None:
        answer = gp.ask(gp.assertion(), scope="referral.write steward")
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")
        assert counted("api_token") == 0


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _forged(gp: GpSystem, header: dict[str, Any], signature: bytes = b"") -> str:
    return ".".join(
        (_text(json.dumps(header).encode()), _text(json.dumps(gp.claims()).encode()), _text(signature))
    )


def _by_hmac_of_the_public_key(gp: GpSystem) -> str:
    signed = _forged(gp, {"alg": "HS512", "kid": gp.key.kid}).rsplit(".", 1)[0]
    return f"{signed}.{_text(hmac.digest(gp.key.as_pem(private=False), signed.encode(), 'sha512'))}"


def _without_kid(gp: GpSystem) -> str:
    return jwt.encode({"alg": "RS512"}, gp.claims(), gp.key, algorithms=["RS512"])


def _by_another_key(gp: GpSystem, header: dict[str, Any] | None = None) -> str:
    stranger = RSAKey.generate_key(2048)
    given = {"jwk": stranger.as_dict(private=False)} if header and "jwk" in header else {}
    told = {"alg": "RS512", "kid": gp.key.kid, **(header or {}), **given}
    registry = jws.JWSRegistry(algorithms=["RS512"], strict_check_header=False)
    return jwt.encode(told, gp.claims(), stranger, registry=registry)


def _tampered(gp: GpSystem) -> str:
    header, _, signature = gp.assertion().split(".")
    claims = base64.urlsafe_b64encode(json.dumps(gp.claims(exp=int(time.time()) + 200)).encode()).decode()
    return f"{header}.{claims.rstrip('=')}.{signature}"


BAD: dict[str, Callable[[GpSystem], str | None]] = {
    "nothing": lambda _gp: None,
    "no token at all": lambda _gp: "hello",
    "two parts": lambda gp: gp.assertion().rsplit(".", 1)[0],
    "not ASCII": lambda _gp: "é.ü.ß",
    "header is a list": lambda _gp: "W10.e30.AAAA",
    "claims are a list": lambda gp: gp.assertion().split(".")[0] + ".W10.AAAA",
    "algorithm none": lambda gp: _forged(gp, {"alg": "none", "kid": gp.key.kid}),
    "algorithm None": lambda gp: _forged(gp, {"alg": "None", "kid": gp.key.kid}),
    "no algorithm": lambda gp: _forged(gp, {"kid": gp.key.kid}),
    "algorithm is a number": lambda gp: _forged(gp, {"alg": 512, "kid": gp.key.kid}),
    "HMAC with the public key": _by_hmac_of_the_public_key,
    "PS512": lambda gp: gp.assertion({"alg": "PS512"}),
    "another's key under our kid": _by_another_key,
    "key in the header": lambda gp: _by_another_key(gp, {"jwk": True}),
    "key at an address": lambda gp: _by_another_key(gp, {"jku": "https://evil.example/jwks"}),
    "certificate at an address": lambda gp: _by_another_key(gp, {"x5u": "https://evil.example/x5u"}),
    "claims exchanged": _tampered,
    "signature left out": lambda gp: gp.assertion().rsplit(".", 1)[0] + ".",
    "unknown kid": lambda gp: gp.assertion({"kid": "key-9"}),
    "no kid": _without_kid,
    "kid is a number": lambda gp: _forged(gp, {"alg": "RS512", "kid": 1}, b"x"),
    "another type of token": lambda gp: gp.assertion({"typ": "at+jwt"}),
    "wrong audience": lambda gp: gp.assertion(aud="https://elsewhere.example/oauth2/token"),
    "audience with a slash more": lambda gp: gp.assertion(aud=AUDIENCE + "/"),
    "audience in capitals": lambda gp: gp.assertion(aud=AUDIENCE.upper()),
    "several audiences": lambda gp: gp.assertion(aud=[AUDIENCE, "https://elsewhere.example"]),
    "no audience": lambda gp: gp.assertion(aud=None),
    "expired": lambda gp: gp.assertion(exp=int(time.time()) - 31),
    "six minutes": lambda gp: gp.assertion(exp=int(time.time()) + 360),
    "no end": lambda gp: gp.assertion(exp=None),
    "end is a text": lambda gp: gp.assertion(exp="tomorrow"),
    "end is not a number": lambda gp: gp.assertion(exp=float("nan")),
    "end never comes": lambda gp: gp.assertion(exp=float("inf")),
    "not yet": lambda gp: gp.assertion(nbf=int(time.time()) + 120),
    "issued in the future": lambda gp: gp.assertion(iat=int(time.time()) + 120),
    "no jti": lambda gp: gp.assertion(jti=None),
    "jti is a number": lambda gp: gp.assertion(jti=7),
    "jti is empty": lambda gp: gp.assertion(jti=""),
    "jti is endless": lambda gp: gp.assertion(jti="x" * 10_000),
    "jti holds NUL": lambda gp: gp.assertion(jti="a\x00b"),
    "issuer is another": lambda gp: gp.assertion(iss="somebody"),
    "no issuer": lambda gp: gp.assertion(iss=None),
    "unknown client": lambda gp: gp.assertion(iss="gp-unknown", sub="gp-unknown"),
    "client id holds NUL": lambda gp: gp.assertion(iss="gp\x00", sub="gp\x00"),
    "client id is a list": lambda gp: gp.assertion(iss=[gp.client_id], sub=[gp.client_id]),
    "no subject": lambda gp: gp.assertion(sub=None),
    "subject is a number": lambda gp: gp.assertion(sub=7, iss=7),
    "subject in capitals": lambda gp: gp.assertion(sub=gp.client_id.upper(), iss=gp.client_id.upper()),
    "subject with a blank": lambda gp: gp.assertion(sub=gp.client_id + " ", iss=gp.client_id + " "),
    "algorithm in small letters": lambda gp: _forged(gp, {"alg": "rs512", "kid": gp.key.kid}, b"x"),
    "algorithm is a list": lambda gp: _forged(gp, {"alg": ["RS512"], "kid": gp.key.kid}, b"x"),
    "elliptic algorithm, RSA key": lambda gp: _forged(gp, {"alg": "ES256", "kid": gp.key.kid}, b"\0" * 64),
    "signature of zeros": lambda gp: _forged(gp, {"alg": "ES384", "kid": gp.key.kid}, b"\0" * 96),
    "Edwards curve": lambda gp: _forged(gp, {"alg": "EdDSA", "kid": gp.key.kid}, b"x" * 64),
    "kid is empty": lambda gp: _forged(gp, {"alg": "RS512", "kid": ""}, b"x"),
    "kid is a list": lambda gp: _forged(gp, {"alg": "RS512", "kid": [gp.key.kid]}, b"x"),
    "kid is an object": lambda gp: _forged(gp, {"alg": "RS512", "kid": {"a": 1}}, b"x"),
    "kid is a path": lambda gp: _forged(gp, {"alg": "RS512", "kid": "../../etc/passwd"}, b"x"),
    "kid holds NUL": lambda gp: _forged(gp, {"alg": "RS512", "kid": "a\x00"}, b"x"),
    "type is a number": lambda gp: _forged(gp, {"alg": "RS512", "kid": gp.key.kid, "typ": 1}, b"x"),
    "critical header": lambda gp: _forged(gp, {"alg": "RS512", "kid": gp.key.kid, "crit": ["x"]}, b"x"),
    "header is no JSON": lambda gp: ".".join((_text(b"{"), *gp.assertion().split(".")[1:])),
    "claims are no JSON": lambda gp: gp.assertion().split(".")[0] + "." + _text(b"{") + ".AAAA",
    "claims without an end to their depth": lambda gp: (
        gp.assertion().split(".")[0] + "." + _text(b'{"a":' * 5000 + b"1" + b"}" * 5000) + ".AAAA"
    ),
    "four parts": lambda gp: gp.assertion() + ".AAAA",
    "encrypted": lambda _gp: "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA",
    "text after the end": lambda gp: gp.assertion() + "=",
    "blank before": lambda gp: " " + gp.assertion(),
    "end is true": lambda gp: gp.assertion(exp=True),
    "end is below nought": lambda gp: gp.assertion(exp=-1),
    "end is too large to be a date": lambda gp: gp.assertion(exp=10**30),
    "start is a text": lambda gp: gp.assertion(nbf="now"),
    "issue time is a list": lambda gp: gp.assertion(iat=[1]),
    "jti is a list": lambda gp: gp.assertion(jti=["a"]),
    "jti holds a line break": lambda gp: gp.assertion(jti="a\nb"),
    "audience is an object": lambda gp: gp.assertion(aud={"a": AUDIENCE}),
    "audience is the house": lambda gp: gp.assertion(aud=AUDIENCE.removesuffix("/oauth2/token")),
}


def test_there_are_sixty_bad_assertions_or_more() -> None:
    assert len(BAD) >= 60


class TestABadAssertion:
    @pytest.mark.parametrize("name", BAD)
    def test_it_gets_no_token(self, gp: GpSystem, counted: Counted, name: str) -> None:
        answer = gp.ask(BAD[name](gp))
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
        assert set(answer.json) == {"error", "error_description"}  # RFC 6749, section 5.2
        assert "Traceback" not in answer.text
        assert counted("api_token") == 0

    @pytest.mark.parametrize("name", BAD)
    def test_it_is_no_token_itself(self, gp: GpSystem, counted: Counted, name: str) -> None:
        bearer = (BAD[name](gp) or "").encode("ascii", "ignore").decode()
        answer = gp.post(b"{}", Authorization=f"Bearer {bearer}")
        assert answer.status_code == 401
        assert counted("inbox_message") == 0

    def test_it_works_once_only(self, gp: GpSystem, counted: Counted) -> None:
        assertion = gp.assertion()
        assert [gp.ask(assertion).status_code for _ in range(3)] == [200, 401, 401]
        assert counted("api_token") == 1

    def test_it_stays_used_after_the_clock_has_moved_on(self, gp: GpSystem, clock: Clock) -> None:
        assertion = gp.assertion()
        gp.ask(assertion)
        clock.advance(minutes=20)
        gp.ask(gp.assertion())  # old assertions are cleared away when a new one comes
        assert gp.ask(assertion).status_code == 401

    def test_it_stays_used_for_another_process_and_after_a_restart(
        self, gp: GpSystem, runtime: Runtime, settings: Settings
    ) -> None:
        assertion = gp.assertion()
        assert gp.ask(assertion).status_code == 200
        neighbour = build_runtime(settings, clock=runtime.db.clock, wake=lambda _ids: None)
        try:
            elsewhere = GpSystem(create_app(runtime=neighbour).test_client(), gp.client_id, gp.key)
            assert elsewhere.ask(assertion).status_code == 401
            assert elsewhere.ask(elsewhere.assertion()).status_code == 200
        finally:
            neighbour.close()

    def test_of_many_at_the_same_moment_one_gets_a_token(
        self, gp: GpSystem, runtime: Runtime, settings: Settings, counted: Counted
    ) -> None:
        neighbour = build_runtime(settings, clock=runtime.db.clock, wake=lambda _ids: None)
        apps = [gp.http.application, create_app(runtime=neighbour)]
        assertion = gp.assertion()

        def ask(number: int) -> int:
            door = GpSystem(apps[number % 2].test_client(), gp.client_id, gp.key)
            return door.ask(assertion).status_code

        try:
            with ThreadPoolExecutor(8) as pool:
                assert sorted(pool.map(ask, range(16))) == [200, *[401] * 15]
        finally:
            neighbour.close()
        assert counted("api_token") == 1

    def test_a_bad_signature_does_not_use_up_the_real_ones_number(self, gp: GpSystem) -> None:
        jti = str(uuid4())
        other = GpSystem(gp.http, gp.client_id, RSAKey.generate_key(2048, parameters={"kid": gp.key.kid}))
        assert gp.ask(other.assertion(jti=jti)).status_code == 401
        assert gp.ask(gp.assertion(jti=jti)).status_code == 200

    def test_an_unknown_client_and_a_wrong_signature_are_told_alike(self, gp: GpSystem) -> None:
        told = [gp.ask(BAD[name](gp)).json for name in ("unknown client", "another's key under our kid")]
        assert told[0] == told[1]

    def test_a_client_that_was_switched_off_gets_none(self, gp: GpSystem, admin: Engine) -> None:
        with admin.connect() as connection:
            connection.execute(text("update api_client set active = false"))
        assert gp.ask(gp.assertion()).status_code == 401

    def test_a_client_cannot_ask_for_another(self, make_gp: MakeGp) -> None:
        one, other = make_gp(), make_gp()
        assert one.ask(one.assertion(), client_id=other.client_id).status_code == 401

    @pytest.mark.parametrize("kept", ["oct", "without a name"])
    def test_a_registered_key_that_is_no_named_public_key_is_never_used(
        self, make_gp: MakeGp, kept: str
    ) -> None:
        secret = OctKey.generate_key(512, parameters={"kid": "key-1"})
        nameless = RSAKey.generate_key(2048)
        key = secret if kept == "oct" else nameless
        gp = make_gp(jwks={"keys": [key.as_dict()]})
        algorithm = "HS512" if kept == "oct" else "RS512"
        assertion = jwt.encode({"alg": algorithm, "kid": "key-1"}, gp.claims(), key, algorithms=[algorithm])
        assert gp.ask(assertion).status_code == 401


class TestTheEndpoint:
    @pytest.mark.parametrize("grant", ["password", "authorization_code", "", "refresh_token"])
    def test_other_grants_are_not_given(self, gp: GpSystem, grant: str) -> None:
        answer = gp.ask(gp.assertion(), grant_type=grant)
        assert (answer.status_code, answer.json["error"]) == (400, "unsupported_grant_type")

    def test_a_secret_is_no_way_in(self, gp: GpSystem) -> None:
        told = {"grant_type": "client_credentials", "client_id": gp.client_id, "client_secret": "secret"}
        answer = gp.http.post("/oauth2/token", data=told, auth=(gp.client_id, "secret"))
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")

    def test_a_database_that_is_away_means_try_again(self, runtime: Runtime, gp: GpSystem) -> None:
        assertion = gp.assertion()
        working, runtime.db.engine = runtime.db.engine, engine_for(NOWHERE)
        try:
            answer = gp.ask(assertion)
        finally:
            runtime.db.engine = working
        assert (answer.status_code, answer.json["error"]) == (503, "temporarily_unavailable")
        assert gp.ask(assertion).status_code == 200  # it was not used up
