"""People like this in this place: the same needs, all organisations together, and nothing that tells of any one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.pack import APART, APART_WORDS, Figure, Filters, Line
from app.domain.small_numbers import numbers
from app.domain.vocabulary import NEED_WORDS, OUTCOME_WORDS, OutcomeState, Role
from app.services.evaluation.pack import asked_for, own_id
from app.services.evaluation.pack_cases import AUDIT
from app.services.evaluation.pack_journeys import ENDED
from app.store import evaluation, extracts, people_counted
from app.store.audit import Entry
from app.store.evaluation import Came
from app.store.session import Database, Tx

LEAST_ORGANISATIONS: Final = 5
_MOST_OF_ONE: Final = 0.5  # of the people
_TITLE: Final = "How things were at the end, for people like this in this place"
_NOTE: Final = (
    "It is here to show what is usual. Who comes and how hard their lives are differs, so nothing follows from a "
    "difference."
)


@dataclass(frozen=True, slots=True)
class Place:
    """What may be told of the place; `figure` None: too few organisations or people, or one of them is most of it."""

    needs: tuple[str, ...]
    figure: Figure | None


def people_like_this(db: Database, actor: Actor, filters: Filters) -> Place:
    """Return how things were at the end for people in the place with the needs of the actor's own people.

    Told only where five organisations at least have people in it and none has more than half of them; each line only
    where the others' people in it are none or ten at least. No organisation is named. Raises NotFound, NotAllowed.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        asked, own = asked_for(tx, filters), own_id(tx)
        mine = _placed(tx, asked.period, provider_id=own, service_ids=asked.service_ids)
        needs = {need for each in mine for need in each.needs}
        with tx.as_system(AUDIT) as system_tx:
            everybody = _placed(system_tx, asked.period, provider_id=None)
            alike = _counted(system_tx, [each for each in everybody if needs.intersection(each.needs)])
            states = _states(system_tx, alike)
        tx.audit(Entry("see people like this", "organisation", str(own)))
    named = tuple(words for need, words in NEED_WORDS.items() if need in needs)
    return Place(named, _figure(alike, states, own))


def _placed(
    tx: Tx, period: Filters, *, provider_id: UUID | None, service_ids: Collection[UUID] = ()
) -> Sequence[Came]:
    return evaluation.list_placed(
        tx,
        provider_id=provider_id,
        since=period.since,
        until=period.until,
        service_ids=service_ids,
        audit=AUDIT,
    )


def _counted(tx: Tx, placed: Sequence[Came]) -> list[Came]:
    """Placements that have ended, one for each person (the newest), of people who let themselves be counted."""
    newest = {each.person_id: each for each in placed if each.status in ENDED}
    facts = people_counted.facts_of(tx, newest, audit=AUDIT)
    willing = {one for one, told in facts.items() if told.may_be_counted}
    willing -= extracts.list_withdrawn(tx, willing, audit=AUDIT)
    return [each for one, each in newest.items() if one in willing]


def _states(tx: Tx, placed: Sequence[Came]) -> dict[UUID, str]:
    found = evaluation.outcomes_of(tx, [each.placement_id for each in placed], audit=AUDIT)
    return {one: str(told.state) for one, told in found.items()}


def _figure(placed: Sequence[Came], states: dict[UUID, str], own: UUID) -> Figure | None:
    if not _is_mixed([each.provider_id for each in placed]):
        return None
    state_of = {each: states.get(each.placement_id, str(OutcomeState.NOT_KNOWN)) for each in placed}
    counts = Counter(state_of.values())
    others = Counter(state for each, state in state_of.items() if each.provider_id != own)
    codes = [str(state) for state in OutcomeState]
    # A reader who takes their own people away must not be left with a few of somebody else's.
    strangers = [others[code] for code in codes]
    shown, apart, total = numbers([counts[code] for code in codes], others=strangers)
    words = {str(state): told for state, told in OUTCOME_WORDS.items()}
    lines = [Line(code, words[code], one) for code, one in zip(codes, shown, strict=True)]
    lines += [Line(APART, APART_WORDS, apart)] if apart else []
    definition = "People in this place with the same needs whose help has ended, whoever helped; each once."
    return Figure("place-outcome", "place", _TITLE, definition, tuple(lines), total, (_NOTE,))


def _is_mixed(providers: Collection[UUID]) -> bool:
    """Whether enough organisations have people in it, and none has most of them."""
    each = Counter(providers)
    if len(each) < LEAST_ORGANISATIONS:
        return False
    return max(each.values()) <= _MOST_OF_ONE * len(providers)
