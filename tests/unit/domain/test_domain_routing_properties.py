"""What holds for every person and every directory: rules before evidence, one order, a reason for each no."""

from collections import Counter
from dataclasses import fields, replace
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.directory_words import LedBy, ServiceKind, Weekday
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.routing import explain, rank
from app.domain.routing_values import Answers, Candidate, Wanted, Wishes
from app.domain.vocabulary import Access, Capacity
from tests.unit.domain.candidates import ANYBODY, TODAY, WANTED, WISHES, candidate, candidates, directories

NUDGED = PlaceRules(nudge_points=1000)
ANY_PACE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@ANY_PACE
@given(ANYBODY, directories(), st.sampled_from((PlaceRules(), NUDGED)))
def test_no_hard_rule_is_outvoted_by_any_evidence(
    wanted: Wanted, directory: list[Candidate], rules: PlaceRules
) -> None:
    found = rank(wanted, directory, TODAY, rules=rules)
    assert all(not explain(wanted, each.candidate, TODAY, rules=rules).against for each in found.suitable)
    assert all(explain(wanted, each.candidate, TODAY, rules=rules).against for each in found.ruled_out)


@ANY_PACE
@given(ANYBODY, directories())
def test_every_service_is_in_the_ranking_exactly_once(wanted: Wanted, directory: list[Candidate]) -> None:
    found = rank(wanted, directory, TODAY)
    assert {each.service.id for each in (*found.suitable, *found.ruled_out)} == {
        c.service.id for c in directory
    }
    assert len(found.suitable) + len(found.ruled_out) == len(directory)


@ANY_PACE
@given(ANYBODY, directories(), st.randoms(use_true_random=False))
def test_order_is_the_same_however_the_table_was_read(
    wanted: Wanted, directory: list[Candidate], chance: object
) -> None:
    shuffled = list(directory)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rank(wanted, shuffled, TODAY) == rank(wanted, directory, TODAY)


@ANY_PACE
@given(ANYBODY, directories())
def test_every_service_that_is_ruled_out_has_a_reason_in_words(
    wanted: Wanted, directory: list[Candidate]
) -> None:
    for each in rank(wanted, directory, TODAY).ruled_out:
        sentences = explain(wanted, each.candidate, TODAY).against
        assert sentences
        assert all(len(sentence) > 5 for sentence in sentences)
        assert each.ruled_out_by is not None


@ANY_PACE
@given(ANYBODY, candidates(), WISHES, st.integers(1, 99))
def test_more_evidence_never_makes_a_service_suitable_that_is_ruled_out(
    wanted: Wanted, one: Candidate, wishes: Wishes, offers: int
) -> None:
    everything = Wishes(tuple(Weekday), tuple(ServiceKind), tuple(LedBy), near=True, free=True)
    richer = replace(
        one,
        service=replace(one.service, access=tuple(Access), for_whom=tuple(LedBy), verified_on=TODAY),
        led_by=tuple(LedBy),
        answers=Answers(offers, 0),
        offered_lately=0,
    )
    before = explain(wanted, one, TODAY).against
    for asked in (replace(wanted, wishes=wishes), replace(wanted, wishes=everything)):
        assert explain(asked, richer, TODAY, rules=NUDGED).against == before


@ANY_PACE
@given(ANYBODY, directories())
def test_points_of_the_order_are_the_sum_of_what_is_told(wanted: Wanted, directory: list[Candidate]) -> None:
    for each in rank(wanted, directory, TODAY).suitable:
        assert each.points == explain(wanted, each.candidate, TODAY).points


@ANY_PACE
@given(ANYBODY, directories())
def test_suitable_services_stand_by_their_points(wanted: Wanted, directory: list[Candidate]) -> None:
    points = [each.points for each in rank(wanted, directory, TODAY).suitable]
    assert points == sorted(points, reverse=True)


@ANY_PACE
@given(st.integers(0, 2**64), directories())
def test_a_paused_service_is_never_suitable_whatever_else_is_true(
    draw: int, directory: list[Candidate]
) -> None:
    paused = [replace(c, service=replace(c.service, capacity=Capacity.PAUSED)) for c in directory]
    asked = replace(WANTED, draw=draw.to_bytes(16, "big"))
    assert rank(asked, paused, TODAY).suitable == ()


def test_ties_fall_by_lot_and_not_by_name() -> None:
    alike = [
        candidate(id=UUID(int=number), name="AB"[number], provider_name="AB"[number]) for number in (0, 1)
    ]
    firsts = Counter(
        rank(replace(WANTED, draw=UUID(int=referral).bytes), alike, TODAY).suitable[0].service.name
        for referral in range(400)
    )
    assert min(firsts["A"], firsts["B"]) > 140


def test_nothing_that_tells_how_people_fared_can_be_ranked_by() -> None:
    forbidden = ("outcome", "score", "rating", "success", "better", "star", "rank", "complet", "quality")
    names = [field.name for kind in (Wanted, Candidate, Service, Answers, Wishes) for field in fields(kind)]
    assert [name for name in names if any(word in name for word in forbidden)] == []
