"""A walk over every address, format and message as everybody: of a planted person each reads what is theirs to know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from app.domain.access import system
from app.services.own import person_links
from app.store import mail
from fhir.views_table import KINDS
from tests.security.ids import parts_for
from tests.security.knocking import PEOPLE, address, of_people
from tests.security.planted import IDENTITY, PLACE, REACH, WORDS, Planted, plant, text_in
from tests.security.policy import routes
from tests.security.world import World

NAME, PRACTICE = ("name",), ("practice",)
EVERYTHING = (*NAME, *PRACTICE, *IDENTITY, *PLACE, *REACH, *WORDS)
# What each may read of somebody, if nothing is said against it; of a person on whose behalf nobody asks, nothing.
MAY_READ = {
    "link-worker": EVERYTHING,
    "practice": EVERYTHING,  # it is their patient, and they told us
    "provider": (*NAME, *REACH),
    "steward": PRACTICE,  # the directory of practices is theirs; nobody's record
    "analyst": (),
    "resident": (),
}
# What is kept from them as well, of people with a reason to be hidden, and of whoever a provider does not help.
KEPT_BACK = {
    ("restricted", "link-worker"): (*PLACE, *REACH),
    ("restricted", "practice"): (*PLACE, *REACH),
    ("restricted", "provider"): REACH,
    ("no-contact", "provider"): REACH,
    ("declined", "provider"): (*NAME, *REACH),
}
Answers = dict[tuple[str, str, str], str]  # (role, planted person or "", address) -> what can be read there


@pytest.fixture(scope="module")
def planted(world: World) -> list[Planted]:
    return plant(world.a)


@pytest.fixture(scope="module")
def answers(world: World, planted: list[Planted]) -> Answers:
    """Every page and file that can be asked for with GET, as every role that may."""
    found: Answers = {}
    for route in of_people(world):
        for role in route.row.roles if route.row and route.method == "GET" else ():
            of_one = any(part in route.rule for part in ("referral_id", "placement_id"))
            for person in [each.name for each in planted] if of_one else [""]:
                path = address(route.rule, parts_for(world, world.a, role, person or "open")) or ""
                found[role, person, path] = _text(world, path, role)
    return found


def _text(world: World, path: str, role: str) -> str:
    if path.startswith("/api/"):
        headers = {"Authorization": f"Bearer {world.token(PEOPLE[role])}"}
        answer = world.app.test_client(use_cookies=False).get(path, headers=headers)
    else:
        answer = world.browser(PEOPLE[role]).get(path)
    return text_in(answer.data, answer.content_type or "") if answer.status_code == 200 else ""


def test_walk_would_find_what_is_there(answers: Answers, planted: list[Planted]) -> None:
    read = "\n".join(text for (role, *_), text in answers.items() if role == "link-worker")
    for person in planted:
        hidden = set(KEPT_BACK.get((person.name, "link-worker"), ()))
        unseen = {"street", "postcode"}  # a link worker's pages tell the area
        assert set(EVERYTHING) - person.found_in(read) - unseen == hidden - unseen
    told = "\n".join(text for (role, *_), text in answers.items() if role == "provider")
    assert "phone" in planted[0].found_in(told)


@pytest.mark.parametrize("role", MAY_READ)
def test_nobody_reads_what_is_not_theirs(answers: Answers, planted: list[Planted], role: str) -> None:
    wrong = [
        f"{path}: of the person called {person.name}, {sorted(beyond)}"
        for (who, _, path), text in answers.items()
        for person in planted
        if who == role and (beyond := person.found_in(text) - _allowed(person.name, role))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def _allowed(person: str, role: str) -> set[str]:
    return set(MAY_READ[role]) - set(KEPT_BACK.get((person, role), ()))


@pytest.mark.parametrize("system_name", ["provider-system", "other-gp", "other-provider-system"])
def test_no_system_reads_over_fhir_what_its_people_do_not(
    world: World, planted: list[Planted], system_name: str
) -> None:
    wrong = []
    for kind in KINDS:
        answer = world.app.test_client(use_cookies=False).get(
            f"/FHIR/R4/{kind}?_count=100", headers={"Authorization": f"Bearer {world.machine(system_name)}"}
        )
        assert answer.status_code == 200, answer.text
        for person in planted:
            of_us = system_name == "provider-system"
            allowed = _allowed(person.name, "provider") if of_us else set()
            # who is in the directory of practices is no secret; that this person is theirs would be
            beyond = (
                person.found_in(text_in(answer.data, ""))
                - allowed
                - ({"practice"} if kind == "Organization" else set())
            )
            wrong += [f"{kind} of {person.name}: {sorted(beyond)}"] if beyond else []
    assert not wrong, "\n".join(wrong)


def test_persons_own_pages_tell_nothing_of_safeguarding_and_nothing_that_staff_wrote(
    world: World, planted: list[Planted]
) -> None:
    wrong, seen = [], ""
    for person in planted:
        for path, text in _own_pages(world, person):
            seen += text
            found = person.found_in(text) & set(WORDS)
            wrong += [f"{path}: {sorted(found)} of {person.name}"] if found else []
            others = {
                each.name for each in planted if each is not person and each.found_in(text) - {"practice"}
            }
            wrong += [f"{path}: {others}"] if others else []
    assert not wrong, "\n".join(wrong)
    assert "name" in planted[0].found_in(seen)


def _own_pages(world: World, person: Planted) -> Iterator[tuple[str, str]]:
    made = world.a.made[person.name]
    with world.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        code = person_links.make(tx, **whose, purpose="progress", days=7, said_safe=True).rsplit("/", 1)[1]
    visitor = world.app.test_client()
    assert visitor.get(f"/my/{code}").status_code == 200
    born = date.fromisoformat(person.traces["birth_date"][0])
    page = visitor.get(f"/my/{code}").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = {"born_day": born.day, "born_month": born.month, "born_year": born.year, "csrf_token": token}
    assert visitor.post(f"/my/{code}", data=form).status_code == 303
    opened = 0
    for route in routes(world.app):
        if (
            route.method == "GET"
            and route.rule.startswith("/my/<code>")
            and not route.rule.endswith("/leave")
        ):
            path = (
                address(route.rule, parts_for(world, world.a, "resident", person.name) | {"code": code}) or ""
            )
            answer = visitor.get(path)
            opened += answer.status_code == 200
            yield route.rule, text_in(answer.data, answer.content_type or "")
    assert opened > 4


def test_no_letter_or_text_names_anybody(world: World, planted: list[Planted]) -> None:
    wrong, sent = [], 0
    with world.db.transaction(system("test")) as tx:
        for mail_id in mail.list_due(tx):
            letter = mail.lease(tx, mail_id)
            assert letter is not None
            sent += 1
            for person in planted:
                if found := person.found_in(f"{letter.to}\n{letter.subject}\n{letter.text}"):
                    wrong.append(f"{letter.subject}: {sorted(found)} of {person.name}")
    assert not wrong, "\n".join(wrong)
    assert sent
