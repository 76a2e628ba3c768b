"""The JSON API's part for dials and the directory's upkeep: providers, those who enter for them, the steward."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part, told_page
from app.api.schemas_dials import (
    DialIn,
    EntryChangeIn,
    FailedMailsOut,
    LinkSentOut,
    MyServicesOut,
    MyServicesQuery,
    ToCheckOut,
)
from app.domain.capacity import Dial
from app.domain.vocabulary import Role
from app.services.directory import dials, directory_entries, entry_checks
from app.services.directory.entry_checks import ToCheck
from app.services.messages import mailing

part = Part("dials", "How services stand today, and whether what the directory says of them is still right.")


@part.route("/my-services")
@requires(Role.PROVIDER, Role.STEWARD)
@part.arguments(MyServicesQuery, location="query")
@part.response(200, MyServicesOut)
def list_my_services(query: dict[str, Any]) -> dict[str, Any]:
    """List the services whose dial you may turn: your own, those you enter for, for the steward all."""
    found = dials.list_services(database(), actor(), words=query["words"], page=query["page"])
    return told_page(found, words=query["words"])


@part.route("/services/<uuid:service_id>/dial", methods=["PUT"])
@requires(Role.PROVIDER, Role.STEWARD)
@part.arguments(DialIn)
@part.response(204)
def turn_dial(dial: Dial, service_id: UUID) -> None:
    """Say how a service stands; a limited one starts with its whole week's places."""
    directory_entries.turn_dial(database(), actor(), service_id, dial)


@part.route("/services/<uuid:service_id>/confirm", methods=["POST"])
@requires(Role.PROVIDER, Role.STEWARD)
@part.response(204)
def confirm_entry(service_id: UUID) -> None:
    """Say that the entry is still right today."""
    directory_entries.confirm_entry(database(), actor(), service_id)


@part.route("/services/<uuid:service_id>/changes", methods=["POST"])
@requires(Role.PROVIDER, Role.STEWARD)
@part.arguments(EntryChangeIn)
@part.response(204)
def report_change(told: dict[str, str], service_id: UUID) -> None:
    """Say what is not right any more; the steward gets a task."""
    entry_checks.report(database(), actor(), service_id, told["words"])


@part.route("/services/<uuid:service_id>/dial-link", methods=["POST"])
@requires(Role.PROVIDER, Role.STEWARD)
@part.response(202, LinkSentOut)
def send_dial_link(service_id: UUID) -> dict[str, str]:
    """E-mail the dial's link to the service's own address; earlier links end."""
    phone = current_app.extensions["backstitch"].settings.help_phone
    return {"email": dials.send_link(database(), actor(), service_id, help_phone=phone)}


@part.route("/entries-to-check")
@requires(Role.STEWARD)
@part.response(200, ToCheckOut)
def list_entries_to_check() -> ToCheck:
    """List what is said to have changed, and whom to ring about a stale entry."""
    return entry_checks.list_to_check(database(), actor())


@part.route("/entries-to-check/changes/<uuid:change_id>/settle", methods=["POST"])
@requires(Role.STEWARD)
@part.response(204)
def settle_change(change_id: UUID) -> None:
    """Say that the entry is right again; it counts as confirmed today."""
    entry_checks.settle(database(), actor(), change_id)


@part.route("/failed-mail")
@requires(Role.STEWARD)
@part.response(200, FailedMailsOut)
def list_failed_mail() -> dict[str, Any]:
    """List e-mail that could not be delivered."""
    return {"items": mailing.list_failed(database(), actor())}


@part.route("/failed-mail/<uuid:mail_id>/send-again", methods=["POST"])
@requires(Role.STEWARD)
@part.response(204)
def send_mail_again(mail_id: UUID) -> None:
    """Try an e-mail that failed once more."""
    mailing.send_again(database(), actor(), mail_id)


@part.route("/failed-mail/<uuid:mail_id>/leave", methods=["POST"])
@requires(Role.STEWARD)
@part.response(204)
def leave_failed_mail(mail_id: UUID) -> None:
    """Let an e-mail that failed be."""
    mailing.leave(database(), actor(), mail_id)
