"""The table of who may do what has a line for every address, none too many, and each says what the view says."""

from __future__ import annotations

from tests.security.policy import routes, suggested, table
from tests.security.world import World


def test_every_route_has_its_line(world: World) -> None:
    missing = [suggested(world.app, route) for route in routes(world.app) if route.row is None]
    assert missing == [], "decide who may, and add to tests/security/policy.tsv:\n" + "\n".join(missing)


def test_no_line_is_of_an_address_that_is_gone_or_stands_twice(world: World) -> None:
    used = {(route.row.method, route.row.route) for route in routes(world.app) if route.row}
    lines = [(row.method, row.route) for row in table()]
    assert sorted(set(lines) - used) == []
    assert len(lines) == len(set(lines))


def test_view_says_what_the_table_says(world: World) -> None:
    said = {
        (rule.rule, method): rule.endpoint
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    wrong = []
    for route in routes(world.app):
        access = getattr(world.app.view_functions[said[route.rule, route.method]], "_access", None)
        told = route.row.who if route.row else ""
        if isinstance(access, frozenset) and frozenset(told.split(",")) != {str(role) for role in access}:
            wrong.append(f"{route}: {told}, and the view lets in {sorted(access)}")
        if access == "public" and told not in ("everybody", "link"):
            wrong.append(f"{route}: {told}, and the view lets everybody in")
    assert wrong == []
