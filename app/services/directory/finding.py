"""Looking for help in the directory: for everybody without a log-in, and for a link worker on somebody's behalf."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID

from app.domain import capacity
from app.domain.access import Actor, check_acts_as
from app.domain.areas import DISTRICT, read_area
from app.domain.directory import Profile, ServiceSession
from app.domain.directory_words import ServiceStatus
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.finding import Meant, Near, NeedWords, Search, mend
from app.domain.identifiers import outward_of
from app.domain.referral import Service
from app.domain.routing_evidence import STALE_AFTER_DAYS
from app.domain.vocabulary import Role
from app.services.caring.suggestions import wanted_by
from app.services.shown.seen import Page
from app.store import directory, finding, geography, places, referrals
from app.store.finding import Hit
from app.store.session import Database, Tx

ON_A_PAGE = 20
# Whoever looks without a log-in: the role and organisation to which the database shows nobody.
VISITOR = Actor(Role.RESIDENT, None, process="public directory")
_FILE = Path(__file__).with_name("need_words.toml")


def _read_need_words() -> NeedWords:
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return NeedWords.of(told["needs"], told["small"])


NEED_WORDS_OF_PEOPLE = _read_need_words()


@dataclass(frozen=True, slots=True)
class Listed:
    """A service as the directory tells of it; `miles` to its nearest venue, None when it is not known."""

    service: Service
    provider: Profile | None
    sessions: tuple[ServiceSession, ...]
    today: date
    miles: float | None = None

    @property
    def phone(self) -> str | None:
        """The service's own number, else its provider's."""
        return self.service.listing.contact_phone or (self.provider.phone if self.provider else None)

    @property
    def email(self) -> str | None:
        """The service's own address, else its provider's."""
        return self.service.listing.contact_email or (self.provider.email if self.provider else None)

    @property
    def standing(self) -> str:
        """How it stands today, in words."""
        match self.service.status:
            case ServiceStatus.INACTIVE:
                return "Does not run any more"
            case ServiceStatus.TEMPORARILY_CLOSED:
                return "Is closed for a while"
        return capacity.sentence(self.service, self.today)

    @property
    def takes_people(self) -> bool:
        """True when somebody can be sent today."""
        active = self.service.status is ServiceStatus.ACTIVE
        return active and capacity.takes_people(self.service, self.today)

    @property
    def is_stale(self) -> bool:
        """True when nobody has confirmed the entry for six months, or ever."""
        seen = self.service.verified_on
        return seen is None or (self.today - seen).days > STALE_AFTER_DAYS


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, and what was done to the words so that it was."""

    page: Page[Listed]
    search: Search
    mended: Mapping[str, str]  # a word as it was typed, and what was looked for in its place
    loosened: bool  # nothing had all of the words: these have some


def near(db: Database, where: str) -> Near:
    """Return where a postcode or a postcode district is; raises Invalid (field "near") for neither.

    A district, or a postcode that is not loaded, has the middle of the district; it may have no point at all.
    """
    with db.transaction(VISITOR) as tx:
        if (found := geography.find_place(tx, where)) is not None:
            district = outward_of(found.postcode) or ""
            point = found.point or geography.find_centre(tx, district)
            return Near(point, frozenset({district, *found.areas}))
        district = outward_of(where) or _district(where)
        return Near(geography.find_centre(tx, district), frozenset({district}))


def _district(where: str) -> str:
    problem = FieldProblem("near", "Give a postcode such as BV1 1AB, or its first half.")
    try:
        code = read_area(where.replace(" ", ""))
    except Invalid:
        raise Invalid([problem]) from None
    if ":" in code or code == DISTRICT:
        raise Invalid([problem])
    return code


def search(db: Database, typed: str, asked: Search, *, page: int = 1) -> Found:
    """Return the services that fit what was typed and chosen; `asked` without words."""
    with db.transaction(VISITOR) as tx:
        return _search(tx, typed, asked, page, beside=None)


def search_for(
    db: Database, actor: Actor, referral_id: UUID, typed: str, asked: Search, *, page: int = 1
) -> Found:
    """Return what fits, seen from where the person of a referral lives; a protected place is not looked at."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit="search for services")
        wanted = wanted_by(tx, referral)
        if wanted.place and not wanted.hidden:
            asked = replace(asked, near=Near(wanted.point, wanted.place))
        return _search(tx, typed, asked, page, beside=referral.team_id)


def get_listed(db: Database, service_id: UUID) -> Listed:
    """Return one service as the directory tells of it, also one that does not run any more; raises NotFound."""
    with db.transaction(VISITOR) as tx:
        listed = _listed(tx, [Hit(service_id, None)], beside=None)
    if not listed:
        raise NotFound
    return listed[0]


def _search(tx: Tx, typed: str, asked: Search, number: int, *, beside: UUID | None) -> Found:
    words, mended = _mended(tx, NEED_WORDS_OF_PEOPLE.understand(typed), beside=beside)
    skip = (number - 1) * ON_A_PAGE
    asked = replace(asked, words=words)
    total, hits = finding.find(tx, asked, beside=beside, limit=ON_A_PAGE, offset=skip)
    loosened = not total and len(words) > 1
    if loosened:
        asked = replace(asked, any_word=True)
        total, hits = finding.find(tx, asked, beside=beside, limit=ON_A_PAGE, offset=skip)
    page = Page(_listed(tx, hits, beside=beside), total, number, ON_A_PAGE)
    return Found(page, asked, mended, loosened and total > 0)


def _mended(
    tx: Tx, words: tuple[Meant, ...], *, beside: UUID | None
) -> tuple[tuple[Meant, ...], dict[str, str]]:
    """Look for a typing slip in the words that nothing is found by."""
    found, mended = [], {}
    for meant in words:
        if not finding.is_found(tx, meant, beside=beside):
            known = finding.list_words_like(tx, meant.word, beside=beside) | NEED_WORDS_OF_PEOPLE.needs.keys()
            right = mend(meant.word, known)
            if right is not None:
                mended[meant.word] = right
                meant = Meant(right, NEED_WORDS_OF_PEOPLE.needs.get(right, ()))
        elif not meant.needs:
            meant = NEED_WORDS_OF_PEOPLE.nearly(meant)
        found.append(meant)
    return tuple(found), mended


def _listed(tx: Tx, hits: Sequence[Hit], *, beside: UUID | None) -> list[Listed]:
    ids = [hit.service_id for hit in hits]
    services = {
        service.id: service for service in directory.list_services(tx, beside=beside, service_ids=ids)
    }
    sessions = places.list_sessions(tx, ids)
    providers = {each.provider_id for each in services.values()}
    profiles = {provider_id: places.find_profile(tx, provider_id) for provider_id in providers}
    return [
        Listed(
            (service := services[hit.service_id]),
            profiles[service.provider_id],
            sessions.get(service.id, ()),
            tx.today,
            hit.miles,
        )
        for hit in hits
        if hit.service_id in services
    ]
