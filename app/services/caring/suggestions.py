"""What a referral asks for, and which services suit it, explained as far as somebody will read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.explanation import Explanation
from app.domain.lifecycle import OPEN_PLACEMENT, PlacementStatus
from app.domain.place import PlaceRules
from app.domain.reaching import unusable_ways
from app.domain.referral import Person, Placement, Referral, Service, age_on
from app.domain.routing import explain, rank
from app.domain.routing_values import FIRM_RULES, HardRule, Ranking, Standing, Wanted, care_needed
from app.services.incoming.duplicates import cautions_of
from app.store import candidates, geography, people, place_rules, placements, tasks, wishes
from app.store.session import Tx
from app.store.sharing import SHARE, asks_first

MOST_SUITABLE = 50
MOST_RULED_OUT = 50
_ACT = "see suggestions"


@dataclass(frozen=True, slots=True)
class Match:
    """A service with the reasons for its place in the list; an unsuitable one stays visible, last."""

    service: Service
    explanation: Explanation
    outstanding: int = 0  # offers that it has not answered yet, of all teams

    @property
    def suitable(self) -> bool:
        """True when no hard rule stands against it."""
        return self.explanation.is_suitable

    @property
    def points(self) -> int:
        """What orders the list."""
        return self.explanation.points

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for it."""
        return self.explanation.sentences

    @property
    def firm(self) -> tuple[str, ...]:
        """The rules against it that nobody decides otherwise; while there is one it is not asked."""
        return tuple(rule for rule in self.explanation.rules if rule in FIRM_RULES)

    @property
    def to_acknowledge(self) -> tuple[str, ...]:
        """The rules against it that give way to a reason; room has reasons of its own."""
        rules = self.explanation.rules
        return tuple(rule for rule in rules if rule not in FIRM_RULES and rule != HardRule.CAPACITY)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What rules it out, or what to check."""
        return self.explanation.warnings


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What was looked for and what was found, best first.

    `matches` holds at most MOST_SUITABLE services that suit, then at most MOST_RULED_OUT that do not, those first that
    help with a need at all. `suitable` and `ruled_out` count all of them, the latter by the first rule that bars.
    """

    wanted: Wanted
    matches: tuple[Match, ...]
    suitable: int
    ruled_out: Mapping[HardRule, int]
    also: tuple[Match, ...] = ()  # found by a search and asked for by name, whether they suit or not

    @property
    def ask_first(self) -> bool:
        """True when the person wants to be asked again before any of these is told about them."""
        return self.wanted.ask_first


def suggestions(
    tx: Tx, referral: Referral, *, also: Collection[UUID] = (), rules: PlaceRules | None = None
) -> Suggestions:
    """Rank every service of the place for a referral; words are made for those that are shown.

    Those in `also` stand apart, and not a second time among the suitable ones.
    """
    wanted, numbers = wanted_by(tx, referral), place_rules.of(tx, rules)
    ranking = rank(
        wanted, candidates.list_candidates(tx, numbers, beside=referral.team_id), tx.today, rules=numbers
    )
    near_misses = sorted(ranking.ruled_out, key=lambda each: each.ruled_out_by is HardRule.NEED)
    shown = (*ranking.suitable[:MOST_SUITABLE], *near_misses[:MOST_RULED_OUT])
    by_name = [one for one in (*ranking.suitable, *ranking.ruled_out) if one.service.id in also]

    def matches(standings: Iterable[Standing]) -> tuple[Match, ...]:
        return tuple(
            _match(one, explain(wanted, one.candidate, tx.today, rules=numbers)) for one in standings
        )

    others = matches(one for one in shown if one.service.id not in also)
    return Suggestions(wanted, others, len(ranking.suitable), ranking.counts, matches(by_name))


def explained(
    tx: Tx, referral: Referral, service_ids: Collection[UUID], *, rules: PlaceRules | None = None
) -> dict[UUID, Match]:
    """Return the services asked for that the place has, each explained with its position among the others."""
    wanted, numbers = wanted_by(tx, referral), place_rules.of(tx, rules)
    ranking = rank(
        wanted, candidates.list_candidates(tx, numbers, beside=referral.team_id), tx.today, rules=numbers
    )
    found = {}
    for position, one in enumerate((*ranking.suitable, *ranking.ruled_out), start=1):
        if one.service.id in service_ids:
            why = explain(wanted, one.candidate, tx.today, rules=numbers)
            found[one.service.id] = _match(one, _placed(why, one, position, ranking))
    return found


def _match(one: Standing, why: Explanation) -> Match:
    return Match(one.service, why, one.candidate.outstanding)


def _placed(why: Explanation, one: Standing, position: int, ranking: Ranking) -> Explanation:
    return replace(
        why,
        position=None if one.ruled_out_by else position,
        suitable=len(ranking.suitable),
        ruled_out=len(ranking.ruled_out),
    )


def wanted_by(tx: Tx, referral: Referral) -> Wanted:
    """Return what a referral asks for; of a person whose whereabouts are restricted no place is told."""
    person = people.get(tx, referral.person_id, audit=_ACT)
    care = cautions_of(tx, referral.id, audit=_ACT)
    placed = placements.list_for_referral(tx, referral.id, audit=_ACT)
    home = None if person.restricted else geography.find_place(tx, person.details.postcode)
    return Wanted(
        needs=referral.needs,
        outward_code=None if person.restricted else person.details.outward_code,
        age=age_on(tx.today, person.details.birth_date),
        gender=person.details.gender,
        language=person.details.language,
        access=referral.access,
        areas=home.areas if home else (),
        point=home.point if home else None,
        registered_with=None if person.restricted else referral.requester_ods,
        care=care_needed(referral.safeguarding, care),
        hidden=_is_hidden(person, care.do_not_contact),
        unusable=unusable_ways(care),
        may_share=tasks.find_consent(tx, referral.id, SHARE),
        ask_first=asks_first(tx, referral.id),
        declined_by=_with_status(placed, {PlacementStatus.DECLINED}),
        asked=_with_status(placed, OPEN_PLACEMENT),
        silent=_with_status(placed, {PlacementStatus.EXPIRED}),
        wishes=wishes.get(tx, referral.id, audit=_ACT),
        draw=referral.id.bytes,
    )


def _is_hidden(person: Person, do_not_contact: bool) -> bool:
    return person.restricted or do_not_contact


def _with_status(placed: Collection[Placement], statuses: Collection[str]) -> frozenset[UUID]:
    return frozenset(each.service_id for each in placed if each.status in statuses)
