"""A restricted person (security label R): from the message on, nothing says anywhere where they can be found."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import Engine

from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.seal import open_sealed
from app import create_app
from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import endings, triage
from app.services.caring.disclosure import preview
from app.services.dataset.extract import write_extract
from app.services.feedback.letters import outcome_letter
from app.services.helping import delivery
from app.services.incoming import parked
from app.services.shown import views
from app.store import outbox, people
from app.store.outcomes import Contact
from app.store.session import Database
from tests.conftest import Clock, Woken
from tests.directories import make_safe
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    _find,
    acknowledge,
    make_ending,
    make_message,
    make_place,
    send,
    sender_for,
)
from tests.integration.api_fhir.case_messages import Case
from tests.integration.api_fhir.gp_system import GpSystem, register
from tests.integration.api_fhir_rest.reader import Reader
from tests.unit.letters.pdf import text_of

LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
HIDDEN = ("Cardamom", "E8 1EA", "900461", "canary@hidden.example", "Patient's Surgery")
READER = system("test")


@dataclass(frozen=True)
class Told:
    """A restricted person's referral, and all that was said of it so far."""

    made: MadeReferral
    place: MadePlace


def _restricted_message(place: MadePlace) -> bytes:
    body = json.loads(make_message(place.practices[0]))
    patient = next(
        each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == "Patient"
    )
    patient["meta"]["security"] = [LABEL]
    patient["telecom"].append({"system": "email", "value": "canary@hidden.example"})
    return json.dumps(body).encode()


@pytest.fixture
def told(database: Database) -> Told:
    place = make_place(database)
    make_safe(database, place, 0)
    body = _restricted_message(place)
    send(database, body, sender_for(*place.practices))
    return Told(_find(database, place.practices[0], body), place)


def _hides(said: object) -> bool:
    return not any(canary in str(said) for canary in HIDDEN)


def _offered(database: Database, told: Told) -> tuple[Any, Any]:
    """Offer it to the first service; return its provider and the placement."""
    triage.start(database, told.place.link_worker, told.made.id)
    service = told.place.services[0].id
    placement_id = triage.offer(database, told.place.link_worker, told.made.id, [service])
    return told.place.provider_of(service), placement_id


def _completed(database: Database, told: Told, clock: Clock) -> None:
    provider, placement_id = _offered(database, told)
    delivery.accept(database, provider, placement_id)
    delivery.record_contact(
        database, provider, placement_id, Contact("phone", True, clock.today, 20, "Rang.")
    )
    endings.complete(database, provider, placement_id, make_ending(clock.today))


def test_the_record_itself_has_it_sealed_so_that_the_tests_below_hide_something(
    database: Database, told: Told, admin: Engine
) -> None:
    with database.transaction(READER) as tx:
        person = people.get(tx, told.made.person_id, audit="test")
    assert person.restricted
    assert not _hides(person.details)
    with admin.connect() as connection:
        assert _hides(connection.exec_driver_sql("select * from person").fetchall())


def test_a_later_referral_that_leaves_the_label_out_lifts_nothing(database: Database, told: Told) -> None:
    practice = told.place.practices[0]
    with database.transaction(READER) as tx:
        number = people.get(tx, told.made.person_id, audit="test").details.nhs_number
    body = make_message(practice, patient=Patient(nhs_number=number))
    send(database, body, sender_for(practice))
    again = _find(database, practice, body)
    assert again.person_id == told.made.person_id
    seen = views.get_referral(database, told.place.link_worker, again.id)
    assert seen.person.restricted
    assert _hides(seen)


def test_no_view_of_anybody_says_where_they_are(database: Database, told: Told, clock: Clock) -> None:
    place, made = told.place, told.made
    seen = views.get_referral(database, place.link_worker, made.id)
    assert seen.person.restricted
    assert _hides(seen)
    assert _hides(views.list_referrals(database, place.link_worker))
    provider, placement_id = _offered(database, told)
    assert _hides(preview(database, place.link_worker, made.id))
    for _ in range(2):
        shown = views.get_placement(database, provider, placement_id)
        assert shown.person.contact_through_team
        assert _hides(shown)
        assert _hides(views.list_placements(database, provider))
        if shown.summary.status == "offered":
            delivery.accept(database, provider, placement_id)
    assert _hides(views.list_loops(database, place.actor("practice-0")))
    assert _hides(views.get_loop(database, place.actor("practice-0"), made.id))


def test_neither_suggestions_nor_unmet_need_go_by_where_they_live(
    database: Database, told: Told, admin: Engine
) -> None:
    worker = told.place.link_worker
    triage.start(database, worker, told.made.id)
    assert triage.suggest(database, worker, told.made.id).wanted.outward_code is None
    assert triage.record_unmet_need(database, worker, told.made.id) == 1
    with admin.connect() as connection:
        assert connection.exec_driver_sql("select area from unmet_need").scalar_one() is None


def test_what_the_practice_reads_over_fhir_leaves_it_out(runtime: Runtime, told: Told) -> None:
    http, key = create_app(runtime=runtime).test_client(), RSAKey.generate_key(2048, parameters={"kid": "k"})
    client = register(runtime.db, told.place.place.id, key, practices=("A81001",), scopes=("referral.read",))
    reader = Reader(http, GpSystem(http, client, key).token)
    patient = reader.read(f"Patient/{told.made.person_id}")
    assert patient["meta"]["security"][0]["code"] == "R"
    assert _hides(patient)
    for kind in ("ServiceRequest", "Patient", "Task", "Consent", "AuditEvent", "Provenance", "Organization"):
        assert _hides(reader.search(kind)), kind


def test_message_letter_and_extract_leave_it_out(
    database: Database, told: Told, clock: Clock, woken: Woken, tmp_path: Path
) -> None:
    _completed(database, told, clock)
    with database.transaction(system("carrier")) as tx:
        carried = [outbox.lease(tx, each) for each in dict.fromkeys(woken.ids)]
    bodies = [each.body.decode() for each in carried if each is not None]
    assert bodies
    assert _hides(bodies)
    letter = outcome_letter(database, told.place.actor("practice-0"), told.made.id)
    assert _hides(text_of(letter.pdf))
    acknowledge(database, told.made)
    make_keys(tmp_path / "keys")
    written = write_extract(database, (tmp_path / "keys" / PUBLIC_KEY).read_bytes(), tmp_path / "out")
    assert (written.rows, written.excluded) == (0, {"restricted-record": 1})
    with written.path.open("rb") as sealed:
        assert _hides(b"".join(open_sealed(sealed, load_keys(tmp_path / "keys").private)).decode())


def test_neither_log_nor_audit_nor_tasks_name_it(
    database: Database, told: Told, clock: Clock, admin: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        send(database, Case(told.made.message).update(1), sender_for(*told.place.practices))
        _completed(database, told, clock)
    assert _hides(caplog.text)
    with admin.connect() as connection:
        for table in ("audit_event", "task", "transition", "referral", "placement", "inbox_message"):
            assert _hides(connection.exec_driver_sql(f"select * from {table}").fetchall()), table  # noqa: S608


def test_a_message_that_waited_for_the_steward_is_restricted_when_it_is_taken(
    database: Database, admin: Engine
) -> None:
    place = make_place(database)
    body = _restricted_message(place).replace(b"A81001", b"A81066")
    send(database, body, sender_for(place.practices[0]))
    with admin.connect() as connection:
        connection.exec_driver_sql("update organisation set ods = 'A81066' where ods = 'A81001'")
    (waiting,) = views.list_parked(database, place.actor("steward"))
    referral_id = parked.try_again(database, place.actor("steward"), waiting.id)
    assert views.get_referral(database, place.link_worker, referral_id).person.restricted
    assert _hides(views.get_referral(database, place.link_worker, referral_id))
    assert (
        views.get_referral(database, place.link_worker, referral_id).referral.status
        == ReferralStatus.RECEIVED
    )
