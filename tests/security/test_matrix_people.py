"""Every address x every role x whose it is: who may not is refused, and what is foreign is as if it were not there."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from tests.security.ids import CODE_OF, parts_for
from tests.security.knocking import PEOPLE, Knocker, address, of_people
from tests.security.policy import Route
from tests.security.world import World

STATES = ("open", "closed", "waiting", "asked", "triage", "new", "unknown")
# A line of a plan that is not there yet is begun under the number that its page gave it.
NAMED_BY_WHO_ASKS = ("goal_id", "action_id")
LAST = (
    "/sessions/<uuid:session_id>/end",
    "/enter",
    "/entering/<uuid:member_id>",
    "/sessions/end-others",
    "sign-out",
)  # whoever has done this is somebody else afterwards, and comes in anew
SIDED = ("link-worker", "practice", "provider")  # the roles whose organisation fences what they see


@pytest.fixture(scope="module")
def knocker(world: World) -> Knocker:
    """Somebody who has seen every form of the first side."""
    made = Knocker(world)
    for role in (*SIDED, "steward", "analyst"):
        mine = [route for route in of_people(world) if role in _roles(route) and _may_hold_a_form(route)]
        for state in ("open", "closed", "waiting", "asked"):
            parts = parts_for(world, world.a, role, state)
            unread = [route for route in mine if (PEOPLE[role], route.rule) not in made.read]
            seen = mine if state in ("open", "closed") else unread
            paths = [address(route.rule, parts) for route in seen if state == "open" or "<" in route.rule]
            made.learn(PEOPLE[role], [path for path in paths if path])
    return made


def _may_hold_a_form(route: Route) -> bool:
    return route.method == "GET" and bool(route.row and route.row.is_page) and "." not in route.rule


def _roles(route: Route) -> frozenset[str]:
    return route.row.roles if route.row else frozenset()


def test_who_may_not_is_refused_and_a_stranger_asked_to_sign_in(world: World, knocker: Knocker) -> None:
    wrong = []
    for route in of_people(world):
        path = address(route.rule, parts_for(world, world.a, min(_roles(route))))
        assert path, f"no example of {route}: add its parts to tests/security/ids.py"
        stranger = knocker.ask(route.method, path, None, rule=route.rule)
        asked_in = (
            stranger.status == 401 if path.startswith("/api/") else stranger.location.startswith("/sign-in")
        )
        if not asked_in:
            wrong.append(f"{route}: a stranger got {stranger.status}")
        for role in set(PEOPLE) - _roles(route):
            answer = knocker.ask(route.method, path, PEOPLE[role], rule=route.rule)
            if answer.status != 403:
                wrong.append(f"{route}: {role} got {answer.status}")
    assert not wrong, listed(wrong)


def test_foreign_is_answered_exactly_as_absent_and_nothing_is_changed(world: World, knocker: Knocker) -> None:
    wrong, asked, before = [], 0, contents(world.admin)
    for route in of_people(world):
        if route.row is None or route.row.fence not in ("own", "directory"):
            continue
        for role in [each for each in SIDED if each in _roles(route)]:
            nothing = knocker.ask(route.method, absent(route, world, role), PEOPLE[role], rule=route.rule)
            if nothing.status != 404:
                wrong.append(f"{route}: for {role} what is absent is {nothing.status}")
            for path in foreign(route, world, role):
                asked += 1
                answer = knocker.ask(route.method, path, PEOPLE[role], rule=route.rule)
                if answer != nothing and (route.row.fence, answer.status) != ("directory", 403):
                    wrong.append(
                        f"{route}: for {role} foreign is {answer.status}, absent {nothing.status}: {path}"
                    )
            if route.method != "GET" and (after := contents(world.admin)) != before:
                changed = [table for table in after if after[table] != before.get(table)]
                wrong.append(f"{route}: {role} changed {changed} of others")
                before = after
    assert not wrong, listed(wrong)
    assert asked > 800  # a table that had lost its fences would ask nothing


def test_own_is_there(world: World, knocker: Knocker) -> None:
    wrong = []
    for route in of_people(world):
        if route.row is None or route.method != "GET":
            continue
        for role in _roles(route):
            for user in [PEOPLE[role], *(["second-link-worker"] if role == "link-worker" else [])]:
                if not route.row.own & set(found := list(answers(world, knocker, route, role, user))):
                    wrong.append(f"{route}: {user} got {sorted(set(found))}")
    assert not wrong, listed(wrong)


def answers(world: World, knocker: Knocker, route: Route, role: str, user: str) -> Iterator[int]:
    """How a page of one's own answers, for referrals that stand differently, up to the first that shows it."""
    for path in dict.fromkeys(
        address(route.rule, parts_for(world, world.a, role, state)) for state in STATES
    ):
        yield (status := knocker.ask("GET", path or "", user).status)
        if route.row and status in route.row.own:
            return


def test_own_can_be_changed_or_the_form_says_why_not(world: World, knocker: Knocker) -> None:
    """Last of this file: whatever is sent here changes what the other tests look at."""
    wrong = []
    for route in sorted(of_people(world), key=_comes_last):
        if route.row is None or route.method == "GET":
            continue
        for role in _roles(route):
            path = address(route.rule, parts_for(world, world.a, role))
            answer = knocker.ask(route.method, path or "", PEOPLE[role], rule=route.rule)
            if answer.status not in route.row.own | {404}:
                wrong.append(f"{route}: {role} got {answer.status}")
            if _comes_last(route):
                knocker.come_in_anew()
    assert not wrong, listed(wrong)


def listed(wrong: list[str]) -> str:
    """Every line of what is wrong, for whoever has to mend it."""
    return "\n" + "\n".join(wrong)


def _comes_last(route: Route) -> int:
    return max((number for number, end in enumerate(LAST, 1) if route.rule.endswith(end)), default=0)


def absent(route: Route, world: World, role: str) -> str:
    """The address with ids that nothing has."""
    return _address(route, parts_for(world, world.a, role) | nothing_of(route))


def nothing_of(route: Route) -> dict[str, str]:
    """An id that nothing has for each part of an address that is an id."""
    return {name: str(uuid4()) for name in _ids(route)}


def foreign(route: Route, world: World, role: str) -> Iterator[str]:
    """The address with ids of the other side: all of them, and each beside our own."""
    ours, states = parts_for(world, world.a, role), ("open", "closed", "hidden", "deleted")
    seen: set[str] = set()
    for state in states:
        theirs = {name: parts_for(world, world.b, role, state)[name] for name in _ids(route)}
        mixed = [ours | {name: value} for name, value in theirs.items()] if len(theirs) > 1 else []
        for parts in (ours | theirs, *mixed):
            path = _address(route, parts)
            if path not in seen:
                seen.add(path)
                yield path


def _ids(route: Route) -> list[str]:
    named = [
        name
        for name in (route.row.parts if route.row else ())
        if name.endswith("_id") and name not in NAMED_BY_WHO_ASKS
    ]
    return [*named, *([CODE_OF[route.rule]] if route.rule in CODE_OF else [])]


def _address(route: Route, parts: dict[str, str]) -> str:
    path = address(route.rule, parts)
    assert path, f"no example of {route}: add its parts to tests/security/ids.py"
    return path


def contents(admin: Engine) -> dict[str, str]:
    """Every table's rows but the traces of who asked."""
    with admin.connect() as connection:
        tables = connection.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
        told = [
            f"select '{table}', md5(string_agg(t::text, '' order by t::text)) from \"{table}\" t"  # noqa: S608
            for table in sorted(set(tables) - {"audit_event", "user_session", "api_token"})
        ]
        return {str(name): str(sum_) for name, sum_ in connection.execute(text(" union all ".join(told)))}
