"""People sign in to their own page by a provider's word (NHS login): to the same pages as by a link, for one visit."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.errors import NotAllowed, NotFound
from app.domain.lifecycle import OPEN_REFERRAL, ReferralStatus
from app.domain.proved_person import LONGEST, ProvedPerson, WhyNot, read_proved
from app.domain.referral import Person, Referral
from app.services.own.person_links import MOST_WRONG, PROGRESS
from app.services.signing_in.openid_tokens import Ended, Shown
from app.store import cautions, identities, people, person_identities, person_links, referrals, tasks
from app.store.accounts import hash_token
from app.store.audit import Entry
from app.store.person_identities import PersonIdentity
from app.store.person_links import PersonLink
from app.store.session import Database, Tx

REFUSED: Final = "own-sign-in-refused"  # a task: somebody else's account, or an account of somebody else
_DOOR: Final = system("person-sign-in")
_READ: Final = "check a person's sign-in"
_RANDOM_BYTES: Final = 32
_BOUND_ELSEWHERE: Final = (WhyNot.ANOTHER_SUBJECT, WhyNot.ANOTHER_PERSON)


class NoPage(NotAllowed):
    """A sign-in opened nobody's page: one and the same for every reason, which the audit alone tells apart."""

    def __init__(self) -> None:
        super().__init__("That sign-in did not open a page.")


@dataclass(frozen=True, slots=True)
class Rules:
    """How a provider names what it says of people, and what of it proves who somebody is."""

    claims: Mapping[str, str]
    proved_by: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a provider's word leads to: a person, or why to nobody; the account by which they came before."""

    why_not: WhyNot | None
    person: Person | None = None
    identity: PersonIdentity | None = None
    pages: Sequence[tuple[Referral, bool]] = ()  # each with whether a link worker said that it is safe


def sign_in(db: Database, shown: Shown, rules: Rules) -> tuple[str, PersonLink]:
    """Open a visit for whom the provider has made sure of; return its secret, for the browser's cookie, and the visit.

    Issuer and subject are bound to the person the first time; from then on another NHS number opens nothing, nor does
    another account for the same one. Raises NoPage for all that opens nothing.
    """
    proved = read_proved(shown.told, claims=rules.claims, proved_by=rules.proved_by)
    with db.transaction(_DOOR) as tx:
        found = _find(tx, shown, proved)
        if found.why_not is None and found.person is not None:
            identity = found.identity or person_identities.bind(
                tx, found.person.id, shown.issuer, shown.subject
            )
            if identity is not None:
                return _open(tx, identity, shown, found)
            found = replace(found, why_not=WhyNot.ANOTHER_SUBJECT)  # the database lets one account be theirs
        _refuse(tx, found)
    raise NoPage


def list_others(db: Database, link: PersonLink) -> Sequence[Referral]:
    """Return the other referrals of whoever signed in, newest first; of a link none: it is for one."""
    if not link.is_signed_in:
        return ()
    with db.transaction(_DOOR) as tx:
        person = people.get(tx, link.person_id, audit=_READ)
        return [each for each, _ in _pages(tx, person) if each.id != link.referral_id]


def turn_to(db: Database, link: PersonLink, referral_id: UUID) -> tuple[str, PersonLink]:
    """Go on with another referral of one's own, until the same moment; return the new visit as `sign_in` does.

    Raises NotFound for anybody else's, and for one that no sign-in opens.
    """
    with db.transaction(_DOOR) as tx:
        person = people.get(tx, link.person_id, audit=_READ)
        wanted = {each.id: (each, safe) for each, safe in _pages(tx, person)}.get(referral_id)
        if wanted is None or not link.is_signed_in:
            raise NotFound
        session = person_links.provider_session(tx, link.id)
        person_links.revoke_one(tx, link.id, person_id=link.person_id)
        return _visit(tx, replace(_like(wanted, link), opened_at=tx.now), session)


def leave(db: Database, token: str) -> None:
    """End a visit, if there is one: its secret opens nothing any more, whoever has it."""
    with db.transaction(_DOOR) as tx:
        link = person_links.find_alive(tx, token, most_wrong=MOST_WRONG)
        if link is None or not link.is_signed_in:
            return
        person_links.revoke_one(tx, link.id, person_id=link.person_id)
        whose = replace(tx, actor=link.actor)
        whose.audit(Entry("leave own page", "person link", str(link.id), link.person_id))


def end_visits(db: Database, issuer: str, ended: Ended) -> bool:
    """End what a provider says has ended; False for a logout token that was used before."""
    with db.transaction(_DOOR) as tx:
        if not identities.use_logout_token(tx, issuer, ended.jti, ended.expires_at):
            return False
        for link_id, person_id in person_identities.end_visits(
            tx, issuer, subject=ended.subject, sid=ended.sid
        ):
            tx.audit(Entry("end sign-in", "person link", str(link_id), person_id, {"by": "provider"}))
    return True


def _find(tx: Tx, shown: Shown, proved: ProvedPerson | None) -> _Found:
    identity = person_identities.find(tx, shown.issuer, shown.subject)
    if proved is None:
        return _Found(WhyNot.NOT_PROVED, None, identity)
    # Outside every sandbox: nobody invented there is anybody's record.
    person = people.find_by_nhs_number(tx, proved.nhs_number, fence_id=None, audit=_READ)
    if person is None:
        return _Found(WhyNot.ANOTHER_PERSON if identity else WhyNot.NOBODY, None, identity)
    if person.details.birth_date != proved.birth_date:
        return _Found(WhyNot.BIRTH_DATE, person)
    if identity is not None and identity.person_id != person.id:
        return _Found(WhyNot.ANOTHER_PERSON, person, identity)
    pages = _pages(tx, person)
    return _Found(None if pages else WhyNot.CLOSED, person, identity, pages)


def _pages(tx: Tx, person: Person) -> Sequence[tuple[Referral, bool]]:
    """Which referrals a sign-in opens, newest first, each with whether a link worker said that it is safe.

    As with a link: none of who has died; of a restricted record, or one that says not to contact the person, only those
    for which a link of their own is alive by a link worker's word.
    """
    if person.deceased:
        return ()
    found = [
        each
        for each in referrals.list_of_person(tx, person.id, audit=_READ)
        if each.status != ReferralStatus.ENTERED_IN_ERROR
    ]
    warned = cautions.list_do_not_contact(tx, [each.id for each in found], audit=_READ)
    pages = [(each, _is_said_safe(tx, each.id, person, warned)) for each in found]
    return [(each, safe) for each, safe in pages if safe or not _needs_word(each.id, person, warned)]


def _needs_word(referral_id: UUID, person: Person, warned: Collection[UUID]) -> bool:
    return person.restricted or referral_id in warned


def _is_said_safe(tx: Tx, referral_id: UUID, person: Person, warned: Collection[UUID]) -> bool:
    if not _needs_word(referral_id, person, warned):
        return False
    links = person_links.list_alive(tx, referral_id, most_wrong=MOST_WRONG)
    return any(each.said_safe and not each.is_carers and each.purpose == PROGRESS for each in links)


def _open(tx: Tx, identity: PersonIdentity, shown: Shown, found: _Found) -> tuple[str, PersonLink]:
    """Open the visit on the newest referral that is open, else on the newest."""
    person_identities.record_used(tx, identity.id)
    running = (each for each in found.pages if each[0].status in OPEN_REFERRAL)
    referral, is_safe = next(running, found.pages[0])
    of_referral = (referral.person_id, referral.id, referral.team_id)
    until = tx.now + LONGEST
    link = PersonLink(
        uuid4(), *of_referral, PROGRESS, until, is_safe, opened_at=tx.now, identity_id=identity.id
    )
    return _visit(tx, link, hash_token(shown.sid) if shown.sid else None)


def _like(page: tuple[Referral, bool], link: PersonLink) -> PersonLink:
    referral, is_safe = page
    new = replace(link, id=uuid4(), referral_id=referral.id, team_id=referral.team_id)
    return replace(new, said_safe=is_safe)


def _visit(tx: Tx, link: PersonLink, session: bytes | None) -> tuple[str, PersonLink]:
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    person_links.add(tx, token, link, provider_session=session)
    whose = replace(tx, actor=link.actor)  # from here on it is the person
    detail = {"by": "provider", "referral": str(link.referral_id)}
    whose.audit(Entry("open person's link", "person link", str(link.id), link.person_id, detail))
    return token, link


def _refuse(tx: Tx, found: _Found) -> None:
    """Write why; of an account that is not the person's the team is told as well, for that must not pass in silence."""
    known = {found.person.id} if found.person else set()
    if found.identity is not None:
        known.add(found.identity.person_id)
    detail = {"why": str(found.why_not)}
    for person_id in sorted(known):
        tx.audit(Entry("refuse a person's sign-in", "person", str(person_id), person_id, detail))
        if found.why_not in _BOUND_ELSEWHERE:
            for referral in referrals.list_of_person(tx, person_id, audit=_READ)[:1]:
                tasks.add_task(tx, REFUSED, organisation_id=referral.team_id, referral_id=referral.id)
    if not known:
        tx.audit(Entry("refuse a person's sign-in", "person", "unknown", None, detail))
