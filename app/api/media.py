"""Which versions of FHIR and of the messaging standard are spoken here, as a media type's parameters tell them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from app.services.incoming.refusals import refusal


def is_spoken(options: Mapping[str, str]) -> bool:
    """Tell whether a media type's parameters ask for what there is: FHIR 4.0, version 1 of the standard's core."""
    major = options.get("version", "1").split(".")[0]
    return major == "1" and options.get("fhirversion", "4.0") in ("4.0", "4.0.1")


def check_body_version() -> None:
    """Raise FhirRejected (415) when the body is said to be of another version of FHIR than is read here."""
    told = request.mimetype_params.get("fhirversion", "4.0")
    if told not in ("4.0", "4.0.1"):
        raise refusal(415, "Bodies are read as FHIR R4 only: send fhirVersion=4.0, or leave it out.")
