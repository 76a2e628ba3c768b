"""Who a referral is about, as the link worker sees them; where somebody lives is left out when it is protected."""

from __future__ import annotations

from app.domain.referral import Person, age_on
from app.services.seen import PersonBanner
from app.store.session import Tx


def banner(tx: Tx, person: Person) -> PersonBanner:
    """Return a person's banner on the day of the transaction."""
    details, hidden = person.details, person.restricted
    return PersonBanner(
        id=person.id,
        name=details.full_name,
        nhs_number=details.nhs_number_spaced,
        identity_confirmed=person.identity_confirmed,
        birth_date=details.birth_date,
        age=age_on(tx.today, details.birth_date),
        gender=details.gender,
        language=details.language,
        address_lines=() if hidden else details.address_lines,
        postcode=None if hidden else details.postcode,
        phones=() if hidden else details.phones,
        email=None if hidden else details.email,
        restricted=hidden,
        deceased=person.deceased,
    )
