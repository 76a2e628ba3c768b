"""An organisation's evaluation of its own work: choose whom it is about, read it, look behind a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from threading import Lock
from time import monotonic
from typing import Final
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, request

from app.domain.errors import NotFound
from app.domain.pack import Filters, Pack
from app.domain.vocabulary import Role
from app.services.evaluation import grants
from app.services.evaluation.pack_place import LEAST_ORGANISATIONS, people_like_this
from app.services.evaluation.pack_rows import CHANGE
from app.services.evaluation.pack_sent import MAY_READ, own_evaluation
from app.services.evaluation.pack_sent_rows import own_rows
from app.services.shown.seen import Page
from app.web.evaluations import pack_filters, pack_shown
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import page_number, render
from app.web.frame.words import PLACEMENT_WORDS, REFERRAL_WORDS

pages = Blueprint("evaluation", __name__)
_MONTHS: Final = 48  # that can be chosen, this one and back
_SCALES: Final = 8  # on a page: each has two pictures and two tables
_HOMES: Final = {Role.PROVIDER: "/offers", Role.LINK_WORKER: "/referrals", Role.PRACTICE: "/loops"}
_BACKWARDS: Final = "The last month must not be before the first."
_KEPT_SECONDS, _MOST_KEPT = 300, 32
_kept: dict[tuple[object, ...], tuple[float, Pack]] = {}
_keeping = Lock()


@pages.get("/evaluation")
@requires(*MAY_READ)
def show() -> Response:
    """Show the evaluation of a period, of the last twelve months where none is chosen."""
    form = Form(request.args)
    filters = pack_filters.asked() if request.args else _last_twelve_months(today())
    if filters.since and filters.until and filters.until < filters.since:
        return _page(replace(form, problems={"until": _BACKWARDS}), filters, None)
    return _page(form, filters, _keep(filters, own_evaluation(database(), actor(), filters)))


@pages.get("/evaluation/change")
@requires(*MAY_READ)
def change() -> Response:
    """Show each scale's change with its pictures, a page of scales at a time."""
    filters = pack_filters.asked()
    pack = _keep(filters, own_evaluation(database(), actor(), filters))
    number = page_number()
    first = (number - 1) * _SCALES
    return render(
        "evaluation/change.html",
        pack=pack,
        found=Page(pack.changes[first : first + _SCALES], len(pack.changes), number, _SCALES),
        first=first,
        query=pack_filters.query(pack.filters),
        extra=_more(pack_filters.told(filters)),
        root=f"/evaluation/of/{_write(filters)}",
        rows=_rows_of(filters) + CHANGE if _is_group() else "",
        told=pack_shown,
    )


@pages.get("/evaluation/of/<chosen>/<kind>/<int:number>.svg")
@requires(*MAY_READ)
def chart(chosen: str, kind: str, number: int) -> Response:
    """Hand out one chart of the page; `chosen` are its filters."""
    filters = _read(chosen)
    pack = _find_kept(filters) or _keep(filters, own_evaluation(database(), actor(), filters))
    return pack_shown.svg(pack, kind, number)


@pages.get("/evaluation/rows")
@requires(*MAY_READ)
def rows() -> Response:
    """Show the referrals behind a line."""
    filters, page = pack_filters.asked(), page_number()
    figure, line = request.args.get("figure", ""), request.args.get("line", "")
    found = own_rows(database(), actor(), filters, figure=figure, line=line, page=page)
    return render(
        "evaluation/rows.html",
        found=found,
        query=pack_filters.query(filters),
        extra=_more({**pack_filters.told(filters), "figure": figure, "line": line}),
        home=_HOMES[actor().role],
        statuses=PLACEMENT_WORDS if _is_group() else REFERRAL_WORDS,
    )


@pages.get("/evaluation/place")
@requires(Role.PROVIDER)
def place() -> Response:
    """Show how things were at the end for people like this, of all organisations together."""
    filters = pack_filters.asked()
    found = people_like_this(database(), actor(), filters)
    return render(
        "evaluation/place.html",
        found=found,
        least=LEAST_ORGANISATIONS,
        query=pack_filters.query(filters),
        told=pack_shown,
    )


def _page(form: Form, filters: Filters, pack: Pack | None) -> Response:
    told = pack_filters.told(filters)
    return render(
        "evaluation/show.html",
        form=form,
        pack=pack,
        chosen=told,
        query=pack_filters.query(pack.filters if pack else filters),
        root=f"/evaluation/of/{_write(filters)}",
        rows=_rows_of(filters),
        options=_months_to_choose(filters, today()) | (_ours_to_choose(filters) if _is_group() else {}),
        shortcuts=_shortcuts(today()),
        told=pack_shown,
        who=actor().role,
    )


def _is_group() -> bool:
    """Whether a group that helps is looking: a requester and a team have no services, grants and stories."""
    return actor().role is Role.PROVIDER


def _rows_of(filters: Filters) -> str:
    """Where the list behind a line is, but for the figure and the line."""
    told = _more(pack_filters.told(filters))
    return f"/evaluation/rows?{told.removeprefix('&')}{'&' if told else ''}figure="


def _more(values: Mapping[str, str]) -> str:
    return "".join(f"&{name}={quote(value)}" for name, value in values.items())


def _last_twelve_months(day: date) -> Filters:
    return Filters(_months_before(day, 11), day).in_whole_months()


def _shortcuts(day: date) -> dict[str, str]:
    quarter = _months_before(day, (day.month - 1) % 3)
    before = _months_before(quarter, 3)
    spans = {
        "Last 12 months": _last_twelve_months(day),
        "Last full quarter": Filters(before, quarter - timedelta(days=1)),
        "This year": Filters(date(day.year, 1, 1), day).in_whole_months(),
        "Last year": Filters(date(day.year - 1, 1, 1), date(day.year - 1, 12, 31)),
    }
    told = {words: pack_filters.query(span) for words, span in spans.items()}
    return told | {"Any time": pack_filters.query(Filters())}


def _months_to_choose(filters: Filters, day: date) -> dict[str, dict[str, str]]:
    """The months that can be chosen, by their first or last day; whatever is chosen already is among them."""
    spans = [Filters(first, first).in_whole_months() for first in _months(day)]
    since = {span.since for span in spans} | {filters.in_whole_months().since}
    until = {span.until for span in spans} | {filters.in_whole_months().until}
    return {
        name: {"": "Any time"}
        | {str(each): f"{each:%B %Y}" for each in sorted(filter(None, days), reverse=True)}
        for name, days in (("since", since), ("until", until))
    }


def _ours_to_choose(filters: Filters) -> dict[str, dict[str, str]]:
    """The organisation's services and its grants; one that was put away only while it is chosen."""
    services = grants.list_own_services(database(), actor())
    kept = grants.list_grants(database(), actor())
    running = [each for each in kept if each.ended_at is None or each.id == filters.grant_id]
    named = {str(each.id): f"{each.grant.title}, {each.grant.funder}" for each in running}
    return {
        "service": {"": "All services"} | {str(one): name for one, name in services.items()},
        "grant": {"": "No matter which"} | named,
    }


def _months(day: date) -> list[date]:
    return [_months_before(day, back) for back in range(_MONTHS)]


def _months_before(day: date, back: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - back, 12)
    return date(years, month + 1, 1)


def _write(filters: Filters) -> str:
    """Filters as one part of an address: a chart's has no question mark."""
    told = pack_filters.told(filters)
    return "_".join(told.get(name, "-") for name in pack_filters.NAMES)


def _read(chosen: str) -> Filters:
    parts = chosen.split("_")
    if len(parts) != len(pack_filters.NAMES):
        raise NotFound
    since, until, service, grant = (None if part == "-" else part for part in parts)
    try:
        days = [None if part is None else date.fromisoformat(part) for part in (since, until)]
        ids = [None if part is None else UUID(part) for part in (service, grant)]
    except ValueError:
        raise NotFound from None
    return Filters(days[0], days[1], ids[0], ids[1])


def _keep(filters: Filters, pack: Pack) -> Pack:
    """Keep a pack for the charts of its page, which are asked for one by one; nobody's story is kept."""
    now = monotonic()
    with _keeping:
        for key in [key for key, (at, _) in _kept.items() if now - at > _KEPT_SECONDS]:
            del _kept[key]
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[_key(filters)] = (now, replace(pack, stories=()))
    return pack


def _find_kept(filters: Filters) -> Pack | None:
    at, pack = _kept.get(_key(filters), (0.0, None))
    return pack if pack is not None and monotonic() - at <= _KEPT_SECONDS else None


def _key(filters: Filters) -> tuple[object, ...]:
    """Whoever may see another part of the same organisation's people gets a pack of their own."""
    who = actor()
    return (id(database()), who.role, who.organisation_id, who.entered_by, filters)
