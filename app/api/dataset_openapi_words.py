"""What the OpenAPI document of the dataset says in words, and the shapes of what is sent and answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

ABOUT: Final = """\
Releases of the anonymised dataset, for programs of analysts whose project was approved.

A token belongs to one project and one person. The project's tiers say what it may be given: `rows` (the rows of
referrals and journeys), `tables` (counts of people), `queries` (questions). What only describes a release (manifest,
dictionary, risk report, hierarchies, conditions) every token may read.

Agreed columns: a file of rows is given whole only to a project with which every column of it is agreed. Every project
with the tier gets it cut to its agreed columns at `/rows/<table>.csv` and `.ndjson`; `row_id` is always there. A
question may name agreed columns only. A coarser column is agreed with the finer one (`age_band` with `age`). Tables of
counts are published as they are, so agreed columns do not cut them.

Rows of all releases add up: each referral is in one release only, and `/rows/<table>.csv` gives them together. Tables
are whole in each release, so use the newest: `superseded_by` names the release whose tables replace these. Releases are
never rewritten; `latest` in place of an id is answered with a redirect to the newest.

The lines of an export are the dataset's own rows as JSON, not FHIR resources. `MeasureReport` is: the tables as FHIR
R4, one report a table, a withheld count being absent as `masked`; what each counts is at `/measures/<table>`.

What is read, asked and downloaded is written into the audit with the project and the release.
"""

REFUSALS: Final[Mapping[str, str]] = {
    "400": "Some values cannot be taken: every problem is listed.",
    "401": "No token, or one that does not hold any more.",
    "403": "The project was not given this tier, or not these columns.",
    "404": "There is no such release, file, table or question.",
    "409": "The desk refused: no line of the answer has enough people, or it tells of a few beside an earlier one.",
    "412": "The file is not the one that If-Match names.",
    "416": "The file has no such range.",
    "429": "The project asked too often: ask again in a minute.",
    "503": "No desk answers questions just now.",
}
_READ: Final = {"401": "", "404": ""}
_OF_ROWS: Final = {**_READ, "403": ""}
_FILE: Final = {"sentence": "The file; its ETag is its SHA-256.", "types": "application/octet-stream"}
_PART: Final = {"sentence": "The range that was asked for.", "types": "application/octet-stream"}
_CSV: Final = {"sentence": "The rows.", "types": "text/csv"}
_NDJSON: Final = {
    "sentence": "A JSON object a line.",
    "types": "application/ndjson application/fhir+ndjson",
}
_MEASURE: Final = {"sentence": "The Measure.", "types": "application/fhir+json"}
# By operation: status to a schema's name, to a sentence with media types, or to nothing where there is no body.
ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "openapi": {"200": "Anything"},
    "list": {"200": "Releases", "401": ""},
    "one": {"200": "Release", **_READ},
    "file": {"200": _FILE, "206": _PART, "304": "", "412": "", "416": "", **_OF_ROWS},
    "rows": {"200": _CSV, "400": "", **_OF_ROWS},
    "series": {"200": _CSV, "400": "", **_OF_ROWS},
    "ndjson": {"200": _NDJSON, "400": "", **_OF_ROWS},
    "measure": {"200": _MEASURE, **_OF_ROWS},
    "export": {"202": "Begun", "400": "", **_OF_ROWS},
    "export_status": {"200": "Export", "400": "", **_OF_ROWS},
    "export_end": {"202": "", **_READ},
    "queryable": {"200": "Queryable", "401": "", "403": "", "503": ""},
    "ask": {
        "200": "Answer",
        "202": "Waiting",
        **dict.fromkeys(("400", "401", "403", "404", "409", "429", "503"), ""),
    },
    "answer": {"200": "Answer", "202": "Waiting", **_OF_ROWS, "409": "", "503": ""},
}
BODIES: Final[Mapping[str, str]] = {"ask": "Query"}
WHERE: Final[Mapping[str, str]] = {
    "Range": "header",
    "If-Range": "header",
    "If-Match": "header",
    "If-None-Match": "header",
    "Prefer": "header",
    "_type": "query",
    "_outputFormat": "query",
}
PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "file": ("Range", "If-Range", "If-Match", "If-None-Match"),
    "export": ("_type", "_outputFormat"),
    "export_status": ("_type", "_outputFormat"),
    "ask": ("Prefer",),
}
ABOUT_PARAMETERS: Final[Mapping[str, str]] = {
    "release_id": "A release's id, or latest.",
    "name": "A file's name as the manifest has it.",
    "kind": "referrals, journeys or tables; for NDJSON also MeasureReport.",
    "query_id": "The id of a question of your project.",
    "table": "A table's name, such as people-by-need: the end of a MeasureReport's `measure`.",
    "Range": "One range of bytes, to go on with a broken download.",
    "If-Range": "The ETag of the first part, so that two files are never put together.",
    "If-Match": "The ETag of the file that is meant; of another one nothing is sent.",
    "If-None-Match": "The ETag of what you have.",
    "Prefer": "respond-async: do not wait for the answer.",
    "_type": "Names of tables, comma separated; left out: all that the project may have.",
    "_outputFormat": "application/ndjson or application/fhir+ndjson; only MeasureReport comes as the second.",
}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _named(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


_TEXT: Final[Json] = {"type": "string"}
_WHOLE: Final[Json] = {"type": "integer"}
_ANY: Final[Json] = {"type": "object"}
_OR_NULL: Final[Json] = {"type": ["string", "null"]}
_NUMBER_OR_NULL: Final[Json] = {"type": ["integer", "null"]}
_WORDS: Final = _list(_TEXT)
SCHEMAS: Final[Mapping[str, Json]] = {
    "Anything": _ANY,
    "Releases": _object(releases=_list(_named("Release"))),
    "Release": _object(
        id=_TEXT,
        number=_WHOLE,
        made_on={"type": "string", "format": "date"},
        superseded_by=_OR_NULL,
        policy=_OR_NULL,
        thresholds=_ANY,
        counts=_ANY,
        rows=_ANY,
        url=_TEXT,
        files=_list(_named("File")),
        cut=_list(_object(table=_TEXT, csv=_TEXT, ndjson=_TEXT)),
        export=_TEXT,
    ),
    "File": _object(
        name=_TEXT, url=_TEXT, size=_NUMBER_OR_NULL, sha256=_TEXT, tier=_OR_NULL, yours={"type": "boolean"}
    ),
    "Begun": _object(sentence=_TEXT),
    "Export": _object(
        transactionTime=_TEXT,
        request=_TEXT,
        requiresAccessToken={"type": "boolean"},
        output=_list(_object(type=_TEXT, url=_TEXT, count=_WHOLE)),
        deleted=_list(_ANY),
        error=_list(_ANY),
    ),
    "Queryable": _object(
        release=_TEXT,
        columns={"type": "object", "additionalProperties": _WORDS},
        groups={
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": _WORDS},
            "description": "By column, then by name: the groups of its hierarchy that a filter may name, each with the "
            "values that it stands for. A column without a group has none here.",
            "example": {"need": {"health-and-caring": ["bereavement", "caring"]}},
        },
        numbers=_WORDS,
        most_dimensions=_WHOLE,
        most_filters=_WHOLE,
        most_questions_a_minute=_WHOLE,
    ),
    "Query": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "dimensions": _WORDS,
            "filters": {
                "type": "object",
                "additionalProperties": _WORDS,
                "description": "Of each column one value, all of them, or one group of its hierarchy: its name alone "
                "(GET /dataset/v1/queryable lists `groups`), or just its values.",
            },
            "measure": {"oneOf": [{"const": "people"}, _object(mean=_TEXT)]},
            "release": {"type": "string", "default": "latest"},
        },
        "example": {"dimensions": ["need"], "filters": {"gender": ["female"]}, "measure": "people"},
    },
    "Answer": _object(
        id=_TEXT,
        url=_TEXT,
        release=_TEXT,
        status={"const": "answered"},
        rule=_TEXT,
        columns=_WORDS,
        rows={
            **_list(_list({"type": ["string", "number", "null"]})),
            "description": "One value for each of `columns`. A mean is told to the nearest of the step that stands "
            "beside it in `to_the_nearest`; where that would be wider than 1, the line is not listed.",
        },
        notes=_WORDS,
    ),
    "Waiting": _object(id=_TEXT, status={"const": "waiting"}, url=_TEXT),
    "Error": _object(
        error=_object(
            status=_WHOLE,
            code=_TEXT,
            sentence=_TEXT,
            problems=_list(_object(field=_TEXT, sentence=_TEXT, code=_TEXT)),
        )
    ),
}
