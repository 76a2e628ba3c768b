"""An offer as a form to print, no more than the provider's page tells; and the provider's own list as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.capacity import day
from app.domain.disclosure import Disclosure
from app.domain.errors import Conflict
from app.domain.lifecycle import OPEN_PLACEMENT
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, OUTCOME_WORDS, Role
from app.letters.offer_paper import OfferPaper, Step, offer_paper_pdf
from app.services.caring import disclosure
from app.services.evaluation.evaluation_files import no_formula
from app.services.shown import views
from app.store import directory, overviews, placements, places, referrals
from app.store.audit import Entry
from app.store.session import LONDON, Database

HEAD: Final = ("Reference", "Service", "State", "Asked on", "Answer by", "Started on", "Ended on")
_ACT: Final = "print offer"
_FILE: Final = "list placements for a file"
_CLOSED: Final = "This offer is over: there is nothing to print any more."


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer to be printed: `person` is what its provider may know."""

    placement_id: UUID
    reference: str
    service_name: str
    team_name: str
    phone: str | None
    respond_by: date
    person: Disclosure
    printed_at: datetime


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line of the provider's list: days and a reference, nothing that tells who."""

    reference: str
    service: str
    status: str
    asked_on: date
    answer_by: date
    started_on: date | None
    ended_on: date | None


def for_provider(db: Database, actor: Actor, placement_id: UUID) -> Offered:
    """Return an offer of the provider's own, to be printed. Raises NotFound, Conflict when it is over."""
    person = views.get_placement(db, actor, placement_id).person
    return _offered(db, actor, placement_id, person)


def for_team(db: Database, actor: Actor, referral_id: UUID, placement_id: UUID) -> Offered:
    """Return an offer of the team's, to be printed for its provider. Raises NotFound, Conflict when it is over."""
    check_acts_as(actor, Role.LINK_WORKER)
    return _offered(db, actor, placement_id, disclosure.preview_asked(db, actor, referral_id, placement_id))


def _offered(db: Database, actor: Actor, placement_id: UUID, person: Disclosure) -> Offered:
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=_ACT)
        if placement.status not in OPEN_PLACEMENT:
            raise Conflict(_CLOSED)
        referral = referrals.get(tx, placement.referral_id, audit=_ACT)
        profile = places.find_profile(tx, referral.team_id)
        tx.audit(Entry(_ACT, "placement", str(placement_id), referral.person_id))
        return Offered(
            placement_id=placement_id,
            reference=referral.reference,
            service_name=placement.service_name,
            team_name=directory.get_organisation(tx, referral.team_id).name,
            phone=profile.phone if profile else None,
            respond_by=placement.respond_by,
            person=person,
            printed_at=tx.now,
        )


def paper_of(offered: Offered, told: tuple[tuple[str, str], ...], *, help_phone: str | None) -> bytes:
    """Return the form as a PDF; `told` are the rows of the provider's page."""
    phone = offered.phone or help_phone
    ring = f"or ring {phone} and read it out" if phone else "or ring them and read it out"
    paper = OfferPaper(
        title=f"Referral {offered.reference}",
        reference=offered.reference,
        service=offered.service_name,
        told=told,
        answer_by=f"Please answer by {day(offered.respond_by)}.",
        steps=_STEPS,
        send_back=(
            f"Hand or post it to {offered.team_name}, {ring}. They enter it for you.",
            "Please do not e-mail it or send a photo of it. Keep it locked away, and shred it when it is over.",
        ),
    )
    return offer_paper_pdf(paper, written_at=offered.printed_at)


def list_for_file(db: Database, actor: Actor) -> list[FileLine]:
    """Return all of the provider's placements, as its list has them."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        lines: list[FileLine] = []
        page, total = 1, 1
        while len(lines) < total and page <= 1 + total // placements.PAGE:
            found, total = placements.list_page(tx, audit=_FILE, page=page)
            whose = overviews.people_of(tx, {each.referral_id for each in found}, audit=_FILE)
            lines += [
                FileLine(
                    reference=whose[each.referral_id].reference,
                    service=each.service_name,
                    status=each.status,
                    asked_on=_day(each.offered_at),
                    answer_by=each.respond_by,
                    started_on=_day(each.started_at) if each.started_at else None,
                    ended_on=_day(each.ended_at) if each.ended_at else None,
                )
                for each in found
            ]
            page += 1
        return lines


def csv_of(lines: list[FileLine], state_words: dict[str, str]) -> str:
    """Return the list as CSV (RFC 4180), no cell of it a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    for line in lines:
        cells = (line.reference, line.service, state_words[line.status], *_days(line))
        writer.writerow([no_formula(cell) for cell in cells])
    return out.getvalue()


def _days(line: FileLine) -> Iterator[str]:
    for each in (line.asked_on, line.answer_by, line.started_on, line.ended_on):
        yield each.isoformat() if each else ""


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


_STEPS: Final = (
    Step(
        "1. Your answer",
        (
            "Yes, we can help",
            "Later: they are on our waiting list",
            "We have a question first",
            "No, not this time",
        ),
        ("About how many weeks, if later:", "Our question:"),
    ),
    Step("If no: why? Cross one box", tuple(DECLINE_REASONS.values())),
    Step(
        "2. When you were in touch",
        ("We reached the person", "We could not reach the person"),
        ("Day, and how (call, visit, they came to us, text, letter):", "Day, and how:", "Day, and how:"),
    ),
    Step("3. When help started", (), ("Day:",)),
    Step("4. How it ended: cross one box", tuple(OUTCOME_WORDS.values()), ("Day:",)),
    Step(
        "If you asked the person",
        (),
        (
            "Their own goal, a number from 0 to 10 at the start:",
            "The same goal, a number from 0 to 10 now:",
            "What was done:",
            "What should be done:",
        ),
    ),
    Step(
        "If it ended early: why? Cross one box",
        tuple(words for code, words in END_REASONS.items() if code != "no-suitable-service"),
    ),
    Step("5. Who filled this in", (), ("Your name:", "Day:")),
)
