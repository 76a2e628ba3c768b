"""Reads the rows of a cohort's file as referrals, each with everything that is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain import cohort
from app.domain.cohort import COLUMNS, MOST_ROWS, Known
from app.domain.errors import FieldProblem
from app.domain.safe_contact import SAFE_CONTACT
from app.domain.sheet import CellProblem, Line, parts, read_csv, read_lines
from app.domain.vocabulary import NEED_WORDS, Access
from app.services.feeds.feed_words import language_code
from app.services.incoming.web_referral import Asked

_AGREES: Final = MappingProxyType(
    {"yes": "yes", "y": "yes", "share": "yes", "ask": "ask", "no": "no", "n": "no"}
)
_GENDERS: Final = MappingProxyType(
    {"female": "female", "f": "female", "male": "male", "m": "male", "other": "other", "unknown": ""}
)
_ACCESS: Final = MappingProxyType({each.value: each.value.replace("-", " ") for each in Access})
_NEEDS: Final = MappingProxyType({need.value: words for need, words in NEED_WORDS.items()})
# The names that the rules have for what is wrong, as columns of the file.
_COLUMN_OF: Mapping[str, str] = MappingProxyType(
    {
        "person.family": "family_name",
        "person.birth_date": "date_of_birth",
        "person.nhs_number": "nhs_number",
        "phone": "phone",
    }
)
Judge = Callable[[Asked], Sequence[FieldProblem]]


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of the file: whom it asks help for, by what the person is known again, what is wrong."""

    number: int
    asked: Asked = field(repr=False)
    person: Known[str] = field(repr=False)
    problems: tuple[CellProblem, ...]


def read_cohort(body: bytes, judge: Judge) -> list[ReadRow]:
    """Return every row; `judge` tells what the rules of intake have against it. Raises Invalid for a broken file."""
    rows: list[ReadRow] = []
    above = _Above()
    for line in read_lines(read_csv(body), COLUMNS, most=MOST_ROWS):
        asked = _asked(line)
        _judge(line, asked, judge)
        person = cohort.known_by(asked.nhs_number, asked.family, asked.given, asked.birth_date)
        above.compare(line, person)
        rows.append(ReadRow(line.number, asked, person, tuple(line.problems)))
    return rows


class _Above:
    """The people of the rows that were read, by number and by names."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[int, Known[str]]]] = defaultdict(list)

    def compare(self, line: Line, person: Known[str]) -> None:
        """Refuse a row of a person who was read before, and remember it."""
        keys = [key for key in (person.number, person.names) if key is not None]
        found = [each for key in keys for each in self._rows[key]]
        same = next((number for number, other in found if person.is_same(other)), None)
        alike = next((number for number, other in found if person.has_another_number(other)), None)
        if same is not None:
            line.refuse("", f"Row {same} is about the same person: keep one of the two.")
        elif alike is not None:
            line.refuse(
                "nhs_number", f"Row {alike} has the same names and birth date. {cohort.ANOTHER_NUMBER}"
            )
        for key in keys:
            self._rows[key].append((line.number, person))


def _judge(line: Line, asked: Asked, judge: Judge) -> None:
    """Add what the rules say, of cells with which nothing is wrong yet: one sentence a cell is enough."""
    if asked.family == cohort.EXAMPLE_FAMILY:
        line.problems[:] = []
        line.refuse("family_name", "This is the template's example: delete the row.")
        return
    if _AGREES.get(line.cells.get("agrees", "").lower()) == "no":
        line.refuse(
            "agrees", "Only somebody who agrees can be referred: talk with them first, or delete the row."
        )
    if not asked.needs and not asked.words and not line.cells.get("needs"):
        line.refuse("needs", "Say what would help: fill in needs or what_would_help.")
    told = {problem.column for problem in line.problems}
    for problem in judge(asked):
        column = _COLUMN_OF.get(problem.field, "")
        if column not in told:
            line.refuse(column, problem.sentence)


def _asked(line: Line) -> Asked:
    cell = line.cells.get
    born: date | None = cohort.read_date(line, "date_of_birth")
    return Asked(
        family=cell("family_name", ""),
        given=cell("first_name", ""),
        birth_date=born,
        nhs_number=cohort.read_nhs_number(line, "nhs_number"),
        number_is_checked=cohort.read_yes(line, "number_checked"),
        gender=cohort.read_choice(line, "gender", _GENDERS),
        phone=cohort.read_phone(line, "phone"),
        email=cohort.read_email(line, "email"),
        address="\n".join(parts(cell("address", ""))),
        postcode=cohort.read_postcode(line, "postcode"),
        safe=cohort.read_choices(line, "safe_contact", SAFE_CONTACT),
        contact_times=cell("contact_times", ""),
        language=_language(line),
        interpreter=cohort.read_yes(line, "interpreter"),
        communication=cell("communication", ""),
        access=cohort.read_choices(line, "access", _ACCESS),
        needs=cohort.read_choices(line, "needs", _NEEDS),
        words=cell("what_would_help", ""),
        why_now=cell("why_now", ""),
        urgent=cohort.read_yes(line, "urgent"),
        safeguarding=cell("safeguarding", ""),
        agrees_to_sharing=cohort.read_choice(line, "agrees", _AGREES) == "yes",
    )


def _language(line: Line) -> str:
    told = line.cells.get("language", "")
    code = language_code(told)
    if told and code is None:
        line.refuse("language", "We do not know this language: give its code, such as tr.")
    return "" if code is None or code == "en" else code
