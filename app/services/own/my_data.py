"""Gathers all that a team keeps of a person, for the person to read and to take along; what is held back is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from app.domain.consent import words_answered
from app.domain.ethnicity import WORDS as ETHNIC_WORDS
from app.domain.languages import language_named
from app.domain.my_data import Agreed, AskedArrived, Met, MyData, Part
from app.domain.referral import Person, Referral
from app.domain.sources import GoesBack
from app.domain.wording import worded
from app.letters.my_data import data_pdf
from app.services.measures.characteristics import GENDERS, questions, told_in_words
from app.services.own.my_fhir import ACT, Whose, bundle_of
from app.services.own.my_page import read_page
from app.store import (
    care_plans,
    characteristics,
    check_ins,
    contacts,
    directory,
    people,
    person_comments,
    referrals,
    tasks,
)
from app.store.audit import Entry
from app.store.check_ins import CheckIn
from app.store.outcomes import About
from app.store.person_links import PersonLink
from app.store.session import LONDON, Database, Tx

FHIR_BASE: Final = "/FHIR/R4"


def own_data(db: Database, link: PersonLink) -> MyData:
    """Return all that the link's team keeps of the person, to be read."""
    with db.transaction(link.actor) as tx:
        found = _own(tx, link)
        _note(tx, link, "page")
        return MyData(
            team=directory.get_organisation(tx, link.team_id).name,
            facts=(*_facts(people.get(tx, link.person_id, audit=ACT)), *_said(tx, link)),
            parts=tuple(_part(tx, each) for each in found),
        )


def own_data_pdf(db: Database, link: PersonLink) -> bytes:
    """Return the same as a PDF/UA file in large print."""
    return data_pdf(own_data(db, link), written_at=db.clock())


def own_bundle(db: Database, link: PersonLink) -> dict[str, Any]:
    """Return the same as a FHIR Bundle (R4, collection) for another system to read."""
    with db.transaction(link.actor) as tx:
        found = _own(tx, link)
        _note(tx, link, "fhir")
        own_words = [each.id for each in found if _wrote_it(each)]
        ids: list[UUID] = [each.id for each in found]
        base_url = f"{tx.public_url}{FHIR_BASE}"
        whose = Whose(link.person_id, link.team_id, own_words)
        return bundle_of(tx, whose, ids, base_url=base_url)


def _own(tx: Tx, link: PersonLink) -> list[Referral]:
    """A link is one team's: another's referrals of the same person are that team's to show."""
    found = referrals.list_of_person(tx, link.person_id, audit=ACT)
    return [each for each in found if each.team_id == link.team_id]


def _note(tx: Tx, link: PersonLink, how: str) -> None:
    tx.audit(Entry(ACT, "person", str(link.person_id), link.person_id, {"how": how, "link": str(link.id)}))


def _wrote_it(referral: Referral) -> bool:
    return referral.source.goes_back is GoesBack.TO_PERSON


def _part(tx: Tx, referral: Referral) -> Part:
    about = About(referral.id, referral.person_id)
    kept = contacts.list_kept(tx, about, audit=ACT)
    agreed = tasks.list_consents(tx, referral.id, audit=ACT)
    return Part(
        page=read_page(tx, referral.id, audit=ACT),
        own_words=referrals.reason_text(tx, referral, audit=ACT) if _wrote_it(referral) else "",
        contacts=tuple(
            Met(each.happened_on, each.how, each.reached, bool(each.note), each.with_whom, not each.stands)
            for each in kept
        ),
        agreed=tuple(
            Agreed(
                each.recorded_at.astimezone(LONDON).date(),
                each.kind,
                each.given,
                words_answered(each.source, each.wording),
                each.expires_on,
            )
            for each in agreed
            if each.recorded_at
        ),
        said=tuple(person_comments.list_for_referral(tx, referral.id, audit=ACT)),
        plan=care_plans.find(tx, referral, audit=ACT),
        arrived=tuple(_asked(each) for each in check_ins.list_for_referral(tx, referral.id, audit=ACT)),
    )


def _asked(each: CheckIn) -> AskedArrived:
    answered_on = each.answered_at.astimezone(LONDON).date() if each.answered_at else None
    asked_on = each.asked_at.astimezone(LONDON).date() if each.asked_at else each.due_on
    return AskedArrived(asked_on, each.status, each.answer, answered_on)


def _said(tx: Tx, link: PersonLink) -> Iterator[tuple[str, str]]:
    """What the person said of themselves, in the words of the questions."""
    kept = characteristics.list_of_person(tx, link.person_id, team_id=link.team_id, audit=ACT)
    told = {each.question: each.said for each in kept}
    for question in questions():
        if said := told.get(question.code):
            yield question.title, told_in_words(question, said)


def _facts(person: Person) -> tuple[tuple[str, str], ...]:
    """Where somebody is who must not be found stays out of a file, too."""
    details, hidden = person.details, person.restricted
    born, secret = details.birth_date, worded("Kept secret")
    address = (*details.address_lines, details.postcode)
    told = (
        (worded("Name"), details.full_name),
        (worded("NHS number"), details.nhs_number_spaced or ""),
        (worded("Date of birth"), worded("%(day)s", day=born) if born else ""),
        (worded("Gender"), GENDERS.get(details.gender or "", details.gender or "")),
        (worded("Language"), language_named(details.language or "")),
        (worded("Ethnic group"), ETHNIC_WORDS.get(details.ethnicity or "", details.ethnicity or "")),
        (worded("Address"), secret if hidden else ", ".join(filter(None, address))),
        (worded("Telephone"), secret if hidden else ", ".join(details.phones)),
        (worded("E-mail"), secret if hidden else details.email or ""),
    )
    return tuple((label, value) for label, value in told if value)
