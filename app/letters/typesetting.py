"""Sets the words of a letter as a tagged PDF; the one place that knows the typesetter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import typst

from app.letters.content import words_of
from app.letters.scripts import FAMILIES, font_folders, readable
from fhir.messages import OutcomeReport

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NO_PICTURES: Final[Mapping[str, str]] = MappingProxyType({})
_TEMPLATE: Final = Path(__file__).with_name("outcome.typ")
_ACCESSIBLE: Final = (
    "ua-1"  # PDF/UA-1 (ISO 14289-1): the typesetter refuses to write what does not keep to it
)


def outcome_letter_pdf(report: OutcomeReport, *, reference: str) -> bytes:
    """Return the outcome letter as a PDF/UA file, the same bytes for the same report and reference."""
    return typeset(words_of(report, reference=reference), written_at=report.composed_at)


def typeset(
    words: DataclassInstance,
    *,
    written_at: datetime,
    template: Path = _TEMPLATE,
    pictures: Mapping[str, str] = _NO_PICTURES,
) -> bytes:
    """Return the words as A4 pages: tagged, its fonts inside, dated `written_at`; no network, no system fonts.

    `pictures` are SVG texts by the names that the template knows them by.
    """
    told = {**readable(asdict(words)), "fonts": FAMILIES}
    compiler = typst.Compiler(
        str(template),
        root=str(template.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(told), "pictures": json.dumps(dict(pictures))},
    )
    made = compiler.compile(format="pdf", pdf_standards=[_ACCESSIBLE], timestamp=int(written_at.timestamp()))
    if not isinstance(made, bytes):
        raise TypeError("The typesetter gave no single file.")
    return made


@cache
def _fonts() -> typst.Fonts:
    folders = [str(folder) for folder in font_folders()]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
