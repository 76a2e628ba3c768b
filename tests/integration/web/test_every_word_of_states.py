"""The states of people's pages that come later: each word of ours can be translated in those too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.domain.access import system
from app.domain.carers import Carer
from app.domain.lifecycle import ReferralStatus
from app.domain.own_codes import Wish
from app.domain.sources import SourceKind
from app.domain.stories import Agreed, NewStory, Use
from app.runtime import Runtime
from app.services.evaluation import stories
from app.services.follow_up import check_in_asking, follow_up_asking, follow_ups
from app.services.follow_up.follow_up_asking import House
from app.services.helping import delivery
from app.services.own import carer_links, person_links
from app.services.own.person_links import CHECK_IN
from app.services.shown import views
from app.store import check_ins
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.asking import TELLING
from tests.integration.sources.other_sources import add_source
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page
from tests.integration.web.test_every_word_is_marked import BORN, asked_as_written, begin, open_link
from tests.own_links import others
from tests.pseudo import speaking_nothing, unmarked

HOUSE = House(has_mail=True, help_phone="020 7946 0001", has_texts=True)
CARER = "Ngozi Okonkwo"
STORY = "I go there on Tuesdays and I laugh."


@pytest.fixture
def stranger(app: Flask, tmp_path: Path) -> Iterator[Visitor]:
    """Somebody who asks for the language that nobody speaks."""
    with speaking_nothing(app, tmp_path):
        visitor = Visitor(app.test_client())
        visitor.client.get("/privacy?lang=cy")
        yield visitor


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


@pytest.fixture
def theirs(place: MadePlace, runtime: Runtime) -> set[str]:
    """Names, what people wrote, and the questionnaires, which are asked as whoever owns them wrote them."""
    named = (*place.providers, *place.services, *place.practices, place.team, place.place)
    person = {
        "Adaeze Okonkwo",
        "Cardamom Row",
        "E8 1EA",
        CARER,
        STORY,
        "Ruth",
        "daughter",
        "Invented.",
        "Sam Lee",
    }
    return {each.name for each in named} | person | asked_as_written(runtime.db.measures)


def opened(runtime: Runtime, stranger: Visitor, made: MadeReferral, purpose: str) -> str:
    whose = {"person_id": made.person_id, "referral_id": made.id}
    with runtime.db.transaction(system("test")) as tx:
        path = person_links.make(tx, **whose, purpose=purpose, days=30).removeprefix("http://localhost")
    assert stranger.send(path, BORN).status_code == 303
    return path


def none_unmarked(stranger: Visitor, path: str, theirs: set[str]) -> None:
    answer = stranger.client.get(path)
    assert answer.status_code == 200, path
    assert unmarked(answer.text, theirs) == [], path


def test_whether_help_has_arrived_before_and_after_each_answer(
    runtime: Runtime, stranger: Visitor, made: MadeReferral, place: MadePlace, clock: Clock, theirs: set[str]
) -> None:
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    check_in_asking.plan_new(runtime.db)
    with runtime.db.transaction(system("test")) as tx:
        first, *_ = check_ins.list_for_referral(tx, made.id, audit="test")
    clock.set(first.due_on)
    for each in check_in_asking.due(runtime.db):
        check_in_asking.take_step(runtime.db, each, HOUSE)
    path = f"{opened(runtime, stranger, made, CHECK_IN)}/arrived"
    none_unmarked(stranger, path, theirs)
    refused = stranger.send(path, {"answer": "perhaps"})
    assert refused.status_code == 400
    assert unmarked(refused.text, theirs) == []
    for answer in ("not-yet", "arrived"):
        stranger.send(path, {"answer": answer})
        none_unmarked(stranger, path, theirs)


def test_questions_of_months_after_page_by_page(
    runtime: Runtime, stranger: Visitor, place: MadePlace, clock: Clock, theirs: set[str]
) -> None:
    ended = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    (first, *_) = follow_ups.list_of_referral(runtime.db, place.link_worker, ended.id)
    clock.set(first.due_on)
    for each in follow_up_asking.due(runtime.db):
        follow_up_asking.take_step(runtime.db, each, HOUSE)
    path = f"{opened(runtime, stranger, ended, 'follow-up')}/answers"
    none_unmarked(stranger, path, theirs)
    refused = stranger.send(f"{path}/ons4", {"ons4-follow-up-happy": "99"})
    assert refused.status_code == 400
    assert unmarked(refused.text, theirs) == []
    for measure in ("ons4", "ucla3", "goal-progress"):
        none_unmarked(stranger, f"{path}/{measure}", theirs)
        stranger.send(f"{path}/{measure}", {"step": "leave-out"})
    none_unmarked(stranger, f"{path}/done", theirs)
    none_unmarked(stranger, f"{path}/stop", theirs)


def test_persons_page_with_a_story_that_they_told(
    runtime: Runtime, stranger: Visitor, made: MadeReferral, place: MadePlace, clock: Clock, theirs: set[str]
) -> None:
    begin(runtime, place, made)
    reference = views.get_referral(runtime.db, place.link_worker, made.id).referral.reference
    provider = place.provider_of(place.services[0].id)
    story_id = stories.keep(runtime.db, provider, reference, NewStory(STORY, "Ruth"))
    stories.agree(runtime.db, provider, story_id, Agreed("Sam Lee", clock.today, (Use.PACK,)))
    path = open_link(runtime, stranger, made)
    assert STORY in stranger.client.get(f"{path}/progress").text
    none_unmarked(stranger, f"{path}/progress", theirs)
    stranger.send(f"{path}/stories/end", at=f"{path}/progress")
    none_unmarked(stranger, f"{path}/progress", theirs)


@pytest.mark.parametrize("part", ["progress", "plan", "comment", "data"])
def test_what_a_carer_sees(
    part: str,
    runtime: Runtime,
    stranger: Visitor,
    made: MadeReferral,
    place: MadePlace,
    clock: Clock,
    theirs: set[str],
) -> None:
    begin(runtime, place, made)
    carer = Carer(CARER, "daughter", clock.today)
    link = carer_links.make(runtime.db, place.link_worker, made.id, carer, Wish(30, said_safe=True))
    path = link.address.removeprefix("http://localhost")
    assert unmarked(stranger.client.get(path).text, theirs) == []
    for wrong in ({}, BORN | {"digits": "x"}, BORN | {"digits": others(link.digits)}):
        assert unmarked(stranger.send(path, wrong).text, theirs) == []
    assert stranger.send(path, BORN | {"digits": link.digits}).status_code == 303
    answer = stranger.client.get(f"{path}/{part}")
    assert unmarked(answer.text, theirs) == []


def test_asking_for_oneself_checked_and_sent(
    runtime: Runtime, stranger: Visitor, place: MadePlace, theirs: set[str]
) -> None:
    own = add_source(runtime.db, place, SourceKind.SELF)
    form = TELLING | {"who": "me", "agrees": "yes", "team": str(own.id)}
    typed = {*theirs, "Wanda", "Example", "Would like company.", "07700 900461", own.name}
    looked_at = stranger.send("/self-referral", form)
    assert looked_at.status_code == 200
    assert unmarked(looked_at.text, typed) == []
    changed = stranger.send("/self-referral", form | {"step": "change"})
    assert unmarked(changed.text, typed) == []
    carried = {given.get("name") or "": given.get("value") or "" for given in read_page(looked_at).inputs}
    sent = stranger.client.post("/self-referral", data=carried | {"step": "send"})
    assert sent.status_code == 200
    assert unmarked(sent.text, typed) == []


def test_page_of_somebody_who_waits_for_a_place(
    runtime: Runtime, stranger: Visitor, made: MadeReferral, place: MadePlace, theirs: set[str]
) -> None:
    provider = place.provider_of(place.services[0].id)
    delivery.waitlist(runtime.db, provider, made.placement_id, wait_weeks=4)
    path = open_link(runtime, stranger, made)
    for part in ("progress", "plan", "change", "stop"):
        none_unmarked(stranger, f"{path}/{part}", theirs)
    stranger.send(f"{path}/stop")
    none_unmarked(stranger, f"{path}/stop", theirs)
