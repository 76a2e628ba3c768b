"""Whatever is in an address, nothing breaks: it is found, not found, or refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from random import Random

import pytest

from fhir.views_capability import parameters_of
from fhir.views_table import KINDS
from tests.factories import MadeReferral
from tests.integration.api_fhir_rest.reader import Reader

VALUES = (
    "",
    "\x00",
    "|\x00",
    "a\x00|b",
    "|",
    "||",
    ",",
    ",,,",
    "\\",
    "\\,",
    "%",
    "_",
    "'; drop table referral; --",
    "😀",
    "\ud800",
    "ª",
    "²",
    "-",
    "9" * 30,
    "step-99999999999999999999",
    "line-999999999999999999",
    "step--1",
    "0001",
    "0001-01-01T00:00:00+14:00",
    "lt0001-01-01T00:00Z",
    "9999-12-31T23:59:58Z",
    "9999-12-31T23:59:58-14:00",
    "9998",
    "ge2026-01-01T00:00:00+99:99",
    "2026-01-01T00:00:00+24:00",
    "Patient/",
    "/Patient",
    "http://localhost/FHIR/R4/Patient/../x",
    "https://fhir.nhs.uk/Id/nhs-number|" + "9" * 400,
    "https://backstitch.example/fhir/Id/referral|\x00",
    "x" * 4000,
)
MODIFIERS = ("", ":missing", ":not", ":identifier", ":exact", ":Patient", ":", "::", ":in")


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_of_any_parameter_breaks_a_search(kind: str, reader: Reader, closed: MadeReferral) -> None:
    chance = Random(f"hostile {kind}")
    names = [each.name for each in parameters_of(KINDS[kind])]
    names += [
        "_count",
        "_sort",
        "_include",
        "_revinclude",
        "_summary",
        "_elements",
        "_total",
        "_page",
        "_format",
    ]
    for name in names:
        for value in VALUES:
            told = name + chance.choice(MODIFIERS)
            answer = reader.post(f"{kind}/_search", {told: value.encode(errors="surrogatepass")})
            assert answer.status_code in (200, 400, 406), (told, value, answer.text)


MARKS: list[object] = [
    [],
    {},
    None,
    {"v": ["2026-01-01T00:00:00+00:00"], "i": 2**64, "b": False},
    {"v": ["2026-01-01T00:00:00+00:00"], "i": -(2**70), "b": False},
    {"v": ["0001-01-01T00:00:00+14:00"], "i": 1, "b": True},
    {"v": ["9999-12-31T23:59:59-14:00"], "i": "00000000-0000-4000-8000-000000000000", "b": True},
    {"v": ["2026-01-01T00:00:00"], "i": 1, "b": True},
    {"v": "2026", "i": [], "b": {}},
    {"v": [1], "i": True},
    {"v": [None], "i": None, "b": None},
]


@pytest.mark.parametrize("kind", ["Task", "Provenance", "Patient"])
@pytest.mark.parametrize("mark", MARKS)
def test_no_mark_of_a_page_breaks_a_search(
    mark: object, kind: str, reader: Reader, closed: MadeReferral
) -> None:
    token = urlsafe_b64encode(json.dumps(mark).encode()).decode().rstrip("=")
    assert reader.get(kind, {"_page": token}).status_code in (200, 400)


@pytest.mark.parametrize("kind", KINDS)
def test_no_id_breaks_a_read(kind: str, reader: Reader, closed: MadeReferral) -> None:
    for value in VALUES:
        if value and "/" not in value and "\ud800" not in value:
            answer = reader.http.get(
                f"/FHIR/R4/{kind}/" + value.replace("%", "%25").replace("\x00", "%00"),
                headers={"Authorization": f"Bearer {reader.token}"},
            )
            assert answer.status_code == 404, (value, answer.text)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Prefer", 'handling="strict'),
        ("Prefer", "=;=,,"),
        ("If-None-Match", '"'),
        ("If-None-Match", "W/"),
        ("If-Modified-Since", "yesterday"),
        ("If-Modified-Since", "Sat, 99 Foo 99999 99:99:99 GMT"),
        ("NHSD-End-User-Organisation", "é"),
        ("Accept", ";;;q=x"),
    ],
)
def test_no_header_breaks_a_read(header: str, value: str, reader: Reader, closed: MadeReferral) -> None:
    answer = reader.get(f"Task/{closed.id}", **{header.replace("-", "_"): value})
    assert answer.status_code in (200, 400, 406)
