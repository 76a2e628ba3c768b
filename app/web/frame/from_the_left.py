"""Numbers in pages that run from right to left: each stands by itself, so that its groups keep their order."""

from __future__ import annotations

import re
from typing import Final

from flask_babel import get_locale

_SET_APART: Final = '<bdi dir="ltr">{}</bdi>'
# Groups of figures (telephone and NHS numbers), a number that begins with its country, a reference. A day such as
# "27 3 1951" is none: its fields run as the page does.
_NUMBER: Final = re.compile(
    r"\+\d[\d ]*\d|\(\d{2,}\)(?: \d{2,}){1,5}|(?<![\w&#])\d{2,}(?: \d{2,}){1,5}\b|\bBK-[0-9A-Z]+\b"
)
# What to dial whole, as it stands; then where no element may stand: what holds text alone, and the tags themselves.
_PART: Final = re.compile(
    r'(?P<link><a\b[^>]*\bhref="tel:[^>]*>)(?P<dialled>[^<]+)(?=</a>)'
    r"|<(?P<text>title|option|textarea|script|style)\b.*?</(?P=text)>|<[^>]*>",
    re.DOTALL,
)


def set_apart(html: str) -> str:
    """Return a page with its numbers set apart where it runs from right to left; any other as it is."""
    locale = get_locale()
    if locale is None or locale.text_direction != "rtl":
        return html
    parts, at = [], 0
    for found in _PART.finditer(html):
        parts += [_in_text(html[at : found.start()]), _dialled(found) if found["link"] else found.group()]
        at = found.end()
    return "".join((*parts, _in_text(html[at:])))


def _in_text(text: str) -> str:
    return _NUMBER.sub(lambda found: _SET_APART.format(found.group()), text)


def _dialled(found: re.Match[str]) -> str:
    return found["link"] + _SET_APART.format(found["dialled"])
