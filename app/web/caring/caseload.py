"""The link worker's first page: what today asks for as counts that open lists, and the caseload itself."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from app.domain.caseload import (
    ASK_ABOUT_WORDS,
    SORT_WORDS,
    STATES,
    TODAY,
    WHOSE_WORDS,
    Show,
    Sort,
    Wanted,
    Whose,
)
from app.domain.vocabulary import Role
from app.services.caring import caseload, onward
from app.services.incoming import duplicates
from app.services.shown import views
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render

pages = Blueprint("caseload", __name__)
FIRST_TASKS = 5  # of all that there is to do, above the list
Code = TypeVar("Code", bound=StrEnum)
_SHOWN = {Show.OPEN: "Everything open", **{show: words for show, (words, _) in TODAY.items()}}
_SHOWN[Show.ALL] = "Ended ones too"


@pages.get("/referrals")
@requires(Role.LINK_WORKER)
def today_list() -> Response:
    """Show the team's referrals, today's counts above them, and the tasks beside them."""
    wanted = _wanted()
    found = caseload.list_caseload(database(), actor(), wanted, page=page_number())
    beside: dict[str, Any] = {
        "tasks": views.list_tasks(database(), actor(), size=FIRST_TASKS),
        "led": duplicates.list_leaders(database(), actor(), [line.id for line in found.page.lines]),
        "bounced": onward.list_bounced(database(), actor()),
        "ask_about": found.ask_about,
        "ask_about_words": ASK_ABOUT_WORDS,
        "counts": [
            (words, found.counts[show], href(wanted, show=show, state=None))
            for show, (words, _) in TODAY.items()
        ],
        "sorts": [
            (words, href(wanted, sort=sort), sort is wanted.sort) for sort, words in SORT_WORDS.items()
        ],
        "options": {"show": _SHOWN, "whose": WHOSE_WORDS, "state": {"": "Every state", **STATES}},
        "empty": TODAY[wanted.show][1] if wanted.show in TODAY else "",
        "title": _SHOWN[wanted.show] if wanted.show is not Show.OPEN else "Your referrals today",
        "extra": f"&{query}" if (query := _query(wanted)) else "",
    }
    return render("referrals.html", found=found.page, wanted=wanted, **beside)


@pages.get("/tasks")
@requires(Role.LINK_WORKER)
def tasks() -> Response:
    """Show everything that the team has to do, page by page."""
    return render("tasks.html", found=views.list_tasks(database(), actor(), page=page_number()))


def href(wanted: Wanted, **other: Any) -> str:
    """Return the address of a list like this one but for what is named; it begins at its first page."""
    told = {name: getattr(wanted, name) for name in ("show", "whose", "state", "sort")} | other
    query = _query(Wanted(**told))
    return f"/referrals?{query}" if query else "/referrals"


def _query(wanted: Wanted) -> str:
    """What differs from the plain list, so that its address stays short."""
    usual = Wanted()
    names = ("show", "whose", "state", "sort")
    return urlencode(
        {name: value for name in names if (value := getattr(wanted, name)) != getattr(usual, name)}
    )


def _wanted() -> Wanted:
    asked = request.args
    state = asked.get("state") or None
    return Wanted(
        show=_one(Show, asked.get("show"), Show.OPEN),
        whose=_one(Whose, asked.get("whose"), Whose.TEAM),
        state=state if state in STATES else None,
        sort=_one(Sort, asked.get("sort"), Sort.NEXT),
    )


def _one(codes: Iterable[Code], asked: str | None, usual: Code) -> Code:
    """Return the code that is asked for; nonsense is the usual one."""
    return next((code for code in codes if code == asked), usual)
