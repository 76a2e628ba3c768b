"""Questions about the newest release: what may be asked, asking, and looking after an answer that takes its time."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from marshmallow import ValidationError, fields, validate

from app.api.dataset_guard import PREFIX, address, for_projects, project, record, release, runtime
from app.api.prefer import wants_answer_later
from app.api.rest_errors import StrictParser, error_body
from app.api.schemas import Strict
from app.domain.errors import FieldProblem, Invalid
from app.domain.projects import Tier
from app.services.dataset import dataset_access, dataset_questions
from app.services.dataset.dataset_questions import Answer, Queryable, Status, Waiting

_WAIT_SECONDS: Final = 3.0  # what a request waits for the desk before it says where to look
_LONGEST: Final = 100  # characters of a column's name or value
_MOST: Final = 200  # values of one filter
_PEOPLE: Final = "people"
_SENTENCE_400: Final = "Some values cannot be taken: every problem is listed."
_SENTENCE_409: Final = "The desk does not answer this question."
Json = dict[str, Any]


class Measure(fields.Field[Any]):
    """`"people"`, or `{"mean": <a number's name>}`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        is_mean = isinstance(value, dict) and set(value) == {"mean"} and isinstance(value["mean"], str)
        if value != _PEOPLE and not is_mean:
            raise ValidationError('Give "people", or {"mean": the name of a number}.')
        return value


class QueryIn(Strict):
    """A question: by which columns, among whom, counting people or taking a mean."""

    dimensions = fields.List(fields.String(validate=validate.Length(1, _LONGEST)), load_default=list)
    filters = fields.Dict(
        keys=fields.String(validate=validate.Length(1, _LONGEST)),
        values=fields.List(
            fields.String(validate=validate.Length(0, _LONGEST)), validate=validate.Length(1, _MOST)
        ),
        load_default=dict,
    )
    measure = Measure(load_default=_PEOPLE)
    release = fields.String(load_default="latest", validate=validate.Length(1, _LONGEST))


class _Parser(StrictParser):
    DEFAULT_VALIDATION_STATUS = 400


_PARSER: Final = _Parser()


def add_queries(part: Blueprint) -> None:
    """Add the addresses of questions."""
    part.add_url_rule("/queryable", "queryable", _queryable, provide_automatic_options=False)
    part.add_url_rule("/queries", "ask", _ask, methods=["POST"], provide_automatic_options=False)
    part.add_url_rule("/queries/<uuid:query_id>", "answer", _answer, provide_automatic_options=False)
    part.register_error_handler(Invalid, _unanswerable)


@for_projects
def _queryable() -> Response:
    """Read what may be asked: columns with their values, numbers that have means, and how much at once."""
    dataset_access.check_tier(project(), Tier.QUERIES)
    may = dataset_questions.what_may_be_asked(runtime().settings.desk_dir)
    record("read what may be asked", may.release)
    return jsonify(_may_told(may))


@for_projects
def _ask() -> tuple[Response, int] | Response:
    """Ask a question; the answer, or where to look for it when it takes longer."""
    dataset_access.check_tier(project(), Tier.QUERIES)
    asked = _PARSER.parse(QueryIn(), request, location="json")
    box = runtime().settings.desk_dir
    may = dataset_questions.what_may_be_asked(box)
    found = release(may.release if asked["release"] == "latest" else asked["release"])
    dataset_questions.check(asked, may, project().fields)
    record("ask", found.id, **dataset_questions.told_of(asked))
    wait = 0.0 if wants_answer_later() else _WAIT_SECONDS
    told = dataset_questions.ask(box, project().id, found.id, asked, wait_seconds=wait)
    if isinstance(told, Waiting):
        return _still_waiting(told.id)
    return _told(told)


@for_projects
def _answer(query_id: UUID) -> tuple[Response, int] | Response:
    """Read the answer to a question of your project."""
    dataset_access.check_tier(project(), Tier.QUERIES)
    told = dataset_questions.find_answer(runtime().settings.desk_dir, project().id, query_id)
    return _still_waiting(query_id) if told is None else _told(told)


def _still_waiting(query_id: UUID) -> Response:
    answer = jsonify({"id": str(query_id), "status": "waiting", "url": _url(query_id)})
    answer.status_code = 202
    answer.headers["Location"] = f"{PREFIX}/queries/{query_id}"
    answer.headers["Retry-After"] = "2"
    return answer


def _told(answer: Answer) -> tuple[Response, int] | Response:
    if answer.status is Status.REFUSED:
        problems = [FieldProblem("question", sentence, "conflict") for sentence in answer.problems]
        return jsonify(error_body(409, "conflict", _SENTENCE_409, problems)), 409
    return jsonify(
        {
            "id": str(answer.id),
            "url": _url(answer.id),
            "release": answer.release,
            "status": answer.status.value,
            "rule": answer.rule,
            "columns": answer.columns,
            "rows": answer.rows,
            "notes": answer.notes,
        }
    )


def _may_told(may: Queryable) -> Json:
    agreed = project().fields
    return {
        "release": may.release,
        "columns": {
            name: list(values)
            for name, values in may.columns.items()
            if dataset_access.is_agreed(agreed, name)
        },
        "groups": {
            column: {name: list(values) for name, values in groups.items()}
            for column, groups in may.groups.items()
            if dataset_access.is_agreed(agreed, column)
        },
        "numbers": [name for name in may.numbers if dataset_access.is_agreed(agreed, name)],
        "most_dimensions": may.most_dimensions,
        "most_filters": may.most_filters,
        "most_questions_a_minute": dataset_questions.MOST_A_MINUTE,
    }


def _unanswerable(fault: Invalid) -> tuple[Response, int]:
    return jsonify(error_body(400, fault.issue, _SENTENCE_400, list(fault.problems))), 400


def _url(query_id: UUID) -> str:
    return address(f"/queries/{query_id}")
