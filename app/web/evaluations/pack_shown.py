"""How a pack is drawn on a page: its charts by number, and the words beside them."""

from __future__ import annotations

from flask import Response

from app.domain import pack_words as words
from app.domain.errors import NotFound
from app.domain.pack import Pack
from app.services.evaluation import evaluation_charts as charts
from app.services.evaluation.evaluation_charts import can_draw, can_draw_shares

__all__ = ["can_draw", "can_draw_shares", "svg", "words"]


def svg(pack: Pack, kind: str, number: int) -> Response:
    """Return a chart of a pack: a figure's, or a change's means or shares, counted from 0. Raises NotFound."""
    response = Response(_drawn(pack, kind, number), mimetype="image/svg+xml")
    # What is in the file may style itself and do nothing else, should somebody open it as a page.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _drawn(pack: Pack, kind: str, number: int) -> bytes:
    if kind == "figure" and number < len(pack.figures) and can_draw(figure := pack.figures[number]):
        return charts.figure_svg(figure)
    if number < len(pack.changes):
        change = pack.changes[number]
        if kind == "means" and change.change is not None:
            return charts.change_svg(change)
        if kind == "shares" and can_draw_shares(change):
            return charts.shares_svg(change)
    raise NotFound
