"""A language that nobody speaks: every text of ours between ⟦ and ⟧, so that what was never marked stands outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import get_domain

from app.web.frame.languages import CATALOGUES

STANDS_FOR = "cy"  # its rules for numbers and its months are used, and none of its words
_TOLD = ("title", "alt", "aria-label", "placeholder")
_SKIPPED = {"script", "style"}
_VOID = {"input", "meta", "link", "br", "img", "hr", "path"}
_INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[^\W\d_]{2,}[^⟦⟧]*")
_MONTHS = {
    each for form in ("wide", "abbreviated") for each in Locale(STANDS_FOR).months["format"][form].values()
}


@contextmanager
def speaking_nothing(app: Flask, folder: Path) -> Iterator[None]:
    """Let the application answer in brackets where Welsh is asked for, until the end."""
    with (CATALOGUES / STANDS_FOR / "LC_MESSAGES" / "messages.po").open("rb") as file:
        marked = read_po(file, locale=STANDS_FOR)
    said = Catalog(locale=STANDS_FOR)
    for each in marked:
        if not each.id:
            continue
        if isinstance(each.id, tuple | list):
            said.add(each.id, tuple(f"⟦{each.id[1]}⟧" for _ in range(marked.num_plurals)))
        else:
            said.add(each.id, f"⟦{each.id}⟧")
    packed = folder / STANDS_FOR / "LC_MESSAGES" / "messages.mo"
    packed.parent.mkdir(parents=True)
    with packed.open("wb") as file:
        write_mo(file, said)
    spoken = app.extensions["babel"]
    folders = spoken.translation_directories
    try:
        spoken.translation_directories = [str(folder)]
        _forget(app)
        yield
    finally:
        spoken.translation_directories = folders
        _forget(app)


def _forget(app: Flask) -> None:
    """Let the next page open its catalogue anew."""
    with app.test_request_context():
        get_domain().cache.clear()


class _Told(HTMLParser):
    """Everything that a page shows or a screen reader says; a box of text is what somebody typed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.shown: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.attributes += [value or "" for name, value in attributes if name in _TOLD]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass
        self.shown.append("\n")

    def handle_data(self, data: str) -> None:
        if not {*self.open} & (_SKIPPED | {"textarea"}):
            self.shown.append(data)


def unmarked(html: str, theirs: Iterable[str]) -> list[str]:
    """Return the words of a page that stand outside of brackets and are not `theirs` (names, what they wrote)."""
    told = _Told()
    told.feed(html)
    found: list[str] = []
    for text in ("".join(told.shown), *told.attributes):
        left = text
        while left != (shorter := _INNERMOST.sub(" ", left)):
            left = shorter
        for known in sorted(
            {*theirs, *_MONTHS, "Backstitch", "English", "Cymraeg", "العربية"}, key=len, reverse=True
        ):
            left = left.replace(known, " ")
        found += [" ".join(each.split()) for line in left.splitlines() for each in _WORD.findall(line)]
    return found
