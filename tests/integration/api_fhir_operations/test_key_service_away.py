"""A key service that goes away: nothing is read, nothing breaks, and every referral is taken and judged later."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app import jobs
from app.cli import main
from app.clients.vault import VaultAccount, VaultKeeper, VaultProblem, key_file
from app.config import Settings, SettingsProblem, from_environment
from app.domain.access import system as platform
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.rights import key_changes
from app.store import people, person_keys
from app.store.crypto import KeyProblem, KeysAway
from tests.factories import MadePlace, make_message, make_referral
from tests.integration.api_fhir_operations.asking import Asking
from tests.integration.web.conftest import Visitor
from tests.key_service import KEY, TOKEN, KeyService, key_service

READER = platform("test")
ENVIRON = {"VAULT_TOKEN": TOKEN}


@pytest.fixture
def service() -> Iterator[KeyService]:
    with key_service() as running:
        yield running


@pytest.fixture
def ring(service: KeyService) -> str:
    """The key file, as the command makes it."""
    return key_file(VaultAccount(service.address, KEY, None, TOKEN))


@pytest.fixture
def settings(settings: Settings, ring: str) -> Settings:
    return replace(settings, keys=VaultKeeper.read(ring, ENVIRON))


def family_of(runtime: Runtime, person_id: UUID) -> str | None:
    with runtime.db.transaction(READER) as tx:
        return people.get(tx, person_id, audit="test").details.family


def test_records_are_wrapped_by_the_service_and_many_are_opened_with_one_question(
    runtime: Runtime, place: MadePlace, service: KeyService, admin: Engine
) -> None:
    made = [make_referral(runtime.db, place, ReferralStatus.RECEIVED) for _ in range(3)]
    with admin.connect() as connection:
        wrapped = connection.execute(text("select key_id, data_key from person_key")).all()
    assert {key_id for key_id, _ in wrapped} == {"vault:v1"}
    assert all(bytes(key).startswith(b"vault:v1:") for _, key in wrapped)
    service.asked.clear()
    with runtime.db.transaction(READER) as tx:
        found = people.list_for_referrals(tx, [one.person_id for one in made], audit="test")
    assert {person.details.family for person in found.values()} == {"Okonkwo"}
    assert service.asked == [f"/v1/transit/decrypt/{KEY}"]


def test_new_version_of_the_services_key_wraps_everything_anew(
    runtime: Runtime, place: MadePlace, service: KeyService
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    count = key_changes.count_by_key(runtime.db)["vault:v1"]
    service.rotate()
    assert family_of(runtime, made.person_id) == "Okonkwo"
    assert key_changes.rewrap_all(runtime.db) == count
    assert key_changes.count_by_key(runtime.db) == {"vault:v2": count}
    assert family_of(runtime, made.person_id) == "Okonkwo"


def test_key_moved_to_another_person_is_refused_by_the_service(
    runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    one, other = (make_referral(runtime.db, place, ReferralStatus.RECEIVED) for _ in range(2))
    moved = "update person_key set data_key = o.data_key from person_key o"
    with admin.connect() as connection:
        connection.execute(
            text(f"{moved} where person_key.person_id = :to and o.person_id = :of"),
            {"to": one.person_id, "of": other.person_id},
        )
    with pytest.raises(KeyProblem), runtime.db.transaction(READER) as tx:
        person_keys.get(tx, one.person_id)  # the key itself does not open, whatever it would be used for


@pytest.mark.parametrize("status", [None, 503, 403])
def test_while_it_is_away_pages_say_so_and_systems_are_told_to_come_again(
    runtime: Runtime, place: MadePlace, service: KeyService, system: Asking, status: int | None
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    worker = Visitor(system.http.application.test_client()).sign_in("link-worker")
    away(service, status)
    page = worker.client.get(f"/referrals/{made.id}")
    assert page.status_code == 503
    assert "Backstitch is away for a moment" in page.text
    assert "Okonkwo" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["Retry-After"]
    found = system.ask_for("GET", "ServiceRequest")
    assert found.status_code == 503
    assert found.json["resourceType"] == "OperationOutcome"
    with pytest.raises(KeysAway):
        family_of(runtime, made.person_id)
    back(service)
    worker.get(f"/referrals/{made.id}")


def away(service: KeyService, status: int | None) -> None:
    if status is None:
        service.stop()
    else:
        service.status = status


def back(service: KeyService) -> None:
    service.status = 200
    if service._server is None:
        service.start()


def test_referrals_are_taken_while_it_is_away_and_judged_when_it_is_back(
    runtime: Runtime,
    place: MadePlace,
    service: KeyService,
    system: Asking,
    counted: Callable[[str], int],
    admin: Engine,
) -> None:
    service.stop()
    messages = [make_message(place.practices[0]) for _ in range(4)]
    answers = [system.post(body) for body in messages]
    assert [answer.status_code for answer in answers] == [202] * 4
    assert "Preference-Applied" not in answers[0].headers
    again = system.post(messages[0], **{"X-Request-Id": answers[0].headers["X-Request-Id"]})
    assert again.headers["Content-Location"] == answers[0].headers["Content-Location"]
    assert counted("async_job") == 4
    with admin.connect() as connection:
        kept = connection.execute(text("select asked, data_key, key_id from async_job")).all()
    assert {row.key_id for row in kept} == {"intake"}
    assert all(b"Okonkwo" not in bytes(row.asked) + bytes(row.data_key) for row in kept)
    for _ in range(12):  # more often than a promise is tried: being away is nobody's failed attempt
        jobs.sweep(runtime)
    assert counted("referral") == 0
    waiting = system.ask_for("GET", answers[0].headers["Content-Location"])
    assert waiting.status_code == 202
    service.start()
    jobs.sweep(runtime)
    assert counted("referral") == 4
    for answer in answers:
        told = system.ask_for("GET", answer.headers["Content-Location"])
        assert told.json["entry"][0]["response"]["status"].startswith("200"), told.text
    jobs.sweep(runtime)
    assert counted("referral") == 4


def test_message_that_cannot_be_read_is_refused_at_once(
    service: KeyService, system: Asking, place: MadePlace, counted: Callable[[str], int]
) -> None:
    service.stop()
    broken = json.loads(make_message(place.practices[0]))
    broken["entry"] = broken["entry"][1:]
    assert system.post(json.dumps(broken).encode()).status_code in (400, 422)
    assert counted("async_job") == 0


def test_sealed_message_moved_to_another_row_does_not_open(
    runtime: Runtime, place: MadePlace, service: KeyService, system: Asking, admin: Engine
) -> None:
    service.stop()
    for _ in range(2):
        system.post(make_message(place.practices[0]))
    service.start()
    with admin.connect() as connection:
        (one, other) = connection.execute(text("select id, asked, data_key from async_job order by id")).all()
        moved = text("update async_job set data_key = :key where id = :id")
        connection.execute(moved, {"key": other.data_key, "id": one.id})
    with pytest.raises(KeyProblem, match="moved"), runtime.db.transaction(READER) as tx:
        tx.cipher.unwrap(one.id, other.data_key, "intake")


def test_command_makes_the_key_file_that_settings_read(
    service: KeyService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    monkeypatch.setenv("VAULT_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setattr(sys, "argv", ["app", "keys", "service", service.address, KEY])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    path = tmp_path / "keys.json"
    path.write_text(capsys.readouterr().out)
    path.chmod(0o600)
    environ = {"BACKSTITCH_KEYS_FILE": str(path), "VAULT_TOKEN_FILE": str(tmp_path / "token")}
    usual = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://x", "SECRET_KEY": "s" * 40}
    keeper = from_environment({**usual, **environ}).keys
    assert keeper.active == "vault:v1"
    assert len(keeper.index_key) == 32
    (tmp_path / "token").write_text("another")  # the token is read anew each time: this one is not known
    with pytest.raises(ConnectionError):
        _ = keeper.active
    with pytest.raises(SettingsProblem, match="VAULT_TOKEN_FILE is missing"):
        from_environment({**usual, "BACKSTITCH_KEYS_FILE": str(path)})


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('{"vault": {"address": "http://keys.example.org", "key": "k"}}', "over https"),
        ('{"vault": {"address": "https://keys.example.org"}}', "names no key service"),
        ('{"vault": {"address": "https://keys.example.org", "key": "k"}, "index": ""}', "not in its format"),
    ],
)
def test_key_file_that_names_no_usable_service_is_refused(told: str, said: str) -> None:
    with pytest.raises(VaultProblem, match=said):
        VaultKeeper.read(told, ENVIRON)
