"""What anybody may read of the directory: in the published shapes, by the published filters, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.directory_words import ServiceStatus
from app.runtime import Runtime
from app.store import listings
from tests.factories import MadePlace
from tests.integration.openreferral.conftest import TERM, Get, schema


def names(page: dict[str, Any]) -> list[str]:
    return [line.get("service", line)["name"] for line in page["contents"]]


def faults(name: str, told: dict[str, Any]) -> list[str]:
    checker = Draft202012Validator.FORMAT_CHECKER
    return [
        each.message for each in Draft202012Validator(schema(name), format_checker=checker).iter_errors(told)
    ]


def test_api_tells_its_version_and_where_it_is_described(get: Get) -> None:
    assert get("/")["version"] == "HSDS-UK-3.0"
    assert set(get("/")) == {"version", "profile", "openapi_url"}


def test_every_service_is_told_as_the_profile_wants_it(get: Get) -> None:
    lines = get("/services")["contents"]
    assert len(lines) == 3
    for line in lines:
        assert faults("compiled/service_list.json", line) == []
        assert faults("compiled/service.json", get(f"/services/{line['id']}")) == []


def test_every_service_at_a_location_is_told_as_the_profile_wants_it(get: Get) -> None:
    lines = get("/service_at_locations")["contents"]
    assert len(lines) == 2
    service = schema("compiled/service.json")
    wanted = service["properties"]["service_at_locations"]["items"]
    for line in lines:
        whole = get(f"/service_at_locations/{line['id']}")
        assert list(Draft202012Validator(wanted).iter_errors(whole)) == []
        assert faults("compiled/service.json", whole["service"]) == []
        assert whole["service"]["schedules"][0]["service_at_location_id"] == line["id"]


def test_categories_and_taxonomies_are_told_as_the_profile_wants_them(get: Get) -> None:
    for path, name in (("/taxonomies", "taxonomy.json"), ("/taxonomy_terms", "taxonomy_term.json")):
        lines = get(path)["contents"]
        assert lines
        for line in lines:
            told = get(f"{path}/{line['id']}")
            fields = schema(name)
            fields["properties"].pop("taxonomy_terms", None)  # refers to a file beside it
            assert list(Draft202012Validator(fields).iter_errors(told)) == []
            assert told == line


def test_whole_service_tells_when_where_for_whom_and_by_whom(get: Get, place: MadePlace) -> None:
    told = get(f"/services/{place.services[0].id}")
    assert (told["minimum_age"], told["eligibility_description"]) == (18, "Anybody who is lonely")
    assert told["schedules"][0]["byday"] == "TU"
    (at,) = told["service_at_locations"]
    (address,) = at["location"]["addresses"]
    assert (address["address_1"], address["city"], address["postal_code"]) == (
        "4 Mill Lane",
        "Hackney",
        "E8 1AB",
    )
    assert told["cost_options"][0]["amount"] == 0
    assert told["organization"]["organization_identifiers"][0]["identifier_scheme"] == "GB-CHC"
    terms = {each["taxonomy_term"]["name"] for each in told["attributes"]}
    assert TERM.name in terms


def test_pages_are_counted_and_cover_everything_once(get: Get) -> None:
    pages = [get("/services", page=number, per_page=2) for number in (1, 2, 3)]
    assert [page["size"] for page in pages] == [2, 1, 0]
    assert [(page["first_page"], page["last_page"], page["empty"]) for page in pages] == [
        (True, False, False),
        (False, True, False),
        (False, True, True),
    ]
    assert {(page["total_items"], page["total_pages"]) for page in pages} == {(3, 2)}
    found = [line["id"] for page in pages for line in page["contents"]]
    assert len(found) == len(set(found)) == 3


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"search": "befriending"}, ["Dalston Befrienders service"]),  # by the stem of a word
        ({"search": 'swimming " lessons'}, []),
        ({"search": "Dalston"}, ["Dalston Befrienders service"]),
        ({"minimum_age": 6}, ["Dalston Befrienders service"]),
        ({"maximum_age": 20}, ["Clapton Advice service"]),
        ({"day": "Tuesday"}, ["Dalston Befrienders service"]),
        ({"day": "TH", "start_time": "09:30", "end_time": "12:00"}, ["Clapton Advice service"]),
        ({"day": "TH", "start_time": "10:30"}, []),
        ({"taxonomy_term_id": "00000000-0000-4000-8000-000000000000"}, []),
        (
            {"something_else": "1"},
            ["Clapton Advice service", "Council Walks service", "Dalston Befrienders service"],
        ),
    ],
)
def test_filters_leave_what_is_asked_for(get: Get, query: dict[str, Any], wanted: list[str]) -> None:
    assert names(get("/services", **query)) == wanted


def test_categories_filter_by_term_and_by_taxonomy(get: Get) -> None:
    terms = {term["name"]: term for term in get("/taxonomy_terms", per_page=500)["contents"]}
    food, money = terms[TERM.name], terms["Money, benefits and debt advice"]
    assert names(get("/services", taxonomy_term_id=food["id"])) == ["Dalston Befrienders service"]
    assert names(get("/services", taxonomy_id=food["taxonomy_id"])) == ["Dalston Befrienders service"]
    assert names(get("/services", taxonomy_term_id=money["id"])) == ["Clapton Advice service"]
    assert names(get("/services", taxonomy_term_id=money["id"], taxonomy_id=food["taxonomy_id"])) == []


def test_postcode_leaves_services_that_cover_it_and_proximity_those_near_by(get: Get) -> None:
    path = "/service_at_locations"
    assert names(get(path, postcode="E8 1ab")) == ["Dalston Befrienders service"]
    assert names(get(path, postcode="E8 1AB", proximity=500)) == ["Dalston Befrienders service"]
    assert names(get(path, postcode="N16 5AA", proximity=100)) == ["Clapton Advice service"]


def test_every_wrong_value_is_told_at_once(http: FlaskClient, place: MadePlace) -> None:
    query = {"page": "0", "day": "someday", "start_time": "noon", "proximity": "near"}
    answer = http.get("/openreferral/services", query_string=query)
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json["error"]["problems"]} == set(query)
    unknown = http.get("/openreferral/service_at_locations?postcode=ZE1+0AA&proximity=100")
    assert (unknown.status_code, unknown.json["error"]["problems"][0]["field"]) == (422, "postcode")


@pytest.mark.parametrize("path", ["/", "/services", "/services/nothing", "/nowhere", "/services?page=no"])
def test_any_web_page_may_read_every_answer(http: FlaskClient, place: MadePlace, path: str) -> None:
    answer = http.get(f"/openreferral{path}", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.is_json


@pytest.mark.parametrize("list_name", ["services", "service_at_locations", "taxonomies", "taxonomy_terms"])
def test_what_is_not_there_is_not_found(http: FlaskClient, place: MadePlace, list_name: str) -> None:
    for told in ("00000000-0000-4000-8000-000000000000", "not-an-id"):
        assert http.get(f"/openreferral/{list_name}/{told}").status_code == 404


def test_closed_services_and_those_of_the_sandbox_stay_inside(
    get: Get, http: FlaskClient, place: MadePlace, runtime: Runtime, admin: Engine
) -> None:
    befriending, advice, walks = place.services
    with runtime.db.transaction(system("test")) as tx:
        listings.record_service(tx, replace(walks, status=ServiceStatus.TEMPORARILY_CLOSED))
    with admin.connect() as connection:
        change = "update organisation set environment = 'sandbox' where id = :id"
        connection.execute(text(change), {"id": advice.provider_id})
    assert names(get("/services")) == [befriending.name]
    assert names(get("/service_at_locations")) == [befriending.name]
    for hidden in (advice, walks):
        assert http.get(f"/openreferral/services/{hidden.id}").status_code == 404


def test_nobodys_name_and_nobodys_own_address_is_told(http: FlaskClient, place: MadePlace) -> None:
    told = http.get(f"/openreferral/services/{place.services[1].id}").text
    assert place.services[1].name in told
    assert not [secret for secret in ("Persona", "ada@", "900001") if secret in told]
    assert "hello@example.org" in http.get(f"/openreferral/services/{place.services[0].id}").text
