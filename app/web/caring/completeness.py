"""What an organisation's own records lack, as help: how many people, who they are, and where to add it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response

from app.domain.completeness import DEMOGRAPHICS, LACKS, PARTS, Case
from app.domain.vocabulary import Role
from app.services.evaluation import completeness
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render

pages = Blueprint("completeness", __name__)
# Where a link worker or a provider adds what is missing; a practice sends it again with its own system.
_TEAMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("gender", "ethnicity"), "about-them"),
    "needs": "needs",
    "support": "offer",
    "before": "measures",
    "after": "measures",
}
_PROVIDERS: Final[Mapping[str, str]] = {"contacts": "contact", "before": "measures", "after": "measures"}


@pages.get("/completeness")
@requires(Role.LINK_WORKER, Role.PRACTICE, Role.PROVIDER, Role.STEWARD)
def show() -> Response:
    """Show what is lacking, by part."""
    found = completeness.completeness(database(), actor())
    return render("completeness.html", found=found, parts_of=PARTS, role=actor().role)


@pages.get("/completeness.csv")
@requires(Role.LINK_WORKER, Role.PRACTICE, Role.PROVIDER, Role.STEWARD)
def as_file() -> Response:
    """Hand the numbers out as a file, without anybody's name."""
    response = Response(completeness.completeness(database(), actor()).as_csv(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="what-records-lack.csv"'
    return response


@pages.get("/completeness/<code>")
@requires(Role.LINK_WORKER, Role.PRACTICE, Role.PROVIDER)
def lacking(code: str) -> Response:
    """Show whose records lack one thing, with the way to add it."""
    found = completeness.list_lacking(database(), actor(), code, page=page_number())
    sent_again = actor().role is not Role.PROVIDER and code in DEMOGRAPHICS
    told = {"code": code, "lack": LACKS[code], "sent_again": sent_again, "role": actor().role}
    return render("completeness_list.html", found=found, told=told, where=lambda case: _where(code, case))


def _where(code: str, case: Case) -> str:
    if actor().role is Role.PRACTICE:
        return f"/loops/{case.referral_id}"
    if case.placement_id:
        return f"/offers/{case.placement_id}" + _under(_PROVIDERS.get(code))
    return f"/referrals/{case.referral_id}" + _under(_TEAMS.get(code))


def _under(part: str | None) -> str:
    return f"/{part}" if part else ""
