"""The letter to somebody whom the team could not reach: it tells no reason, no service and nothing of health."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.capacity import day
from app.domain.errors import Conflict
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.vocabulary import Role
from app.letters.plain import PlainLetter, plain_letter_pdf
from app.services.feedback.letters import OutcomeLetter
from app.services.incoming.duplicates import cautions_of
from app.store import directory, people, places, referrals
from app.store.session import Database

_ACT = "write to person who was not reached"
_NO_CONTACT = "Do not write to this person or ring them: it may put them in danger. Ring whoever asked first."


def not_reached_letter(db: Database, actor: Actor, referral_id: UUID) -> OutcomeLetter:
    """Return the letter, without an address where it must be kept secret.

    Raises NotFound when the referral is not the team's, Conflict when it has ended or nobody may write at all.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        person = people.get(tx, referral.person_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: there is nothing to ask the person any more.")
        care = cautions_of(tx, referral_id, audit=_ACT)
        if care.do_not_contact or person.deceased:
            raise Conflict(_NO_CONTACT)
        team = directory.get_organisation(tx, referral.team_id)
        profile = places.find_profile(tx, team.id)
        details = person.details
        address = () if person.restricted else (*details.address_lines, details.postcode or "")
        letter = PlainLetter(
            title=f"Letter {referral.reference}",
            sender=tuple(filter(None, (team.name, profile.phone if profile else None))),
            to=tuple(filter(None, (details.full_name, *address))),
            date=day(tx.today),
            heading="We tried to reach you",
            paragraphs=_paragraphs(details.full_name, team.name, profile.phone if profile else None),
            closing=("With best wishes,", team.name, f"Our reference: {referral.reference}"),
        )
        return OutcomeLetter(referral.reference, plain_letter_pdf(letter, written_at=tx.now))


def _paragraphs(name: str, team: str, phone: str | None) -> tuple[str, ...]:
    answer = f"Please ring {team} on {phone}" if phone else f"Please get in touch with {team}"
    return (
        f"Dear {name},",
        "We tried to speak with you and did not find you. Nothing is wrong, and you have done nothing wrong.",
        f"{answer} when it suits you, and say our reference. You can also ask somebody you trust to do it for you.",
        "If another day, time or way is better for you, tell us and we keep to it.",
        "If you would rather not hear from us, tell us that too. You can always come back.",
    )
