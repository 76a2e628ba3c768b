"""What systems of others ask in ways of their own: codes, elements, versions of FHIR, changes since a time."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text

from app.domain.access import system
from app.domain.own_words import OwnWords, Saying
from app.store import people
from app.store.session import Database
from app.store.tables_words import PersonWordRow
from fhir.systems import NHS_NUMBER, SNOMED
from tests.conftest import Clock
from tests.factories import make_nhs_number
from tests.integration.api_fhir_rest.reader import BASE, Reader, ids_of, link, matches, refusals
from tests.integration.api_fhir_rest.world import World


def test_polling_the_audit_comes_to_an_end(reader: Reader, world: World) -> None:
    for query in ({"_count": "3", "_sort": "date"}, {"_count": "3"}):
        bundle = reader.search("AuditEvent", query)
        total, seen = bundle["total"], ids_of(bundle)
        while (url := link(bundle, "next")) is not None:
            assert len(seen) <= total
            bundle = reader.follow(url)
            seen += ids_of(bundle)
        assert len(seen) == len(set(seen)) == total
    assert reader.search("AuditEvent")["total"] == total


def test_a_read_of_the_audit_leaves_one_line(reader: Reader, world: World, admin: Engine) -> None:
    count = text("select count(*) from audit_event")
    with admin.connect() as connection:
        before = connection.execute(count).scalar_one()
    assert len(reader.ids("AuditEvent")) > 1
    with admin.connect() as connection:
        assert connection.execute(count).scalar_one() == before + 1


@pytest.mark.parametrize(
    ("kind", "found", "nothing"),
    [
        ("Task", "draft,completed", "received,ready,draft"),
        ("ServiceRequest", "active,on-hold,draft", "on-hold"),
        ("Observation", "final,amended", "preliminary"),
        ("CarePlan", "unknown,completed", "unknown"),
    ],
)
def test_codes_of_fhir_s_own_lists_match_nothing_and_are_not_wrong(
    kind: str, found: str, nothing: str, reader: Reader, world: World
) -> None:
    assert reader.ids(kind, {"status": found})
    empty = reader.search(kind, {"status": nothing})
    assert (empty["total"], link(empty, "self")) == (0, f"http://localhost/FHIR/R4/{kind}?status={nothing}")
    assert len(reader.ids(kind, {"status:not": nothing})) == len(reader.ids(kind))
    assert refusals(reader.get(kind, {"status": "banana"}), 400)


def test_every_code_of_a_system_is_asked_for_by_the_system_alone(reader: Reader, world: World) -> None:
    assert len(reader.ids("ServiceRequest", {"code": f"{SNOMED}|"})) == 2


@pytest.mark.parametrize(
    "names", ["status,id,resourceType", "ServiceRequest.status", "status,colour", "status.extension"]
)
def test_elements_are_named_as_clients_name_them(names: str, reader: Reader, world: World) -> None:
    for each in matches(reader.search("ServiceRequest", {"_elements": names})):
        assert {"resourceType", "id", "status"} <= set(each)
        assert "identifier" not in each
    assert matches(reader.search("ServiceRequest", {"_elements": "colour"}))
    assert refusals(reader.get("Task", {"_elements": "colour"}, Prefer="handling=strict"), 400)


def test_a_summary_of_text_or_data_is_given(reader: Reader, world: World) -> None:
    whole = matches(reader.search("ServiceRequest"))[0]
    text_only = matches(reader.search("ServiceRequest", {"_summary": "text"}))[0]
    assert set(text_only) == {"resourceType", "id", "meta", "status", "intent", "subject"} | (
        {"text"} & set(whole)
    )
    data = matches(reader.search("ServiceRequest", {"_summary": "data"}))[0]
    assert set(data) == set(whole) - {"text"}


def test_a_chain_never_widens_a_search(reader: Reader, world: World) -> None:
    number = f"{NHS_NUMBER}|{world.number}"
    by_modifier = reader.ids("Task", {"patient:identifier": number})
    assert reader.ids("Task", {"patient.identifier": number}) == by_modifier
    assert reader.ids("Task", {"subject:Patient.identifier": number}) == by_modifier
    assert refusals(reader.get("Task", {"patient.family": "Brandt"}, Prefer="handling=lenient"), 400)


def test_a_search_that_finds_nobody_says_itself_again_without_a_number(reader: Reader, world: World) -> None:
    nobody = make_nhs_number()
    asked = reader.search("Task", {"patient": "Patient/nope", "_format": "json"})
    assert link(asked, "self") == "http://localhost/FHIR/R4/Task?patient=Patient/nope&_format=json"
    for query in (
        {"patient:identifier": f"{NHS_NUMBER}|{nobody}"},
        {"patient": f"Patient/{nobody}"},
        {"_id": nobody},
    ):
        bundle = reader.search("Task", query)
        assert nobody not in str(bundle)
        again = link(bundle, "self") or ""
        assert again.endswith("none")
        assert reader.follow(again)["total"] == 0


def test_the_next_page_keeps_the_format_and_stays_short(reader: Reader, world: World) -> None:
    many = ",".join(f"00000000-0000-4000-8000-{number:012}" for number in range(99))
    query = {"_id": f"{world.closed.id},{many}", "_format": "json", "_count": "1"}
    ids = [*([str(world.closed.id), str(world.fresh.id)]), *many.split(",")[:98]]
    bundle = reader.post("ServiceRequest/_search", query | {"_id": ",".join(ids)}).json
    url = link(bundle, "next") or ""
    assert len(url) < 8190
    assert "_format=json" in url
    assert ids_of(reader.follow(url))
    requests = ",".join(f"ServiceRequest/{each}" for each in ids)
    tasks = query | {"_id": ",".join(ids), "focus": requests}
    assert reader.post("Task/_search", tasks).status_code in (200, 422)


@pytest.mark.parametrize(
    "accept", ["application/fhir+json; fhirVersion=3.0", "application/fhir+json; version=9.0.0"]
)
def test_another_version_of_fhir_is_not_spoken(
    accept: str, reader: Reader, world: World, http: FlaskClient
) -> None:
    assert refusals(reader.get("Task", Accept=accept), 406)
    assert refusals(reader.get(f"Task/{world.closed.id}", Accept=accept), 406)
    assert reader.get("Task", Accept=f"{accept}, application/fhir+json;fhirVersion=4.0").status_code == 200


def test_a_body_of_another_version_of_fhir_is_not_read(provider: Reader, world: World) -> None:
    task = provider.read(f"Task/{world.closed.placement_id}")
    told = provider.put(f"Task/{task['id']}", task, Content_Type="application/fhir+json; fhirVersion=3.0")
    assert refusals(told, 415)


def test_preferences_are_heard_in_any_case(reader: Reader, world: World) -> None:
    assert refusals(reader.get("Task", {"colour": "red"}, Prefer="HANDLING=strict"), 400)
    assert refusals(reader.get("Task", {"colour": "red"}, Prefer="Handling=Strict"), 400)


def test_lines_are_given_when_they_are_asked_for(reader: Reader, world: World) -> None:
    pretty = reader.get("Task", {"_pretty": "true"}, Prefer="handling=strict")
    assert pretty.text.startswith("{\n")
    assert json.loads(pretty.text)["total"] == 3


def test_a_history_comes_in_pages_and_since_a_time(reader: Reader, world: World) -> None:
    path = f"Task/{world.closed.id}/_history"
    whole = reader.read(path)
    assert link(whole, "self") == f"http://localhost/FHIR/R4/{path}"
    assert len(whole["entry"]) > 2
    seen, bundle = [], reader.read(f"{path}?_count=2")
    assert bundle["total"] == len(whole["entry"])
    seen += bundle["entry"]
    while (url := link(bundle, "next")) is not None:
        bundle = reader.follow(url)
        seen += bundle["entry"]
    assert seen == whole["entry"]
    none = reader.read(f"{path}?_since=2090-01-01T00:00:00Z")
    assert (none["total"], "entry" in none) == (0, False)
    assert len(refusals(reader.get(f"{path}?_since=soon&_count=x"), 400)) == 2
    assert refusals(reader.get(f"{path}?colour=red", Prefer="handling=strict"), 400)
    assert reader.get(f"{path}?colour=red").status_code == 200


def at(admin: Engine, now: str, sql: str, values: dict[str, object]) -> None:
    """Change rows as a transaction of the application does, at a time of its clock."""
    with admin.connect() as connection:
        connection.execute(text("begin"))
        connection.execute(text("select set_config('app.now', :now, true)"), {"now": now})
        connection.execute(text(sql), values)
        connection.execute(text("commit"))


def test_a_changed_person_is_found_by_the_time_of_the_change(
    reader: Reader, world: World, clock: Clock, admin: Engine, database: Database
) -> None:
    before = matches(reader.search("Patient", {"_id": str(world.closed.person_id)}))[0]["meta"]
    clock.advance(minutes=2)
    since = clock.now.isoformat()
    assert reader.ids("Patient", {"_lastUpdated": f"ge{since}"}) == []
    at(admin, since, "update person_word set heard = '{}'", {})  # no word of anybody is another for it
    with database.transaction(system("test")) as tx:
        practice = tx.session.scalars(select(PersonWordRow.practice_id).distinct()).first()
        died = Saying(practice, OwnWords(deceased=True), since)
        people.record_told(tx, world.closed.person_id, died, audit="test")
    (changed,) = matches(reader.search("Patient", {"_lastUpdated": f"ge{since}"}))
    assert changed["id"] == str(world.closed.person_id)
    assert changed["meta"]["lastUpdated"] > before["lastUpdated"]
    assert changed["meta"]["versionId"] != before["versionId"]
    assert reader.ids("Patient", {"_sort": "-_lastUpdated"})[0] == changed["id"]


def test_the_directory_says_when_it_changed(
    reader: Reader, world: World, clock: Clock, admin: Engine
) -> None:
    clock.advance(minutes=2)
    since = clock.now.isoformat()
    at(admin, since, "update organisation set name = name || ' & Co' where id = :id", {"id": world.team})
    assert reader.ids("Organization", {"_lastUpdated": f"ge{since}"}) == [world.team]
    assert "lastUpdated" in matches(reader.search("HealthcareService"))[0]["meta"]


def test_a_head_in_a_batch_gives_no_body(reader: Reader, world: World) -> None:
    entry = {"request": {"method": "HEAD", "url": f"Task/{world.closed.id}"}}
    body = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    headers = {"Authorization": f"Bearer {reader.token}", "Content-Type": "application/fhir+json"}
    (done,) = reader.http.post(BASE, json=body, headers=headers).json["entry"]
    assert "resource" not in done
    assert done["response"]["status"].startswith("200")


def test_a_write_shows_nothing_to_a_token_that_may_not_read(
    reader_of: Callable[..., Reader], world: World, provider: Reader
) -> None:
    writer = reader_of(bound_to=world.place.providers[0], scopes=("system/Task.u",))
    task = provider.read(f"Task/{world.closed.placement_id}")
    told = writer.put(f"Task/{task['id']}", task, Prefer="return=representation")
    assert (told.status_code, told.data) == (200, b"")
