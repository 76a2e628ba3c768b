"""The door for GP systems: one message a request, read strictly, answered in FHIR whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Final

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.http import parse_options_header

from app.api.errors import (
    CATALOGUE,
    FHIR_JSON,
    FHIR_XML,
    XML_TYPES,
    answer_of,
    fhir_response,
    invalid_message,
    refusal,
)
from app.api.request_log import UUID, current_request_id
from app.domain.errors import Invalid
from app.domain.scopes import WRITE, allows
from app.runtime import Runtime
from app.services.intake import Received, Reception, Sender, envelope_of, receive, rule_problems
from app.services.machine_sign_in import SignedInMachine, find_signed_in
from fhir.capability import capability_statement
from fhir.glimpse import glimpse
from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement, IncomingReferral
from fhir.problems import FhirRejected, Problem
from fhir.systems import SUPPORTED_VERSIONS

log = logging.getLogger(__name__)
SOFTWARE: Final = "0.1.0"
PUBLISHED: Final = date(2026, 11, 22)
_BASE: Final = "/FHIR/R4"
_IDS: Final = ("X-Request-Id", "X-Correlation-Id")
_MEDIA: Final = (FHIR_JSON, "application/json", *XML_TYPES)
_ACCEPTED: Final = (*_MEDIA, "application/*", "*/*")

View = Callable[[], Response]
fhir = Blueprint("fhir", __name__, url_prefix=_BASE)


def register_fhir(app: Flask) -> None:
    """Add the FHIR addresses, and an OperationOutcome for every address and method under /FHIR that is none."""

    @app.before_request
    def _no_such_address() -> Response | None:
        fault = request.routing_exception
        return answer_of(fault) if fault is not None and _is_fhir() else None

    @app.after_request
    def _mirror(response: Response) -> Response:
        for name in _IDS if _is_fhir() else ():
            if UUID.match(request.headers.get(name, "")):
                response.headers[name] = request.headers[name]
        return response

    app.register_blueprint(fhir)


def in_fhir(view: View) -> View:
    """Answer every fault of a view as an OperationOutcome."""

    @wraps(view)
    def answered() -> Response:
        try:
            return view()
        except Exception as fault:  # the door's last word: what is not foreseen becomes an incident
            return answer_of(fault)

    return answered


def machine_with(scope: str) -> Callable[[View], View]:
    """Let in only a GP system whose bearer token has this scope; it stands in `g.machine`."""

    def guarded(view: View) -> View:
        @wraps(view)
        def checked() -> Response:
            g.machine = _machine(scope)
            return view()

        return checked

    return guarded


@fhir.get("/metadata", provide_automatic_options=False)
@in_fhir
def metadata() -> Response:
    """Say what this server does; public."""
    _check_accept()
    base = _runtime().settings.public_url.rstrip("/") + _BASE
    return fhir_response(orjson.dumps(capability_statement(base, SOFTWARE, PUBLISHED)), 200)


@fhir.post("/$process-message", provide_automatic_options=False)
@in_fhir
@machine_with(WRITE)
def process_message() -> Response:
    """Take a message: a referral, a change of one, or an acknowledgement."""
    _check_content_type()
    _check_accept()
    raw = request.get_data(cache=False)
    correlation_id = _check_ids()
    machine: SignedInMachine = g.machine
    message = _read(raw)
    sender = Sender(machine.client.id, machine.client.practices)
    envelope = envelope_of(
        message, raw, sender=sender, request_id=current_request_id(), correlation_id=correlation_id
    )
    try:
        received = receive(_runtime().db, message, envelope, sender=sender)
    except Invalid as fault:
        raise invalid_message(fault, _paths(message)) from fault
    told = {"reception": received.reception.value, "sender": sender.name, "request_id": envelope.request_id}
    log.info("message received", extra=told)
    return _answer(received, machine.client.dialect)


def _read(raw: bytes) -> IncomingReferral | IncomingAcknowledgement:
    """Read a message; what the rules already see wrong with its patient is told together with what form it lacks."""
    try:
        return read_message(raw, content_type=request.mimetype, versions=SUPPORTED_VERSIONS)
    except FhirRejected as fault:
        seen = glimpse(raw, content_type=request.mimetype)
        known = {problem.path for problem in fault.problems}
        found = rule_problems(seen.person, _runtime().db) if seen else []
        more = [(seen.paths.get(each.field, ""), each) for each in found if seen]
        added = [Problem(path, each.code, each.sentence) for path, each in more if path not in known]
        raise FhirRejected([*fault.problems, *added], status=fault.status, rec_code=fault.rec_code) from fault


def _answer(received: Received, dialect: str) -> Response:
    if received.reception is Reception.CHANGED:
        sentence = "This id was used before with another body. Give a new message new ids; repeat an old one unchanged."
        raise refusal(422, sentence, issue="business-rule")
    if received.reception is Reception.REPEATED and dialect == "bars":
        sentence = "This X-Request-Id was processed before. The message was taken then: do not send it again."
        raise refusal(409, sentence, issue="duplicate")
    return fhir_response(received.answer.body, received.answer.status)


def _paths(message: IncomingReferral | IncomingAcknowledgement) -> dict[str, str]:
    return message.paths if isinstance(message, IncomingReferral) else {}


def _machine(scope: str) -> SignedInMachine:
    told = request.authorization
    token = told.token if told is not None and told.type == "bearer" else None
    if not token:
        raise refusal(401, "Send an access token of /oauth2/token as `Authorization: Bearer`.")
    machine = find_signed_in(_runtime().db, token)
    if machine is None:
        raise refusal(401, "The access token is unknown or has ended. Ask for a new one at /oauth2/token.")
    if not allows(machine.scopes, scope):
        raise refusal(403, f"The access token lacks the scope {scope}. Ask for a token that has it.")
    return machine


def _check_content_type() -> None:
    if request.mimetype not in _MEDIA:
        raise refusal(415, f"Send the message as {FHIR_JSON} or {FHIR_XML}.")
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise refusal(415, "Send the message as it is, without Content-Encoding: packed bodies are not read.")


def _check_accept() -> None:
    """Refuse an Accept header that shuts out FHIR R4 JSON of version 1 of the messaging standard's core."""
    wanted = [value for value, quality in request.accept_mimetypes if quality > 0]
    if request.headers.get("Accept", "").strip() and not any(_is_offered(value) for value in wanted):
        raise refusal(
            406, f"Answers are given as {FHIR_JSON} or {FHIR_XML} (FHIR 4.0, version 1). Accept one of them."
        )


def _is_offered(media: str) -> bool:
    name, options = parse_options_header(media)
    major = options.get("version", "1").split(".")[0]
    return name in _ACCEPTED and major == "1" and options.get("fhirversion", "4.0") == "4.0"


def _check_ids() -> str:
    """Return the correlation id; raises FhirRejected naming each header that is missing or is no UUID."""
    problems = []
    for name in _IDS:
        value = request.headers.get(name, "")
        if not value:
            problems.append(Problem("", "required", f"The header {name} is missing. Send a UUID."))
        elif not UUID.match(value):
            problems.append(Problem("", "invalid", f"The header {name} is not a UUID. Send a UUID."))
    if problems:
        raise FhirRejected(problems, rec_code=CATALOGUE[400][0])
    return request.headers["X-Correlation-Id"].lower()


def _is_fhir() -> bool:
    return f"{request.path}/".startswith("/FHIR/")


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
