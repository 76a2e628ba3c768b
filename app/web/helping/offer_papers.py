"""An offer as a form to print, and the provider's own list as a file to take along."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from app.domain.disclosure import Disclosure
from app.domain.vocabulary import NEED_WORDS, Role
from app.services.helping import offer_papers
from app.services.helping.offer_papers import Offered
from app.web.frame import linked, words
from app.web.frame.guard import actor, database, requires, today

pages = Blueprint("offer_papers", __name__)


@pages.get("/offers/<uuid:placement_id>/paper.pdf")
@requires(Role.PROVIDER)
def of_provider(placement_id: UUID) -> Response:
    """Hand the provider its offer as a form to write on."""
    return _pdf(offer_papers.for_provider(database(), actor(), placement_id))


@pages.get("/referrals/<uuid:referral_id>/offers/<uuid:placement_id>/paper.pdf")
@requires(Role.LINK_WORKER)
def of_team(referral_id: UUID, placement_id: UUID) -> Response:
    """Hand the link worker the same form, to be given or posted to the group."""
    return _pdf(offer_papers.for_team(database(), actor(), referral_id, placement_id))


@pages.get("/offers.csv")
@requires(Role.PROVIDER)
def as_file() -> Response:
    """Hand the provider its list: references, services, states and days; no names."""
    states = {status: shown[0] for status, shown in words.PLACEMENT_WORDS.items()}
    lines = offer_papers.list_for_file(database(), actor())
    response = Response(offer_papers.csv_of(lines, states), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="offers-{today().isoformat()}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _pdf(offered: Offered) -> Response:
    told = rows_of(offered.person, offered.team_name)
    pdf = offer_papers.paper_of(offered, told, help_phone=linked.help_phone())
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{offered.reference}.pdf"'
    response.headers["Cache-Control"] = "no-store"  # not to be left on a shared machine
    return response


def rows_of(person: Disclosure, team_name: str) -> tuple[tuple[str, str], ...]:
    """Return what the provider's page says of a person, row by row, in its order and words."""
    through_team = (
        f"Through {team_name}: they make the first contact." if person.contact_through_team else None
    )
    rows = (
        ("Name", person.name),
        ("What they want", person.wants or (None if person.needs else "Ask them: nothing was written down.")),
        ("Take care", " ".join(person.take_care)),
        ("Help with", words.named(person.needs, {str(need): said for need, said in NEED_WORDS.items()})),
        ("How to reach them", person.contact or through_team),
        (
            "To come they need",
            words.named(person.access, words.ACCESS_WORDS) or "Nothing special that we know of",
        ),
        ("Language", words.language(person.language)),
        ("Age", person.age_band),
        ("Goals that they agreed to share with you", "; ".join(person.goals)),
        ("If you have questions", f"Ask {team_name}."),
    )
    return tuple((label, text) for label, text in rows if text)
