"""Which steps a subscriber is told of, and as what: nothing that its own search would not find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from app.domain.lifecycle import Track
from app.domain.stage_then import stage_then
from app.domain.vocabulary import Role
from app.services.systems.subscription_criteria import Criteria
from app.store import fhir_reads, notices
from app.store.fhir_reads import OneOf, Window
from app.store.notices import Notice, StepTaken
from app.store.session import Tx

_ACT: Final = "fhir notify"
_OF_CARE: Final = (Track.REFERRAL, Track.PLACEMENT)


def notices_of(tx: Tx, wanted: Criteria, step_ids: Sequence[int], story: Sequence[StepTaken]) -> list[Notice]:
    """Return the notices that the actor is due for these steps, in their order.

    `story` is every step of the referrals concerned, also those that the actor may not see: it decides how things
    stood at the moment of each step, so that a status that has passed on since is still told of.
    """
    stories = defaultdict[UUID, list[StepTaken]](list)
    for each in story:
        stories[each.referral_id].append(each)
    news = notices.list_news_moved(tx, step_ids) if wanted.kind.type == "Communication" else {}
    moved = [
        (step, resource_id)
        for step in notices.list_seen(tx, step_ids)
        for resource_id in _moved(wanted, step, news)
        if wanted.holds(_stage(tx, wanted, step, stories[step.referral_id]))
    ]
    if not moved:
        return []
    ids = tuple({resource_id for _, resource_id in moved})
    conditions = (*wanted.others, OneOf("id", ids))
    page = fhir_reads.find_page(tx, wanted.kind.type, conditions, Window((), len(ids)), audit=_ACT)
    versions = {row["id"]: row.get("version") for row in page.rows}
    return [
        Notice(wanted.kind.type, resource_id, _version(versions[resource_id]), step.at)
        for step, resource_id in moved
        if resource_id in versions
    ]


def _version(number: int | None) -> str | None:
    return None if number is None else str(number)


def _moved(wanted: Criteria, step: StepTaken, news: Mapping[int, Sequence[UUID]]) -> Sequence[UUID]:
    """The resources of the wanted type that a step is one of."""
    if wanted.kind.type == "ServiceRequest":
        return [step.referral_id]
    if wanted.kind.type == "Task" and step.track in _OF_CARE:
        return [step.placement_id or step.referral_id]
    return news.get(step.id, ())


def _stage(tx: Tx, wanted: Criteria, step: StepTaken, story: Sequence[StepTaken]) -> str:
    if wanted.kind.type == "Communication":
        return step.after
    of_placement = step.placement_id is not None and step.track == Track.PLACEMENT
    if wanted.kind.type == "ServiceRequest":  # to a provider a request stands as its own placement stands
        of_placement = of_placement and tx.actor.role is Role.PROVIDER
    own = [
        each
        for each in story
        if each.id <= step.id
        and (
            (each.track == Track.PLACEMENT and each.placement_id == step.placement_id)
            if of_placement
            else each.track == Track.REFERRAL
        )
    ]
    return stage_then(own) if own else step.after
