"""When two descriptions are of one person."""

from __future__ import annotations

from app.domain.referral import PersonDetails


def agrees(known: PersonDetails, told: PersonDetails) -> bool:
    """Tell whether two descriptions are of one person: birth date and family name, beside the number.

    A right NHS number alone is not enough: a digit read from the wrong line still has a right check digit.
    """
    return likeness(known) is not None and likeness(known) == likeness(told)


def likeness(details: PersonDetails) -> tuple[str, str] | None:
    """Return what two descriptions of one person have in common, None where it is not known."""
    family = _plain(details.family)
    return (family, details.birth_date.isoformat()) if family and details.birth_date else None


def _plain(name: str | None) -> str:
    return "".join(letter for letter in (name or "").casefold() if letter.isalpha())


def same_family(full_name: str, family: str | None) -> bool:
    """Tell whether somebody of the staff has the family name of a person: their own last name, or its last part."""
    last = _plain(full_name.split()[-1]) if full_name.split() else ""
    names = {_plain(family), *map(_plain, (family or "").replace("-", " ").split())}
    return bool(last) and last in names
