"""What one practice has said of a person: all that it is told back, whatever others have said since."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from app.domain.case_news import Marks, Merged, merge_person
from app.domain.referral import Person, PersonDetails


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A person as one practice's messages tell them; of each part the newest of its own words."""

    details: PersonDetails = field(default_factory=PersonDetails)
    deceased: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """What a message of one practice says of a person, and its place in time."""

    practice_id: UUID
    words: OwnWords
    mark: str


def add_words(known: OwnWords, heard: Marks, saying: Saying, *, number: str | None) -> Merged[OwnWords]:
    """Return a practice's words with what its message adds; silence takes nothing away.

    `number` is the NHS number that the person has now: a practice that gives it has followed, and one that still
    gives an older one keeps its own.
    """
    told = saying.words.details
    merged = merge_person(known.details, told, heard, saying.mark)
    has_followed = told.nhs_number is not None and told.nhs_number == number
    details = replace(
        merged.value,
        nhs_number=told.nhs_number if has_followed else known.details.nhs_number or told.nhs_number,
        birth_date=known.details.birth_date or told.birth_date,
    )
    words = OwnWords(details, known.deceased or saying.words.deceased)
    return Merged(words, merged.changed, merged.heard)


def as_told_by(person: Person, words: OwnWords) -> Person:
    """Return a person as the practice of these words may know them.

    What others told is not here, a death and a newer NHS number among it. That a person's whereabouts are restricted
    is told to everybody: it is what keeps them safe.
    """
    return replace(person, details=words.details, deceased=words.deceased)
