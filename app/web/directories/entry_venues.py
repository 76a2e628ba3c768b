"""Venues: where sessions happen, written once and chosen by every service that meets there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.directory import Venue
from app.domain.directory_words import VenueKind
from app.domain.entry_sections import venue_values, version
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.vocabulary import Role
from app.services.directory import directory_entries, entry_editing, entry_meetings
from app.services.shown.seen import Page
from app.web.directories import directory_words, entry_editing_words
from app.web.directories.entry_editing_forms import VenueForm
from app.web.frame.forms import Form, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render

pages = Blueprint("entry_venues", __name__)
_A_PAGE = 50
_LONGEST_SEARCH = 100


@pages.get("/venues")
@requires(Role.PROVIDER, Role.STEWARD)
def venues() -> Response:
    """Show the venues that the actor may change."""
    asked = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
    all_of_them = [each for each in _own() if asked.lower() in f"{each.name} {each.postcode or ''}".lower()]
    number = page_number()
    shown = all_of_them[(number - 1) * _A_PAGE : number * _A_PAGE]
    return render("entry_venues.html", found=Page(shown, len(all_of_them), number, _A_PAGE), asked=asked)


@pages.get("/venues/new", defaults={"venue_id": None})
@pages.get("/venues/<uuid:venue_id>")
@requires(Role.PROVIDER, Role.STEWARD)
def venue(venue_id: UUID | None) -> Response:
    """Show a venue to be changed, or an empty form."""
    return _page(_find(venue_id), None)


@pages.post("/venues/new", defaults={"venue_id": None})
@pages.post("/venues/<uuid:venue_id>")
@requires(Role.PROVIDER, Role.STEWARD)
def record(venue_id: UUID | None) -> AnyResponse:
    """Write a venue."""
    form, before = Form(request.form), _find(venue_id)
    try:
        told = _venue(load(VenueForm(), form), before)
        seen = form.value("seen") if before else None
        directory_entries.record_venue(database(), actor(), told, seen=seen)
    except Invalid as fault:
        return _page(before, form.refused(fault), seen=form.value("seen"))
    except Conflict as fault:
        refused = Form(form.typed, {"maincontent": fault.sentence})
        return _page(_find(venue_id), refused, is_stale=True)
    flash(f"{told.name} is saved. Every service that meets there shows it.")
    return redirect("/venues", 303)


def _own() -> list[Venue]:
    whose = actor().organisation_id if actor().role is Role.PROVIDER else None
    return entry_meetings.list_venues(database(), actor(), whose=whose)


def _find(venue_id: UUID | None) -> Venue | None:
    if venue_id is None:
        return None
    found = next((each for each in _own() if each.id == venue_id), None)
    if found is None:
        raise NotFound
    return found


def _venue(typed: dict[str, Any], before: Venue | None) -> Venue:
    venue = before or Venue(uuid4(), "")
    postcode = " ".join(typed["postcode"].upper().split()) or None
    stays = venue.kind == typed["kind"] and (venue.postcode or None) == postcode
    host_id = actor().organisation_id if actor().role is Role.PROVIDER else typed["host_id"]
    return replace(
        venue,
        name=typed["name"],
        kind=VenueKind(typed["kind"]),
        address_lines=tuple(line.strip() for line in typed["address"].split("\n") if line.strip()),
        postcode=postcode,
        point=venue.point if stays else None,  # the postcode's own is looked up when it is written
        access=tuple(typed["access"]),
        host_id=host_id,
    )


def _page(venue: Venue | None, form: Form | None, *, seen: str = "", is_stale: bool = False) -> Response:
    values = venue_values(venue) if venue else {}
    return render(
        "entry_venue.html",
        status=Conflict.status if is_stale else 200,
        form=form or Form(_typed(values)),
        venue=venue,
        stands=venue if is_stale else None,
        seen=seen or version(values),
        hosts={
            "": "Nobody",
            **{str(one): name for one, name in entry_editing.list_providers(database(), actor())},
        },
        words_of=entry_editing_words,
        told=directory_words,
    )


def _typed(values: dict[str, Any]) -> Any:
    typed = entry_editing_words.typed_of(values)
    typed["address"] = "\n".join(values.get("address_lines", ()))
    return typed
