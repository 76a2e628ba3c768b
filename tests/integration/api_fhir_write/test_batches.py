"""A batch: each entry is the request that it would be by itself, and none is in the way of another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.factories import MadePlace
from tests.integration.api_fhir_write.writer import (
    Json,
    Writer,
    patient,
    problems,
    service_request,
    transaction,
)


def asked(method: str, url: str, resource: Json | None = None, **request: str) -> Json:
    entry: Json = {"request": {"method": method, "url": url, **request}}
    return entry | ({"resource": resource} if resource is not None else {})


def run(writer: Writer, *entries: Any, **headers: str) -> list[Json]:
    answer = writer.post("", {"resourceType": "Bundle", "type": "batch", "entry": list(entries)}, **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json["type"] == "batch-response"
    return list(answer.json["entry"])


@pytest.fixture
def here(writer: Writer) -> Json:
    """A referral as its practice reads it."""
    return writer.read(writer.made(transaction())[1]["location"].split("/_history")[0])


def test_reads_searches_and_writes_are_answered_as_by_themselves(writer: Writer, here: Json) -> None:
    created, read, found, missing, changed = run(
        writer,
        asked("POST", "ServiceRequest", service_request("#p", contained=[patient(id="p")])),
        asked("GET", f"ServiceRequest/{here['id']}"),
        asked("GET", f"Task?_id={here['id']}&status=requested"),
        asked("GET", f"ServiceRequest/{uuid4()}"),
        asked("PUT", f"ServiceRequest/{here['id']}", here | {"status": "revoked"}, ifMatch='W/"99"'),
    )
    assert created["response"]["status"] == "201 Created"
    assert created["response"]["location"].startswith("ServiceRequest/")
    assert created["response"]["etag"] == f'W/"{created["resource"]["meta"]["versionId"]}"'
    assert read["resource"] == here
    assert read["response"]["status"] == "200 OK"
    assert found["resource"]["total"] == 1
    assert missing["response"]["status"] == "404 Not Found"
    assert missing["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert changed["response"]["status"] == "412 Precondition Failed"
    assert writer.read(f"ServiceRequest/{here['id']}") == here


def test_known_version_is_not_sent_again(writer: Writer, here: Json) -> None:
    etag = f'W/"{here["meta"]["versionId"]}"'
    (entry,) = run(writer, asked("GET", f"ServiceRequest/{here['id']}", ifNoneMatch=etag))
    assert entry["response"]["status"] == "304 Not Modified"
    assert "resource" not in entry


def test_repeated_batch_makes_nothing_twice(writer: Writer) -> None:
    entry, request_id = (
        asked("POST", "ServiceRequest", service_request("#p", contained=[patient(id="p")])),
        str(uuid4()),
    )
    first = run(writer, entry, entry, X_Request_Id=request_id)
    assert first[0]["resource"]["id"] != first[1]["resource"]["id"]
    assert run(writer, entry, entry, X_Request_Id=request_id) == first


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        {},
        {"request": {"method": "EAT", "url": "Task"}},
        asked("GET", "https://elsewhere.example/Task/1"),
        asked("GET", "../../oauth2/token"),
        asked("GET", "//elsewhere.example/Task"),
        asked("POST", "$process-message", {"resourceType": "Bundle"}),
        asked("POST", "", {"resourceType": "Bundle", "type": "batch"}),
        asked("GET", "metadata"),
        asked("GET", "Task/1", ifNoneMatch='W/"1"\nX-Evil: 1'),
    ],
)
def test_entry_that_is_no_request_is_refused_by_itself(writer: Writer, here: Json, entry: Any) -> None:
    refused, read = run(writer, entry, asked("GET", f"ServiceRequest/{here['id']}"))
    assert refused["response"]["status"].startswith("400 ")
    assert refused["response"]["outcome"]["issue"][0]["expression"][0].startswith("Bundle.entry[0].request")
    assert read["resource"] == here


def test_each_entry_needs_its_own_scope(writer_of: Callable[..., Writer], place: MadePlace) -> None:
    reader = writer_of(place.practices[0], scopes=("system/Task.rs",))
    request = service_request("#p", contained=[patient(id="p")])
    created, tasks, others = run(
        reader, asked("POST", "ServiceRequest", request), asked("GET", "Task"), asked("GET", "ServiceRequest")
    )
    assert created["response"]["status"] == "403 Forbidden"
    assert tasks["response"]["status"] == "200 OK"
    assert others["response"]["status"] == "403 Forbidden"


def test_whole_batch_needs_a_token_and_has_an_end(writer: Writer) -> None:
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [asked("GET", "Task")] * 101}
    problems(Writer(writer.http, "none").post("", batch), 401)
    assert "Bundle.entry" in problems(writer.post("", batch), 413)
    empty = writer.post("", {"resourceType": "Bundle", "type": "batch"})
    assert empty.json == {"resourceType": "Bundle", "type": "batch-response"}


@pytest.mark.parametrize("media", ["xml", "application/fhir%2Bxml", "text/xml", "nonsense"])
def test_entries_are_told_in_the_format_of_the_batch(writer: Writer, here: Json, media: str) -> None:
    resource = service_request("#p", contained=[patient(id="p")])
    made, read, found = run(
        writer,
        asked("POST", f"ServiceRequest?_format={media}", resource),
        asked("GET", f"ServiceRequest/{here['id']}?_format={media}"),
        asked("GET", f"Patient?_format={media}&_count=1"),
    )
    assert made["response"]["status"] == "201 Created"
    assert read["resource"] == here
    assert found["resource"]["resourceType"] == "Bundle"


def test_instant_of_an_entry_is_its_condition(writer: Writer, here: Json) -> None:
    url, at = f"ServiceRequest/{here['id']}", here["meta"]["lastUpdated"]
    known, older, wrong = run(
        writer,
        asked("GET", url, ifModifiedSince=at),
        asked("GET", url, ifModifiedSince="2001-01-01T00:00:00Z"),
        asked("GET", url, ifModifiedSince="yesterday"),
    )
    assert known["response"]["status"] == "304 Not Modified"
    assert older["response"]["status"] == "200 OK"
    assert wrong["response"]["status"] == "400 Bad Request"
    assert wrong["response"]["outcome"]["issue"][0]["expression"] == [
        "Bundle.entry[2].request.ifModifiedSince"
    ]
