"""What the patient is called now, whether they live, and what of the referrer's words is markup."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir.glimpse import glimpse
from fhir.inbound import read_message
from fhir.messages import IncomingReferral
from fhir.reading import plain
from tests.unit.fhir.bars import example

JSON = "application/fhir+json"


def _read(**patient: Any) -> IncomingReferral:
    body = example("REFREQ03")
    resource = next(e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == "Patient")
    resource.update(patient)
    message = read_message(json.dumps(body).encode())
    assert isinstance(message, IncomingReferral)
    return message


def test_a_name_of_years_ago_is_not_preferred_to_the_name_of_now() -> None:
    names = [
        {"use": "official", "family": "Before", "period": {"end": "1999-01-01"}},
        {"family": "Now", "given": ["Ada"]},
    ]
    message = _read(name=names)
    assert message.person.family == "Now"
    assert message.paths["person.family"].endswith("name[1].family")


def test_the_only_name_is_used_although_it_is_past() -> None:
    assert _read(name=[{"family": "Before", "period": {"end": "1999-01-01"}}]).person.family == "Before"


def test_who_died_on_an_unknown_day_has_died() -> None:
    unknown = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    told = {"extension": [{"url": unknown, "valueCode": "unknown"}]}
    assert _read(_deceasedDateTime=told).person.deceased


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("pulse a<b and c>d", "pulse a<b and c>d"),
        ("<p>Lives <b>alone</b></p>", "Lives alone"),
        ('<a href="x"target=_blank title=\'to "it"\'>here</a><img src=y/>', "here"),
        ('<p title="open>to the end', "to the end"),
        ("tea &amp; talk", "tea & talk"),
        ("before <script>alert(1)</script> after", "before after"),
        ("before <script>let a = '<!--'</script> after", "before after"),
        ("before &lt;script&gt;alert(1)&lt;/script&gt; after", "before after"),
    ],
)
def test_markup_goes_and_words_stay(written: str, read: str) -> None:
    assert plain(written) == read


def test_a_tag_that_could_be_read_in_many_ways_takes_no_longer() -> None:
    """Each attribute could end in two places: read in every way, this would not end before the run is stopped."""
    written = "<p" + ' a=" b="' * 500 + "!"
    assert plain(written) == written


def test_the_patient_of_a_misshapen_message_can_still_be_seen() -> None:
    body = example("REFREQ03")
    request = next(e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == "ServiceRequest")
    request["status"] = "banana"
    seen = glimpse(json.dumps(body).encode(), content_type=JSON)
    assert seen is not None
    assert seen.person.family == "Jones"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"entry": 5}', b'{"entry": [{"resource": {}}]}', b"\xff"]
)
def test_of_a_message_without_a_patient_nothing_is_seen(raw: bytes) -> None:
    assert glimpse(raw, content_type=JSON) is None
