"""What is published here over FHIR: which messages are taken (BaRS MessageDefinition), and the questionnaires."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, g, request

from app.api.errors import refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, answer, base_url, check_accept, is_strict
from app.runtime import Runtime
from app.services.fhir_reading.fhir_reads_query import read_shape
from app.services.fhir_reading.fhir_reads_values import Wrong
from app.services.incoming import message_definitions
from app.services.measures import measure_questionnaires
from app.store.session import LONDON, Database
from fhir import message_definitions as messages
from fhir import questionnaire as questionnaires
from fhir.problems import FhirRejected, Problem
from fhir.views_capability import RESULT_PARAMETERS
from fhir.views_kinds import Kind
from fhir.views_shape import ignored_outcome, searchset, shaped

_ACCESS: Final = "any system's token"
Json = dict[str, Any]
Matching = Callable[[Iterable[Json], str, str], list[Json] | None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A type of which a handful is published: how to list it, to get one of it, and to tell which match a search."""

    type: str
    list_all: Callable[[], list[Json]]
    get: Callable[[str], Json]
    matching: Matching

    @property
    def kind(self) -> Kind:
        """The type as searches know it."""
        return Kind(self.type, "", ())


def register_fhir_definitions(app: Flask) -> None:
    """Add reading and searching of what is published, for any signed-in system."""
    for shelf in (_MESSAGES, _QUESTIONNAIRES):
        doors = Blueprint(f"fhir_{shelf.type}", __name__, url_prefix=f"{BASE}/{shelf.type}")
        for path, method, do in (
            ("/<id>", "GET", _read),
            ("", "GET", _search),
            ("/_search", "POST", _search),
        ):
            name = f"{method}{do.__name__}"
            doors.add_url_rule(
                path, name, _guarded(do, shelf), methods=[method], provide_automatic_options=False
            )
        app.register_blueprint(doors)


def _guarded(do: Any, shelf: Shelf) -> Any:
    def view(**parts: str) -> Response:
        return in_fhir(machine_with()(lambda: do(shelf, **parts)))()

    view._access = _ACCESS  # type: ignore[attr-defined]
    return view


def _read(shelf: Shelf, id: str) -> Response:
    check_accept()
    shape = read_shape(shelf.kind, list(request.args.items(multi=True)), strict=is_strict())
    found = shelf.get(id)
    version = found["meta"]["versionId"]
    known = "If-None-Match" in request.headers and request.if_none_match.contains_weak(version)
    told = Response(status=304) if known else answer(shaped(found, shape.summary, shape.elements))
    told.set_etag(version, weak=True)
    return told


def _search(shelf: Shelf) -> Response:
    """All that match on one page: there are a handful."""
    check_accept()
    if request.method == "POST" and request.mimetype != "application/x-www-form-urlencoded":
        raise refusal(415, "Send the parameters of a search as application/x-www-form-urlencoded.")
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    counting = [pair for pair in pairs if pair in (("_summary", "count"), ("_count", "0"))]
    shaping = [pair for pair in pairs if pair[0] in RESULT_PARAMETERS and pair not in counting]
    shape = read_shape(shelf.kind, shaping, strict=False)
    found, taken, unknown = _found(shelf, [pair for pair in pairs if pair[0] not in RESULT_PARAMETERS])
    shown = [] if counting else [shaped(each, shape.summary, shape.elements) for each in found]
    asked = urlencode([*taken, *shaping, *counting], safe=",/:")
    links = {"self": f"{base_url()}/{shelf.type}{'?' if asked else ''}{asked}"}
    bundle = searchset(base_url(), shown, included=(), links=links, total=len(found))
    if unknown:
        bundle.setdefault("entry", []).append(ignored_outcome(unknown))
    return answer(bundle)


def _found(shelf: Shelf, pairs: list[tuple[str, str]]) -> tuple[list[Json], list[tuple[str, str]], list[str]]:
    """What matches, the parameters that were understood, and the names of those that were not."""
    found = shelf.list_all()
    taken, unknown, problems = [], [], []
    for name, value in pairs:
        try:
            narrowed = shelf.matching(found, name, value)
        except Wrong as fault:
            problems.append(Problem("", "value", f"{name}: {fault}."))
            continue
        if narrowed is None:
            unknown.append(name if name.isidentifier() else "one whose name is no name")
        else:
            found = narrowed
            taken.append((name, value))
    if is_strict():
        sentence = f"{{}}: {shelf.type} has no such search parameter; leave it out."
        problems += [Problem("", "not-supported", sentence.format(name)) for name in unknown]
    if problems:
        raise FhirRejected(problems)
    return found, taken, unknown


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found


def _questionnaire(db: Database, asked: str) -> Json:
    return measure_questionnaires.get_questionnaire(db.measures, asked, db.clock().astimezone(LONDON).date())


_MESSAGES: Final = Shelf(
    messages.TYPE,
    lambda: message_definitions.list_definitions(_runtime().db, g.machine.client),
    lambda asked: message_definitions.get_definition(_runtime().db, g.machine.client, asked),
    message_definitions.matching,
)
_QUESTIONNAIRES: Final = Shelf(
    questionnaires.TYPE,
    lambda: measure_questionnaires.list_questionnaires(_runtime().db.measures),
    lambda asked: _questionnaire(_runtime().db, asked),
    measure_questionnaires.matching,
)
