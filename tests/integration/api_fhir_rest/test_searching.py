"""What a search says beside what it finds: dates, wrong values, links, what is brought along, how much is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.domain.lifecycle import ReferralStatus
from fhir.systems import NHS_NUMBER
from fhir.views_table import KINDS
from fhir.xml_reading import load_xml
from tests.conftest import Clock
from tests.factories import MadeReferral, make_nhs_number
from tests.integration.api_fhir_rest.reader import Reader, ids_of, link, matches, refusals
from tests.integration.api_fhir_rest.world import NOBODY, World

Refer = Callable[..., MadeReferral]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("eq2026-01-31T10:00:00.250000Z", True),
        ("2026-01-31T10:00:00Z", True),
        ("2026-01-31T10:00:01Z", False),
        ("2026-01-31T11:00+01:00", True),
        ("2026-01-31T11:00 01:00", True),
        ("2026-01-31", True),
        ("2026-01", True),
        ("2026", True),
        ("2026-02", False),
        ("ne2026-01", False),
        ("ne2026-02", True),
        ("gt2026-01-31", False),
        ("gt2026-01-30", True),
        ("ge2026-01-31", True),
        ("ge2026-02-01", False),
        ("lt2026-01-31", False),
        ("lt2026-02", True),
        ("le2026-01-31", True),
        ("le2026-01-30", False),
        ("sa2026-01-30", True),
        ("sa2026-01-31", False),
        ("eb2026-02", True),
        ("eb2026-01-31", False),
        ("ap2026-02-01", True),
        ("ap2026-02-03", False),
        ("2025,2026-01-31", True),
    ],
)
def test_dates_cover_what_they_say(
    value: str, found: bool, reader: Reader, refer: Refer, clock: Clock
) -> None:
    clock.now = datetime(2026, 1, 31, 10, 0, 0, 250000, tzinfo=UTC)
    refer(ReferralStatus.RECEIVED)
    for kind, name in (("Task", "authored-on"), ("ServiceRequest", "_lastUpdated")):
        assert bool(reader.ids(kind, {name: value})) is found


def test_a_day_is_a_day_in_london(reader: Reader, refer: Refer, clock: Clock) -> None:
    clock.now = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight on the first of July there
    refer(ReferralStatus.RECEIVED)
    assert reader.ids("Task", {"authored-on": "2026-06-30"}) == []
    assert len(reader.ids("Task", {"authored-on": "2026-07-01"})) == 1


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("Task", "_count", "-1"),
        ("Task", "_count", "many"),
        ("Task", "_sort", "owner"),
        ("Task", "_summary", "some"),
        ("Task", "_total", "all"),
        ("Task", "_include", "Task:encounter"),
        ("Task", "_include", "*"),
        ("Task", "_include:iterate", "Task:encounter"),
        ("Task", "_revinclude:iterate", "Task:part-of"),
        ("Task", "patient.name", "Brandt"),
        ("Task", "_has:Provenance:target:agent", "x"),
        ("Task", "_revinclude", "Task:focus"),
        ("Task", "_page", "AAAA"),
        ("Task", "_page", "eyJ2IjpbXSwiaSI6MSwiYiI6MX0"),
        ("Task", "status", "banana"),
        ("Task", "status", ""),
        ("Task", "status:above", "completed"),
        ("Task", "owner:missing", "perhaps"),
        ("Task", "authored-on", "yesterday"),
        ("Task", "authored-on", "xy2026-01-01"),
        ("Task", "authored-on", "2026-13-01"),
        ("Task", "authored-on", "ge9999-12-31"),
        ("Task", "authored-on", "0000"),
        ("Task", "authored-on:exact", "2026"),
        ("Task", "patient", "Practitioner/1"),
        ("Task", "patient:Group", NOBODY),
        ("Task", "patient:identifier", f"{NHS_NUMBER}|9000000000"),
        ("Task", "focus:identifier", "https://nowhere.example/|"),
        ("Task", "_id", ",".join(["x"] * 101)),
        ("Provenance", "target", NOBODY),
        ("Provenance", "target", f"Task/{NOBODY},ServiceRequest/{NOBODY}"),
        ("Patient", "_sort", "birthdate"),
        ("Patient", "identifier", f"{NHS_NUMBER}|"),
        ("Patient", "identifier:exact", "9000000009"),
        ("ServiceRequest", "identifier:missing", "true"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_parameter(
    kind: str, name: str, value: str, reader: Reader
) -> None:
    (sentence,) = refusals(reader.get(kind, {name: value}), 400)
    assert sentence.startswith(f"{name.partition(':')[0]}: ")
    assert "9000000000" not in sentence


def test_all_that_is_wrong_is_told_at_once(reader: Reader) -> None:
    query = {"status": "banana", "_count": "x", "authored-on": "soon", "colour": "red"}
    sentences = refusals(reader.get("Task", query, Prefer="handling=strict"), 400)
    assert [each.partition(":")[0] for each in sentences] == ["status", "authored-on", "_count", "colour"]


def test_unknown_parameters_are_left_aside_and_named_unless_the_caller_is_strict(
    reader: Reader, world: World
) -> None:
    query = {"colour": "crimson", "shade.name": "Brandt", "status": "completed"}
    for headers in ({}, {"Prefer": "handling=lenient"}, {"Prefer": "respond-async"}):
        bundle = reader.search("ServiceRequest", query, **headers)
        assert ids_of(bundle) == [str(world.closed.id)]
        (outcome,) = matches(bundle, "outcome")
        assert [each["diagnostics"].split()[0] for each in outcome["issue"]] == ["colour", "shade.name"]
        get_fhir_model_class("Bundle").model_validate(bundle)
        assert "crimson" not in link(bundle, "self") + str(outcome)
    strict = reader.get("ServiceRequest", query, Prefer="return=minimal; handling=strict")
    assert [each.partition(":")[0] for each in refusals(strict, 400)] == ["colour", "shade.name"]


def test_no_link_ever_repeats_an_identifier(reader: Reader, world: World) -> None:
    query = {"patient:identifier": f"{NHS_NUMBER}|{world.number}", "_count": "1"}
    by_get = reader.search("Task", query)
    by_post = reader.post("Task/_search", query).json
    assert by_get == by_post
    for relation in ("self", "next"):
        url = link(by_get, relation) or ""
        assert url.startswith(
            f"http://localhost/FHIR/R4/Task?patient=Patient/{world.closed.person_id}&_count=1"
        )
        assert world.number not in url
    assert ids_of(reader.follow(link(by_get, "next") or "")) != ids_of(by_get)
    patient = reader.search("Patient", {"identifier": f"{NHS_NUMBER}|{world.number}"})
    assert link(patient, "self") == f"http://localhost/FHIR/R4/Patient?_id={world.closed.person_id}"
    nobody = make_nhs_number()
    assert nobody not in str(
        reader.search("Patient", {"identifier": f"{NHS_NUMBER}|{nobody}", "_id": nobody})
    )


def test_no_query_string_reaches_a_log(
    reader: Reader, world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    reader.search("Patient", {"identifier": f"{NHS_NUMBER}|{world.number}"})
    reader.get("Patient", {"identifier": f"{NHS_NUMBER}|{world.number[:-1]}", "_count": "x"})
    written = "".join(capfd.readouterr()) + caplog.text + str([record.__dict__ for record in caplog.records])
    assert "/FHIR/R4/Patient" in written
    assert world.number[:-1] not in written


def test_search_by_post_wants_a_form(reader: Reader) -> None:
    assert refusals(reader.post("Task/_search", b"{}", Content_Type="application/json"), 415)


def test_what_matches_brings_along_what_it_points_at_and_what_points_at_it(
    reader: Reader, world: World
) -> None:
    query = [
        ("_id", str(world.closed.id)),
        ("_include", "ServiceRequest:patient"),
        ("_include", "ServiceRequest:subject:Patient"),
        ("_include", "ServiceRequest:requester"),
        ("_revinclude", "Task:focus"),
    ]
    bundle = reader.search("ServiceRequest", query)
    assert ids_of(bundle) == [str(world.closed.id)]
    assert bundle["total"] == 1
    along = [(each["resourceType"], each["id"]) for each in matches(bundle, "include")]
    assert sorted(along) == sorted(
        [
            ("Patient", str(world.closed.person_id)),
            ("Organization", world.practice),
            ("Task", str(world.closed.id)),
            ("Task", str(world.closed.placement_id)),
        ]
    )
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert entry["fullUrl"] == f"http://localhost/FHIR/R4/{resource['resourceType']}/{resource['id']}"
    get_fhir_model_class("Bundle").model_validate(bundle)


def test_tasks_bring_their_request_and_patient_each_once(reader: Reader, world: World) -> None:
    query = [("patient", str(world.closed.person_id)), ("_include", "Task:focus,Task:patient,Task:owner")]
    bundle = reader.search("Task", query)
    assert len(matches(bundle)) == 2
    along = sorted(each["resourceType"] for each in matches(bundle, "include"))
    assert along == ["Organization", "Organization", "Patient", "ServiceRequest"]


@pytest.mark.parametrize("query", [{"_summary": "count"}, {"_count": "0"}])
def test_a_count_says_how_many_and_shows_none(query: dict[str, str], reader: Reader, world: World) -> None:
    bundle = reader.search("ServiceRequest", query)
    assert (bundle["total"], "entry" in bundle) == (2, False)


def test_the_total_can_be_left_out(reader: Reader, world: World) -> None:
    assert "total" not in reader.search("Task", {"_total": "none"})
    assert reader.search("Task", {"_total": "estimate"})["total"] == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_resource_is_still_good_fhir(kind: str, reader: Reader, world: World) -> None:
    whole = matches(reader.search(kind))[0]
    for query in ({"_summary": "true"}, {"_elements": "text"}, {"_elements": "id,meta"}):
        for resource in matches(reader.search(kind, query)):
            get_fhir_model_class(kind).model_validate(resource)
            assert resource["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "tag" not in matches(reader.search(kind, {"_summary": "false"}))[0]["meta"]
    assert "tag" not in whole["meta"]


def test_json_is_given_unless_xml_is_asked_for_and_nothing_else(reader: Reader, world: World) -> None:
    for name in ("json", "application/json", "application/fhir+json", "application/fhir json"):
        answer = reader.get("Task", {"_format": name}, Accept="text/html")
        assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    refused = reader.get("Task", {"_format": "xml", "_count": "x"})
    assert (refused.status_code, refused.mimetype) == (400, "application/fhir+xml")
    for name in ("ttl", "text/html", "html/xml"):
        assert refusals(reader.get(f"Task/{world.closed.id}", {"_format": name}), 406)
    both_ways = reader.get("Task", {"_format": "json"}, Accept="application/fhir+xml")
    assert both_ways.mimetype == "application/fhir+json"
    assert reader.get("Task", Accept="text/turtle").status_code == 406
    for accept in ("text/html, */*;q=0.1", "application/fhir+json; version=1.4.0", "", "application/*"):
        assert reader.get("Task", Accept=accept).mimetype == "application/fhir+json"
    either = "application/fhir+xml;q=0.5, application/fhir+json"
    assert reader.get("Task", Accept=either).mimetype == "application/fhir+json"


@pytest.mark.parametrize("kind", KINDS)
def test_xml_says_the_same_as_json(kind: str, reader: Reader, world: World) -> None:
    first = matches(reader.search(kind))[0]
    query = {"_id": first["id"]}
    for answer in (
        reader.get(kind, query, Accept="application/fhir+xml"),
        reader.get(kind, query | {"_format": "xml"}),
        reader.get(kind, query | {"_format": "application/fhir+xml"}, Accept="application/fhir+json"),
    ):
        assert answer.mimetype == "application/fhir+xml"
        assert matches(load_xml(answer.data)) == [first]
    alone = reader.get(f"{kind}/{first['id']}", Accept="application/xml")
    assert load_xml(alone.data) == first
    assert alone.headers["ETag"] == reader.get(f"{kind}/{first['id']}").headers["ETag"]


def test_sorted_by_time_the_newest_or_the_oldest_comes_first(reader: Reader, world: World) -> None:
    oldest_first = [str(world.closed.id), str(world.fresh.id)]
    for sort, expected in (
        ("authored", oldest_first),
        ("-authored", oldest_first[::-1]),
        ("_lastUpdated,-authored", oldest_first),
        ("-_lastUpdated", oldest_first[::-1]),
    ):
        assert reader.ids("ServiceRequest", {"_sort": sort}) == expected
    assert reader.ids("ServiceRequest") == oldest_first[::-1]
