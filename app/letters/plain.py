"""The words of a plain letter to a person: few, in large print, with nothing to decode."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.letters.typesetting import typeset

_TEMPLATE: Final = Path(__file__).with_name("plain.typ")


@dataclass(frozen=True, slots=True)
class PlainLetter:
    """Everything that the letter says; `title` is seen in tabs and lists and tells nothing of the person."""

    title: str
    sender: tuple[str, ...]  # lines
    to: tuple[str, ...]  # name and address, the name alone where the address must not be written
    date: str
    heading: str
    paragraphs: tuple[str, ...]
    closing: tuple[str, ...]


def plain_letter_pdf(letter: PlainLetter, *, written_at: datetime) -> bytes:
    """Return the letter as a PDF/UA file, the same bytes for the same words and time."""
    return typeset(letter, written_at=written_at, template=_TEMPLATE)
