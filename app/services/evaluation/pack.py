"""An organisation's evaluation of its own work as one value: page, PDF, CSV, spreadsheet and link are drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import NotFound
from app.domain.grants import Grant
from app.domain.pack import Filters, Pack
from app.domain.pack_methods import METHODS
from app.domain.pack_words import day
from app.domain.small_numbers import number
from app.domain.vocabulary import OrganisationKind, Role
from app.services.evaluation.pack_cases import Gathered, gather
from app.services.evaluation.pack_changes import changes_of
from app.services.evaluation.pack_experience import experiences
from app.services.evaluation.pack_figures import Spec, figures_of
from app.services.evaluation.pack_journeys import journeys
from app.services.evaluation.pack_reach import reach
from app.services.evaluation.stories import for_pack
from app.store import directory, grants
from app.store import evaluation as placed
from app.store.audit import Entry
from app.store.session import Database, Tx

_NEVER: Final = UUID(int=0)  # a service that nobody offers: what is asked for overlaps nowhere
_PART: Final = (
    "You enter for this organisation as a team of link workers: only people of your team are counted."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, as the rows are looked for: a grant's own period and services laid over the filters."""

    filters: Filters  # as asked, in whole months
    period: Filters
    service_ids: tuple[UUID, ...]
    words: tuple[str, ...]


def evaluation_of(db: Database, organisation_id: UUID, filters: Filters) -> Pack:
    """Return the pack of an organisation whose people do not sign in, for the steward's own host; raises NotFound."""
    actor = Actor(Role.PROVIDER, organisation_id, process="command-line")
    with db.transaction(actor) as tx:
        if directory.get_organisation(tx, organisation_id).kind != OrganisationKind.PROVIDER:
            raise NotFound
    return evaluation(db, actor, filters)


def evaluation(db: Database, actor: Actor, filters: Filters) -> Pack:
    """Return the evaluation of the actor's own people; numbers that are withheld are nowhere in it.

    The period is widened to whole months. Raises NotFound for another organisation's service or grant, NotAllowed.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        asked = asked_for(tx, filters)
        gathered = gathered_for(tx, asked)
        organisation = directory.get_organisation(tx, own_id(tx))
        stories = for_pack(tx, organisation.id, gathered.placement_ids)
        library = tx.measures
        entered_by_team = actor.entered_by is not None and _is_team(tx, actor.entered_by)
        tx.audit(Entry("make evaluation", "organisation", str(organisation.id), None, _detail(asked)))
    return Pack(
        organisation=organisation.name,
        made_on=gathered.today,
        filters=asked.filters,
        filters_in_words=asked.words,
        people=number(len(gathered.helped)),
        referrals=number(gathered.referrals),
        figures=figures_of(gathered, specs_of),
        changes=changes_of(gathered.helped, library, gathered.today),
        stories=stories,
        methods=METHODS,
        notes=(_PART,) if entered_by_team else (),
    )


def specs_of(gathered: Gathered) -> Sequence[Spec]:
    """Return every figure of an evaluation, in its order."""
    return [*reach(gathered), *journeys(gathered), *experiences(gathered)]


def gathered_for(tx: Tx, asked: Asked, *, own_measures: bool = False, counts_all: bool = False) -> Gathered:
    """Return the people that are asked for; `counts_all` as in `gather`."""
    return gather(
        tx,
        organisation_id=own_id(tx),
        filters=asked.period,
        service_ids=asked.service_ids,
        own_measures=own_measures,
        counts_all=counts_all,
    )


def own_id(tx: Tx) -> UUID:
    """Return the actor's own organisation; raises NotFound for the platform, which has none."""
    if tx.actor.organisation_id is None:
        raise NotFound
    return tx.actor.organisation_id


def asked_for(tx: Tx, filters: Filters) -> Asked:
    """Return what filters ask for; raises NotFound for a service or a grant of another organisation."""
    whole = filters.in_whole_months()
    services = placed.list_own_services(tx)
    period, words = whole, [period_words(whole.since, whole.until)]
    chosen: tuple[UUID, ...] = ()
    if whole.service_id is not None:
        if whole.service_id not in services:
            raise NotFound
        chosen = (whole.service_id,)
        words.append(f"To our service {services[whole.service_id]}")
    if whole.grant_id is not None:
        grant = grants.get(tx, whole.grant_id).grant
        period = _within(whole, grant)
        words.append(_grant_words(grant))
        if grant.service_ids:
            chosen = tuple(one for one in grant.service_ids if not chosen or one in chosen) or (_NEVER,)
    return Asked(whole, period, chosen, tuple(words))


def _within(filters: Filters, grant: Grant) -> Filters:
    whole = Filters(grant.starts_on, grant.ends_on).in_whole_months()
    since = max(filter(None, (filters.since, whole.since)), default=None)
    until = min(filter(None, (filters.until, whole.until)), default=None)
    return replace(filters, since=since, until=until)


def period_words(since: date | None, until: date | None, *, referred: str = "Referred to us") -> str:
    """Return a period as a pack says it."""
    if since and until:
        return f"{referred} from {day(since)} to {day(until)}"
    if since:
        return f"{referred} from {day(since)} on"
    return f"{referred} until {day(until)}" if until else f"{referred} at any time"


def _grant_words(grant: Grant) -> str:
    ends = f" to {day(grant.ends_on)}" if grant.ends_on else " on"
    return f"Under the grant {grant.title} of {grant.funder}, from {day(grant.starts_on)}{ends}"


def _is_team(tx: Tx, organisation_id: UUID) -> bool:
    return directory.get_organisation(tx, organisation_id).kind == OrganisationKind.TEAM


def _detail(asked: Asked) -> dict[str, str]:
    told = {
        "since": asked.period.since,
        "until": asked.period.until,
        "service": asked.filters.service_id,
        "grant": asked.filters.grant_id,
    }
    return {name: str(value) for name, value in told.items() if value is not None}
