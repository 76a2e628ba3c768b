"""Somebody whom the pages are asked to help, as the forms of all doors have them."""

from __future__ import annotations

from typing import Final

# Nothing of what she would like: `TELLING` has her own words.
WANDA: Final = {
    "given": "Wanda",
    "family": "Example",
    "born_day": "4",
    "born_month": "3",
    "born_year": "1951",
    "phone": "07700 900461",
    "needs": "social-connection",
}
TELLING: Final = WANDA | {"story": "Would like company."}
