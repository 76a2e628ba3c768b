"""Asks the national check who opted out of secondary use, and keeps its answer; both are files that go by MESH."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass

from app.domain.access import system
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.identifiers import check_digit_is_right
from app.domain.referral import Person
from app.store import extracts, people, secondary_use
from app.store.session import Database

_ACT = "national data opt-out check"
_LINE = re.compile(r"[0-9]{10},")
_MOST_OPTED_OUT = 0.5  # of whom was asked about; some one in twenty has opted out in England


@dataclass(frozen=True, slots=True)
class Checked:
    """What an answer told: how many numbers were asked about, and how many of them opted out."""

    asked: int
    opted_out: int


def national_question(db: Database, *, handed_over: bool = False) -> bytes:
    """Return the file to ask with: the NHS numbers of whom the next extract would tell, each on a line with a comma.

    With `handed_over` of whom earlier extracts tell, as an approved project's linkable rows need it. The form is that
    of NHS England's Check for National Data Opt-outs, which refuses a file with one wrong number.
    """
    with db.transaction(system("extract")) as tx:
        if handed_over:
            ids = secondary_use.list_handed_over(tx)
        else:
            ids = [each.person_id for each in extracts.list_candidates(tx, audit=_ACT)]
        known = people.list_for_referrals(tx, ids, audit=_ACT)
    return question_of(known.values())


def question_of(known: Iterable[Person]) -> bytes:
    """Return the file about these people: numbers alone, each once, of whoever is surely known."""
    sure = {each.details.nhs_number or "" for each in known if each.identity_confirmed}
    return "".join(f"{number},\n" for number in sorted(sure) if _is_possible(number)).encode()


def record_national_answer(db: Database, question: bytes, answer: bytes, *, so_many: bool = False) -> Checked:
    """Keep who opted out: whoever was asked about and is not in the answer; whoever is in it may be used again.

    Raises Invalid, by line and never by value, for a file of another form and for a number that was not asked about;
    Conflict for an answer by which over half opted out, an empty one above all, unless `so_many` says that it is right.
    """
    asked, allowed = set(read_file("question", question)), read_file("answer", answer)
    if strange := strange_lines(asked, allowed):
        raise Invalid([_wrong("answer", at, "This number was not asked about.") for at in strange[:50]])
    opted_out = asked - set(allowed)
    if not so_many and len(opted_out) > _MOST_OPTED_OUT * len(asked):
        raise Conflict(_too_many(len(asked), len(opted_out)))
    with db.transaction(system("extract")) as tx:
        people.record_national_check(tx, opted_out=opted_out, allowed=set(allowed), audit=_ACT)
    return Checked(len(asked), len(opted_out))


def strange_lines(asked: Set[str], allowed: Iterable[str]) -> list[int]:
    """Return the lines of an answer that name somebody who was not asked about."""
    return [at for at, number in enumerate(allowed, start=1) if number not in asked]


def read_file(name: str, content: bytes) -> list[str]:
    """Return the numbers of a question or an answer; raises Invalid by line, with `name` as the field."""
    *lines, rest = content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    wrong = [at for at, line in enumerate(lines, start=1) if not _LINE.fullmatch(line)]
    problems = [_wrong(name, at, "Write ten digits and a comma, and nothing else.") for at in wrong[:50]]
    if rest:
        problems.append(_wrong(name, len(lines) + 1, "The file ends within a line: it was cut."))
    if problems:
        raise Invalid(problems)
    return [line.removesuffix(",") for line in lines]


def _too_many(asked: int, opted_out: int) -> str:
    what = "the answer is empty" if opted_out == asked else "by this answer"
    return (
        f"Nothing was recorded: {what}, and {opted_out} of {asked} people would have opted out. Fetch the answer "
        "again, and compare the sizes of both files. If it is right, say so with --yes-so-many."
    )


def _wrong(name: str, line: int, sentence: str) -> FieldProblem:
    return FieldProblem(f"{name}, line {line}", sentence)


def _is_possible(number: str) -> bool:
    return len(number) == 10 and number.isdecimal() and check_digit_is_right(number)
