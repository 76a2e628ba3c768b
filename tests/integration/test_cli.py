"""The steward's commands: each tells what it did, or what is wrong and how to mend it; nobody sees a traceback."""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import Engine, text

from app import create_app
from app.cli import main
from app.config import Settings
from app.runtime import build_runtime
from app.store.crypto import KeyRing
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import GpSystem

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    place: MadePlace,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Run `python -m app WORDS`; returns its exit status and what it wrote to both streams."""
    ring = tmp_path / "keys.json"
    KeyRing.create(ring)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("PUBLIC_URL", settings.public_url)
    monkeypatch.setenv("BACKSTITCH_KEYS_FILE", str(ring))
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["app", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        code = ended.value.code
        assert "Traceback" not in told.err
        return (code if isinstance(code, int) else 0), told.out, told.err

    return run


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": "key-1"})


@pytest.fixture
def jwks(tmp_path: Path, key: RSAKey) -> Path:
    path = tmp_path / "public.json"
    path.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    return path


@pytest.fixture
def door(settings: Settings) -> Iterator[FlaskClient]:
    """The application as it runs beside the command line, by the same clock."""
    own = build_runtime(settings, wake=lambda _ids: None)
    yield create_app(runtime=own).test_client()
    own.close()


class TestAddClient:
    def test_a_practices_system_gets_a_token_at_once(
        self, run: Run, jwks: Path, key: RSAKey, door: FlaskClient
    ) -> None:
        assert run("add", "client", "gp-1", "GP", jwks, "--practice", "a81001")[:2] == (0, "gp-1\n")
        gp = GpSystem(door, "gp-1", key)
        answer = gp.ask(gp.assertion())
        assert (answer.status_code, answer.json["scope"].split()[:2]) == (
            200,
            ["referral.write", "referral.read"],
        )

    def test_a_providers_system_needs_no_practice(
        self, run: Run, jwks: Path, place: MadePlace, admin: Engine
    ) -> None:
        provider = place.providers[0].id
        told = ("--organisation", provider, "--scope", "system/Task.u", "--scope", "system/Task.rs")
        assert run("add", "client", "provider-1", "P", jwks, *told)[0] == 0
        with admin.connect() as connection:
            row = connection.execute(text("select organisation_id, practices, scopes from api_client")).one()
        assert tuple(row) == (provider, [], ["system/Task.u", "system/Task.rs"])

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            (b"", "not JSON"),
            (b"-----BEGIN PUBLIC KEY-----", "not JSON"),
            (b"\xff\xfe\x00", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b"[]", "Key Set"),
            (b"{}", "Key Set"),
            (b'{"keys": []}', "Key Set"),
            (b'{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"}', "Key Set"),
            (b'{"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}', "private"),
            (b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AAAA"}]}', "P-256"),
        ],
    )
    def test_a_file_that_holds_no_usable_public_key_is_told_in_a_sentence(
        self, run: Run, tmp_path: Path, content: bytes, word: str
    ) -> None:
        path = tmp_path / "wrong.json"
        path.write_bytes(content)
        code, out, err = run("add", "client", "gp-1", "GP", path, "--practice", "A81001")
        assert (code, out) == (2, "")
        assert word in err

    def test_a_private_key_is_refused_and_not_shown(self, run: Run, tmp_path: Path, key: RSAKey) -> None:
        path = tmp_path / "private.json"
        private = KeySet([key]).as_dict(private=True)
        path.write_text(json.dumps(private))
        code, out, err = run("add", "client", "gp-1", "GP", path, "--practice", "A81001")
        assert code == 2
        assert "private" in err
        assert private["keys"][0]["d"] not in out + err

    def test_every_problem_is_told_at_once(self, run: Run, jwks: Path) -> None:
        told = ("--practice", "Z99999", "--practice", "!", "--scope", "everything")
        code, _, err = run("add", "client", "a b", "", jwks, *told)
        assert code == 2
        for word in ("id is", "name", "everything", "Z99999", "ODS code has"):
            assert word in err

    @pytest.mark.parametrize(
        ("words", "word"),
        [
            ((), "at least one practice"),
            (("--organisation", str(uuid4())), "No organisation has this id"),
            (("--practice", "A81001", "--practice", "A81003"), "clients of their own"),
            (("--practice", "A81001", "--jwks-uri", "https://8.8.8.8/jwks"), "either"),
        ],
    )
    def test_a_client_of_nobody_or_of_too_many_is_refused(
        self, run: Run, jwks: Path, words: tuple[str, ...], word: str
    ) -> None:
        code, _, err = run("add", "client", "gp-1", "GP", jwks, *words)
        assert code == 2
        assert word in err

    @pytest.mark.parametrize(
        "uri", ["http://8.8.8.8/jwks", "https://127.0.0.1/jwks", "https://a:b@8.8.8.8/", "x"]
    )
    def test_keys_at_an_address_that_is_not_outside_are_refused(self, run: Run, uri: str) -> None:
        code, _, err = run("add", "client", "gp-1", "GP", "--practice", "A81001", "--jwks-uri", uri)
        assert code == 2
        assert "address" in err

    def test_the_same_id_twice_is_refused(self, run: Run, jwks: Path) -> None:
        words = ("add", "client", "gp-1", "GP", jwks, "--practice", "A81001")
        assert [run(*words)[0], run(*words)[0]] == [0, 2]


class TestClient:
    @pytest.fixture
    def gp(self, run: Run, jwks: Path, key: RSAKey, door: FlaskClient) -> GpSystem:
        run("add", "client", "gp-1", "GP", jwks, "--practice", "A81001")
        return GpSystem(door, "gp-1", key)

    def test_keys_are_added_and_then_replaced(self, run: Run, gp: GpSystem, tmp_path: Path) -> None:
        new = ECKey.generate_key("P-256", parameters={"kid": "key-2"})
        path = tmp_path / "new.json"
        path.write_text(json.dumps(KeySet([new]).as_dict(private=False)))
        code, out, _ = run("client", "keys", "gp-1", path)
        assert (code, out.strip()) == (0, "gp-1 may sign with: key-1, key-2")
        assert gp.ask(gp.assertion()).status_code == 200
        assert run("client", "keys", "gp-1", path, "--replace")[1].strip() == "gp-1 may sign with: key-2"
        assert gp.ask(gp.assertion()).status_code == 401
        other = GpSystem(gp.http, "gp-1", new)  # type: ignore[arg-type]  # of another kind
        assert other.ask(other.assertion({"alg": "ES256"})).status_code == 200

    def test_off_ends_its_tokens_and_on_does_not_bring_them_back(self, run: Run, gp: GpSystem) -> None:
        told = {"Authorization": f"Bearer {gp.token}"}
        read = "/FHIR/R4/Task"
        assert gp.http.get(read, headers=told).status_code == 200
        assert run("client", "off", "gp-1")[0] == 0
        assert gp.http.get(read, headers=told).status_code == 401
        assert gp.ask(gp.assertion()).status_code == 401
        assert run("client", "on", "gp-1")[0] == 0
        assert gp.http.get(read, headers=told).status_code == 401
        assert gp.ask(gp.assertion()).status_code == 200

    @pytest.mark.parametrize("words", [("off",), ("on",)])
    def test_an_unknown_client_is_told(self, run: Run, words: tuple[str, ...]) -> None:
        code, _, err = run("client", *words, "nobody")
        assert (code, err.strip()) == (2, "No client has the id nobody.")


class TestAddOthers:
    @pytest.mark.parametrize("name", ["", "   ", "\t"])
    def test_nothing_is_added_without_a_name(self, run: Run, place: MadePlace, name: str) -> None:
        provider, team = place.providers[0].id, place.team.id
        for words in (
            ("organisation", "team", name),
            ("practice", "A81999", name, "--team", team),
            ("service", provider, name, "--need", "food"),
        ):
            code, _, err = run("add", *words)
            assert (code, "Give it a name." in err) == (2, True)

    def test_a_service_belongs_to_a_provider(self, run: Run, place: MadePlace) -> None:
        for owner in (place.team.id, place.practices[0].id, uuid4()):
            code, _, err = run("add", "service", owner, "Lunch", "--need", "food")
            assert (code, "belongs to a provider" in err) == (2, True)

    def test_a_practice_needs_a_right_code_and_a_team(self, run: Run, place: MadePlace) -> None:
        code, _, err = run("add", "practice", "A8100?", "Surgery", "--team", place.providers[0].id)
        assert code == 2
        assert "ODS code" in err
        assert "team" in err

    def test_a_source_that_is_no_practice_needs_a_team_and_no_code(self, run: Run, place: MadePlace) -> None:
        code, made, _ = run("add", "source", "council", "Invented Council", "--team", place.team.id)
        assert code == 0
        told = ("practice", "cara", "Cara C", "--password", "three plain words")
        assert run("add", "user", made.strip(), *told)[0] == 0
        for owner, words in ((place.providers[0].id, "team"), (uuid4(), "team")):
            code, _, err = run("add", "source", "faith", "Invented Church", "--team", owner)
            assert (code, words in err) == (2, True)

    def test_nothing_can_be_sent_to_a_jobcentre(self, run: Run, place: MadePlace) -> None:
        telling = ("--team", place.team.id, "--tell", "JCP01OT001")
        code, _, err = run("add", "source", "jobcentre", "Invented Jobcentre", *telling)
        assert (code, "Nothing is sent to a source" in err) == (2, True)

    def test_a_user_needs_an_organisation(self, run: Run) -> None:
        told = ("provider", "sam", "Sam S", "--password", "three plain words")
        code, _, err = run("add", "user", uuid4(), *told)
        assert (code, "No organisation has this id" in err) == (2, True)


class TestSandbox:
    def test_one_command_gives_a_token_and_a_line_that_works(
        self, run: Run, door: FlaskClient, tmp_path: Path
    ) -> None:
        code, out, _ = run("sandbox", "token")
        assert code == 0
        (address, token) = re.search(r'curl -s "(\S+)" -H "Authorization: Bearer (\S+)"', out).groups()  # type: ignore[union-attr]
        assert f"export TOKEN={token}\n" in out
        answer = door.get(
            address.removeprefix("http://localhost"), headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200
        kept = tmp_path / "var" / "sandbox-key.pem"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert RSAKey.import_key(kept.read_bytes()).is_private

    def test_a_second_token_is_for_the_same_place_and_key(self, run: Run, admin: Engine) -> None:
        assert [run("sandbox", "token")[0] for _ in range(3)] == [0, 0, 0]
        with admin.connect() as connection:
            counts = connection.execute(
                text(
                    "select (select count(*) from organisation where ods = 'SANDBOX'),"
                    " (select count(*) from api_client), (select count(*) from api_token),"
                    " (select max(jsonb_array_length(jwks -> 'keys')) from api_client)"
                )
            ).one()
        assert tuple(counts) == (1, 2, 6, 1)

    def test_a_lost_key_file_is_made_anew(self, run: Run, tmp_path: Path, door: FlaskClient) -> None:
        run("sandbox", "token")
        (tmp_path / "var" / "sandbox-key.pem").unlink()
        assert run("sandbox", "token")[0] == 0
        key = RSAKey.import_key((tmp_path / "var" / "sandbox-key.pem").read_bytes())
        named = RSAKey.import_key(key.as_dict(private=True), {"kid": key.thumbprint()})
        gp = GpSystem(door, "sandbox-sandbox", named)
        assert gp.ask(gp.assertion()).status_code == 200

    @pytest.mark.parametrize("content", ["", "no key", "-----BEGIN CERTIFICATE-----"])
    def test_a_file_that_is_no_key_is_told_and_left_alone(
        self, run: Run, tmp_path: Path, content: str
    ) -> None:
        path = tmp_path / "notes.txt"
        path.write_text(content)
        code, _, err = run("sandbox", "token", "--key-file", path)
        assert (code, "RSA key" in err) == (2, True)
        assert path.read_text() == content

    def test_the_provider_of_the_sandbox_has_a_token_too(self, run: Run, door: FlaskClient) -> None:
        token = re.search(r"PROVIDER_TOKEN=(\S+)", run("sandbox", "token")[1])[1]  # type: ignore[index]
        told = {"Authorization": f"Bearer {token}"}
        assert door.get("/FHIR/R4/Task", headers=told).status_code == 200
        run("sandbox", "reset")
        assert door.get("/FHIR/R4/Task", headers=told).status_code == 200

    def test_a_database_that_is_away_is_told(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        code, _, err = run("sandbox", "token")
        assert (code, "does not answer" in err) == (2, True)

    def test_reset_leaves_the_token(self, run: Run, door: FlaskClient) -> None:
        token = re.search(r"TOKEN=(\S+)", run("sandbox", "token")[1])[1]  # type: ignore[index]
        assert run("sandbox", "reset")[:2] == (0, "The sandbox SANDBOX is empty.\n")
        told = {"Authorization": f"Bearer {token}"}
        assert door.get("/FHIR/R4/ServiceRequest", headers=told).status_code == 200

    def test_what_was_never_made_cannot_be_reset(self, run: Run) -> None:
        code, _, err = run("sandbox", "reset")
        assert (code, "sandbox token" in err) == (2, True)

    def test_a_live_practice_is_no_sandbox(self, run: Run) -> None:
        for ods in ("A81001", "A81003"):
            code, _, err = run("sandbox", "token", "--ods", ods)
            assert (code, "not a sandbox's code" in err) == (2, True)
