"""The directory's rules by themselves: areas, eligibility as data, assurance, the dial, what an entry must satisfy."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import assurance, capacity
from app.domain.areas import Point, covers, miles_between, read_area
from app.domain.assurance import Assurance
from app.domain.capacity import Dial
from app.domain.directory import Listing, Profile, ServiceSession, Venue
from app.domain.directory_words import (
    ASSURANCE_KIND_WORDS,
    CARE_LEVEL_WORDS,
    LED_BY_WORDS,
    LEGAL_FORM_WORDS,
    SERVICE_KIND_WORDS,
    SIZE_WORDS,
    AssuranceKind,
    AssuranceTier,
    CareLevel,
    LedBy,
    LegalForm,
    ServiceKind,
    Size,
    VenueKind,
    Weekday,
)
from app.domain.eligibility import About, Operator, Rule, read_rules
from app.domain.entries import profile_problems, service_problems, session_problems, venue_problems
from app.domain.errors import Invalid
from app.domain.vocabulary import Capacity, Need
from tests.unit.domain.candidates import PLAIN, TODAY, WANTED


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (LEGAL_FORM_WORDS, LegalForm),
        (SIZE_WORDS, Size),
        (LED_BY_WORDS, LedBy),
        (SERVICE_KIND_WORDS, ServiceKind),
        (CARE_LEVEL_WORDS, CareLevel),
        (ASSURANCE_KIND_WORDS, AssuranceKind),
        (assurance.TIER_WORDS, AssuranceTier),
    ],
)
def test_every_code_has_words(words: dict[str, str], codes: type[LegalForm]) -> None:
    assert set(words) == set(codes)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" e8 ", "E8"),
        ("district:n16", "N16"),
        ("EC1A", "EC1A"),
        ("WARD: e05009367", "ward:E05009367"),
        ("lad:E09000012", "lad:E09000012"),
        ("neighbourhood:Clissold  Park", "neighbourhood:clissold-park"),
    ],
)
def test_areas_have_one_spelling(typed: str, code: str) -> None:
    assert read_area(typed) == code
    assert read_area(code) == code


@pytest.mark.parametrize(
    "typed", ["", "Hackney", "E8 1EA", "ward:E8", "moon:E05009367", "neighbourhood:", "lad:"]
)
def test_what_is_no_area_is_refused_with_how_to_write_one(typed: str) -> None:
    with pytest.raises(Invalid, match="Write a postcode district"):
        read_area(typed)


@pytest.mark.parametrize(
    ("areas", "place", "expected"),
    [
        ((), set(), True),
        (("E8",), {"E8"}, True),
        (("E8",), {"N1"}, False),
        (("E8",), set(), None),
        (("ward:E05009367",), {"E8"}, None),
        (("ward:E05009367",), {"E8", "ward:E05009368"}, False),
        (("ward:E05009367", "N1"), {"N1"}, True),
        (("ward:E05009367", "N1"), {"E8"}, None),
        (("neighbourhood:northside",), {"closed:neighbourhood:southside"}, False),
        (("neighbourhood:southside",), {"closed:neighbourhood:southside"}, None),
    ],
)
def test_areas_cover_a_place_or_not_or_it_cannot_be_told(
    areas: tuple[str, ...], place: set[str], expected: bool | None
) -> None:
    assert covers(areas, frozenset(place)) is expected


def test_distance_is_that_of_the_great_circle_within_a_borough() -> None:
    # Hackney Town Hall to Stoke Newington station: 1.558 miles by the haversine formula with a radius of 3958.8 miles
    assert miles_between(Point(51.5450, -0.0567), Point(51.5652, -0.0728)) == pytest.approx(1.557, abs=0.01)
    assert miles_between(Point(51.5, 0.1), Point(51.5, 0.1)) == 0


@pytest.mark.parametrize("degrees", [(100, 101), (51, 181), (-91, 0)])
def test_points_that_are_not_on_earth_are_refused(degrees: tuple[float, float]) -> None:
    with pytest.raises(Invalid):
        Point(*degrees)


RULES = [
    (Rule(About.AGE, Operator.AT_LEAST, 74), True, "For people aged 74 and over"),
    (Rule(About.AGE, Operator.AT_MOST, 73), False, "For people aged 73 and under"),
    (Rule(About.GENDER, Operator.NONE_OF, ("female",)), False, "Not for people who are female"),
    (Rule(About.RESIDENT_IN, Operator.ANY_OF, ("E8", "N1")), True, "Only for people who live in E8, N1"),
    (Rule(About.REGISTERED_WITH, Operator.ANY_OF, ("A81002",)), False, "Only for patients of A81002"),
    (Rule(About.SPEAKS, Operator.ANY_OF, ("en",)), True, "Only for people who speak en"),
    (
        Rule(About.HAS_NEED, Operator.NONE_OF, (Need.HOUSING,)),
        True,
        "Not for people who want help with housing",
    ),
    (
        Rule(About.CARE_LEVEL, Operator.AT_MOST, "trained"),
        True,
        "For people who do not need more than people trained in safeguarding",
    ),
]


@pytest.mark.parametrize(("rule", "holds", "sentence"), RULES)
def test_rules_of_eligibility_hold_or_not_and_say_what_they_ask(
    rule: Rule, holds: bool, sentence: str
) -> None:
    assert rule.holds(replace(WANTED, registered_with="A81001")) is holds
    assert rule.sentence == sentence
    assert replace(rule, words="As we say it").sentence == "As we say it"


def test_every_kind_of_rule_is_tried_here() -> None:
    assert {rule.about for rule, *_ in RULES} == set(About)


@pytest.mark.parametrize(("rule", "holds", "sentence"), RULES)
def test_rules_come_back_as_they_were_stored(rule: Rule, holds: bool, sentence: str) -> None:
    assert read_rules([rule.as_data()]) == (rule,)


@pytest.mark.parametrize("rule", [rule for rule, *_ in RULES if rule.about is not About.CARE_LEVEL])
def test_what_is_not_known_of_a_person_breaks_no_rule(rule: Rule) -> None:
    nobody = replace(WANTED, needs=(), outward_code=None, age=None, gender="unknown", language=None)
    assert rule.holds(nobody) is None


def test_wrong_rules_are_refused_with_every_problem_and_its_place() -> None:
    wrong = [
        {"about": "shoe-size", "operator": "at-least", "value": 5},
        {"about": "age", "operator": "any-of", "value": "old"},
        {"about": "age", "operator": "at-least", "value": True},
        {"about": "age", "operator": "at-least", "value": 50},
        {"about": "resident-in", "operator": "any-of", "value": ["Atlantis"]},
        {"about": "has-need", "operator": "any-of", "value": []},
        {"about": "speaks", "operator": "any-of", "value": ["tr"], "words": "x" * 301},
    ]
    with pytest.raises(Invalid) as refused:
        read_rules(wrong)
    assert [problem.field for problem in refused.value.problems] == [
        "rules[0].about",
        "rules[1].operator",
        "rules[1].value",
        "rules[2].value",
        "rules[4].value",
        "rules[5].value",
        "rules[6].words",
    ]


def shown(kind: AssuranceKind, until: date | None = None, since: date = TODAY) -> Assurance:
    return Assurance(PLAIN.provider_id, kind, since, until, since, "Hackney")


def test_tier_is_the_highest_whose_every_part_is_valid() -> None:
    steps = [
        ((), AssuranceTier.NONE),
        ((AssuranceKind.INSURANCE,), AssuranceTier.NONE),
        ((AssuranceKind.SAFEGUARDING,), AssuranceTier.BASIC),
        (
            (AssuranceKind.SAFEGUARDING, AssuranceKind.INSURANCE, AssuranceKind.DATA_PROTECTION),
            AssuranceTier.STANDARD,
        ),
        (tuple(AssuranceKind), AssuranceTier.ENHANCED),
    ]
    assert [assurance.tier([shown(kind) for kind in kinds], TODAY) for kinds, _ in steps] == [
        tier for _, tier in steps
    ]
    assert all(above.reaches(below) for below, above in pairwise(AssuranceTier))
    assert not AssuranceTier.BASIC.reaches(AssuranceTier.STANDARD)


def test_assurance_counts_from_its_first_day_to_its_last() -> None:
    one_day = shown(AssuranceKind.SAFEGUARDING, until=TODAY)
    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    assert [assurance.tier([one_day], day) for day in days] == ["none", "basic", "none"]
    with pytest.raises(Invalid):
        shown(AssuranceKind.DBS, until=TODAY - timedelta(days=1))


def test_what_ended_and_what_ends_soon_is_told_and_a_newer_proof_silences_it() -> None:
    old = shown(AssuranceKind.INSURANCE, until=TODAY - timedelta(days=5), since=date(2025, 1, 1))
    soon = shown(AssuranceKind.SAFEGUARDING, until=TODAY + timedelta(days=9))
    told = assurance.sentences([old, soon], TODAY)
    assert told == (
        "Safeguarding is checked",
        "Safeguarding: ends on 11 March 2026",
        "Insurance: ended on 25 February 2026",
    )
    assert len(assurance.sentences([old, soon, shown(AssuranceKind.INSURANCE)], TODAY)) == 2
    missing = assurance.missing_for(AssuranceTier.STANDARD, [old, soon], TODAY)
    assert missing == (AssuranceKind.INSURANCE, AssuranceKind.DATA_PROTECTION)


@given(
    st.sampled_from(Capacity),
    st.none() | st.integers(0, 3),
    st.none() | st.integers(-3, 3),
)
def test_dial_says_no_exactly_when_it_takes_nobody(
    state: Capacity, places_left: int | None, full_for: int | None
) -> None:
    until = None if full_for is None else TODAY + timedelta(days=full_for)
    service = replace(PLAIN, capacity=state, places_left=places_left, weekly_limit=3, full_until=until)
    refusals = ("No places", "Is full", "Has paused")
    assert capacity.sentence(service, TODAY).startswith(refusals) != capacity.takes_people(service, TODAY)


def test_dial_keeps_only_what_belongs_to_its_position() -> None:
    told = Dial(Capacity.OPEN, weekly_limit=3, wait_weeks=2, full_until=TODAY)
    assert told.checked(TODAY) == Dial(Capacity.OPEN, wait_weeks=2)
    full = replace(told, capacity=Capacity.FULL, full_until=TODAY + timedelta(days=1))
    assert full.checked(TODAY) == Dial(Capacity.FULL, full_until=TODAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("dial", "wrong"),
    [
        (Dial(Capacity.LIMITED), "weekly_limit"),
        (Dial(Capacity.LIMITED, weekly_limit=0), "weekly_limit"),
        (Dial(Capacity.WAITING_LIST, wait_weeks=-1), "wait_weeks"),
        (Dial(Capacity.FULL, full_until=TODAY), "full_until"),
    ],
)
def test_dial_that_makes_no_sense_is_refused(dial: Dial, wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        dial.checked(TODAY)
    assert [problem.field for problem in refused.value.problems] == [wrong]


def test_plain_entries_are_right() -> None:
    assert service_problems(PLAIN) == []
    assert profile_problems(Profile(PLAIN.provider_id)) == []
    assert venue_problems(Venue(uuid4(), "Hall", postcode="E8 1EA", point=Point(51.5, 0))) == []
    assert session_problems([ServiceSession(PLAIN.id, Weekday.MONDAY, time(9), time(10))]) == []


def test_wrong_service_is_refused_with_every_problem() -> None:
    wrong = replace(
        PLAIN,
        name=" ",
        description="x" * 4001,
        needs=(),
        areas=("Atlantis",),
        min_age=70,
        max_age=60,
        genders=("cat",),
        languages=("Turkish",),
        access=("lift",),
        answer_days=0,
        for_whom=("kings",),
        capacity=Capacity.LIMITED,
        listing=Listing(cost="\x00", contact_email="nowhere", contact_phone="12"),
    )
    fields = [problem.field for problem in service_problems(wrong)]
    assert sorted(fields) == sorted(
        [
            "name",
            "description",
            "needs",
            "areas",
            "max_age",
            "genders",
            "languages",
            "access",
            "answer_days",
            "for_whom",
            "weekly_limit",
            "cost",
            "email",
            "phone",
        ]
    )


def test_wrong_profile_venue_and_session_are_refused() -> None:
    own = uuid4()
    profile = Profile(own, charity_number="many", website="example.org", host_id=own, led_by=("kings",))
    assert {p.field for p in profile_problems(profile)} == {"charity_number", "website", "host_id", "led_by"}
    venue = Venue(uuid4(), "", VenueKind.VIRTUAL, postcode="nowhere", point=Point(51, 0))
    assert {p.field for p in venue_problems(venue)} == {"name", "postcode", "point"}
    sessions = [ServiceSession(own, Weekday.MONDAY, time(9), time(end)) for end in (10, 9)]
    assert [p.field for p in session_problems(sessions)] == ["sessions[1].ends"]
