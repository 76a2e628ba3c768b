"""What is held of who somebody is and how to reach them, as a page shows it, and what putting it right means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.domain.case_news import PERSON_PARTS
from app.domain.cautions import CONTACT, Cautions
from app.domain.cautions_overall import MUST_NOT_HEAR
from app.domain.errors import Conflict
from app.domain.identifiers import Postcode, outward_of
from app.domain.referral import PersonDetails
from app.domain.safe_contact import DANGER, NO_TELEPHONE
from app.domain.wording import worded_all

Texts = Mapping[str, str]  # field of the page -> what stands in it

# part -> its fields on the page: a part is put right as a whole, and compared as a whole
PARTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": ("prefix", "given", "family"),
        "birth-date": ("birth_date",),
        "nhs-number": ("nhs_number",),
        "phone": ("phones",),
        "email": ("email",),
        "address": ("address", "postcode"),
        "language": ("language",),
        "contact": ("safe", "contact_times", "must_not_hear"),
    }
)
FIELDS: Final = tuple(name for names in PARTS.values() for name in names)
PART_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "the name",
        "birth-date": "the date of birth",
        "nhs-number": "the NHS number",
        "phone": "the telephone",
        "email": "the e-mail address",
        "address": "the address",
        "language": "the language",
        "contact": "what makes contact safe",
    }
)
WHO_TOLD: Final[Mapping[str, str]] = MappingProxyType(
    worded_all(
        {
            "person-telephone": "The person, by telephone",
            "person": "The person, face to face",
            "own-page": "The person, on their own page",
            "carer": "A carer or somebody of the family",
            "requester": "Whoever referred them",
            "letter": "A letter or another paper",
            "other": "Somebody else",
        }
    )
)
IDENTITY: Final = ("name", "birth-date", "nhs-number")
TOLD_TO_REQUESTER: Final = (*IDENTITY, "phone")  # what whoever referred holds too, and goes on using
KEPT_SECRET: Final = ("phone", "email", "address")  # of a person whose whereabouts are restricted
LONGEST_WHY: Final = 500  # characters
# what a message may bring back by itself, of the parts that messages change
_OF_MESSAGES: Final = ("name", "phone", "email", "address", "language")


class ChangedMeanwhile(Conflict):
    """Somebody else changed the very parts that were typed; nothing was saved. `parts` are codes of PARTS."""

    def __init__(self, parts: Sequence[str]):
        self.parts = tuple(parts)
        super().__init__("Somebody else changed this while the page was open.")


@dataclass(frozen=True, slots=True)
class Correction:
    """What was put right once: what stood before and what stood then, by whom, on whose word, and why."""

    id: UUID
    at: datetime
    by: str  # a name for the team; empty where that account is gone
    told_by: str  # a code of WHO_TOLD
    parts: tuple[str, ...]
    before: Texts = field(default_factory=dict)  # of the fields of `parts` alone
    after: Texts = field(default_factory=dict)
    why: str = ""
    groups_told: int = 0


def texts_of(details: PersonDetails, care: Cautions, labels: Mapping[str, str]) -> dict[str, str]:
    """Return what is held, field by field; `labels` are the words of each box about safe contact, by its code."""
    known = {"birth_date": details.birth_date.isoformat() if details.birth_date else ""}
    return known | {
        "prefix": details.prefix or "",
        "given": " ".join(details.given),
        "family": details.family or "",
        "nhs_number": details.nhs_number or "",
        "phones": "\n".join(details.phones),
        "email": details.email or "",
        "address": "\n".join(details.address_lines),
        "postcode": details.postcode or "",
        "language": details.language or "",
        "safe": ",".join(sorted(_ticked(care, labels))),
        "contact_times": care.contact_times or "",
        "must_not_hear": "; ".join(
            words.removeprefix(MUST_NOT_HEAR) for words in care.notes if _is_about_hearing(words)
        ),
    }


def without(texts: Texts, hidden: Collection[str]) -> dict[str, str]:
    """Return the texts with those of hidden parts emptied: what is kept secret is not written on a page."""
    secret = {name for part in hidden for name in PARTS[part]}
    return {name: "" if name in secret else text for name, text in texts.items()}


def part_of(texts: Texts, part: str) -> dict[str, str]:
    """Return the fields of one part, as they are compared: spaces and the order of nothing make no difference."""
    return {name: _even(texts.get(name, "")) for name in PARTS[part]}


def changed_parts(before: Texts, after: Texts) -> tuple[str, ...]:
    """Return which parts differ, in the order of the page."""
    return tuple(part for part in PARTS if part_of(before, part) != part_of(after, part))


def with_parts(details: PersonDetails, texts: Texts, parts: Collection[str]) -> PersonDetails:
    """Return the details with these parts as typed; what was not touched stays as it is, to the letter."""
    lines = {name: tuple(_lines(texts.get(name, ""))) for name in ("phones", "address")}
    one = {name: _even(texts.get(name, "")) for name in FIELDS}
    values: dict[str, dict[str, Any]] = {
        "name": {
            "prefix": one["prefix"] or None,
            "given": tuple(one["given"].split()),
            "family": one["family"] or None,
        },
        "birth-date": {"birth_date": date.fromisoformat(one["birth_date"]) if one["birth_date"] else None},
        "nhs-number": {"nhs_number": re.sub(r"[\s-]", "", one["nhs_number"]) or None},
        "phone": {"phones": lines["phones"]},
        "email": {"email": one["email"] or None},
        "address": {"address_lines": lines["address"], "postcode": _postcode(one["postcode"])},
        "language": {"language": one["language"] or None},
    }
    told = {name: value for part in values if part in parts for name, value in values[part].items()}
    return replace(details, **told)


def with_rules(care: Cautions, before: Texts, after: Texts, labels: Mapping[str, str]) -> Cautions:
    """Return what must be known before contact, with what changed between the two; other warnings stay untouched."""
    was, now = (set(filter(None, texts.get("safe", "").split(","))) for texts in (before, after))
    notes = [words for words in care.notes if words not in {CONTACT + labels[code] for code in was - now}]
    notes += [CONTACT + labels[code] for code in sorted(now - was) if code not in (DANGER, NO_TELEPHONE)]
    if before.get("must_not_hear") != after.get("must_not_hear"):
        notes = [words for words in notes if not _is_about_hearing(words)]
        if told := _even(after.get("must_not_hear", "")).rstrip("."):
            notes.append(MUST_NOT_HEAR + told)
    times = care.contact_times
    if before.get("contact_times") != after.get("contact_times"):
        times = _even(after.get("contact_times", "")).rstrip(".") or None
    return replace(
        care,
        do_not_contact=_flag(care.do_not_contact, DANGER, was, now),
        no_telephone=_flag(care.no_telephone, NO_TELEPHONE, was, now),
        contact_times=times,
        notes=tuple(dict.fromkeys(notes)),
    )


def without_put_aside(
    told: PersonDetails, known: PersonDetails, aside: Iterable[Texts]
) -> tuple[PersonDetails, tuple[str, ...]]:
    """Return what a message tells without what was put right before, and the parts of it that it told all the same.

    What somebody said is wrong never comes back by itself, however new the message that repeats it: another practice's
    system sends what it has held for years with every update. Something new that it tells is taken as ever.
    """
    wrong = list(aside)
    said, held = (texts_of(each, Cautions(), {}) for each in (told, known))
    left: dict[str, Any] = {}
    for part in _OF_MESSAGES:
        if part == "phone":
            numbers = {plain_phone(each) for texts in wrong for each in _lines(texts.get("phones", ""))}
            numbers -= {plain_phone(each) for each in known.phones}
            kept = tuple(each for each in told.phones if plain_phone(each) not in numbers)
            left |= {"phones": kept} if kept != told.phones else {}
        elif any(_plain(said, part) == _plain(texts, part) != _plain(held, part) for texts in wrong):
            left |= dict.fromkeys(PERSON_PARTS[part]) | ({"given": ()} if part == "name" else {})
            left |= {"address_lines": ()} if part == "address" else {}
    parts = [part for part in _OF_MESSAGES if set(PERSON_PARTS[part]) & left.keys()]
    return replace(told, **left), tuple(parts)


def plain_phone(number: str) -> str:
    """Return the digits of a telephone number as somebody in this country dials them."""
    digits = re.sub(r"[^0-9+]", "", number)
    return re.sub(r"^(?:\+44|0044)0?", "0", digits)


def _ticked(care: Cautions, labels: Mapping[str, str]) -> set[str]:
    flags = {DANGER: care.do_not_contact, NO_TELEPHONE: care.no_telephone}
    noted = {code for code, words in labels.items() if CONTACT + words in care.notes}
    return noted | {code for code, holds in flags.items() if holds}


def _flag(held: bool, code: str, was: Collection[str], now: Collection[str]) -> bool:
    return (held or code in now) and not (code in was and code not in now)


def _is_about_hearing(words: str) -> bool:
    return words.startswith(MUST_NOT_HEAR)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _even(text: str) -> str:
    return "\n".join(_lines(text))


def _plain(texts: Texts, part: str) -> str:
    """The letters and digits of a part; one that a message leaves out, or that was never held, is like nothing."""
    told = "|".join(texts.get(name, "") for name in PARTS[part] if name != "prefix")
    return "".join(letter for letter in told.casefold() if letter.isalnum()) or f"nothing of {id(texts)}"


def _postcode(typed: str) -> str | None:
    return Postcode(typed).value if outward_of(typed) else typed or None
