"""The evaluation of whoever asks for help, or works with people first: of the referrals that they sent, or took in.

The same value as a group's own evaluation, so that page, PDF, CSV and spreadsheet are drawn as for groups; counted by
referral instead of by offer, since a person may be offered to several groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import NotFound
from app.domain.lifecycle import OPEN_REFERRAL, ReferralStatus
from app.domain.outcomes import Taken
from app.domain.pack import Filters, Pack
from app.domain.pack_methods import METHODS_OF_PRACTICES, METHODS_OF_TEAMS
from app.domain.small_numbers import number
from app.domain.standing import standing
from app.domain.vocabulary import Role
from app.services.evaluation.pack import evaluation, own_id, period_words
from app.services.evaluation.pack_cases import AUDIT, TO_US, Case, Gathered, one_each
from app.services.evaluation.pack_changes import changes_of
from app.services.evaluation.pack_characteristics import list_characteristics
from app.services.evaluation.pack_experience import experiences
from app.services.evaluation.pack_figures import Sight, Spec, figures_of
from app.services.evaluation.pack_journeys import JOURNEY, ended_early, outcome, wait_from_referral
from app.services.evaluation.pack_reach import reach
from app.store import (
    came_of,
    directory,
    evaluation_sent,
    geography,
    outcomes,
    people,
    people_counted,
    population,
)
from app.store.audit import Entry
from app.store.came_of import NOWHERE
from app.store.evaluation import Came
from app.store.evaluation_sent import Sent
from app.store.people_counted import Facts
from app.store.session import Database, Tx

BY_US: Final = "whom we referred"
MAY_READ: Final = (Role.PROVIDER, Role.LINK_WORKER, Role.PRACTICE)
_NO_SERVICE: Final = UUID(int=0)  # a referral is to nobody's service yet
_STANDING: Final[Mapping[str, str]] = {
    "not-begun": "Open; help has not begun",
    "under-way": "Open; help has begun",
    "completed": "Came to its end",
    "ended-early": "Ended early",
    "taken-back": "Taken back",
}


def own_evaluation(db: Database, actor: Actor, filters: Filters) -> Pack:
    """Return the evaluation of the actor's own organisation, whichever kind it is.

    Raises NotFound for a service or grant that is not its own, NotAllowed for who has no people.
    """
    check_acts_as(actor, *MAY_READ)
    return evaluation(db, actor, filters) if actor.role is Role.PROVIDER else _evaluation(db, actor, filters)


def _evaluation(db: Database, actor: Actor, filters: Filters) -> Pack:
    whole = only_months(filters)
    with db.transaction(actor) as tx:
        gathered = gather_sent(tx, whole)
        organisation = directory.get_organisation(tx, own_id(tx))
        library = tx.measures
        told = {"since": whole.since, "until": whole.until}
        detail = {name: str(value) for name, value in told.items() if value is not None}
        tx.audit(Entry("make evaluation", "organisation", str(organisation.id), None, detail))
    by_whom = "by us" if gathered.whose == BY_US else "to us"
    return Pack(
        organisation=organisation.name,
        made_on=gathered.today,
        filters=whole,
        filters_in_words=(period_words(whole.since, whole.until, referred=f"Referred {by_whom}"),),
        people=number(len(gathered.helped)),
        referrals=number(gathered.referrals),
        figures=figures_of(gathered, specs_of_sent),
        changes=changes_of(gathered.helped, library, gathered.today),
        stories=(),
        methods=METHODS_OF_PRACTICES if actor.role is Role.PRACTICE else METHODS_OF_TEAMS,
    )


def only_months(filters: Filters) -> Filters:
    """Return filters in whole months; raises NotFound for a service or a grant, which are groups' own."""
    if filters.service_id is not None or filters.grant_id is not None:
        raise NotFound
    return filters.in_whole_months()


def gather_sent(tx: Tx, filters: Filters, *, counts_all: bool = False) -> Gathered:
    """Return the people of a period's referrals, each by the newest in which help began, or else by the newest.

    `counts_all`: also those who do not want to be counted, for a list of whom the actor sees anyway.
    """
    sent = evaluation_sent.list_sent(tx, since=filters.since, until=filters.until, audit=AUDIT)
    facts = _facts(tx, {each.person_id for each in sent})
    counted = set(facts) if counts_all else people_counted.list_willing(tx, facts, audit=AUDIT)
    kept = _came(tx, [each for each in sent if each.person_id in counted])
    cases = _cases(tx, one_each(kept), facts)
    wards = {f"ward:{case.home.ward}" for case in cases if case.home and case.home.ward}
    return Gathered(
        cases=tuple(cases),
        placement_ids=tuple(each.referral_id for each in kept),
        today=tx.today,
        areas=geography.list_area_names(tx, wards),
        population=population.list_groups(tx),
        characteristics=list_characteristics(tx, {case.came.person_id for case in cases}),
        library=tx.measures,
        whose=BY_US if tx.actor.role is Role.PRACTICE else TO_US,
    )


def specs_of_sent(gathered: Gathered) -> Sequence[Spec]:
    """Return every figure of such an evaluation, in its order: no group's own waits, registers or answers."""
    stopped = [case for case in gathered.cases if stands(case) == "ended-early"]
    ended = [case for case in gathered.cases if stands(case) in ("completed", "ended-early")]
    came = [
        each for each in reach(gathered) if each.key != "source" or gathered.whose == TO_US
    ]  # it is they who asked
    return [
        *came,
        _standing(gathered),
        wait_from_referral(gathered),
        ended_early(gathered, stopped),
        outcome(gathered, ended),
        *experiences(gathered),
    ]


def stands(case: Case) -> str:
    """Return where somebody's referral stands, as a code of the figure."""
    if case.came.status in OPEN_REFERRAL:
        return "under-way" if case.helped else "not-begun"
    if case.came.status == ReferralStatus.WITHDRAWN:
        return "taken-back"
    return "ended-early" if case.came.reason else "completed"


def _standing(gathered: Gathered) -> Spec:
    return Spec(
        key="standing",
        section=JOURNEY,
        title="Where referrals stand",
        definition=f"People {gathered.whose} in this period, by where their referral stands today.",
        words=_STANDING,
        codes=lambda case: [stands(case)],
        of=gathered.cases,
        sight=Sight.EVERYBODY,
    )


def _facts(tx: Tx, person_ids: set[UUID]) -> Mapping[UUID, Facts]:
    """What is known of people; for who referred them as they told it themselves, not as others did."""
    if tx.actor.role is not Role.PRACTICE:
        return people_counted.facts_of(tx, person_ids, audit=AUDIT)
    return {
        one: Facts(
            birth_date=person.details.birth_date,
            gender=person.details.gender,
            ethnicity=person.details.ethnicity,
            postcode=person.details.postcode,
            may_be_counted=not (person.type1_opt_out or person.national_opt_out),
        )
        for one, person in people.list_for_count(tx, person_ids, audit=AUDIT).items()
    }


def _came(tx: Tx, sent: Sequence[Sent]) -> list[Came]:
    """Referrals in the shape of offers: asked on the day they came. When help began is told to whoever asked."""
    with tx.as_system(AUDIT) as system_tx:
        went = came_of.went(system_tx, [each.referral_id for each in sent])
    return [
        Came(
            placement_id=each.referral_id,
            referral_id=each.referral_id,
            person_id=each.person_id,
            reference=each.reference,
            provider_id=each.team_id,
            service_id=_NO_SERVICE,
            status=each.status,
            reason=each.reason,
            needs=each.needs,
            source=each.source,
            received_on=each.received_on,
            offered_on=each.received_on,
            started_on=went.get(each.referral_id, NOWHERE).started_on,
            ended_on=each.ended_on,
        )
        for each in sent
    ]


def _cases(tx: Tx, chosen: Sequence[Came], facts: Mapping[UUID, Facts]) -> list[Case]:
    ids = [each.referral_id for each in chosen]
    homes = geography.list_places(tx, [facts[each.person_id].postcode for each in chosen])
    ended = outcomes.numbers_of(tx, ids, audit=AUDIT)
    taken = outcomes.measures_of(tx, ids, audit=AUDIT)
    return [
        Case(
            came=each,
            facts=facts[each.person_id],
            home=homes.get(facts[each.person_id].postcode or ""),
            outcome=ended.get(each.referral_id),
            measures=_standing_of(taken.get(each.referral_id, ())),
        )
        for each in chosen
    ]


def _standing_of(taken: Sequence[Taken]) -> Sequence[Taken]:
    return [each for each in standing(taken) if not each.skipped]
