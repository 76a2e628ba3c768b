"""What people say of themselves if they want to: asked by their link worker or behind their own link, and kept once."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.case_news import PlaceInTime, merge_person
from app.domain.characteristics import PREFER_NOT_WORDS, Kept, Question, Said, problems_of
from app.domain.errors import FieldProblem, Invalid
from app.domain.ethnicity import NOT_KNOWN, WORDS
from app.domain.referral import PersonDetails, Referral
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.store import characteristics as store
from app.store import people, referrals
from app.store.person_links import PersonLink
from app.store.session import Database, Tx

FILE: Final = Path(__file__).resolve().parents[2] / "measures" / "lists" / "characteristics.toml"
GENDERS: Final[Mapping[str, str]] = {
    "female": worded("Female"),
    "male": worded("Male"),
    "other": worded("In another way"),
    "unknown": PREFER_NOT_WORDS,  # takes back what was said: the word itself is not kept
}
ETHNICITIES: Final[Mapping[str, str]] = {
    **{code: words for code, words in WORDS.items() if code != NOT_KNOWN},
    "Z": PREFER_NOT_WORDS,  # "not stated" of the NHS Data Dictionary
}
_READ, _WRITE = "read what a person says of themselves", "record what a person says of themselves"


@dataclass(frozen=True, slots=True)
class AboutThem:
    """What is kept; gender and ethnicity stand with the person, where messages bring them too: no second copy."""

    reference: str
    gender: str
    ethnicity: str
    kept: Mapping[str, Kept]


@dataclass(frozen=True, slots=True)
class Told:
    """What was said now: of each question asked, and gender and ethnicity where something was said of them."""

    said: Mapping[str, Said]
    gender: str = ""
    ethnicity: str = ""


def told_in_words(question: Question, said: Said) -> str:
    """Return an answer in the words of its question, with the person's own behind them; empty for none."""
    answers = [question.choices[code] for code in said.codes if code in question.choices]
    return "; ".join([*answers, *filter(None, [said.words])])


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions that this installation asks, in their order."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Question(**{**each, "answers": dict(each["answers"])}) for each in told["questions"])


def find_of_referral(db: Database, actor: Actor, referral_id: UUID) -> AboutThem:
    """Return what the team keeps, for its link workers; raises NotFound for another team's referral."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return _find(tx, referrals.get(tx, referral_id, audit=_READ))


def record_of_referral(db: Database, actor: Actor, referral_id: UUID, told: Told) -> None:
    """Write what the person told a link worker. Raises NotFound and Invalid."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        _record(tx, referrals.get(tx, referral_id, audit=_WRITE), told, "link-worker")


def find_own(db: Database, link: PersonLink) -> AboutThem:
    """Return the same for the person, behind their own link."""
    with db.transaction(link.actor) as tx:
        return _find(tx, referrals.get(tx, link.referral_id, audit=_READ))


def record_own(db: Database, link: PersonLink, told: Told) -> None:
    """Write what the person says of themselves. Raises Invalid."""
    with db.transaction(link.actor) as tx:
        _record(tx, referrals.get(tx, link.referral_id, audit=_WRITE), told, "person")


def _find(tx: Tx, referral: Referral) -> AboutThem:
    details = people.get(tx, referral.person_id, audit=_READ).details
    kept = store.list_of_person(tx, referral.person_id, team_id=referral.team_id, audit=_READ)
    by_question = {each.question: each for each in kept}
    return AboutThem(referral.reference, details.gender or "", details.ethnicity or "", by_question)


def _record(tx: Tx, referral: Referral, told: Told, said_by: str) -> None:
    problems = problems_of(questions(), told.said)
    for field, value, known in (("gender", told.gender, GENDERS), ("ethnicity", told.ethnicity, ETHNICITIES)):
        if value and value not in known:
            problems.append(FieldProblem(field, "Choose from the list, or leave it empty."))
    if problems:
        raise Invalid(problems)
    before = _find(tx, referral)
    whose = store.Whose(referral.person_id, referral.team_id, said_by)
    # Whoever comes by their own link may write none of these rows by themselves; the audit names them all the same.
    with tx.as_system("characteristics"):
        for code, said in told.said.items():
            kept = before.kept.get(code)
            if said != (kept.said if kept else Said()):
                store.record(tx, whose, code, said, audit=_WRITE)
        _record_details(tx, referral.person_id, told)


def _record_details(tx: Tx, person_id: UUID, told: Told) -> None:
    """The newest word on each part stands, as with a message: this one is of now."""
    said = PersonDetails(gender=told.gender or None, ethnicity=told.ethnicity or None)
    heard = people.heard(tx, person_id, audit=_WRITE)
    known = people.get(tx, person_id, audit=_WRITE).details
    merged = merge_person(known, said, heard, PlaceInTime(tx.now).mark)
    if merged.changed:
        people.record_details(tx, person_id, merged.value, heard=merged.heard, audit=_WRITE)


def answers_of(tx: Tx, person_ids: Collection[UUID]) -> Mapping[str, Mapping[UUID, tuple[str, ...]]]:
    """Return by question what many people answered, for a count; whoever counts sees nobody's own answer."""
    with tx.as_system("characteristics") as system_tx:
        return store.codes_of(system_tx, person_ids, audit="count what people say of themselves")
