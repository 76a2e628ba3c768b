"""Every address that shows somebody a page: taken from the application's own map, and opened as whoever may open it.

What is not a page is named here, with its reason; an address that is neither opened nor named fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.access import system
from app.services.feedback import practice_settings
from app.services.own import person_links
from app.services.own.person_links import CHECK_IN
from app.services.signing_in import passwords
from app.store import staff
from tests.by_link import CODE_TO, LINK_TO, add_helper, path_in, take_post
from tests.factories import make_referral
from tests.security.ids import parts_for
from tests.security.knocking import PEOPLE, address
from tests.security.policy import Row, routes
from tests.security.world import World

STATES = ("open", "closed", "waiting", "asked", "triage", "new", "unknown")
# What stands differently at each point of a referral's way, and is looked at at each.
OF_EVERY_STATE = (
    "/referrals/<uuid:referral_id>",
    "/referrals/<uuid:referral_id>/offer",
    "/offers/<uuid:placement_id>",
    "/loops/<uuid:referral_id>",
)
A_FILE = re.compile(r"\.(csv|json|pdf|svg|xlsx|html)$")
# Addresses that show no page here, and why.
NO_PAGE = {
    "/": "leads home",
    "/by-link/offer": "leads on to the offer",
    "/dataset/releases/<release_id>/files/<path:name>": "a file of the dataset",
    "/my/<code>/leave": "leads away",
    "/referrals/<uuid:referral_id>/person-letter": "a file, once help has ended for somebody who asked themselves",
    "/register/<uuid:service_id>": "leads on to a day",
}
# Addresses that mean nothing without a question: they are opened as the pages link to them.
ASKED_WITH_MORE = ("/directory-categories/one", "/evaluation/rows")
BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}


@dataclass(frozen=True)
class Opened:
    """An answer to somebody who asked for an address of the map."""

    rule: str
    path: str
    answer: TestResponse
    client: FlaskClient

    @property
    def is_page(self) -> bool:
        """Whether a page came that is more than an excuse."""
        return self.answer.status_code == 200 and self.answer.mimetype == "text/html"

    @property
    def is_file(self) -> bool:
        """Whether what came is no page: a letter, a form for printing."""
        return self.answer.status_code == 200 and self.answer.mimetype != "text/html"

    def asked_with_more(self) -> Iterator[tuple[str, str]]:
        """The first links of the page to addresses that mean nothing without a question: (address of the map, link)."""
        for rule in ASKED_WITH_MORE:
            if found := re.search(rf'href="({rule}\?[^"]+)"', self.answer.text if self.is_page else ""):
                yield rule, unescape(found.group(1))


def addresses(world: World) -> list[Row]:
    """The lines of the table of who may do what that are of addresses which a browser opens and may show a page."""
    found = [route.row for route in routes(world.app) if route.method == "GET" and route.row]
    return [row for row in found if row.is_page and not A_FILE.search(row.route) and row.route not in NO_PAGE]


def opened_by(world: World, role: str) -> Iterator[Opened]:
    """What somebody with a role is answered at every address of theirs, in the states in which it shows a page."""
    client = world.browser(PEOPLE[role])
    for row in addresses(world):
        if role not in row.roles:
            continue
        for state in STATES:
            path = address(row.route, parts_for(world, world.a, role, state))
            assert path, f"no example of {row.route}: add its parts to tests/security/ids.py"
            found = Opened(row.route, path, client.get(path), client)
            yield found
            for rule, link in found.asked_with_more():
                yield Opened(rule, link, client.get(link), client)
            if "<" not in row.route or (found.is_page and row.route not in OF_EVERY_STATE):
                break


def opened_without_account(world: World) -> Iterator[Opened]:
    """What everybody, and whoever has a link, is answered."""
    stranger = world.app.test_client()
    for row in addresses(world):
        if row.who == "everybody":
            path = address(row.route, parts_for(world, world.a, "practice")) or ""
            yield Opened(row.route, path, stranger.get(path), stranger)
    for client, codes in (
        (stranger, links_of(world) | {"my": "a-code-that-nobody-was-given"}),
        (own := world.app.test_client(), {"my": own_link(world, own, "closed")}),
        (own := world.app.test_client(), {"my": own_link(world, own, "open", CHECK_IN)}),
    ):
        yield from _behind_links(world, client, codes)
    yield from _by_safe_link(world)


def _behind_links(world: World, client: FlaskClient, codes: dict[str, str]) -> Iterator[Opened]:
    for row in addresses(world):
        purpose = row.route.split("/")[1]
        if row.who == "link" and purpose in codes:
            parts = parts_for(world, world.a, "practice") | {"code": codes[purpose]}
            path = address(row.route, parts) or ""
            yield Opened(row.route, path, client.get(path), client)


def links_of(world: World) -> dict[str, str]:
    """The codes of links that somebody was sent, by what they are for."""
    practice_settings.change_summary(world.db, world.a.practice_actor, is_on=True, to="us@nhs.example")
    with world.db.transaction(system("test")) as tx:
        staff.record_email(tx, world.place.accounts["analyst"].id, "analyst@example.org")
    passwords.ask_for_link(world.db, "analyst")
    told = "\n".join(letter.text for letter in take_post(world.db))
    found = dict(re.findall(r"/(confirm-address|set-password)/(\S+)", told))
    return {
        "funder": world.a.codes["funder"],
        "dial": world.a.codes["dial"],
        "still-right": world.a.codes["still-right"],
        **found,
    }


def own_link(world: World, client: FlaskClient, state: str, purpose: str = person_links.PROGRESS) -> str:
    """The code of a link of somebody's own, already opened in their browser by the day on which they were born."""
    made = world.a.made[state]
    with world.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        path = person_links.make(tx, **whose, purpose=purpose, days=30).removeprefix("http://localhost")
    answer = client.post(path, data={**BORN, "csrf_token": token_of(client.get(path))})
    assert answer.status_code == 303
    return path.rsplit("/", 1)[1]


def _by_safe_link(world: World) -> Iterator[Opened]:
    """A helper goes from the link in the e-mail to the offer."""
    add_helper(world.db, world.place)
    make_referral(world.db, world.place)
    path = path_in(next(each.text for each in take_post(world.db) if each.to == LINK_TO))
    client = world.app.test_client()
    yield Opened("/offer-link/<code>", path, landing := client.get(path), client)
    client.post(path, data={"csrf_token": token_of(landing)})
    yield Opened("/by-link", "/by-link", asked := client.get("/by-link"), client)
    (text,) = [each.text for each in take_post(world.db) if each.to == CODE_TO]
    told = {"digits": re.findall(r"\b\d{6}\b", text)[0], "named": "Sam Lee", "csrf_token": token_of(asked)}
    answer = client.post("/by-link", data=told)
    assert answer.status_code == 303
    offer = client.get(answer.location).location or answer.location
    yield Opened("/offers/<uuid:placement_id>", offer, client.get(offer), client)


def token_of(answer: TestResponse) -> str:
    """The token of the forms of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', answer.text)
    assert found, answer.text[:500]
    return found.group(1)
