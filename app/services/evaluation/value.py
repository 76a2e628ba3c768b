"""The value calculator: off unless the place turns it on; its inputs are data, and whoever uses it edits them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.domain.access import system
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.pack import Pack
from app.domain.value import Estimate, Given, Input, Method, estimate, pounds, problems_of
from app.letters.pack import Part, Section, Table
from app.store import place_rules
from app.store.session import Database

_FILE: Final = Path(__file__).resolve().parents[2] / "measures" / "lists" / "value.toml"
_READER: Final = system("value")
_NOTHING: Final = "Fill in one of the two ways, all of its lines."
LEAD: Final = (
    "These are sums of listed costs and stated assumptions. They are no measured result of this work, and no money is "
    "known to have moved. Change an input and the range changes."
)


def is_on(db: Database) -> bool:
    """Tell whether the place shows money lines."""
    with db.transaction(_READER) as tx:
        return place_rules.of(tx).money_lines_on


def check_on(db: Database) -> None:
    """Raise NotFound unless the place shows money lines."""
    if not is_on(db):
        raise NotFound


@cache
def methods() -> tuple[Method, ...]:
    """Return the two ways to work a value out, with what is confirmed of their inputs."""
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Method(each["code"], each["title"], each["said"], tuple(map(_input, each["input"])))
        for each in told["method"]
    )


def work_out(pack: Pack, given: Mapping[str, Given], *, this_year: int) -> Sequence[Estimate]:
    """Return a value for each way that was filled in, each with range and people; raises Invalid with every problem."""
    wanted = [each for each in methods() if any(not given[one.code].is_empty for one in each.inputs)]
    if not wanted:
        raise Invalid([FieldProblem("share_low", _NOTHING, "required")])
    problems = [
        problem
        for each in wanted
        for problem in problems_of(each, given, people=pack.people, this_year=this_year)
    ]
    if problems:
        raise Invalid(problems)
    return [estimate(each, given, people=pack.people) for each in wanted]


def appendix_of(estimates: Sequence[Estimate]) -> Section:
    """Return the values as an appendix of the pack in print: method, inputs with their sources, and the range."""
    return Section("Appendix: what it may be worth", LEAD, tuple(map(_part, estimates)))


def _part(found: Estimate) -> Part:
    rows = [
        (
            f"{each.words} ({each.unit})",
            *(_told(value) for value in (given.low, given.central, given.high)),
            f"{given.source}, {given.year}",
        )
        for each in found.method.inputs
        for given in (found.given[each.code],)
    ]
    central = "–" if found.central is None else pounds(found.central)
    whole = (
        "Value, two figures exact",
        pounds(found.low),
        central,
        pounds(found.high),
        f"{found.people.words} people",
    )
    table = Table(("Input", "Lowest", "Best guess", "Highest", "Source"), (*rows, whole), last_is_whole=True)
    return Part(found.method.title, found.sentence, (), table, (found.method.said,), beside=False)


def _told(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:,f}"


def _input(told: Mapping[str, Any]) -> Input:
    numbers = {name: Decimal(str(told[name])) for name in ("low", "central", "high") if name in told}
    usual = Given(**numbers, source=told.get("source", ""), year=told.get("year"))
    return Input(told["code"], told["words"], told["unit"], told["look_up"], usual)
