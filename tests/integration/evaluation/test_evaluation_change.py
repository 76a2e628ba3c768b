"""Change is told in pairs, one a person, in the scale's own direction; nobody's answers are given away."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import sqrt
from statistics import mean, stdev
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.pack import Change, Filters, Interval, Number, Pack
from app.runtime import Runtime
from app.services.evaluation.pack import evaluation
from tests.factories import MadePlace
from tests.integration.evaluation.conftest import Helped

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
T_OF_11 = (
    2.200985  # two-sided 95 per cent point of Student's t with 11 degrees of freedom, from printed tables
)


@pytest.fixture
def provider(place: MadePlace) -> Actor:
    return place.actor("provider-0")


def change(pack: Pack, key: str, phase: str = "after") -> Change:
    """The change on a scale."""
    return next(each for each in pack.changes if (each.key, each.phase) == (key, phase))


def ons4(**answers: int) -> dict[str, int]:
    """The answers to the items given."""
    return {code.replace("_", "-"): value for code, value in answers.items()}


def pair(before: dict[str, int], after: dict[str, int], measure: str = "ons4") -> dict[str, Any]:
    """What an episode has of one measure."""
    return {"measures": ((measure, "before", before), (measure, "after", after))}


def test_mean_change_and_its_interval_are_those_of_the_paired_t_test(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    pairs = [(2, 5), (3, 3), (4, 8), (5, 4), (1, 6), (6, 7), (3, 9), (4, 4), (2, 3), (7, 8), (5, 7), (4, 2)]
    for before, after in pairs:
        helped(1, **pair(ons4(happy=before), ons4(happy=after)))
    helped(8)  # nobody asked them
    found = change(evaluation(runtime.db, provider, MARCH), "ons4.happy")
    moved = [after - before for before, after in pairs]
    half = T_OF_11 * stdev(moved) / sqrt(len(moved))
    ends = [round(mean(moved) + each, 1) for each in (0, -half, half)]
    assert ends == [1.7, 0.1, 3.2]  # of 12 people in steps of 1, the ends outwards
    assert found.change == Interval(2.0, 0.0, 4.0)
    assert found.before
    assert found.before.mean == round(mean(before for before, _ in pairs))
    assert found.after
    assert found.after.mean == round(mean(after for _, after in pairs))
    assert "in steps of 1." in found.method
    assert (found.asked, found.paired) == (Number(20), Number(10))  # 20 and 12
    assert found.missing_percent == 50.0  # of the printed numbers
    # 8 better, 2 the same, 2 worse: none of the three can be told, and all of them together
    assert found.apart == Number(10, 100.0)
    assert [each.people for each in (found.better, found.same, found.worse)] == [None, None, None]


def test_fewer_anxious_points_are_better(runtime: Runtime, provider: Actor, helped: Helped) -> None:
    helped(15, **pair(ons4(anxious=8, happy=4), ons4(anxious=5, happy=4)))
    helped(10, **pair(ons4(anxious=2, happy=8), ons4(anxious=6, happy=6)))
    pack = evaluation(runtime.db, provider, MARCH)
    anxious, happy = change(pack, "ons4.anxious"), change(pack, "ons4.happy")
    assert not anxious.higher_is_better
    assert (anxious.better, anxious.worse) == (Number(15, 60.0), Number(10, 40.0))
    assert anxious.change
    assert anxious.change.mean == 0.0  # -0.2, in steps of 0.5
    assert (happy.same, happy.worse) == (Number(15, 60.0), Number(10, 40.0))
    assert [each.key for each in pack.changes] == ["ons4.happy", "ons4.anxious"]  # as the measure has them


def test_a_total_needs_all_of_its_items_on_both_days(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    whole = {"companionship": 3, "left-out": 2, "isolated": 3}
    helped(10, **pair(whole, dict.fromkeys(whole, 1), "ucla3"))
    helped(5, **pair(whole, {"companionship": 1}, "ucla3"))
    found = change(evaluation(runtime.db, provider, MARCH), "ucla3.loneliness")
    assert found.paired == Number(10)
    assert found.asked == Number(15)
    assert found.better == Number(10, 100.0)
    assert (found.low, found.high) == (3, 9)


@pytest.mark.parametrize(("people", "is_told"), [(9, False), (10, True)])
def test_nothing_is_told_of_nine_pairs(
    runtime: Runtime, provider: Actor, helped: Helped, people: int, is_told: bool
) -> None:
    helped(people, goal=(3, 6))
    found = change(evaluation(runtime.db, provider, MARCH), "goal")
    assert (found.change is not None, found.before is not None) == (is_told, is_told)
    assert found.better.people == (10 if is_told else None)
    assert found.worse.people == (0 if is_told else None)


def test_the_first_answer_before_and_the_last_after_are_the_pair(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    helped(
        12,
        measures=(
            ("ons4", "before", ons4(happy=2)),
            ("ons4", "before", ons4(happy=9)),
            ("ons4", "after", ons4(happy=1)),
            ("ons4", "after", ons4(happy=5)),
        ),
    )
    with (
        admin.connect() as connection
    ):  # of two doors; through one of them the later would correct the earlier
        other = "update measure_response set said_by = 'link-worker' where (answers->>'happy')::int in (9, 1)"
        connection.execute(text(other))
    order = "case (answers->>'happy')::int when 2 then 1 when 9 then 2 when 1 then 3 else 4 end"
    with admin.connect() as connection:
        later = f"recorded_at + make_interval(mins => {order})"
        connection.execute(text(f"update measure_response set recorded_at = {later}"))  # noqa: S608
    found = change(evaluation(runtime.db, provider, MARCH), "ons4.happy")
    assert found.change == Interval(3.0, 2.0, 4.0)


def test_a_corrected_answer_counts_as_it_stands_and_one_taken_back_does_not(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    slip = (("ons4", "before", ons4(happy=9)), ("ons4", "before", ons4(happy=2)))
    helped(12, measures=(*slip, ("ons4", "after", ons4(happy=5))))
    helped(10, measures=(("ons4", "before", ons4(happy=3)), ("ons4", "after", ons4(happy=8))))
    order = "case (answers->>'happy')::int when 9 then 1 else 2 end"
    back = (
        "insert into measure_response (id, referral_id, placement_id, measure, phase, answers, taken_on, recorded_at,"
        " skipped) select gen_random_uuid(), referral_id, placement_id, measure, phase, '{}', taken_on,"
        " recorded_at + interval '1 day', 'declined' from measure_response where (answers->>'happy')::int = 8"
    )
    with admin.connect() as connection:
        later = f"recorded_at + make_interval(mins => {order})"
        connection.execute(text(f"update measure_response set recorded_at = {later}"))  # noqa: S608
        connection.execute(text(back))
    found = change(evaluation(runtime.db, provider, MARCH), "ons4.happy")
    assert found.change
    assert found.change.mean == 3.0  # 2 and 5: neither the slip, nor what ten people took back
    assert found.before
    assert found.before.mean == 2.0


def test_follow_up_is_told_apart_and_counts_who_could_have_answered(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    helped(12, **pair(ons4(happy=3), ons4(happy=6)))
    helped(15)
    with admin.connect() as connection:
        connection.execute(
            text(
                "insert into measure_response (id, referral_id, placement_id, measure, phase, months, answers,"
                " taken_on, recorded_at) select gen_random_uuid(), referral_id, null, measure, 'follow-up', 3,"
                " '{\"happy\": 5}', taken_on + 92, recorded_at from measure_response where phase = 'after'"
            )
        )
    pack = evaluation(runtime.db, provider, MARCH)
    assert change(pack, "ons4.happy").change == Interval(3.0, 2.0, 4.0)
    later = change(pack, "ons4.happy", "follow-up-3")
    assert later.change == Interval(2.0, 1.0, 3.0)
    assert (later.asked, later.paired, later.missing_percent) == (Number(25), Number(10), 60.0)


def test_answers_to_another_organisation_are_not_counted(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine, place: MadePlace
) -> None:
    """Of one referral to two organisations, each counts its own answers and those that belong to the referral."""
    helped(12, **pair(ons4(happy=3), ons4(happy=6)))
    helped(1, by=1)
    with admin.connect() as connection:
        theirs = connection.execute(
            text("select id from placement where provider_id = :other"), {"other": place.providers[1].id}
        ).scalar_one()
        connection.execute(
            text("update measure_response set placement_id = :theirs where phase = 'after'"),
            {"theirs": theirs},
        )
    found = change(evaluation(runtime.db, provider, MARCH), "ons4.happy")
    assert found.paired == Number(0)


def test_what_was_skipped_is_no_answer(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    helped(20, **pair(ons4(happy=3), ons4(happy=6)))
    with admin.connect() as connection:
        skipped = "select id from measure_response where phase = 'after' limit 10"
        connection.execute(
            text(
                f"update measure_response set skipped = 'declined', answers = '{{}}' where id in ({skipped})"  # noqa: S608
            )
        )
    found = change(evaluation(runtime.db, provider, MARCH), "ons4.happy")
    assert (found.asked, found.paired) == (Number(20), Number(10))


def test_a_mean_that_two_people_make_is_withheld(runtime: Runtime, provider: Actor, helped: Helped) -> None:
    helped(10, **pair(ons4(happy=5), ons4(happy=5)))
    helped(2, **pair(ons4(happy=1), ons4(happy=10)))
    found = change(evaluation(runtime.db, provider, MARCH), "ons4.happy")
    assert found.paired == Number(10)
    assert (found.before, found.after, found.change) == (None, None, None)


def test_nobody_is_asked_before_their_help_has_ended(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(10, **pair(ons4(happy=3), ons4(happy=6)))
    helped(10, received_at=datetime(2026, 11, 1, tzinfo=UTC), measures=(("ons4", "before", ons4(happy=3)),))
    found = change(evaluation(runtime.db, provider, Filters()), "ons4.happy")
    assert (found.asked, found.paired) == (Number(10), Number(10))


@pytest.mark.parametrize("word", ["because of", "thanks to", "impact", "caused", "led to", "resulted"])
def test_no_word_of_the_pack_speaks_of_a_cause(
    runtime: Runtime, provider: Actor, helped: Helped, word: str
) -> None:
    helped(12, goal=(3, 6), **pair(ons4(happy=3), ons4(happy=6)))
    assert word not in repr(evaluation(runtime.db, provider, MARCH)).lower()
