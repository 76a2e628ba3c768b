"""One referral as the PRSB record: what it lacks, as help, and the files for another system to read."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, Response

from app.domain.vocabulary import Role
from app.services.prsb.prsb_record import prsb_document, prsb_record
from app.services.shown import views
from app.services.shown.seen import Heading
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("prsb", __name__)
_FHIR: Final = "application/fhir+json"


@pages.get("/referrals/<uuid:referral_id>/record")
@requires(Role.LINK_WORKER)
def show(referral_id: UUID) -> Response:
    """Show a link worker what the standard asks for and the record does not hold."""
    heading = views.get_heading(database(), actor(), referral_id)
    return _page(referral_id, "/referrals", "prsb_record_team.html", banner=heading)


@pages.get("/loops/<uuid:referral_id>/record")
@requires(Role.PRACTICE)
def show_practice(referral_id: UUID) -> Response:
    """Show the same to who referred, of what they may see."""
    return _page(referral_id, "/loops", "prsb_record.html")


@pages.get("/referrals/<uuid:referral_id>/record.json")
@pages.get("/loops/<uuid:referral_id>/record.json", endpoint="as_rows_practice")
@requires(Role.LINK_WORKER, Role.PRACTICE)
def as_rows(referral_id: UUID) -> Response:
    """Hand out the record by the rows of the standard."""
    return _file(prsb_record(database(), actor(), referral_id).as_json(), "application/json", "record.json")


@pages.get("/referrals/<uuid:referral_id>/record.fhir.json")
@pages.get("/loops/<uuid:referral_id>/record.fhir.json", endpoint="as_document_practice")
@requires(Role.LINK_WORKER, Role.PRACTICE)
def as_document(referral_id: UUID) -> Response:
    """Hand out the record as a FHIR document."""
    return _file(prsb_document(database(), actor(), referral_id), _FHIR, "record.fhir.json")


def _page(referral_id: UUID, home: str, template: str, *, banner: Heading | None = None) -> Response:
    found = prsb_record(database(), actor(), referral_id)
    return render(template, found=found, path=f"{home}/{referral_id}", banner=banner)


def _file(content: bytes, mimetype: str, name: str) -> Response:
    """Under a name that tells nothing, kept by nobody on the way."""
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
