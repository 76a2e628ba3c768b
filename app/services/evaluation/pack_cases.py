"""Gathers what an evaluation counts: each of an organisation's people once, with what was recorded of them here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final
from uuid import UUID

from app.domain.attendance import Attended
from app.domain.geography import Located
from app.domain.measures import Library
from app.domain.outcomes import Taken
from app.domain.pack import Filters
from app.services.evaluation.pack_characteristics import Characteristic, list_characteristics
from app.services.helping.sessions_attended import attended_of
from app.store import evaluation, geography, people_counted, population
from app.store.evaluation import Came
from app.store.outcomes import Numbers
from app.store.people_counted import Facts
from app.store.session import Tx

AUDIT = "evaluate"
TO_US: Final = "referred to us"


@dataclass(frozen=True, slots=True)
class Case:
    """One person: the referral that they are counted by, and what is known of them; never shown as it is."""

    came: Came
    facts: Facts
    home: Located | None
    attended: Attended | None = None  # None: no register tells of them
    outcome: Numbers | None = None
    measures: Sequence[Taken] = ()

    @property
    def helped(self) -> bool:
        """Whether help began."""
        return self.came.started_on is not None


@dataclass(frozen=True)
class Gathered:
    """The people of an organisation in a period, and what their figures need beside them."""

    cases: tuple[Case, ...] = ()
    placement_ids: tuple[
        UUID, ...
    ] = ()  # all of the people's in the period, also those that no case is counted by
    today: date = date.max
    areas: Mapping[str, str] = field(default_factory=dict)  # names by typed code
    population: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # kind -> group -> people
    characteristics: tuple[Characteristic, ...] = ()
    library: Library = field(default_factory=Library)
    whose: str = TO_US  # as definitions say it: "People referred to us in this period"

    @property
    def referrals(self) -> int:
        """How many there were, somebody's second and third too."""
        return len(self.placement_ids)

    @cached_property
    def helped(self) -> tuple[Case, ...]:
        """Those for whom help began."""
        return tuple(case for case in self.cases if case.helped)


def gather(
    tx: Tx,
    *,
    organisation_id: UUID,
    filters: Filters,
    service_ids: Collection[UUID] = (),
    own_measures: bool = False,
    counts_all: bool = False,
) -> Gathered:
    """Return an organisation's people of a period, under the actor's own sight of them.

    What was answered beside the whole referral (to the link worker, or by the person after the end) is counted too,
    though the organisation does not see whose it is; `own_measures` keeps to what it may see. `counts_all`: also those
    who do not want to be counted, for a list of whom the organisation sees anyway; never for a number.
    """
    placed = evaluation.list_placed(
        tx,
        provider_id=organisation_id,
        since=filters.since,
        until=filters.until,
        service_ids=service_ids,
        audit=AUDIT,
    )
    facts = people_counted.facts_of(tx, {each.person_id for each in placed}, audit=AUDIT)
    counted = set(facts) if counts_all else people_counted.list_willing(tx, facts, audit=AUDIT)
    kept = [each for each in placed if each.person_id in counted]
    cases = _cases(tx, one_each(kept), facts, own_measures=own_measures)
    wards = {f"ward:{case.home.ward}" for case in cases if case.home and case.home.ward}
    return Gathered(
        cases=tuple(cases),
        placement_ids=tuple(each.placement_id for each in kept),
        today=tx.today,
        areas=geography.list_area_names(tx, wards),
        population=population.list_groups(tx),
        characteristics=list_characteristics(tx, {case.came.person_id for case in cases}),
        library=tx.measures,
    )


def one_each(placed: Iterable[Came]) -> list[Came]:
    """Return each person's newest placement in which help began, else their newest; given the oldest first."""
    chosen: dict[UUID, Came] = {}
    for each in placed:
        before = chosen.get(each.person_id)
        if before is None or each.started_on or not before.started_on:
            chosen[each.person_id] = each
    return list(chosen.values())


def _cases(tx: Tx, chosen: Sequence[Came], facts: Mapping[UUID, Facts], *, own_measures: bool) -> list[Case]:
    ids = [each.placement_id for each in chosen]
    referrals = {each.placement_id: each.referral_id for each in chosen}
    homes = geography.list_places(tx, [facts[each.person_id].postcode for each in chosen])
    attended = attended_of(tx, ids)
    outcomes = evaluation.outcomes_of(tx, ids, audit=AUDIT)
    measures = _measures(tx, referrals, own_measures=own_measures)
    return [
        Case(
            came=each,
            facts=facts[each.person_id],
            home=homes.get(facts[each.person_id].postcode or ""),
            attended=attended.get(each.placement_id),
            outcome=outcomes.get(each.placement_id),
            measures=measures.get(each.placement_id, ()),
        )
        for each in chosen
    ]


def _measures(
    tx: Tx, referrals: Mapping[UUID, UUID], *, own_measures: bool
) -> Mapping[UUID, Sequence[Taken]]:
    if own_measures:
        return evaluation.measures_of(tx, referrals, audit=AUDIT)
    with tx.as_system(AUDIT) as system_tx:
        return evaluation.measures_of(system_tx, referrals, audit=AUDIT)


def by_code(cases: Iterable[tuple[Case, Collection[str]]]) -> Mapping[str, list[Case]]:
    """Return the cases of each code; a case with several codes is in several."""
    found: dict[str, list[Case]] = defaultdict(list)
    for case, codes in cases:
        for code in codes:
            found[code].append(case)
    return found
