"""Figures over the published tables: for analysts, the steward and providers, and for everybody where it is on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import NotAllowed, NotFound
from app.domain.projects import Tier
from app.domain.vocabulary import Role
from app.services.dataset import dashboards, figures, projects, releases
from app.services.dataset.dashboards import FAIRNESS, Beside, Figure
from app.services.dataset.releases import Release
from app.web.analysts import dataset_charts, dataset_door, dataset_overview, dataset_words
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, public, requires
from app.web.frame.page import page_number, render
from app.web.frame.problems import problem_page

pages = Blueprint("dataset_figures", __name__)
_READERS: Final = (Role.STEWARD, Role.ANALYST, Role.PROVIDER)
_OFF = "The figures without log-in are not switched on here. The steward of your area decides on it."
_CELLS_ON_A_PAGE: Final = 240  # so that a page stays under 100 KiB


@dataclass(frozen=True)
class Door:
    """Where the figures are read from: the same figures, under another address."""

    root: str
    name: str
    is_open: bool


@dataclass(frozen=True)
class Lines:
    """Which lines of a long table stand on a page."""

    lines: Sequence[dashboards.Line]
    number: int
    last: int

    @property
    def has_next(self) -> bool:
        """Whether there are more."""
        return self.number < self.last


HOUSE = Door("/dataset/figures", "house", is_open=False)
OPEN = Door("/open-data", "open", is_open=True)
View = Callable[..., AnyResponse]


def open_view_is_on() -> bool:
    """Tell templates whether everybody may see the figures."""
    return projects.open_view_is_on(database())


def _index(door: Door, form: Form | None = None) -> Response:
    """Show which figures there are, by what they tell."""
    known = releases.list_releases(dataset_door.releases_dir())
    if not known:
        return render("dataset/figures_none.html", door=door)
    wanted = request.args.get("release", "latest")
    release = releases.get_release(dataset_door.releases_dir(), wanted)
    found = figures.figures(release)
    groups = {name: dashboards.figures_of(found, name) for name in dashboards.measures(found)}
    return _page(
        door,
        "dataset/figures.html",
        release,
        form=form or Form(request.args),
        known=known,
        groups=groups,
        rule=releases.rule_of(release),
        columns=sorted({figure.by for figure in found.values()}, key=dataset_words.by),
        equity_of=[name for name in groups if _fair(found, name) and len(groups[name][0].answers) > 1],
    )


def _overview(door: Door) -> Response:
    """Show the newest release on one page, by the questions of whoever plans for the area."""
    if not releases.list_releases(dataset_door.releases_dir()):
        return render("dataset/figures_none.html", door=door)
    release = dataset_door.release("latest")
    found = dataset_overview.sections(release)
    rule = releases.rule_of(release)
    return _page(door, "dataset/overview.html", release, sections=found, rule=rule)


def _pick(door: Door) -> AnyResponse:
    """Lead to the figure of a measure by a column, as chosen."""
    form = Form(request.args)
    release = dataset_door.release(form.value("release") or "latest")
    table = f"{form.value('measure')}-by-{form.value('by')}"
    if table in figures.figures(release):
        return redirect(dataset_door.carry(f"{door.root}/{release.id}/{table}"), 303)
    said = (
        "This release has no table of the two together. Choose another column, or one of the figures below."
    )
    return _index(door, Form(form.typed, {"by": said}))


def _figure(door: Door, release_id: str, table: str) -> Response:
    """Show one figure: chart, the same as a table, what it means, what it does not show."""
    release = dataset_door.release(release_id)
    figure = figures.get_figure(release, table)
    as_share = _as_share(figure)
    return _page(
        door,
        "dataset/figure.html",
        release,
        figure=figure,
        shown=_lines(figure),
        as_share=as_share,
        series=dashboards.over_time(figure, as_share=as_share) if figure.is_over_time else (),
        definition=figures.definition(release, figure),
    )


def _figure_svg(door: Door, release_id: str, table: str) -> AnyResponse:
    """Hand out a figure's chart."""
    release = dataset_door.release(release_id)
    figure = figures.get_figure(release, table)
    chart = dataset_charts.figure_chart(release, figure, as_share=_as_share(figure))
    return _svg(door, release, chart, table)


def _figure_csv(door: Door, release_id: str, table: str) -> Response:
    """Hand out a figure's numbers."""
    release = dataset_door.release(release_id)
    text = dashboards.figure_csv(figures.get_figure(release, table))
    return _csv(door, release, text, table)


def _group(door: Door, release_id: str, measure: str) -> Response:
    """Show the charts of one measure, by everything that it is told by."""
    release = dataset_door.release(release_id)
    found = dashboards.figures_of(figures.figures(release), measure)
    definition = figures.definition(release, found[0])
    return _page(
        door, "dataset/figures_of.html", release, measure=measure, found=found, definition=definition
    )


def _equity(door: Door, release_id: str, measure: str) -> Response:
    """Show who is among those with one answer, beside who is among everybody."""
    release = dataset_door.release(release_id)
    answer, parts, first = _beside(release, measure)
    return _page(
        door,
        "dataset/equity.html",
        release,
        measure=measure,
        answer=answer,
        parts_of=parts,
        figure=first,
        definition=figures.definition(release, first),
    )


def _equity_svg(door: Door, release_id: str, measure: str) -> AnyResponse:
    """Hand out the chart of a page of equity."""
    release = dataset_door.release(release_id)
    answer, parts, _ = _beside(release, measure)
    chart = dataset_charts.equity_chart(release, measure, answer, parts)
    return _svg(door, release, chart, f"equity-{measure}")


def _equity_csv(door: Door, release_id: str, measure: str) -> Response:
    """Hand out the numbers of a page of equity."""
    release = dataset_door.release(release_id)
    _, parts, _ = _beside(release, measure)
    return _csv(door, release, dashboards.equity_csv(parts), f"equity-{measure}")


def _beside(release: Release, measure: str) -> tuple[str, Mapping[str, Sequence[Beside]], Figure]:
    found = figures.figures(release)
    fair = _fair(found, measure)
    if not fair:
        raise NotFound("The release has no such tables.")
    answer = request.args.get("answer") or dataset_words.first_answer(fair[0])
    parts = {each.by: dashboards.equity(each, answer, dashboards.fullest(found, each.by)) for each in fair}
    return answer, parts, fair[0]


def _fair(found: Mapping[str, Figure], measure: str) -> Sequence[Figure]:
    tables = (f"{measure}-by-{by}" for by in FAIRNESS)
    return [found[table] for table in tables if table in found]


def _as_share(figure: Figure) -> bool:
    return figure.is_over_time and len(figure.answers) > 1 and request.args.get("show") == "share"


def _lines(figure: Figure) -> Lines:
    most = max(5, _CELLS_ON_A_PAGE // (len(figure.answers) + 1))
    last = max(1, -(-len(figure.lines) // most))
    number = min(page_number(), last)
    return Lines(figure.lines[(number - 1) * most : number * most], number, last)


def _page(door: Door, template: str, release: Release, **values: Any) -> Response:
    told: dict[str, Any] = {"door": door, "release": release, "told": dataset_words, "charts": dataset_charts}
    return render(template, **told, **dataset_door.told(), **values)


def _svg(door: Door, release: Release, chart: bytes, name: str) -> AnyResponse:
    response = Response(chart, mimetype="image/svg+xml")
    # What is in the file may style itself and do nothing else, should somebody open it as a page.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Cache-Control"] = f"{'public' if door.is_open else 'private'}, max-age=300"
    response.add_etag()
    if "download" in request.args:
        _record(door, "download chart", f"{release.id}/{name}")
        response.headers["Content-Disposition"] = f'attachment; filename="{release.id}-{name}.svg"'
    return response.make_conditional(request)


def _csv(door: Door, release: Release, text: str, name: str) -> Response:
    _record(door, "download figure", f"{release.id}/{name}")
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{release.id}-{name}.csv"'
    return response


def _record(door: Door, act: str, subject: str) -> None:
    """Write down a download by somebody who signed in; of others nothing is known."""
    if not door.is_open:
        dataset_door.record(dataset_door.project_for(Tier.TABLES), act, subject)


def _for_the_house(view: View) -> View:
    @requires(*_READERS)
    @wraps(view)
    def wrapper(**given: str) -> AnyResponse:
        if actor().role is Role.ANALYST:
            dataset_door.project_for(Tier.TABLES)
        return view(HOUSE, **given)

    return wrapper


def _for_everybody(view: View) -> View:
    @public
    @wraps(view)
    def wrapper(**given: str) -> AnyResponse:
        if not open_view_is_on():
            return problem_page(404, _OFF)
        response = view(OPEN, **given)
        response.headers["X-Robots-Tag"] = "all"
        return response

    return wrapper


def _refused(fault: NotAllowed) -> Response:
    return problem_page(403, fault.sentence if dataset_door.is_a_reader() else None)


def _add_addresses() -> None:
    views: Mapping[str, View] = {
        "": _index,
        "/pick": _pick,
        "/overview": _overview,
        "/<release_id>/<table>": _figure,
        "/<release_id>/<table>/chart.svg": _figure_svg,
        "/<release_id>/<table>/numbers.csv": _figure_csv,
        "/<release_id>/all/<measure>": _group,
        "/<release_id>/equity/<measure>": _equity,
        "/<release_id>/equity/<measure>/chart.svg": _equity_svg,
        "/<release_id>/equity/<measure>/numbers.csv": _equity_csv,
    }
    for door, guarded in ((HOUSE, _for_the_house), (OPEN, _for_everybody)):
        for path, view in views.items():
            name = f"{door.name}{view.__name__}"
            pages.add_url_rule(door.root + path, name, guarded(view), methods=["GET"])
    pages.register_error_handler(NotAllowed, _refused)


_add_addresses()
