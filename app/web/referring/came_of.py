"""What came of my referrals: a table first, a picture second, the same numbers as a file; for practices and teams."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import Blueprint, Response, request

from app.domain.came_of import STAND_WORDS, CameLine
from app.domain.pack_words import interval
from app.domain.vocabulary import NEED_WORDS, Need, Role
from app.services.evaluation import came_of
from app.services.evaluation.came_of import WhatCame
from app.web.frame.charts import Bar, Frame, draw_parts
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render

pages = Blueprint("came_of", __name__)
MONTHS: Final = {"3": "The last 3 months", "12": "The last 12 months", "36": "The last 3 years"}
_USUAL: Final = "12"
_TITLE: Final = "How referrals stand, by need"


@pages.get("/what-came")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def show() -> Response:
    """Show what came of one's own referrals of a period."""
    months, found = _found()
    told = {"months": MONTHS, "chosen": months, "stand_words": STAND_WORDS, "interval": interval}
    return render("came_of.html", found=found, told=told, name=_name)


@pages.get("/what-came.csv")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def as_file() -> Response:
    """Hand the same numbers out as a file."""
    response = Response(came_of.as_csv(_found()[1]), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="what-came-of-referrals.csv"'
    return response


@pages.get("/what-came.svg")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def picture() -> Response:
    """Draw how referrals stand, a bar for each need."""
    found = _found()[1]
    present = [stand for stand in STAND_WORDS if found.whole.stands[stand]]
    bars = [
        Bar(
            f"{_name(line)} ({line.referrals})",
            [100 * line.stands[each] / line.referrals for each in present],
        )
        for line in found.needs
    ]
    source = f"Referrals received {_in_words(found.since)} to {_in_words(found.until)}"
    frame = Frame(_TITLE, source, legend=[STAND_WORDS[each] for each in present])
    response = Response(draw_parts(frame, bars), mimetype="image/svg+xml")
    # What is in the file may style itself and do nothing else, should somebody open it as a page.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _found() -> tuple[str, WhatCame]:
    months = request.args.get("months", _USUAL)
    months = months if months in MONTHS else _USUAL
    until = today()
    return months, came_of.what_came(
        database(), actor(), since=_months_before(until, int(months)), until=until
    )


def _months_before(day: date, months: int) -> date:
    """The first day of the month so many months before: periods begin where months do."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _name(line: CameLine) -> str:
    return NEED_WORDS[Need(line.need)] if line.need else "All needs"


def _in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
