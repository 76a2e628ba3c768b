"""Ranking says why: each hard rule and each piece of evidence by itself, in the words that people read."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from app.domain.areas import Point
from app.domain.cautions import Cautions
from app.domain.directory import FREE, Listing
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
from app.domain.explanation import Explanation, Reason, from_data
from app.domain.place import PlaceRules
from app.domain.routing import explain, rank
from app.domain.routing_evidence import STALE_AFTER_DAYS
from app.domain.routing_values import (
    FEWEST_ANSWERS,
    HARD_RULE_WORDS,
    Answers,
    HardRule,
    Wanted,
    Wishes,
    care_needed,
)
from app.domain.vocabulary import Access, Capacity, Need
from tests.unit.domain.candidates import HOME, PLAIN, TODAY, WANTED, candidate, session


def told(wanted: Wanted = WANTED, place: PlaceRules | None = None, **changes: object) -> Explanation:
    return explain(wanted, candidate(**changes), TODAY, rules=place or PlaceRules())


def test_plain_service_suits_and_says_why() -> None:
    found = told()
    assert found.is_suitable
    assert found.reasons == (
        Reason("Helps with loneliness and social connection", 40),
        Reason("Has places now", 15),
        Reason("Covers every area", 5),
    )
    assert found.cautions == ()
    assert found.points == 60


HARD = [
    ({"needs": (Need.HOUSING,)}, {}, HardRule.NEED, "Does not offer help with the needs in this referral"),
    ({"areas": ("N1", "N16")}, {}, HardRule.AREA, "Does not cover E8"),
    ({"status": ServiceStatus.INACTIVE}, {}, HardRule.STATUS, "Does not run any more"),
    ({"status": ServiceStatus.TEMPORARILY_CLOSED}, {}, HardRule.STATUS, "Is closed for a while"),
    ({"min_age": 75}, {}, HardRule.ELIGIBILITY, "For people aged 75 and over"),
    ({"max_age": 73}, {}, HardRule.ELIGIBILITY, "For people aged 73 and under"),
    ({"genders": ("male",)}, {}, HardRule.ELIGIBILITY, "For male people only"),
    (
        {"rules": (Rule(About.SPEAKS, Operator.ANY_OF, ("tr",)),)},
        {},
        HardRule.ELIGIBILITY,
        "Only for people who speak tr",
    ),
    ({"places_left": 0}, {}, HardRule.CAPACITY, "No places left this week"),
    (
        {"capacity": Capacity.LIMITED, "weekly_limit": 3, "places_left": 0},
        {},
        HardRule.CAPACITY,
        "No places left this week",
    ),
    ({"capacity": Capacity.FULL}, {}, HardRule.CAPACITY, "Is full"),
    (
        {"capacity": Capacity.FULL, "full_until": TODAY + timedelta(days=1)},
        {},
        HardRule.CAPACITY,
        "Is full until 3 March 2026",
    ),
    ({"capacity": Capacity.PAUSED}, {}, HardRule.CAPACITY, "Has paused new referrals"),
    (
        {"facts": {"tier": AssuranceTier.BASIC}},
        {"care": CareLevel.TRAINED},
        HardRule.CARE,
        "This person needs people trained in safeguarding: this service is run by volunteers",
    ),
    (
        {"takes": CareLevel.PROFESSIONAL, "facts": {"tier": AssuranceTier.BASIC}},
        {"care": CareLevel.PROFESSIONAL},
        HardRule.ASSURANCE,
        "Assurance at the level standard is asked for this person: this organisation has basic",
    ),
    (
        {"takes": CareLevel.TRAINED, "facts": {"tier": AssuranceTier.ENHANCED}},
        {"hidden": True},
        HardRule.HIDDEN,
        "The person must be protected: only services with professional staff are asked",
    ),
    (
        {},
        {"may_share": False},
        HardRule.CONSENT,
        "The person does not agree that a provider is told about them",
    ),
    ({}, {"declined_by": frozenset({PLAIN.id})}, HardRule.DECLINED, "Has said no to this referral already"),
    ({}, {"asked": frozenset({PLAIN.id})}, HardRule.ASKED, "Has this referral already"),
]


@pytest.mark.parametrize(("changes", "wanted", "rule", "sentence"), HARD)
def test_service_is_ruled_out_and_stays_visible_with_the_reason(
    changes: dict[str, object], wanted: dict[str, object], rule: HardRule, sentence: str
) -> None:
    asked = replace(WANTED, **wanted)
    assert told(asked, **changes).against == (sentence,)
    (standing,) = rank(asked, [candidate(**changes)], TODAY).ruled_out
    assert standing.ruled_out_by is rule


def test_every_hard_rule_is_tried_here_and_has_words() -> None:
    assert {rule for *_, rule, _ in HARD} == set(HardRule) == set(HARD_RULE_WORDS)


def test_all_that_stands_against_a_service_is_told_at_once() -> None:
    found = told(needs=(Need.HOUSING,), capacity=Capacity.PAUSED, areas=("N1",))
    assert len(found.against) == 3
    assert not any("paused" in reason for reason in found.sentences)


@pytest.mark.parametrize(
    ("wanted", "changes", "better_for"),
    [
        (
            {"needs": (Need.SOCIAL_CONNECTION, Need.FOOD)},
            {"needs": (Need.SOCIAL_CONNECTION, Need.FOOD)},
            "food",
        ),
        ({}, {"areas": ("E8",)}, "Covers E8, where the person lives"),
        (
            {"areas": ("ward:E05009367",)},
            {"areas": ("ward:E05009367",)},
            "Covers the area, where the person lives",
        ),
        ({"access": (Access.STEP_FREE,)}, {"access": (Access.STEP_FREE,)}, "Meets the access needs"),
        ({"language": "tr"}, {"languages": ("en", "tr")}, "Speaks the person's language"),
        (
            {"wishes": Wishes(led_by=(LedBy.DEAF_PEOPLE,))},
            {"facts": {"led_by": (LedBy.DEAF_PEOPLE,)}},
            "Run by or for Deaf people, as the person wishes",
        ),
        (
            {"wishes": Wishes(kinds=(ServiceKind.TIME_BANK,))},
            {"kind": ServiceKind.TIME_BANK},
            "Time bank, as",
        ),
        (
            {"wishes": Wishes(days=(Weekday.TUESDAY,))},
            {"facts": {"sessions": (session(Weekday.TUESDAY),)}},
            "Meets on Tuesday, when the person can come",
        ),
        ({"wishes": Wishes(free=True)}, {"listing": Listing(cost=FREE)}, "Is free, as the person wishes"),
        (
            {"point": HOME},
            {"facts": {"sessions": (session(point=Point(51.5495, -0.07)),)}},
            "Within half a mile: about 10 minutes on foot",
        ),
        ({}, {"facts": {"sessions": (session(kind=VenueKind.VIRTUAL),)}}, "No travel"),
        ({}, {"facts": {"answers": Answers(FEWEST_ANSWERS, 2)}}, "Usually answers in 2 days (of 5 offers)"),
    ],
)
def test_better_fit_has_more_points_than_the_plain_one(
    wanted: dict[str, object], changes: dict[str, object], better_for: str
) -> None:
    asked = replace(WANTED, **wanted)
    better = told(asked, **changes)
    assert better.points > told(asked).points
    assert any(better_for in sentence for sentence in better.sentences)


@pytest.mark.parametrize(
    ("wanted", "changes", "warning"),
    [
        ({"needs": ()}, {}, "The referral names no coded need: read the reason and judge"),
        (
            {"outward_code": None},
            {"areas": ("E8",)},
            "The person's area is not known: check that it is covered",
        ),
        (
            {},
            {"areas": ("ward:E05009367",)},
            "It cannot be told from what is known whether it covers the person's area: ask",
        ),
        ({"age": None}, {"min_age": 18}, "The person's age is not known: check eligibility"),
        ({"gender": None}, {"genders": ("female",)}, "For female people: check with the person"),
        (
            {"registered_with": None},
            {"rules": (Rule(About.REGISTERED_WITH, Operator.ANY_OF, ("A81001",)),)},
            "Check who it is for. Only for patients of A81001",
        ),
        ({}, {"listing": Listing(eligibility="For parents.")}, "Check who it is for. For parents"),
        ({"language": "tr"}, {}, "Does not list the person's language: an interpreter may be needed"),
        (
            {"access": (Access.HEARING_LOOP,)},
            {},
            "Does not list what the person needs so that they can come: hearing loop. Ask what can be arranged",
        ),
        ({}, {"verified_on": None}, "Nobody has confirmed this entry yet: ring first"),
        ({}, {"capacity": Capacity.WAITING_LIST, "wait_weeks": 7}, "Has a waiting list: about 7 weeks"),
        (
            {},
            {"capacity": Capacity.FULL, "full_until": TODAY},
            "Was full until now: ask whether it has places again",
        ),
        ({}, {"listing": Listing(cost="2 pounds a session.")}, "Costs: 2 pounds a session"),
        ({"silent": frozenset({PLAIN.id})}, {}, "Did not answer when it was asked about this referral"),
        (
            {"wishes": Wishes(days=(Weekday.SUNDAY,))},
            {"facts": {"sessions": (session(Weekday.MONDAY), session(Weekday.TUESDAY))}},
            "Meets on Monday and Tuesday only: not a day that the person named",
        ),
        ({}, {"facts": {"answers": Answers(9, 12)}}, "Usually answers in 12 days (of 9 offers)"),
        (
            {"hidden": True},
            {"takes": CareLevel.PROFESSIONAL, "facts": {"tier": AssuranceTier.STANDARD}},
            "All contact goes through your team: say so when you ask",
        ),
    ],
)
def test_what_is_not_known_or_not_ideal_warns_and_does_not_rule_out(
    wanted: dict[str, object], changes: dict[str, object], warning: str
) -> None:
    found = told(replace(WANTED, **wanted), **changes)
    assert found.is_suitable
    assert warning in found.warnings


@pytest.mark.parametrize(("days", "is_stale"), [(STALE_AFTER_DAYS, False), (STALE_AFTER_DAYS + 1, True)])
def test_entry_goes_stale_after_six_months(days: int, is_stale: bool) -> None:
    found = told(verified_on=TODAY - timedelta(days=days))
    assert any("six months" in warning for warning in found.warnings) == is_stale


def test_few_answers_say_nothing_about_how_long_it_takes() -> None:
    assert told(facts={"answers": Answers(FEWEST_ANSWERS - 1, 1)}) == told()


def test_a_hidden_persons_distance_is_never_told() -> None:
    near = {"sessions": (session(point=HOME),), "tier": AssuranceTier.STANDARD}
    asked = replace(WANTED, point=HOME, hidden=True)
    found = told(asked, takes=CareLevel.PROFESSIONAL, facts=near)
    assert not any("mile" in sentence for sentence in (*found.sentences, *found.warnings))


def test_distance_is_told_in_bands_that_do_not_give_a_home_away() -> None:
    halls = [Point(HOME.latitude + step / 1000, HOME.longitude) for step in range(1, 120)]
    words = {
        next(s for s in (*found.sentences, *found.warnings) if "mile" in s)
        for hall in halls
        for found in [told(replace(WANTED, point=HOME), facts={"sessions": (session(point=hall),)})]
    }
    assert len(words) == 5


def test_a_wish_to_be_near_doubles_what_distance_says() -> None:
    facts = {"sessions": (session(point=HOME),)}
    plain, wished = replace(WANTED, point=HOME), replace(WANTED, point=HOME, wishes=Wishes(near=True))
    assert told(wished, facts=facts).points - told(plain, facts=facts).points == 15


def test_who_leads_a_group_counts_only_if_the_person_wishes_it() -> None:
    assert told(facts={"led_by": tuple(LedBy)}, for_whom=tuple(LedBy)).points == told().points


def test_once_a_month_is_said_and_counts_less() -> None:
    wish, weekly = replace(WANTED, wishes=Wishes(days=(Weekday.TUESDAY,))), session()
    monthly = replace(weekly, repeats=Repeats.MONTHLY)
    often, seldom = (told(wish, facts={"sessions": (each,)}) for each in (weekly, monthly))
    assert often.points > seldom.points
    assert "Meets on Tuesday, once a month, when the person can come" in seldom.sentences


def test_waiting_list_suits_and_comes_after_a_free_place() -> None:
    waiting = candidate(id=uuid4(), name="A", capacity=Capacity.WAITING_LIST)
    found = rank(WANTED, [waiting, candidate()], TODAY)
    assert [each.service.name for each in found.suitable] == ["Lunch club", "A"]


def test_seldom_asked_services_are_moved_up_only_where_the_place_wants_it() -> None:
    seldom, often = {"facts": {"offered_lately": 1}}, {"facts": {"offered_lately": 3}}
    on = PlaceRules(nudge_points=10)
    assert told(**seldom) == told(**often) == told(place=on, **often)
    moved = told(place=on, **seldom)
    assert moved.points == told().points + 10
    words = "Was asked once in the last 90 days: this place moves such services up a little"
    assert words in moved.sentences


@pytest.mark.parametrize(
    ("safeguarding", "cautions", "needed"),
    [
        (False, Cautions(), CareLevel.VOLUNTEERS_ONLY),
        (True, Cautions(), CareLevel.TRAINED),
        (False, Cautions(safeguarding=("A concern",)), CareLevel.TRAINED),
        (True, Cautions(risks=("A risk",)), CareLevel.PROFESSIONAL),
    ],
)
def test_who_must_be_there_follows_from_what_the_referrer_told(
    safeguarding: bool, cautions: Cautions, needed: CareLevel
) -> None:
    assert care_needed(safeguarding, cautions) is needed


def test_counts_say_how_many_each_rule_stands_against() -> None:
    services = [
        *(candidate(id=uuid4(), needs=(Need.HOUSING,)) for _ in range(3)),
        candidate(id=uuid4(), capacity=Capacity.FULL),
        candidate(),
    ]
    found = rank(WANTED, services, TODAY)
    assert found.counts == {HardRule.NEED: 3, HardRule.CAPACITY: 1}
    assert len(found.suitable) == 1


def test_explanation_comes_back_as_it_was_stored() -> None:
    found = replace(told(verified_on=None, capacity=Capacity.FULL), position=2, suitable=5, ruled_out=9)
    assert from_data(found.as_data()) == found
