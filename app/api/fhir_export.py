"""$export: all that the caller's organisation may read, as files of lines (HL7 Bulk Data Access)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request

from app.api.errors import FHIR_JSON, XML_TYPES, answer_of, fhir_response, refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_async import ends, still_waiting
from app.api.fhir_rest_caller import BASE, base_url, caller, check_accept
from app.api.prefer import is_lenient, wants_answer_later
from app.domain.scopes import allows
from app.runtime import Runtime
from app.services.fhir_reading import export
from app.services.fhir_reading.export_asked import FORMATS, Wanted, read_wanted
from app.store.async_jobs import File
from fhir.problems import FhirRejected, Problem, operation_outcome
from fhir.reading import objects, text
from fhir.resource_in import read_body

_ACCESS: Final = "a system's token that may read and search what it exports"
_BUSY_SECONDS: Final = "60"
Json = dict[str, Any]


def register_fhir_export(app: Flask) -> None:
    """Add the addresses that start an export, tell of it, end it, and give its files."""
    doors = Blueprint("fhir_export", __name__, url_prefix=BASE)
    for path, of_patients in (("/$export", False), ("/Patient/$export", True)):
        for method in ("GET", "POST"):
            _add(doors, path, method, _starts(of_patients))
    _add(doors, "/$export/<uuid:job_id>", "GET", _standing)
    _add(doors, "/$export/<uuid:job_id>", "DELETE", _remove)
    _add(doors, "/$export/<uuid:job_id>/<name>.ndjson", "GET", _file)
    app.register_blueprint(doors)


def _add(doors: Blueprint, path: str, method: str, do: Callable[..., Response]) -> None:
    def view(**parts: Any) -> Response:
        return in_fhir(machine_with()(lambda: do(**parts)))()

    view._access = _ACCESS  # type: ignore[attr-defined]
    options: dict[str, Any] = {"methods": [method], "provide_automatic_options": False}
    doors.add_url_rule(path, f"{method.lower()}_{path}".replace(".", "_"), view, **options)


def _starts(of_patients: bool) -> Callable[[], Response]:
    def start() -> Response:
        check_accept()
        if not wants_answer_later():
            raise refusal(400, "An export is answered later: send the header Prefer: respond-async.")
        pairs = [*request.args.items(multi=True), *(_parameters() if request.method == "POST" else [])]
        wanted = read_wanted(pairs, of_patients=of_patients, may_see=_may_see, lenient=is_lenient())
        try:
            job_id = export.start(
                _runtime().db, caller(), wanted, client=g.machine.client, request=_asked(pairs)
            )
        except FhirRejected as fault:
            return _busy(fault)
        _runtime().wake_later(job_id)
        return _promised(job_id, wanted)

    return start


def _parameters() -> list[tuple[str, str]]:
    """Return what the Parameters of a POST ask for."""
    if request.mimetype not in (FHIR_JSON, "application/json", *XML_TYPES):
        raise refusal(415, f"Send the parameters of an export as {FHIR_JSON}: a Parameters resource.")
    body = read_body(request.get_data(cache=False), content_type=request.mimetype, types=("Parameters",))
    found = []
    for parameter in objects(body, "parameter"):
        told = next((value for key, value in parameter.items() if key.startswith("value")), "")
        found.append((text(parameter, "name") or "", told if isinstance(told, str) else ""))
    return found


def _may_see(resource_type: str) -> bool:
    return allows(g.machine.scopes, f"system/{resource_type}.rs")


def _asked(pairs: list[tuple[str, str]]) -> str:
    """The address asked, for the manifest; what came in a body is said as an address would say it."""
    return f"{base_url()}{request.path.removeprefix(BASE)}" + (f"?{urlencode(pairs)}" if pairs else "")


def _busy(fault: FhirRejected) -> Response:
    answer = answer_of(fault)
    if fault.status == 429:
        answer.headers["Retry-After"] = _BUSY_SECONDS
    return answer


def _promised(job_id: UUID, wanted: Wanted) -> Response:
    sentence = "The export has begun. Ask for its files at Content-Location."
    problems = [Problem("", "informational", sentence, "information")]
    problems += [
        Problem("", "not-supported", f"{name} was left aside.", "warning") for name in wanted.ignored
    ]
    answer = fhir_response(orjson.dumps(operation_outcome(problems)), 202)
    answer.headers["Preference-Applied"] = "respond-async"
    answer.headers["Content-Location"] = _address(job_id)
    return answer


def _standing(job_id: UUID) -> Response:
    found, files = export.standing(_runtime().db, g.machine.client, job_id)
    if found.answer is None:
        return still_waiting(found.progress)
    told = orjson.loads(found.answer)
    if found.answer_status != 200:
        return fhir_response(found.answer, found.answer_status or 500)
    manifest = told | {
        "requiresAccessToken": True,
        "output": [_output(job_id, each) for each in files],
        "deleted": [],
        "error": [],
    }
    return ends(Response(orjson.dumps(manifest), content_type="application/json"), found.ends_at)


def _output(job_id: UUID, file: File) -> Json:
    return {"type": file.name, "url": f"{_address(job_id)}/{file.name}.ndjson", "count": file.lines}


def _address(job_id: UUID) -> str:
    return f"{base_url()}/$export/{job_id}"


def _remove(job_id: UUID) -> Response:
    export.remove(_runtime().db, g.machine.client, job_id)
    return Response(status=202)


def _file(job_id: UUID, name: str) -> Response:
    if not _may_see(name):
        raise refusal(403, "The access token does not cover reading and searching this type.")
    file, content = export.open_file(_runtime().db, g.machine.client, job_id, name)
    answer = Response(content, content_type=FORMATS[0])
    answer.content_length = file.size
    return answer


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
