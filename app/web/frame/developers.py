"""The page for those who connect a system: from nothing to a first referral, and everything to look up after."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from flask import Blueprint, Response, render_template, request

from app.domain.errors import Invalid, NotFound
from app.domain.identifiers import OdsCode
from app.services.systems import integrating
from app.services.systems.sandbox import USUAL_ODS
from app.web.frame import guard
from app.web.frame.guard import public
from app.web.frame.page import render

pages = Blueprint("developers", __name__)
# Of the range that no real person has.
_NHS_NUMBER = "9990000042"


@pages.get("/developers")
@public
def developers() -> Response:
    """Tell all that is needed to connect a system."""
    return render(
        "developers.html",
        base=guard.runtime().settings.public_url.rstrip("/"),
        types_told=[(each.type, each.about, each.parameters) for each in integrating.served_types()],
        errors_told=[(each.status, each.code, each.issue, each.meaning) for each in integrating.errors()],
        algorithms=integrating.ALGORITHMS,
        shortest_rsa=integrating.SHORTEST_RSA,
        ods=USUAL_ODS,
    )


@pages.get("/developers/referral.json")
@public
def referral() -> Response:
    """Return a referral of an invented person, new each time, from the sandbox practice of `ods`."""
    try:
        ods = OdsCode(request.args.get("ods", USUAL_ODS)).value
    except Invalid:
        raise NotFound from None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    body = render_template("sandbox_referral.json", ods=ods, now=now, new=uuid4, number=_NHS_NUMBER)
    return Response(body, mimetype="application/fhir+json")
