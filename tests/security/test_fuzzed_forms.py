"""Every form and every schema, with what nobody types: never a fault of ours, never a column not asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any, Final

import pytest
from sqlalchemy import Boolean, DateTime, Integer, Uuid, text

from app.store.every_table import METADATA
from tests.security.ids import parts_for
from tests.security.knocking import PEOPLE, Answer, Knocker, address, of_people
from tests.security.policy import Route
from tests.security.test_matrix_people import LAST, listed
from tests.security.test_matrix_people import knocker as knocker
from tests.security.world import World

MARK: Final = "Mass4ssigned"
PLANTED: Final = "0f0f0f0f-4a4a-4b4b-8c8c-0f0f0f0f0f0f"
OLD: Final = "1903-03-03"
NUMBER: Final = 1903001903
HOSTILE: Final = (
    "nul\x00inside",
    "9" * 400,
    "-1",
    "NaN",
    "1e400",
    "\u202e\ufffe' or '1'='1 {{7*7}}${7*7}<script>",
    "\U0001f600" * 2000,
    "٣",  # a digit that int() takes and a database need not
    "2026-02-30",
    "00000000-0000-0000-0000-00000000000g",
    "",
    " ",
    "\r\nX-Header: 1",
    "\ud7ff\u0000\uffff",
)
STRANGE: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    [[]],
    ["a", {}],
    {"$ne": 1},
    "\x00",
    "x" * 70_000,
    "\U0001f600" * 300,
    "٣",
)
ROUNDS: Final = 3  # times that each address is asked; each field of it has another value each time


def columns() -> dict[str, str]:
    """Every column's name, with a value of its kind that must stand nowhere afterwards."""
    found = {}
    for table in METADATA.tables.values():
        for column in table.columns:
            kinds = {Uuid: PLANTED, DateTime: f"{OLD}T03:03:03+00:00", Integer: str(NUMBER), Boolean: "true"}
            found[column.name] = next(
                (value for kind, value in kinds.items() if isinstance(column.type, kind)), ""
            )
    return found | {"role": "steward", "is_admin": "true", "is_active": "true", "__class__": "", "_csrf": ""}


def writable(world: World, *, pages: bool) -> list[tuple[Route, list[str]]]:
    """Every address that changes something, with the roles that may; each is asked by one of them after the other."""
    found = [each for each in of_people(world) if each.method != "GET" and not each.rule.endswith(LAST)]
    return [(route, sorted(route.row.roles)) for route in found if route.row and route.row.is_page == pages]


def send(world: World, knocker: Knocker, route: Route, role: str, told: Any) -> Answer:
    """Send something to one's own; where that ended the session, the next comes in anew."""
    path = address(route.rule, parts_for(world, world.a, role)) or ""
    answer = knocker.ask(route.method, path, PEOPLE[role], rule=route.rule, told=told)
    if answer.status == 401 or answer.location.startswith("/sign-in"):
        knocker.come_in_anew()
    return answer


def rotated(values: tuple[Any, ...], names: list[str], number: int) -> list[tuple[str, Any]]:
    """Give each name a value, from another one on each time."""
    return list(zip(names, islice(cycle(values), number, None), strict=False))


def is_ours(answer: Answer) -> bool:
    """Tell whether an answer says that something broke; 503 says that a part is away, which none is here."""
    return answer.status >= 500


def body_for(knocker: Knocker, route: Route) -> Any:
    """A body that an address of the API takes."""
    return knocker.bodies.get((route.method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule)))


def test_no_hostile_value_breaks_a_page(world: World, knocker: Knocker) -> None:
    wrong, sent = [], 0
    for place, (route, roles) in enumerate(writable(world, pages=True)):
        names = list(dict.fromkeys(name for name, _ in knocker.form_of(route.rule)))
        for number in range(ROUNDS if names else 0):
            told = rotated(HOSTILE, names, place + number * 3)
            answer = send(world, knocker, route, roles[number % len(roles)], told)
            sent += 1
            wrong += [f"{route}: {answer.status} for {str(told)[:300]}"] if is_ours(answer) else []
    assert not wrong, listed(wrong)
    assert sent > 200


def test_doubled_and_bracketed_names_break_no_page(world: World, knocker: Knocker) -> None:
    wrong = []
    for place, (route, roles) in enumerate(writable(world, pages=True)):
        fields = knocker.form_of(route.rule)
        doubled = [*fields, *((name, HOSTILE[5]) for name, _ in fields)]
        bracketed = [(f"{name}{end}", value) for name, value in fields for end in ("[]", "[$ne]", ".x")]
        for told in (list(reversed(doubled)), [*doubled, *bracketed]) if fields else ():
            answer = send(world, knocker, route, roles[place % len(roles)], told)
            wrong += [f"{route}: {answer.status}"] if is_ours(answer) else []
    assert not wrong, listed(wrong)


def test_no_strange_type_breaks_the_api(world: World, knocker: Knocker) -> None:
    wrong, sent = [], 0
    for place, (route, roles) in enumerate(writable(world, pages=False)):
        for told in strange(body_for(knocker, route), place):
            answer = send(world, knocker, route, roles[sent % len(roles)], told)
            sent += 1
            wrong += [f"{route}: {answer.status} for {str(told)[:200]}"] if is_ours(answer) else []
    assert not wrong, listed(wrong)
    assert sent > 200


def strange(body: Any, place: int) -> Iterator[Any]:
    """What is no object, then an object of which one or all fields are of another type."""
    yield STRANGE[1:][place % (len(STRANGE) - 1)]
    if isinstance(body, dict) and body:
        for number in range(ROUNDS):
            yield dict(rotated(STRANGE, list(body), place + number * 3))
            name = list(body)[number % len(body)]
            yield body | {name: STRANGE[(place + number) % len(STRANGE)]}


@pytest.mark.parametrize("pages", [True, False], ids=["pages", "api"])
def test_nothing_but_what_is_asked_for_is_written(world: World, knocker: Knocker, pages: bool) -> None:
    """Every column's name is sent along: what it was given stands nowhere afterwards, and nobody has become anybody."""
    wrong, before, sent = [], who_is_who(world), writable(world, pages=pages)
    for place, (route, roles) in enumerate(sent):
        fields = knocker.form_of(route.rule) if pages else body_for(knocker, route) or {}
        asked = {name for name, _ in fields} if pages else set(fields)
        if pages and not fields:
            continue  # its form was seen on no page: what it owns is not known
        more = {name: value or f"{MARK}{place}x" for name, value in columns().items() if name not in asked}
        told: Any = [*fields, *more.items()] if pages else fields | more
        answer = send(world, knocker, route, roles[place % len(roles)], told)
        wrong += [f"{route}: {answer.status}"] if is_ours(answer) else []
        if asked and not pages and answer.status not in (400, 403, 404, 409, 422):
            wrong.append(f"{route}: takes fields that it does not know, and answers {answer.status}")
    found = {f"{table}: {named(sent, row)}" for table, row in standing(world)}
    assert not wrong, listed(wrong)
    assert not found, listed(sorted(found))
    assert who_is_who(world) == before


def who_is_who(world: World) -> list[tuple[Any, ...]]:
    """Everybody's role, organisation and rights."""
    query = "select id, role, organisation_id, manages, username from user_account order by id"
    with world.admin.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def standing(world: World) -> Iterator[tuple[str, str]]:
    """Every row of every table in which something stands that was sent along."""
    sought = "|".join((MARK, PLANTED, OLD, str(NUMBER)))
    with world.admin.connect() as connection:
        for table in METADATA.tables:
            query = f'select t::text from "{table}" t where t::text ~ :sought'  # noqa: S608
            for row in connection.execute(text(query), {"sought": sought}).scalars():
                yield table, row


def named(sent: list[tuple[Route, list[str]]], row: str) -> str:
    """By which address a row was written, as its mark says."""
    found = re.search(rf"{MARK}(\d+)x", row)
    return str(sent[int(found[1])][0]) if found else row[:300]
