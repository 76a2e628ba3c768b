"""The letter that asks how it goes, with its questions to tick and send back; and the same pages without a letter."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.capacity import day
from app.domain.errors import Conflict
from app.domain.outcomes import Phase
from app.domain.reaching import Way, unusable_ways
from app.domain.referral import Organisation, Person, Referral
from app.domain.vocabulary import Role
from app.letters.question_paper import QuestionPaper, parts_of, question_paper_pdf
from app.services.feedback.letters import OutcomeLetter
from app.services.follow_up.follow_up_stops import check_may_be_asked
from app.services.incoming.duplicates import cautions_of
from app.store import directory, follow_ups, people, places, referrals
from app.store.session import Database, Tx

_ACT = "write follow-up letter"
_PAPER = "print questions"


def follow_up_letter(
    db: Database, actor: Actor, follow_up_id: UUID, *, help_phone: str | None
) -> OutcomeLetter:
    """Return the letter with its pages, for the team to post; without an address where it must be kept secret.

    Raises NotFound for another team's, Conflict when it is settled, or where nobody may ask or write to the person.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = follow_ups.get(tx, follow_up_id, audit=_ACT)
        if not found.is_open:
            raise Conflict("This follow-up is settled already: no letter is needed.")
        check_may_be_asked(tx, found, audit=_ACT)
        if Way.POST in unusable_ways(cautions_of(tx, found.referral_id, audit=_ACT)):
            raise Conflict("Do not write to this person: the record says so. Look at the referral first.")
        referral = referrals.get(tx, found.referral_id, audit=_ACT)
        person = people.get(tx, found.person_id, audit=_ACT)
        team = directory.get_organisation(tx, found.team_id)
        phone = _phone(tx, team) or help_phone
        paper = _paper(tx, referral, _words(person, team, phone), phase=Phase.FOLLOW_UP)
        return OutcomeLetter(referral.reference, question_paper_pdf(paper, written_at=tx.now))


def paper_of_referral(db: Database, actor: Actor, referral_id: UUID) -> OutcomeLetter:
    """Return the pages alone, to be handed out and typed in again; they name the reference and nobody."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_PAPER)
        nothing: Sequence[tuple[str, ...]] = ((), ())
        paper = _paper(tx, referral, nothing)
        return OutcomeLetter(referral.reference, question_paper_pdf(paper, written_at=tx.now))


def _paper(
    tx: Tx, referral: Referral, told: Sequence[tuple[str, ...]], *, phase: Phase | None = None
) -> QuestionPaper:
    to, paragraphs = told
    team = directory.get_organisation(tx, referral.team_id)
    phone = _phone(tx, team)
    return QuestionPaper(
        title=f"Letter {referral.reference}",
        reference=referral.reference,
        sender=tuple(filter(None, (team.name, phone))),
        to=to,
        date=day(tx.today),
        heading="How are you getting on?",
        paragraphs=paragraphs,
        closing=("With best wishes,", team.name),
        parts=parts_of(tx.measures.asked(tx.today, phase=phase)),
        send_back=f"Please give or send these pages to {team.name}. You need not write your name on them.",
    )


def _words(person: Person, team: Organisation, phone: str | None) -> Sequence[tuple[str, ...]]:
    details = person.details
    address = () if person.restricted else (*details.address_lines, details.postcode or "")
    ring = (
        f"ring us on {phone} and we fill it in together"
        if phone
        else "ask your link worker to fill it in with you"
    )
    stop = f" or ring {phone}" if phone else ""
    return (
        tuple(filter(None, (details.full_name, *address))),
        (
            f"Dear {details.full_name},",
            f"Some time ago you had help through {team.name}. We said that we would ask how you are getting on.",
            "On the next pages are a few questions. They take about three minutes. You may leave out any of them.",
            f"Send the pages back to us. If you would rather talk, {ring}. Somebody you trust may answer for you.",
            "You need not answer at all, and it changes nothing about the help you can have.",
            f"If you want us to stop asking, tick the last box{stop}. We will not ask again.",
        ),
    )


def _phone(tx: Tx, team: Organisation) -> str | None:
    profile = places.find_profile(tx, team.id)
    return profile.phone if profile else None
