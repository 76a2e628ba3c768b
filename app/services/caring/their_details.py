"""Putting right who somebody is and how to reach them: what stood before stays, and whoever reads of them is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from app.domain import their_details_checks as checks
from app.domain.access import Actor, check_acts_as
from app.domain.case_news import PERSON_PARTS, PlaceInTime
from app.domain.cautions import Cautions, joined
from app.domain.cautions_overall import rules_of
from app.domain.errors import FieldProblem, Invalid
from app.domain.lifecycle import OPEN_REFERRAL, ReferralStatus
from app.domain.referral import Person, Referral
from app.domain.safe_contact import SAFE_CONTACT
from app.domain.their_details import (
    FIELDS,
    IDENTITY,
    KEPT_SECRET,
    PARTS,
    ChangedMeanwhile,
    Correction,
    Texts,
    changed_parts,
    part_of,
    texts_of,
    with_parts,
    with_rules,
    without,
)
from app.domain.vocabulary import Role
from app.services.caring import details_told, numbers_elsewhere
from app.services.incoming.duplicates import ask_about
from app.services.messages.readdressing import readdress
from app.store import cautions, corrections, directory, people, referrals, tasks
from app.store.session import Database, Tx

_READ: Final = "read details"
_ACT: Final = "put details right"
_IDENTITY_TASKS: Final = (
    "find-nhs-number",
    "confirm-identity",
    "correct-nhs-number",
    "same-number-other-person",
    numbers_elsewhere.TASK,
    "identity-changed",
)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a person, for their team: field by field, and what was put right before, the newest first.

    Of a restricted person neither address nor number is in it. `requester_holds` are the parts in which whoever
    referred them told something else.
    """

    person: Person
    texts: Texts
    history: Sequence[Correction]
    requester_holds: Sequence[str]
    others: int  # open referrals of the same person in this team, beside this one


@dataclass(frozen=True, slots=True)
class Told:
    """What was typed: the texts, those that stood on the page, and who told us.

    `problems` are those that were found while the page was read: they are told together with all others.
    """

    texts: Texts
    shown: Texts
    told_by: str
    why: str = ""
    number_is_checked: bool = False
    problems: Sequence[FieldProblem] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class _Case:
    """The person with the rules of contact, and all open referrals of theirs that the team has, this one first."""

    referral: Referral
    person: Person
    about: Sequence[Referral]
    ended: Sequence[Referral]  # of theirs that the team had: what makes contact safe is put right there, too
    care: Mapping[
        UUID, Cautions
    ]  # by referral, as its own requester told it; of ended ones the rules of contact alone
    texts: Texts


def find(db: Database, actor: Actor, referral_id: UUID) -> Held:
    """Return what is held; raises NotFound when the referral is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        case = _case(tx, referrals.get(tx, referral_id, audit=_READ), _READ)
        history = corrections.list_of_person(tx, case.person.id, audit=_READ)
        if case.person.restricted:
            history = [_secret(each) for each in history]
        return Held(
            person=case.person,
            texts=case.texts,
            history=history,
            requester_holds=details_told.held_otherwise(tx, case.referral, case.person.details, tuple(PARTS)),
            others=len(case.about) - 1,
        )


def put_right(db: Database, actor: Actor, referral_id: UUID, told: Told) -> tuple[str, ...]:
    """Write what is right; return which parts were changed. Parts that nobody touched stay as they are by now.

    It counts as the newest word on these parts, as of now, and what stood before never comes back by a message that
    merely repeats it. Raises NotFound, Invalid with every problem, and ChangedMeanwhile when somebody else changed the
    same parts while the page was open.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        marks = people.heard(tx, referral.person_id, audit=_ACT)  # held: the next one looks when this is done
        case = _case(tx, referral, _ACT)
        parts, after = _touched(case, told)
        if not parts and changed_parts(told.shown, told.texts):
            return ()  # it stands already: the form was sent twice
        _check(tx, case, told, parts, after)
        before = case.texts
        details = with_parts(case.person.details, after, set(parts))
        was_told = details_told.shown_to_groups(tx, case.about, audit=_ACT)
        mark = PlaceInTime(tx.now).mark
        heard = {**marks, **{part: mark for part in parts if part in PERSON_PARTS}}
        in_doubt = "nhs-number" in parts and numbers_elsewhere.note(tx, referral, details.nhs_number)
        if in_doubt:  # before the number stands: it is found as the other's, and stays so
            people.record_identity(tx, case.person.id, None, is_confirmed=False, audit=_ACT)
        people.record_details(tx, case.person.id, details, heard=heard, audit=_ACT)
        if "nhs-number" in parts:
            confirmed = told.number_is_checked and not in_doubt
            people.record_identity(tx, case.person.id, details.nhs_number, is_confirmed=confirmed, audit=_ACT)
        _record_rules(tx, case, parts, before, after)
        told_groups = details_told.tell_groups(tx, case.about, was_told)
        made = _correction(case, told, parts, after)
        corrections.add(tx, referral, made, placement_ids=told_groups, audit=_ACT)
        readdress(tx, case.person.id, case.person.details, details)
        _follow(tx, case, parts, told)
        return parts


def _case(tx: Tx, referral: Referral, audit: str) -> _Case:
    person = people.get(tx, referral.person_id, audit=audit)
    theirs = referrals.list_of_person(tx, person.id, audit=audit)
    others = [each for each in theirs if each.id != referral.id and each.team_id == referral.team_id]
    about = [referral, *(each for each in others if each.status in OPEN_REFERRAL)]
    ended = [each for each in others if each not in about and each.status != ReferralStatus.ENTERED_IN_ERROR]
    care = {each.id: cautions.get(tx, each.id, audit=audit) for each in about}
    care |= {each.id: rules_of(cautions.get(tx, each.id, audit=audit)) for each in ended}
    texts = texts_of(person.details, joined(care.values()), SAFE_CONTACT)
    shown = without(texts, KEPT_SECRET) if person.restricted else texts
    return _Case(referral, person, about, ended, care, shown)


def _touched(case: _Case, told: Told) -> tuple[tuple[str, ...], Texts]:
    """Return the parts that whoever typed changed, and the texts with them; raises ChangedMeanwhile."""
    shown = told.shown or case.texts
    changed = changed_parts(shown, told.texts)
    parts = tuple(part for part in changed if part_of(told.texts, part) != part_of(case.texts, part))
    if told.number_is_checked and not case.person.identity_confirmed and told.texts.get("nhs_number"):
        parts = tuple(part for part in PARTS if part in parts or part == "nhs-number")
    overtaken = [part for part in parts if part_of(shown, part) != part_of(case.texts, part)]
    if overtaken:
        raise ChangedMeanwhile(overtaken)
    typed = {name: told.texts.get(name, "") for part in parts for name in PARTS[part]}
    return parts, {**case.texts, **typed}


def _check(tx: Tx, case: _Case, told: Told, parts: Sequence[str], after: Texts) -> None:
    typed = {**after, "why": told.why}
    problems = [*told.problems, *checks.about_it(told.told_by, parts)]
    problems += checks.problems_of(case.person.details, case.texts, typed, parts, tx.today)
    if "nhs-number" in parts:
        problems += _number_problems(tx, case, after["nhs_number"])
    if problems:
        raise Invalid(checks.in_order(problems))


def _number_problems(tx: Tx, case: _Case, typed: str) -> list[FieldProblem]:
    if not typed.strip():
        return []
    practice = directory.get_organisation(tx, case.referral.requester_id)
    if problem := checks.number_problem(typed, practice):
        return [problem]
    number = with_parts(case.person.details, {"nhs_number": typed}, {"nhs-number"}).nhs_number
    if numbers_elsewhere.is_own_teams(tx, case.referral, number):
        return [FieldProblem("nhs_number", checks.SOMEBODY_ELSES)]
    return []


def _record_rules(tx: Tx, case: _Case, parts: Sequence[str], before: Texts, after: Texts) -> None:
    """Of every referral that the team has of the person: it is one person who is rung."""
    if "contact" not in parts:
        return
    for each in case.ended:
        known = cautions.get(tx, each.id, audit=_ACT)
        care = with_rules(known, before, {**after, "contact_times": before["contact_times"]}, SAFE_CONTACT)
        if care != known:
            cautions.record(tx, each.id, care, audit=_ACT)
    for each in case.about:
        care = with_rules(case.care[each.id], before, after, SAFE_CONTACT)
        if care != case.care[each.id]:
            cautions.record(tx, each.id, care, audit=_ACT)
        if care.contact_times != case.care[each.id].contact_times:
            marks = {
                **referrals.heard(tx, each.id, audit=_ACT).marks,
                "contact-times": PlaceInTime(tx.now).mark,
            }
            referrals.record_heard(tx, each.id, marks, {}, audit=_ACT)


def _correction(case: _Case, told: Told, parts: Sequence[str], after: Texts) -> Correction:
    held = texts_of(case.person.details, joined(case.care.values()), SAFE_CONTACT)
    names = [name for part in parts for name in PARTS[part]]
    return Correction(
        id=case.referral.id,  # its own is made when it is written
        at=case.referral.received_at,
        by="",
        told_by=told.told_by,
        parts=tuple(parts),
        before={name: held[name] for name in names},
        after={name: after[name] for name in names},
        why=told.why.strip(),
    )


def _follow(tx: Tx, case: _Case, parts: Sequence[str], told: Told) -> None:
    """What follows for people: questions about the number settle or change, and somebody tells whoever referred."""
    for each in case.about:
        if "nhs-number" in parts:
            _number_tasks(tx, each)
        if set(parts) & set(IDENTITY):
            ask_about(tx, each.id, each.team_id)
        if told.told_by != "requester":
            details_told.ask_to_tell_requester(tx, each, parts)


def _number_tasks(tx: Tx, referral: Referral) -> None:
    person = people.get(tx, referral.person_id, audit=_ACT)
    tasks.record_done_for_referral(tx, referral.id, _IDENTITY_TASKS, audit=_ACT)
    if not person.identity_confirmed and referral.status in OPEN_REFERRAL:
        kind = "confirm-identity" if person.details.nhs_number else "find-nhs-number"
        tasks.add_task(tx, kind, organisation_id=referral.team_id, referral_id=referral.id)


def _secret(one: Correction) -> Correction:
    """The same without where somebody lives and how to reach them."""
    names = set(FIELDS) - {name for part in KEPT_SECRET for name in PARTS[part]}
    before, after = (
        {name: text for name, text in texts.items() if name in names} for texts in (one.before, one.after)
    )
    return replace(one, before=before, after=after)
