"""Reads a letter back as another program sees it: its text, its tags, its fonts."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdf

_FOOT = 48  # points: 17 mm, the lower margin


def reader_of(pdf: bytes) -> Any:
    """The file, opened strictly."""
    return pypdf.PdfReader(BytesIO(pdf), strict=True)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, line by line, spaces made one."""
    return ["\n".join(" ".join(line.split()) for line in _lines(page)) for page in reader_of(pdf).pages]


def _lines(page: Any) -> Iterator[str]:
    for line in page.extract_text().replace("\u200b", "").splitlines():
        if line.strip():
            yield line


def text_of(pdf: bytes) -> str:
    """The whole text on one line."""
    return " ".join(" ".join(pages_of(pdf)).split())


def tags_of(pdf: bytes) -> list[str]:
    """The types of the structure's elements, in reading order."""
    return list(_tags(reader_of(pdf).trailer["/Root"]["/StructTreeRoot"]["/K"]))


def _tags(node: Any) -> Iterator[str]:
    found = node.get_object()
    if isinstance(found, list):
        for each in found:
            yield from _tags(each)
    elif isinstance(found, dict) and "/S" in found:
        yield found["/S"]
        if "/K" in found:
            yield from _tags(found["/K"])


def headings_of(pdf: bytes) -> list[str]:
    """The headings' own names for their levels."""
    return [tag for tag in tags_of(pdf) if tag.startswith("/H") and tag != "/Hyperlink"]


def fonts_of(pdf: bytes) -> list[Any]:
    """The fonts' descriptors."""
    found = []
    for page in reader_of(pdf).pages:
        for font in page["/Resources"]["/Font"].values():
            found.append(font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"])
    return found


def sizes_of_words(pdf: bytes) -> set[float]:
    """The sizes in points of what is said; the line at the foot, which is smaller, is not."""
    sizes: set[float] = set()
    for page in reader_of(pdf).pages:

        def seen(text: str, outer: Any, matrix: Any, _font: Any, size: float) -> None:
            if text.strip() and matrix[5] * outer[3] + outer[5] > _FOOT:
                sizes.add(round(abs(size * matrix[3] * outer[3]), 1))

        page.extract_text(visitor_text=seen)
    return sizes
