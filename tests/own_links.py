"""A link to somebody's own page as the link worker is shown it: where it leads, and what its door is given."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}  # of the patient whom the factories make


@dataclass(frozen=True)
class ShownLink:
    """The path of a link, and the form that opens it: a date of birth, and six digits where it asks for some."""

    path: str
    digits: str = ""
    form: dict[str, str] = field(default_factory=dict)


def shown_link(html: str) -> ShownLink:
    """Read a link and its digits off the page that shows both once."""
    found = re.search(r"http://localhost(/my/[\w-]+)", html)
    assert found, html[:2000]
    digits = shown_digits(html)
    return ShownLink(found[1], digits, BORN | ({"digits": digits} if digits else {}))


def shown_digits(html: str) -> str:
    """Read six digits off the page that shows them once; empty where it shows none."""
    found = re.search(r"<strong>(\d{6})</strong>", html)
    return found[1] if found else ""


def sent_digits(words: str) -> str:
    """Read six digits out of a message that holds them alone; empty where it holds none."""
    found = re.search(r"digits are (\d{6})\.", words)
    return found[1] if found else ""


def others(digits: str) -> str:
    """Return six digits that are not these."""
    return f"{(int(digits) + 1) % 10**6:06d}"
