"""Reads policy.tsv, the table of who may do what, and says which of its lines an address falls under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask

_TABLE = Path(__file__).with_name("policy.tsv")
ROLES = ("analyst", "link-worker", "practice", "provider", "resident", "steward")
CHANGE = frozenset({200, 201, 202, 204, 303, 400, 409, 412, 422})
_FHIR_TYPE = re.compile(r"^/FHIR/R4/[A-Z][A-Za-z]+")


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    method: str
    route: str
    who: str
    fence: str
    own: frozenset[int]

    @property
    def roles(self) -> frozenset[str]:
        """The people's roles that may; empty where it is not people who ask."""
        asked = frozenset(self.who.split(","))
        return asked if asked <= set(ROLES) else frozenset()

    @property
    def is_page(self) -> bool:
        """Whether a browser asks, and not a program."""
        machines = (
            "/FHIR",
            "/oauth2",
            "/api/",
            "/healthz",
            "/readyz",
            "/metrics",
            "/openreferral",
            "/dataset/v1",
        )
        return not self.route.startswith(machines)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what is named in the address."""
        return tuple(re.findall(r"<(?:\w+:)?(\w+)>", self.route))

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


@dataclass(frozen=True)
class Route:
    """One method of one address of the application, and the line of the table that it falls under, if any."""

    method: str
    rule: str
    row: Row | None

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


@cache
def table() -> tuple[Row, ...]:
    """Every line, in order."""
    found = []
    for line in _TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            method, route, who, fence, own = line.split("\t")
            told = own.split(",")
            answers = frozenset(int(each) for each in told if each != "change")
            found.append(
                Row(method, route, who, fence, answers | (CHANGE if "change" in told else frozenset()))
            )
    return tuple(found)


def routes(app: Flask) -> Iterator[Route]:
    """Every method of every address, with its line: the one of that very address, else the one for any FHIR type."""
    lines = {(row.method, row.route): row for row in table()}
    for rule in app.url_map.iter_rules():
        general = _FHIR_TYPE.sub("/FHIR/R4/*", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(method, rule.rule, lines.get((method, rule.rule)) or lines.get((method, general)))


def suggested(app: Flask, route: Route) -> str:
    """The line that a route without one could have, from what its view says of itself."""
    rule = next(
        each for each in app.url_map.iter_rules() if each.rule == route.rule and route.method in each.methods
    )
    access = getattr(app.view_functions[rule.endpoint], "_access", "elsewhere")
    who = {"public": "everybody"}.get(access, access) if isinstance(access, str) else ",".join(sorted(access))
    fence = "own" if rule.arguments else "-"
    return "\t".join((route.method, route.rule, who, fence, "200" if route.method == "GET" else "change"))
