"""The value calculator tells a range with its people and sources, or nothing at all."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.errors import Invalid
from app.domain.pack import Number
from app.domain.value import Given
from app.services.evaluation import value
from tests.packs import PACK

SOURCED = {"source": "A study", "year": 2024}
APPOINTMENTS = {
    "share": Given(Decimal(20), None, Decimal(60), **SOURCED),
    "units": Given(Decimal(1), None, Decimal(3), **SOURCED),
    "cost": Given(Decimal(30), None, Decimal(45), **SOURCED),
    "spent": Given(),
    "multiplier": Given(),
}
LOCAL = {
    **dict.fromkeys(("share", "units", "cost"), Given()),
    "spent": Given(Decimal(20000), Decimal(20000), Decimal(20000), source="Our accounts", year=2026),
    "multiplier": Given(Decimal("1.4"), Decimal("1.8"), Decimal("2.5"), **SOURCED),
}


def problems(given: dict[str, Given], pack: object = PACK) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        value.work_out(pack, given, this_year=2026)  # type: ignore[arg-type]
    return {each.field: each.sentence for each in refused.value.problems}


def test_value_is_the_product_of_lows_to_the_product_of_highs_two_figures_exact() -> None:
    (found,) = value.work_out(PACK, APPOINTMENTS, this_year=2026)
    # 135 people x 20% x 1 x 30 = 810; 135 x 60% x 3 x 45 = 10,935
    assert (found.low, found.high, found.central) == (Decimal(810), Decimal(11000), None)
    assert found.sentence == (
        "£810 to £11,000: the value of appointments at the listed cost, "
        "if 20 to 60 per cent of 135 people had 1 to 3 appointments fewer in a year."
    )


def test_best_guess_stands_where_every_input_has_one() -> None:
    (found,) = value.work_out(PACK, LOCAL, this_year=2026)
    assert (found.low, found.central, found.high) == (Decimal(28000), Decimal(36000), Decimal(50000))
    assert "135 people" in found.sentence
    assert "£28,000 to £50,000 in the local economy (best guess £36,000)" in found.sentence


def test_both_ways_are_told_apart_and_never_added_up() -> None:
    both = {name: APPOINTMENTS[name] if not APPOINTMENTS[name].is_empty else LOCAL[name] for name in LOCAL}
    assert [each.method.code for each in value.work_out(PACK, both, this_year=2026)] == [
        "appointments",
        "local",
    ]


@pytest.mark.parametrize("people", [None, 0, 5])
def test_under_ten_people_there_is_no_value(people: int | None) -> None:
    few = replace(PACK, people=Number(people))
    assert "fewer than 10 people" in problems(APPOINTMENTS, few)["people"]


@pytest.mark.parametrize(
    ("name", "given", "field", "said"),
    [
        ("units", Given(Decimal(1), None, None, **SOURCED), "units_high", "Without a range no value"),
        ("units", Given(None, Decimal(2), None, **SOURCED), "units_low", "Without a range no value"),
        (
            "units",
            Given(Decimal(3), None, Decimal(1), **SOURCED),
            "units_high",
            "lowest is above the highest",
        ),
        ("units", Given(Decimal(1), Decimal(9), Decimal(3), **SOURCED), "units_central", "between"),
        ("cost", Given(Decimal(30), None, Decimal(45), year=2024), "cost_source", "Write where it stands"),
        ("cost", Given(Decimal(30), None, Decimal(45), source="A list"), "cost_year", "year of the source"),
        ("cost", Given(Decimal(30), None, Decimal(45), "A list", 2031), "cost_year", "to 2026"),
        ("share", Given(Decimal(20), None, Decimal(101), **SOURCED), "share_high", "from 0 to 100"),
        ("cost", Given(Decimal(-1), None, Decimal(45), **SOURCED), "cost_low", "from 0"),
        ("cost", Given(), "cost_low", "Without a range no value"),
    ],
)
def test_what_is_missing_is_named_where_it_is_missing(name: str, given: Given, field: str, said: str) -> None:
    assert said in problems(APPOINTMENTS | {name: given})[field]


@pytest.mark.parametrize(
    ("spent", "multiplier", "span"),
    [
        (("10000", "10001"), ("1.5", "1.5"), "£15,000 to £16,000"),
        (("10100", "10900"), ("1", "1"), "£10,000 to £11,000"),
        (("0.1", "0.2"), ("1", "1"), "£0 to £1"),
    ],
)
def test_ends_are_rounded_outwards_and_stay_apart(
    spent: tuple[str, str], multiplier: tuple[str, str], span: str
) -> None:
    given = LOCAL | {
        name: Given(Decimal(low), None, Decimal(high), **SOURCED)
        for name, (low, high) in (("spent", spent), ("multiplier", multiplier))
    }
    assert value.work_out(PACK, given, this_year=2026)[0].sentence.count(span) == 1


def test_a_range_that_comes_to_one_number_is_refused() -> None:
    nought = APPOINTMENTS | {"share": Given(Decimal(0), None, Decimal(0), **SOURCED)}
    assert "Give a range: the least and the most" in problems(nought)["cost_high"]


def test_one_number_alone_is_no_range() -> None:
    points = {name: replace(each, high=each.low) for name, each in APPOINTMENTS.items()}
    assert "told as a range" in problems(points)["cost_high"]


def test_nothing_filled_in_is_told() -> None:
    assert "one of the two ways" in problems(dict.fromkeys(LOCAL, Given()))["share_low"]


def test_no_input_comes_filled_in_without_a_source() -> None:
    for each in (one for method in value.methods() for one in method.inputs):
        assert each.look_up
        assert each.usual.is_empty or (each.usual.source and each.usual.year)


def test_appendix_prints_inputs_sources_method_and_range() -> None:
    found = value.appendix_of(value.work_out(PACK, LOCAL, this_year=2026))
    (part,) = found.parts
    assert part.table.rows[-1] == ("Value, two figures exact", "£28,000", "£36,000", "£50,000", "135 people")
    assert "Our accounts, 2026" in part.table.rows[0]
    assert "multiplier" in part.notes[0]
    assert not any(
        word in f"{found.lead}{part.lead}".lower() for word in ("saved", "because", "thanks to", "impact")
    )
