"""Ethnic categories of the NHS Data Dictionary (16 and "not stated"), in words and in the census's five groups."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.wording import worded_all

NOT_KNOWN: Final = "not-known"
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    worded_all(
        {
            "A": "White: British",
            "B": "White: Irish",
            "C": "Any other White background",
            "D": "White and Black Caribbean",
            "E": "White and Black African",
            "F": "White and Asian",
            "G": "Any other mixed background",
            "H": "Indian",
            "J": "Pakistani",
            "K": "Bangladeshi",
            "L": "Any other Asian background",
            "M": "Black Caribbean",
            "N": "Black African",
            "P": "Any other Black background",
            "R": "Chinese",
            "S": "Any other ethnic group",
            NOT_KNOWN: "Not known or not said",
        }
    )
)
GROUP_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "asian": "Asian or Asian British",
        "black": "Black, Black British, Caribbean or African",
        "mixed": "Mixed or multiple ethnic groups",
        "white": "White",
        "other": "Other ethnic group",
        NOT_KNOWN: "Not known or not said",
    }
)
# The census of 2021 counts Chinese among Asian.
_GROUPS: Final = {"white": "ABC", "mixed": "DEFG", "asian": "HJKLR", "black": "MNP", "other": "S"}
_GROUP_OF: Final = {code: group for group, codes in _GROUPS.items() for code in codes}


def category(code: str | None) -> str:
    """Return one of the 16 categories' codes; not known for none, not stated (Z, 99) and what is no code."""
    return code if code in _GROUP_OF else NOT_KNOWN


def group(code: str | None) -> str:
    """Return the group of a category."""
    return _GROUP_OF.get(code or "", NOT_KNOWN)
