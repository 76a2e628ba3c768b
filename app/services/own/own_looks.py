"""Who has seen a person's record, told to them: which organisation in which role, on which day, what kind of look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain import emergency
from app.domain.vocabulary import Role
from app.domain.who_looked import WRONG_CODE, WRONG_DATE, LookPage, looks_of, paged
from app.domain.wording import in_a_row, worded, worded_all
from app.store import cautions, directory, lookers, people, placements, referrals
from app.store.lookers import Looker
from app.store.person_links import CARER, SIGNED_IN, PersonLink
from app.store.session import Database, Tx

_READ: Final = "read who looked"
_OWN: Final = worded("You, through your own link")
_CARER: Final = worded("Somebody you let look for you, through their own link")
_SIGNED_IN: Final = worded("You, by NHS login")
_WITH_LINK: Final = worded("Somebody with your link")
_OURSELVES: Final = worded("Our computer, by itself")
_ROLES: Final = worded_all(
    {
        Role.LINK_WORKER.value: "A link worker of %(name)s",
        Role.PROVIDER.value: "Somebody of %(name)s, who was asked to help you",
        Role.PRACTICE.value: "Somebody of %(name)s, who asked us to help you",
    }
)
_BY_COMPUTER: Final = worded("The computer system of %(name)s")
_SOMEBODY: Final = worded("Somebody of %(name)s")


def find(db: Database, link: PersonLink, *, page: int) -> LookPage:
    """Return one page of who looked at the person's record, as far as it is this team's to tell.

    Another team's looks are that team's page to show: a link is one team's, and tells nothing of another's.
    """
    with db.transaction(link.actor) as tx:
        with tx.as_system("own looks") as system_tx:  # organisations asked and taken back are among them
            own = _organisations(system_tx, link)
        found = _found(tx, link, own)
        for by in {UUID(each.entered_by) for each in found if each.entered_by}:
            own.setdefault(by, directory.get_organisation(tx, by).name)
        return paged(looks_of((each.on, _who(each, own), each.act) for each in found), page)


def _found(tx: Tx, link: PersonLink, own: dict[UUID, str]) -> Sequence[Looker]:
    """Who looked; looks in an emergency too, of any team, but where the page could tell somebody at their shoulder."""
    with tx.as_system("own looks") as system_tx:
        person = people.get(system_tx, link.person_id, audit=_READ)
        theirs = referrals.list_of_person(system_tx, link.person_id, audit=_READ)
        danger = any(cautions.get(system_tx, each.id, audit=_READ).do_not_contact for each in theirs)
    is_told = emergency.is_told_to_person(person, do_not_contact=danger)
    also = (emergency.OPEN,) if is_told else ()
    found = lookers.list_lookers(tx, link.person_id, organisations=set(own), also=also, audit=_READ)
    for each in found:
        if each.organisation_id and each.organisation_id not in own:
            own[each.organisation_id] = directory.get_organisation(tx, each.organisation_id).name
    return found if is_told else [each for each in found if each.act != emergency.OPEN]


def _organisations(tx: Tx, link: PersonLink) -> dict[UUID, str]:
    """Everybody who could look because of this team: itself, who asked, who was asked, the steward's place."""
    names = {link.team_id: directory.get_organisation(tx, link.team_id).name}
    for referral in referrals.list_of_person(tx, link.person_id, audit=_READ):
        if referral.team_id == link.team_id:
            names[referral.requester_id] = referral.requester_name
            for each in placements.list_for_referral(tx, referral.id, audit=_READ):
                names[each.provider_id] = each.provider_name
    place = directory.get_place(tx)
    return names | {place.id: place.name}


def _who(looker: Looker, names: dict[UUID, str]) -> str:
    if looker.role == Role.RESIDENT:
        if looker.actor.startswith(f"process:{CARER}:"):
            return _CARER
        return _SIGNED_IN if looker.actor.startswith(f"process:{SIGNED_IN}:") else _OWN
    if looker.organisation_id is None:
        return _WITH_LINK if looker.act in (WRONG_DATE, WRONG_CODE) else _OURSELVES
    name = names[looker.organisation_id]
    if not looker.actor.startswith("user:"):
        return worded(_BY_COMPUTER, name=name)
    who = worded(_ROLES.get(looker.role, _SOMEBODY), name=name)
    if not looker.entered_by:
        return who
    return in_a_row((who, worded("through %(name)s", name=names[UUID(looker.entered_by)])), ", ")
