"""The door for GP systems: one message a request, read strictly, answered in FHIR whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import wraps
from typing import Final
from uuid import UUID

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from app.api.client_certificate import thumbprint
from app.api.errors import (
    CATALOGUE,
    FHIR_JSON,
    FHIR_XML,
    XML_TYPES,
    answer_of,
    fhir_response,
    refusal,
)
from app.api.fhir_rest_caller import caller
from app.api.media import check_body_version, is_spoken
from app.api.prefer import wants_answer_later
from app.api.proxy_headers import END_USER, header_problems
from app.api.request_log import UUID as A_UUID
from app.api.request_log import current_request_id
from app.domain import paces
from app.domain.scopes import WRITE, allows
from app.runtime import Runtime
from app.services.incoming import later
from app.services.incoming.answering import Posted, answer
from app.services.signing_in import sign_in_paces
from app.services.systems.machine_sign_in import SignedInMachine, find_signed_in
from app.store.crypto import KeysAway
from fhir.capability import capability_statement
from fhir.problems import FhirRejected, Problem, operation_outcome
from fhir.sender_headers import SOFTWARE_VERSION

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
            if A_UUID.match(request.headers.get(name, "")):
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


def machine_with(*scopes: str) -> Callable[[View], View]:
    """Let in only a system whose bearer token has one of these scopes, if any; it stands in `g.machine`."""

    def guarded(view: View) -> View:
        @wraps(view)
        def checked() -> Response:
            g.machine = _machine(scopes)
            return view()

        return checked

    return guarded


@fhir.get("/metadata", provide_automatic_options=False)
@in_fhir
def metadata() -> Response:
    """Say what this server does; public."""
    _check_accept()
    base = _runtime().settings.public_url.rstrip("/") + _BASE
    return fhir_response(orjson.dumps(capability_statement(base, SOFTWARE_VERSION, PUBLISHED)), 200)


@fhir.post("/$process-message", provide_automatic_options=False)
@in_fhir
@machine_with(WRITE)
def process_message() -> Response:
    """Take a message: a referral, a change of one, or an acknowledgement; now, or later when that is preferred."""
    _check_content_type()
    _check_accept()
    correlation_id = _check_headers()
    is_for_later = wants_answer_later()
    body = _body(_runtime().settings.largest_upload if is_for_later else None)
    posted = Posted(body, request.mimetype, current_request_id(), correlation_id)
    machine: SignedInMachine = g.machine
    if is_for_later:
        return _promised(later.keep_message(_runtime().db, machine.client, posted))
    try:
        given = answer(_runtime().db, machine.client, posted)
    except KeysAway:  # kept sealed, and judged as soon as records can be opened again
        return _promised(later.keep_message(_runtime().db, machine.client, posted), was_asked_for=False)
    return fhir_response(given.body, given.status)


def _body(most: int | None) -> bytes:
    """Return the body, of at most so many bytes, None for what every address takes."""
    if most is not None:
        request.max_content_length = most
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        if most is None:
            raise
    sentence = (
        f"The body is larger than {most / 2**20:g} MiB, or its length is not told. Send one referral in it."
    )
    raise refusal(413, sentence)


def _promised(job_id: UUID, *, was_asked_for: bool = True) -> Response:
    _runtime().wake_later(job_id)
    kept = Problem(
        "", "informational", "The message was kept. Ask for its answer at Content-Location.", "information"
    )
    response = fhir_response(orjson.dumps(operation_outcome([kept])), 202)
    if was_asked_for:
        response.headers["Preference-Applied"] = "respond-async"
    response.headers["Content-Location"] = (
        f"{_runtime().settings.public_url.rstrip('/')}{_BASE}/$async/{job_id}"
    )
    return response


def _machine(scopes: tuple[str, ...]) -> SignedInMachine:
    told = request.authorization
    token = told.token if told is not None and told.type == "bearer" else None
    if not token:
        raise refusal(401, "Send an access token of /oauth2/token as `Authorization: Bearer`.")
    machine = find_signed_in(_runtime().db, token, certificate=thumbprint())
    if machine is None:
        sentence = "The access token is unknown, has ended, or is bound to another client certificate."
        raise refusal(401, f"{sentence} Ask for a new one at /oauth2/token.")
    pace = paces.of_client(_runtime().settings.client_requests_a_minute)
    sign_in_paces.count(_runtime().limiter, pace, machine.client.id)
    if scopes and not any(allows(machine.scopes, scope) for scope in scopes):
        raise refusal(
            403, f"The access token lacks the scope {' or '.join(scopes)}. Ask for a token that has it."
        )
    return machine


def _check_content_type() -> None:
    if request.mimetype not in _MEDIA:
        raise refusal(415, f"Send the message as {FHIR_JSON} or {FHIR_XML}.")
    check_body_version()
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
    return name in _ACCEPTED and is_spoken(options)


def _check_headers() -> str:
    """Return the correlation id; raises FhirRejected naming each header that is missing or wrong, NotAllowed for the
    organisation of others."""
    problems = [*_id_problems(), *header_problems()]
    if problems:
        raise FhirRejected(problems, rec_code=CATALOGUE[400][0])
    if END_USER in request.headers:
        caller()
    return request.headers["X-Correlation-Id"].lower()


def _id_problems() -> Iterator[Problem]:
    for name in _IDS:
        value = request.headers.get(name, "")
        if not value:
            yield Problem("", "required", f"The header {name} is missing. Send a UUID.")
        elif not A_UUID.match(value):
            yield Problem("", "invalid", f"The header {name} is not a UUID. Send a UUID.")


def _is_fhir() -> bool:
    return f"{request.path}/".startswith("/FHIR/")


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
