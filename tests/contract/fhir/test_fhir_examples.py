"""NHS England's own examples are read unchanged, and no change to them can do worse than be refused."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import fhir.resources.R4B
import orjson
import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fhir
from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement, IncomingReferral
from fhir.problems import FhirRejected, operation_outcome

EXAMPLES = Path(__file__).parents[2] / "data" / "bars-ig"
NAMES = ("REFREQ01", "REFREQ02", "REFREQ03", "SERVREQ01", "SERVREQ02")


@cache
def raw(name: str) -> bytes:
    (found,) = EXAMPLES.glob(f"{name}*.json")
    return found.read_bytes()


@pytest.mark.parametrize(
    ("name", "use_case", "status", "reason"),
    [
        ("REFREQ01", "a1t1", "active", "new"),
        ("REFREQ02", "a3t1", "active", "new"),
        ("REFREQ03", "a5t1", "active", "new"),
        ("SERVREQ01", "a4t1", "revoked", "update"),
        ("SERVREQ02", "a4t1", "entered-in-error", "delete"),
    ],
)
def test_an_official_example_is_read_unchanged(name, use_case, status, reason):
    message = read_message(raw(name))
    assert isinstance(message, IncomingReferral)
    assert (message.use_case, message.status, message.identity.reason) == (use_case, status, reason)
    assert message.requester.ods == "RND"
    assert (message.person.family, message.person.nhs_number) == ("Jones", "3478526985")
    assert message.reply_endpoint == "https://fhir.nhs.uk/Id/dos-service-id|2222222222"


@pytest.mark.parametrize("name", ["REFREQ01", "REFREQ02", "REFREQ03"])
def test_an_official_referral_brings_what_a_link_worker_needs(name):
    message = read_message(raw(name))
    assert isinstance(message, IncomingReferral)
    assert message.consent_given
    assert message.reason_text
    assert message.requester_name == "Marcy BLAKE"
    assert message.journey_id == "d877b820-e72b-44d1-a627-195f54bfc606"
    assert message.person.phones[0] == "07736312544"


def test_our_package_and_the_library_share_their_name():
    assert Path(fhir.__file__).parent.name == "fhir"
    assert "site-packages" in str(fhir.resources.R4B.__file__)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "active", "2020-13-45", "0001-01-01T00:00:00+14:00", "urn:uuid:x", "#x", "Patient/1"]
    ),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just([None]),
    st.just([{"resourceType": "Patient"}]),
    st.builds(lambda name: {name: name}, st.text(max_size=5)),
)


def places(node: Any, way: tuple = ()) -> list[tuple]:
    """Every way to a node below this one."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = []
    for step, child in steps:
        found.append((*way, step))
        found += places(child, (*way, step))
    return found


@cache
def known(name: str) -> tuple[Any, list[tuple]]:
    body = orjson.loads(raw(name))
    return body, places(body)


def reach(body: Any, way: tuple) -> Any:
    for step in way:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def change(body: Any, way: tuple, junk: Any, *, delete: bool) -> None:
    holder = reach(body, way[:-1])
    if not isinstance(holder, dict | list) or reach(body, way) is None:
        return
    if delete:
        del holder[way[-1]]
    else:
        holder[way[-1]] = junk


def outcome_of(sent: bytes, content_type: str = "application/fhir+json") -> str:
    """What comes of a message; any other exception goes through and fails the test."""
    try:
        message = read_message(sent, content_type=content_type)
    except FhirRejected as error:
        refused = error
    else:
        assert isinstance(message, IncomingReferral | IncomingAcknowledgement)
        return "read"
    assert refused.problems
    assert 400 <= refused.status < 500
    OperationOutcome.model_validate(operation_outcome(refused.problems, refused.rec_code))
    return "refused"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), name=st.sampled_from(NAMES))
def test_a_changed_example_is_read_or_refused_and_nothing_else(data, name):
    original, ways = known(name)
    body = copy.deepcopy(original)
    for _ in range(data.draw(st.integers(1, 4))):
        change(body, data.draw(st.sampled_from(ways)), data.draw(JUNK), delete=data.draw(st.booleans()))
    sent = json.dumps(body).encode("utf-8", "surrogatepass")
    assert outcome_of(sent) in ("read", "refused")


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), at=st.floats(0, 1), junk=st.binary(max_size=6), length=st.integers(0, 40))
def test_a_damaged_example_is_read_or_refused_and_nothing_else(name, at, junk, length):
    whole = raw(name)
    place = int(at * len(whole))
    assert outcome_of(whole[:place] + junk + whole[place + length :]) in ("read", "refused")


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), at=st.floats(0, 1), junk=st.binary(max_size=6), length=st.integers(0, 40))
def test_a_damaged_example_in_xml_is_read_or_refused_and_nothing_else(name, at, junk, length):
    (path,) = EXAMPLES.glob(f"{name}*.xml")
    whole = path.read_bytes()
    place = int(at * len(whole))
    sent = whole[:place] + junk + whole[place + length :]
    assert outcome_of(sent, "application/fhir+xml") in ("read", "refused")


XML_PIECES = st.sampled_from(
    [
        *(
            "<id value='x'/>",
            "<text>",
            "</text>",
            "<div xmlns='http://www.w3.org/1999/xhtml'>",
            "</div>",
            "<x/>",
        ),
        *(
            "<given/>",
            "<given value='a'><extension url='u'/></given>",
            "<contained>",
            "</contained>",
            "<Patient>",
        ),
        *(
            "</Patient>",
            "words",
            "<_id value='1'/>",
            "<!-- -->",
            "<?p i?>",
            "<extension>",
            "</extension>",
            "]]>",
        ),
    ]
)


@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(XML_PIECES, max_size=12))
def test_any_heap_of_xml_is_read_or_refused_and_nothing_else(pieces):
    inside = "".join(pieces)
    sent = f"<Bundle xmlns='http://hl7.org/fhir'><entry><resource><Patient>{inside}</Patient></resource></entry></Bundle>"
    assert outcome_of(sent.encode(), "application/fhir+xml") == "refused"
