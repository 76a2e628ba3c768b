"""Keeps every letter of every script readable: what no font has is named in words, never an empty box."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fontTools.ttLib import TTFont

# Each a wheel of fonts alone (SIL Open Font License): Latin, Greek, Cyrillic; Arabic; Hebrew; South Asia; Chinese.
_FONT_PACKAGES: Final = (
    "fontpkg_noto_sans",
    "fontpkg_ibm_plex_sans_arabic",
    "fontpkg_rubik",
    "justmytype_intl_south_asia",
    "pylopdf_fonts_zh_cn",
)
_FONT_FILES: Final = ("*.ttf", "*.otf")
# The first that has a letter draws it.
FAMILIES: Final = (
    "Noto Sans",
    # Not Noto's: it draws a letter and its dots apart, and whoever copies or searches finds the letter twice.
    "IBM Plex Sans Arabic",
    "Rubik",
    "Noto Sans Bengali",
    "Noto Sans Devanagari",
    "Noto Sans Tamil",
    "Noto Sans Telugu",
    "Noto Sans SC",
)
_LONGEST_WORD: Final = 60  # characters; a longer one may be broken, or it would run off the page
_UNBROKEN: Final = re.compile(rf"\S{{{_LONGEST_WORD}}}(?=\S)")
_BREAK: Final = "\u200b"
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn")  # categories of Unicode that nobody can see
# Joiners and marks of direction that decide how a script is written; overrides of direction are not among them.
_GUIDES: Final = frozenset("\u200c\u200d\u200e\u200f" + _BREAK)


@cache
def font_folders() -> tuple[Path, ...]:
    """Return where the fonts lie; raises ModuleNotFoundError when one of their packages is not installed."""
    return tuple(_folder(package) for package in _FONT_PACKAGES)


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"The fonts of letters are missing: install {package}.", name=package)
    return Path(spec.submodule_search_locations[0])


def readable(value: Any) -> Any:
    """Return a text, or a structure with texts in it, in which each character can be drawn.

    Characters that no font of ours has stand as their Unicode name in brackets, so that what was written can be
    made out and nothing is left out without a trace. Control characters are dropped.
    """
    if isinstance(value, str):
        text = "".join(_drawn(unicodedata.normalize("NFC", value)))
        return _UNBROKEN.sub(lambda found: found[0] + _BREAK, text)
    if isinstance(value, dict):
        return {name: readable(each) for name, each in value.items()}
    return [readable(each) for each in value] if isinstance(value, list | tuple) else value


def _drawn(text: str) -> Iterator[str]:
    known = _known_characters()
    for character in text:
        if character in _GUIDES:
            yield character
        elif character.isspace():
            yield " "
        elif unicodedata.category(character) not in _UNSEEN:
            name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
            yield character if ord(character) in known else f"[{name}]"


@cache
def _known_characters() -> frozenset[int]:
    """Return the code points that the fonts have between them."""
    known: set[int] = set()
    for path in (path for folder in font_folders() for kind in _FONT_FILES for path in folder.rglob(kind)):
        with TTFont(path, lazy=True) as font:
            names = font["name"]
            if (names.getDebugName(16) or names.getDebugName(1)) in FAMILIES:
                known.update(font.getBestCmap())
    return frozenset(known)
