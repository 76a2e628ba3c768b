"""Questionnaires as they are recorded by whoever asks: checked, kept, and looked at by a person where it got worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.measures import Measure
from app.domain.outcomes import ANSWERED_BY, SAID_BY, SKIP_REASONS, WAYS, Phase, Taken
from app.domain.referral import Outcome, Placement, Referral
from app.domain.standing import is_said_again
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.domain.worse import has_worsened, is_worse
from app.services.caring.onward import HELPS_OR_HELPED
from app.services.measures import risk_alerts
from app.store import directory, outcomes, placements, referrals, tasks
from app.store.outcomes import About
from app.store.session import LONDON, Database, Tx

WORSE = "things-worse"
_ACT = "record measure"
LONGEST_WORDS = 1000
_BEFORE_IT_CAME = timedelta(days=366)


def record(db: Database, actor: Actor, referral_id: UUID, taken: Sequence[Taken]) -> None:
    """Write questionnaires beside a referral, at any time of its life; for its team. Raises Invalid, NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        check(tx, taken, of=referral)
        write(tx, About(referral.id, referral.person_id), taken)


def record_of_placement(db: Database, actor: Actor, placement_id: UUID, taken: Sequence[Taken]) -> None:
    """Write questionnaires that a provider took while it helps, or after.

    Raises NotFound, Conflict for who never helped, Invalid; also for answers of months after: the team asks for those.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=_ACT)
        check_helps(placement)
        referral = referrals.get(tx, placement.referral_id, audit=_ACT)
        if found := [*problems(tx, taken, of=referral), *_asked_by_the_team(taken)]:
            raise Invalid(found)
        write(tx, About(referral.id, referral.person_id, placement_id), taken)


def asked_of_placement(db: Database, actor: Actor, placement_id: UUID) -> tuple[Measure, ...]:
    """Return what the place asks of people whom such a service helps: less of some kinds, as its framework says."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=_ACT)
        kind = directory.get_service(tx, placement.service_id).kind
        return tx.measures.asked(tx.today, service_kind=kind)


def check_helps(placement: Placement) -> None:
    """Raise Conflict for who does not help and never did: they have nothing to tell of the person."""
    if placement.status not in HELPS_OR_HELPED:
        raise Conflict("Say yes to this offer first. Then you can write down how the person is.")


def check(tx: Tx, taken: Sequence[Taken], *, of: Referral | None = None) -> None:
    """Raise Invalid with every problem of questionnaires that are to be written."""
    found = problems(tx, taken, of=of)
    if found:
        raise Invalid(found)


def problems(tx: Tx, taken: Sequence[Taken], *, of: Referral | None = None) -> list[FieldProblem]:
    """Return what is wrong with questionnaires: codes, ranges, days, words that are too long, answers beside a skip.

    `of` bounds the day below: what was taken more than a year before the referral came says nothing of it.
    """
    first = _first_day(of) if of else None
    return [
        problem
        for number, each in enumerate(_of_today(tx, taken))
        for problem in (
            *_answers_of(tx, number, each),
            *_codes_of(number, each),
            *_day_of(tx, number, each, first),
        )
    ]


def write(tx: Tx, about: About, taken: Sequence[Taken]) -> None:
    """Keep questionnaires that were checked, in the caller's transaction; where one got worse, the team is told.

    What says again word for word what stands is not kept twice; an answer that cannot wait calls a person all the same.
    """
    with tx.as_system("measures") as system_tx:
        referrals.get_for_update(system_tx, about.referral_id, audit=_ACT)  # of two at once the second waits
        earlier = outcomes.list_measures(system_tx, About(about.referral_id, about.person_id), audit=_ACT)
    known = list(earlier)
    told = _of_today(tx, taken)
    for each in told:
        here = replace(each, placement_id=about.placement_id)
        if is_said_again(known, here):
            continue
        outcomes.add_measure(tx, about, each, audit=_ACT)
        if has_worsened(tx.measures, known, each):
            tell_team(tx, about.referral_id)
        known.append(here)
    risk_alerts.raise_alert(tx, about.referral_id, told)


def _of_today(tx: Tx, taken: Sequence[Taken]) -> list[Taken]:
    """Name the version where none was told: the one that is asked today, and not one whose day is still to come."""
    return [
        each if each.version or not found else replace(each, version=found.version)
        for each in taken
        for found in [tx.measures.newest(each.measure, tx.today)]
    ]


def look_at(tx: Tx, referral_id: UUID, outcome: Outcome) -> None:
    """Tell the team where an outcome says that things are worse."""
    if is_worse(outcome):
        tell_team(tx, referral_id)


def tell_team(tx: Tx, referral_id: UUID) -> None:
    """Ask the referral's owner to talk with the person: no score, no blame, once while nobody has looked."""
    with tx.as_system("worse") as system_tx:
        referral = referrals.get(system_tx, referral_id, audit=_ACT)
        tasks.add_task(system_tx, WORSE, organisation_id=referral.team_id, referral_id=referral_id)


def _answers_of(tx: Tx, number: int, taken: Taken) -> list[FieldProblem]:
    where = f"measures.{number}.answers"
    found = tx.measures.check_answers(taken.measure, taken.answers, where, version=taken.version)
    if taken.skipped and (taken.answers or taken.words):
        found.append(FieldProblem(where, "Give the answers, or the reason why they are left out, not both."))
    if not (taken.skipped or taken.answers or taken.words):
        found.append(FieldProblem(where, "Give an answer, or the reason why it is left out.", "required"))
    return found + _words_of(tx, f"measures.{number}.words", taken)


def _words_of(tx: Tx, where: str, taken: Taken) -> list[FieldProblem]:
    said = [code for code in taken.words if code != ANSWERED_BY]
    found = tx.measures.check_words(taken.measure, said, where, version=taken.version)
    if any(len(words) > LONGEST_WORDS or "\x00" in words for words in taken.words.values()):
        found.append(
            FieldProblem(where, worded("Keep the words under %(most)s characters.", most=LONGEST_WORDS))
        )
    return found


def _asked_by_the_team(taken: Sequence[Taken]) -> list[FieldProblem]:
    sentence = "Months after the end the referral's team asks. Give before or after."
    return [
        FieldProblem(f"measures.{number}.phase", sentence, "code-invalid")
        for number, each in enumerate(taken)
        if each.phase is Phase.FOLLOW_UP
    ]


def _codes_of(number: int, taken: Taken) -> list[FieldProblem]:
    told = (("said_by", SAID_BY), ("way", WAYS), ("skipped", SKIP_REASONS))
    found = [
        FieldProblem(f"measures.{number}.{name}", f"Choose one of: {', '.join(codes)}.", "code-invalid")
        for name, codes in told
        if (value := getattr(taken, name)) is not None and value not in codes
    ]
    has_months = taken.months is not None
    if has_months != (taken.phase is Phase.FOLLOW_UP) or (has_months and not 1 <= (taken.months or 0) <= 60):
        sentence = "Give the months after the end, 1 to 60, of a follow-up, and of nothing else."
        found.append(FieldProblem(f"measures.{number}.months", sentence))
    return found


def _first_day(referral: Referral) -> date:
    return referral.received_at.astimezone(LONDON).date() - _BEFORE_IT_CAME


def _day_of(tx: Tx, number: int, taken: Taken, first: date | None) -> list[FieldProblem]:
    where = f"measures.{number}.taken_on"
    if taken.taken_on > tx.today:
        return [FieldProblem(where, "A measure cannot have been taken in the future.")]
    if first is not None and taken.taken_on < first:
        return [
            FieldProblem(
                where,
                worded("Give a day from %(day)s on: a year before the referral came.", day=first.isoformat()),
            )
        ]
    return []
