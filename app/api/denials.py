"""Has every refusal to somebody whom we know written down, whichever door it was at: pages, JSON, FHIR."""

from __future__ import annotations

import logging
from dataclasses import replace
from uuid import UUID

from flask import Flask, Response, g, request

from app.domain.access import Actor, system
from app.services.rights import denials
from app.services.rights.denials import Denied

log = logging.getLogger(__name__)
_REFUSED = (403, 404)


def register_denials(app: Flask) -> None:
    """Look at each answer; a stranger's is not written down, nor an address that there is not."""

    @app.after_request
    def _note(response: Response) -> Response:
        rule = request.url_rule
        who = _who() if response.status_code in _REFUSED and rule is not None else None
        if who is None or rule is None:
            return response
        try:
            db = app.extensions["backstitch"].db
            denials.record(db, who, Denied(rule.rule, request.method, response.status_code, _named()))
        except Exception as fault:  # the answer is a refusal already: it stays one
            log.error("a refusal was not written down", extra={"fault": type(fault).__name__})
        return response


def _who() -> Actor | None:
    person = g.get("signed_in") or g.get("signed_in_by_token")
    if person is not None:
        actor: Actor = person.actor
        return actor
    machine = g.get("machine")
    if machine is None:
        return None
    client = machine.client
    return replace(system(f"client:{client.id}"), organisation_id=client.organisation_id)


def _named() -> str:
    """The first id in the address; a code of a link is a key, and stands nowhere."""
    for value in (request.view_args or {}).values():
        if isinstance(value, UUID):
            return str(value)
        try:
            return str(UUID(str(value)))
        except ValueError:
            continue
    return ""
