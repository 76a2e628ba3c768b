"""An offer on paper, for a group that writes by hand: what it may know, boxes in the page's order, where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.letters.typesetting import typeset

_TEMPLATE: Final = Path(__file__).with_name("offer_paper.typ")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to fill in: boxes to cross, lines to write on, each with its words."""

    title: str
    boxes: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferPaper:
    """All that is printed; `title` stands in tabs and lists and tells nothing of the person."""

    title: str
    reference: str
    service: str
    told: tuple[tuple[str, str], ...]
    answer_by: str
    steps: tuple[Step, ...]
    send_back: tuple[str, ...]


def offer_paper_pdf(paper: OfferPaper, *, written_at: datetime) -> bytes:
    """Return it as a PDF/UA file, the same bytes for the same words and time."""
    return typeset(paper, written_at=written_at, template=_TEMPLATE)
