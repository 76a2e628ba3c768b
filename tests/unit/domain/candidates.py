"""Makes services, people and wishes for tests of the matching: plain ones to be changed, and strategies for any."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st

from app.domain.areas import Point
from app.domain.directory import FREE, Listing, ServiceSession, Venue
from app.domain.directory_words import (
    AssuranceTier,
    CareLevel,
    LedBy,
    Repeats,
    ServiceKind,
    ServiceStatus,
    VenueKind,
    Weekday,
)
from app.domain.eligibility import About, Operator, Rule
from app.domain.referral import Service
from app.domain.routing_values import Answers, Candidate, Wanted, Wishes
from app.domain.vocabulary import Access, Capacity, Need

TODAY = date(2026, 3, 2)
WANTED = Wanted(
    needs=(Need.SOCIAL_CONNECTION,), outward_code="E8", age=74, gender="female", language="en", access=()
)
PLAIN = Service(
    id=uuid4(),
    provider_id=uuid4(),
    provider_name="Dalston Befrienders",
    name="Lunch club",
    description="",
    needs=(Need.SOCIAL_CONNECTION,),
    areas=(),
    min_age=None,
    max_age=None,
    genders=(),
    languages=("en",),
    access=(),
    capacity=Capacity.OPEN,
    places_left=None,
    answer_days=5,
    verified_on=TODAY,
)
HOME = Point(51.5490, -0.0700)


def candidate(*, facts: dict[str, Any] | None = None, **changes: Any) -> Candidate:
    """The plain service with changes, and facts about its provider."""
    return Candidate(replace(PLAIN, **changes), **(facts or {}))


def session(
    weekday: Weekday = Weekday.TUESDAY, point: Point | None = None, kind: VenueKind = VenueKind.PHYSICAL
) -> ServiceSession:
    """A session of two hours in a hall."""
    venue = Venue(uuid4(), "Hall", kind, point=point)
    return ServiceSession(PLAIN.id, weekday, time(10), time(12), venue)


def some(codes: Any, most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """Any few of a list of codes."""
    return st.lists(st.sampled_from(list(codes)), max_size=most, unique=True).map(tuple)


_AREAS = ("E8", "N1", "ward:E05009367", "lad:E09000012")
_PLACES = st.sampled_from((Point(51.55, -0.07), Point(51.53, -0.05), Point(51.0, 0.5)))
_RULES = st.sampled_from(
    (
        Rule(About.AGE, Operator.AT_LEAST, 50),
        Rule(About.GENDER, Operator.ANY_OF, ("female",)),
        Rule(About.SPEAKS, Operator.ANY_OF, ("tr", "ku")),
        Rule(About.RESIDENT_IN, Operator.NONE_OF, ("N1",)),
        Rule(About.REGISTERED_WITH, Operator.ANY_OF, ("A81001",)),
        Rule(About.HAS_NEED, Operator.NONE_OF, (Need.HOUSING,)),
        Rule(About.CARE_LEVEL, Operator.AT_MOST, "trained"),
    )
)
IDS = tuple(UUID(int=number) for number in range(1, 31))


@st.composite
def services(draw: st.DrawFn, number: int | None = None) -> Service:
    """Any service; `number` chooses its id among IDS."""
    chosen = draw(st.integers(0, len(IDS) - 1)) if number is None else number
    listing = Listing(
        draw(st.sampled_from(("", "For parents."))), draw(st.sampled_from(("", FREE, "2 pounds")))
    )
    return replace(
        PLAIN,
        id=IDS[chosen],
        name=f"Service {chosen % 4}",
        needs=draw(some(Need).filter(bool)),
        areas=draw(some(_AREAS)),
        min_age=draw(st.sampled_from((None, 18, 60))),
        max_age=draw(st.sampled_from((None, 65, 99))),
        genders=draw(some(("female", "male"), 1)),
        languages=draw(some(("en", "tr", "so"))),
        access=draw(some(Access)),
        capacity=draw(st.sampled_from(Capacity)),
        places_left=draw(st.sampled_from((None, 0, 3))),
        verified_on=draw(st.sampled_from((None, TODAY, TODAY - timedelta(days=300)))),
        kind=draw(st.sampled_from(ServiceKind)),
        status=draw(st.sampled_from(ServiceStatus)),
        rules=draw(st.lists(_RULES, max_size=2, unique=True).map(tuple)),
        for_whom=draw(some(LedBy, 2)),
        takes=draw(st.sampled_from(CareLevel)),
        wait_weeks=draw(st.sampled_from((None, 0, 3, 30))),
        weekly_limit=draw(st.sampled_from((None, 4))),
        full_until=draw(st.sampled_from((None, TODAY, TODAY + timedelta(days=9)))),
        listing=listing,
    )


@st.composite
def candidates(draw: st.DrawFn, number: int | None = None) -> Candidate:
    """Any service with any facts."""
    kinds = st.sampled_from(VenueKind)
    meetings = st.builds(session, st.sampled_from(Weekday), st.none() | _PLACES, kinds)
    monthly = st.booleans()
    return Candidate(
        draw(services(number)),
        led_by=draw(some(LedBy, 2)),
        tier=draw(st.sampled_from(AssuranceTier)),
        sessions=tuple(
            replace(each, repeats=Repeats.MONTHLY if draw(monthly) else Repeats.WEEKLY)
            for each in draw(st.lists(meetings, max_size=3))
        ),
        answers=draw(st.none() | st.builds(Answers, st.integers(1, 40), st.integers(0, 20))),
        offered_lately=draw(st.none() | st.integers(0, 9)),
    )


def directories(most: int = 5) -> st.SearchStrategy[list[Candidate]]:
    """Any directory; no service is in it twice."""
    numbers = st.lists(st.integers(0, len(IDS) - 1), max_size=most, unique=True)
    return numbers.flatmap(lambda chosen: st.tuples(*(candidates(each) for each in chosen)).map(list))


WISHES = st.builds(
    Wishes,
    days=some(Weekday),
    kinds=some(ServiceKind),
    led_by=some(LedBy),
    near=st.booleans(),
    free=st.booleans(),
)
_SERVICE_IDS = st.sets(st.sampled_from(IDS), max_size=3).map(frozenset)
ANYBODY = st.builds(
    Wanted,
    needs=some(Need),
    outward_code=st.sampled_from((None, "E8", "N1")),
    age=st.sampled_from((None, 17, 40, 74)),
    gender=st.sampled_from((None, "female", "male", "other", "unknown")),
    language=st.sampled_from((None, "en", "tr")),
    access=some(Access),
    areas=some(_AREAS[2:]),
    point=st.none() | st.just(HOME),
    registered_with=st.sampled_from((None, "A81001", "A81002")),
    care=st.sampled_from(CareLevel),
    hidden=st.booleans(),
    may_share=st.sampled_from((None, True, True, True, False)),
    declined_by=_SERVICE_IDS,
    asked=_SERVICE_IDS,
    silent=_SERVICE_IDS,
    wishes=WISHES,
    draw=st.binary(min_size=16, max_size=16),
)
