"""Whatever is sent in place of a good transaction is taken or refused: never an incident."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.api_fhir_write.writer import Json, Writer, patient, service_request, transaction

ODD: Any = st.sampled_from(
    [None, 0, -1, True, "", " ", "x" * 300, "\u202e", [], {}, [None], [[]], {"reference": "#"}, ["Patient/1"],
     {"coding": [{"code": 1}]}, "urn:uuid:x", "Patient/\u0000", 1e308, [{"reference": "urn:uuid:none"}]]
)  # fmt: skip
GENTLE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        yield (*path, step)
        yield from places(child, (*path, step))


def mutated(body: Json, data: st.DataObject) -> bytes:
    """A copy with up to three places changed, taken away or doubled."""
    changed = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(changed)) or [("type",)]))
        holder: Any = changed
        for step in path[:-1]:
            holder = holder[step]
        deed = data.draw(st.sampled_from(["odd", "gone", "twice"]))
        if deed == "odd":
            holder[path[-1]] = data.draw(ODD)
        elif deed == "gone":
            del holder[path[-1]]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
    return json.dumps(changed).encode()


@GENTLE
@given(data=st.data())
def test_no_mutation_of_a_transaction_is_an_incident(writer: Writer, data: st.DataObject) -> None:
    answer = writer.post("", mutated(transaction(), data))
    assert answer.status_code < 500, answer.text
    assert answer.json["resourceType"] in ("OperationOutcome", "Bundle")


@GENTLE
@given(data=st.data())
def test_no_mutation_of_a_batch_is_an_incident(writer: Writer, data: st.DataObject) -> None:
    bundle = transaction()
    answer = writer.post("", mutated(bundle | {"type": "batch"}, data))
    assert answer.status_code < 500, answer.text
    for entry in answer.json.get("entry", []):
        assert not entry["response"]["status"].startswith("5"), answer.text


@GENTLE
@given(data=st.data())
def test_no_mutation_of_a_request_is_an_incident(writer: Writer, data: st.DataObject) -> None:
    made = writer.post("ServiceRequest", service_request("#p", contained=[patient(id="p")])).json
    sent = made | {"note": [{"text": "More."}]}
    for answer in (
        writer.post("ServiceRequest", mutated(service_request("#p", contained=[patient(id="p")]), data)),
        writer.put(f"ServiceRequest/{made['id']}", mutated(sent, data)),
    ):
        assert answer.status_code < 500, answer.text
        assert answer.json["resourceType"] in ("OperationOutcome", "ServiceRequest")


@GENTLE
@given(raw=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_are_an_incident(writer: Writer, raw: bytes) -> None:
    for kind in ("application/fhir+json", "application/fhir+xml"):
        assert 400 <= writer.post("", raw, Content_Type=kind).status_code < 500
