"""A person says what is not right, the team answers: both stay beside the record, which changes by new entries only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.person_comments import ABOUT, KINDS, LONGEST, MOST_OPEN, SETTLED, PersonComment, Said
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.services.rights import correction_notices
from app.store import person_comments, referrals, tasks
from app.store.person_links import PersonLink
from app.store.session import Database

TASK: Final = "person-comment"
_READ: Final = "read person's comments"


def say(db: Database, link: PersonLink, said: Said) -> None:
    """Keep what a person says of their record, and give the team a task. Raises Invalid, and Conflict when so much
    waits for an answer that somebody should ring them."""
    problems = _problems(said)
    if problems:
        raise Invalid(problems)
    with db.transaction(link.actor) as tx:
        if person_comments.count_open(tx, link.person_id) >= MOST_OPEN:
            raise Conflict("We have not answered what you wrote before. Please ring us instead.")
        person_comments.add(tx, link, said, audit="say of own record")
        with tx.as_system("person-comment") as system_tx:
            tasks.add_task(system_tx, TASK, organisation_id=link.team_id, referral_id=link.referral_id)


def write_down(db: Database, actor: Actor, referral_id: UUID, said: Said) -> None:
    """Keep what a person told a link worker of their record, in the person's words; it waits for an answer likewise.

    Raises NotFound when the referral is another team's, and Invalid.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    problems = _problems(said)
    if problems:
        raise Invalid(problems)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_READ)
        person_comments.add(tx, referral, said, audit="write down what a person says")
        tasks.add_task(tx, TASK, organisation_id=referral.team_id, referral_id=referral.id)


def list_for_referral(db: Database, actor: Actor, referral_id: UUID) -> Sequence[PersonComment]:
    """Return what a person said of a referral, for its team; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referrals.get(tx, referral_id, audit=_READ)
        return person_comments.list_for_referral(tx, referral_id, audit=_READ)


def list_own(db: Database, link: PersonLink) -> Sequence[PersonComment]:
    """Return what a person said of the referral of their link, with the answers."""
    with db.transaction(link.actor) as tx:
        return person_comments.list_for_referral(tx, link.referral_id, audit=_READ)


def answer(
    db: Database, actor: Actor, referral_id: UUID, comment_id: UUID, *, settled: str, words: str
) -> None:
    """Answer a person's words about a referral, for all to read beside them.

    The task is done when nothing waits any more. Raises NotFound, Invalid, and Conflict when somebody was faster.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    problems = _answer_problems(settled, words)
    if problems:
        raise Invalid(problems)
    act = "answer person's comment"
    with db.transaction(actor) as tx:
        if person_comments.get(tx, comment_id, audit=act).referral_id != referral_id:
            raise NotFound
        person_comments.record_answer(tx, comment_id, settled=settled, answer=words, audit=act)
        if settled == "corrected":
            correction_notices.tell(tx, referrals.get(tx, referral_id, audit=act))
        if not any(each.is_open for each in person_comments.list_for_referral(tx, referral_id, audit=act)):
            tasks.record_done_for_referral(tx, referral_id, [TASK], audit=act)


def _problems(said: Said) -> list[FieldProblem]:
    found = []
    if said.kind not in KINDS:
        found.append(FieldProblem("kind", "Choose what you want to tell us."))
    if said.about not in ABOUT:
        found.append(FieldProblem("about", "Choose what it is about."))
    if not said.words.strip():
        found.append(FieldProblem("words", "Write it in your own words."))
    return found + _too_long("words", said.words)


def _answer_problems(settled: str, words: str) -> list[FieldProblem]:
    found = _too_long("words", words)
    if settled not in SETTLED:
        found.append(FieldProblem("settled", "Choose what you have done."))
    if settled in ("corrected", "kept") and not words.strip():
        found.append(FieldProblem("words", "Write what is right, or why it was kept: the person reads it."))
    return found


def _too_long(field: str, words: str) -> list[FieldProblem]:
    sentence = worded("Keep it to %(most)s characters.", most=LONGEST)
    return [FieldProblem(field, sentence)] if len(words) > LONGEST else []
