"""For whom a GP system reads, and how it wants its answer: told in the headers of the request."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import orjson
from flask import current_app, g, request
from werkzeug.http import parse_dict_header, parse_options_header

from app.api.errors import FHIR_JSON, refusal
from app.domain.access import Actor
from app.runtime import Runtime
from app.services import fhir_reads
from fhir.systems import ODS_ORGANISATION, normalised

BASE: Final = "/FHIR/R4"
END_USER: Final = "NHSD-End-User-Organisation"
_OFFERED: Final = (FHIR_JSON, "application/json", "application/*", "*/*")


def caller() -> Actor:
    """Return as whom the signed-in system asks; raises FhirRejected or NotAllowed as `practice_actor` does."""
    return fhir_reads.practice_actor(_runtime().db, g.machine.client, named_practice())


def base_url() -> str:
    """Return the address that all of FHIR stands under, as the outside knows it."""
    return _runtime().settings.public_url.rstrip("/") + BASE


def named_practice() -> str | None:
    """Return the ODS code of the practice that the request names, None when it names none.

    The header is BaRS's: base64 of an Organization. Raises FhirRejected (400) when it cannot be read.
    """
    told = request.headers.get(END_USER)
    if told is None:
        return None
    try:
        organisation: Any = orjson.loads(base64.b64decode(told, validate=False))
        for identifier in organisation["identifier"]:
            if normalised(identifier.get("system")) == ODS_ORGANISATION:
                return str(identifier["value"])
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        pass
    sentence = f"The header {END_USER} must be the base64 of an Organization with an ODS code."
    raise refusal(400, sentence)


def is_strict() -> bool:
    """Tell whether unknown parameters are to be refused: Prefer: handling=strict."""
    preferences = request.headers.get("Prefer", "").replace(";", ",")
    return (parse_dict_header(preferences).get("handling") or "").lower() == "strict"


def check_accept() -> None:
    """Refuse an Accept header that shuts JSON out; _format goes before it (FHIR R4, http.html#parameters)."""
    if (
        "_format" in request.args
        or "_format" in request.form
        or not request.headers.get("Accept", "").strip()
    ):
        return
    wanted = [parse_options_header(value)[0] for value, quality in request.accept_mimetypes if quality > 0]
    if not set(wanted) & set(_OFFERED):
        raise refusal(406, f"Answers are given as {FHIR_JSON} only. Accept that.")


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
