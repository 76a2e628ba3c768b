"""What a link worker writes down of a contact, and when three attempts without an answer ask for another way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.errors import FieldProblem, Invalid

LONGEST_NOTE: Final = 2000
MOST_MINUTES: Final = 600
ENOUGH_ATTEMPTS: Final = 3
ONE_ATTEMPT: Final = timedelta(hours=1)  # whoever rings twice in it has tried once
PERSON: Final = "person"
SPOKE, NO_ANSWER, MESSAGE_LEFT, SENT = "spoke", "no-answer", "message-left", "sent"
LETTER: Final = "letter"

HOW: Mapping[str, str] = MappingProxyType(
    {
        "phone": "Telephone",
        "visit": "Visit",
        "text": "Text",
        "email": "E-mail",
        LETTER: "Letter",
        "video": "Video call",
        "other": "Another way",
    }
)
WITH: Mapping[str, str] = MappingProxyType(
    {
        PERSON: "The person",
        "carer": "A carer or relative",
        "practice": "Their practice, or whoever asked",
        "provider": "A provider",
    }
)
CAME_OF: Mapping[str, str] = MappingProxyType(
    {
        SPOKE: "We spoke, or they answered",
        NO_ANSWER: "No answer",
        MESSAGE_LEFT: "I left a neutral message",
        SENT: "Sent: no answer needed yet",
        "cancelled": "They cancelled",
        "did-not-come": "They did not come",
    }
)
_WITHOUT_ANSWER: Final = frozenset({NO_ANSWER, MESSAGE_LEFT})


@dataclass(frozen=True, slots=True)
class TeamContact:
    """One contact of a link worker, with whomever about the person; `note` is in their own words.

    `id` is made with the form, so that a form sent twice is one contact.
    """

    id: UUID
    how: str
    with_whom: str
    came_of: str
    happened_on: date
    minutes: int | None = None
    note: str = ""

    @property
    def reached(self) -> bool:
        """True when the person themselves was spoken with."""
        return self.with_whom == PERSON and self.came_of == SPOKE

    @property
    def was_in_vain(self) -> bool:
        """True when the person did not answer: they are tried again on the next working day."""
        return self.with_whom == PERSON and self.came_of == NO_ANSWER

    @property
    def is_first_contact(self) -> bool:
        """True when somebody could be told that a provider said yes: the person, or whoever answers for them."""
        return self.with_whom in (PERSON, "carer") and self.came_of == SPOKE


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A contact as it is kept, of the team's own or, with a placement, of a provider's.

    `with_whom` is always told; `came_of` is None where a provider said only whether it reached the person.
    """

    id: UUID
    how: str
    with_whom: str
    came_of: str | None
    reached: bool
    happened_on: date
    minutes: int | None
    note: str
    by: str  # who wrote it down: of the team by name, of a provider by its name
    recorded_at: datetime
    of_team: bool
    taken_back_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """False when it was taken back."""
        return self.taken_back_at is None


def check_contact(contact: TeamContact, *, today: date, since: date) -> None:
    """Raise Invalid, with every problem, for words not of the lists, a day to come or before the referral came."""
    lists = {
        "how": (contact.how, HOW, "Choose how you were in touch."),
        "with_whom": (contact.with_whom, WITH, "Choose with whom."),
        "came_of": (contact.came_of, CAME_OF, "Choose what came of it."),
    }
    problems = [
        FieldProblem(name, sentence, "code-invalid")
        for name, (word, known, sentence) in lists.items()
        if word not in known
    ]
    if contact.happened_on > today:
        problems.append(FieldProblem("happened_on", "A contact cannot lie in the future."))
    if contact.happened_on < since:
        sentence = f"The referral came on {since:%-d %B %Y}: a contact cannot be earlier."
        problems.append(FieldProblem("happened_on", sentence))
    if contact.minutes is not None and not 0 <= contact.minutes <= MOST_MINUTES:
        problems.append(FieldProblem("minutes", f"Minutes must be a whole number from 0 to {MOST_MINUTES}."))
    if len(contact.note) > LONGEST_NOTE:
        problems.append(FieldProblem("note", f"The note must be {LONGEST_NOTE} characters or fewer."))
    if problems:
        raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often in a row the person was tried without an answer, and what was done about it since.

    `since` is when the first of them was written down; None without one.
    """

    in_a_row: int
    since: datetime | None
    letter_sent: bool
    asker_told: bool  # whoever asked was spoken with, or written to, by the team itself

    @property
    def enough(self) -> bool:
        """True when another way than trying again is proposed."""
        return self.in_a_row >= ENOUGH_ATTEMPTS


def attempts(contacts: Iterable[KeptContact]) -> Attempts:
    """Count the newest attempts to reach the person that had no answer, up to the last time they were reached.

    What was taken back counts for nothing; contacts with others, and whatever is neither an answer nor an attempt,
    neither count nor begin anew. A carer's answer is one: somebody is there. Those of one hour count once.
    """
    newest_first = sorted(contacts, key=lambda each: (each.happened_on, each.recorded_at), reverse=True)
    row = list(takewhile(_is_no_answer_yet, (each for each in newest_first if each.stands)))
    tried = _apart(each for each in reversed(row) if each.with_whom == PERSON and _in_vain(each))
    oldest = tried[0].recorded_at if tried else None
    return Attempts(
        in_a_row=len(tried),
        since=oldest,
        letter_sent=any(each.with_whom == PERSON and each.how == LETTER for each in row),
        asker_told=any(each.with_whom == "practice" and each.came_of in (SPOKE, SENT) for each in row),
    )


def _apart(oldest_first: Iterable[KeptContact]) -> list[KeptContact]:
    counted: list[KeptContact] = []
    for each in oldest_first:
        last = counted[-1] if counted else None
        is_new_day = last is None or each.happened_on != last.happened_on
        if last is None or is_new_day or each.recorded_at - last.recorded_at >= ONE_ATTEMPT:
            counted.append(each)
    return counted


def _is_no_answer_yet(contact: KeptContact) -> bool:
    return not (contact.reached or (contact.with_whom == "carer" and contact.came_of == SPOKE))


def _in_vain(contact: KeptContact) -> bool:
    """Of the waiting list's own form it is kept only that the person was not reached."""
    return contact.of_team and contact.came_of in (None, NO_ANSWER, MESSAGE_LEFT)
