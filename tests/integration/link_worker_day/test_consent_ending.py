"""Whose yes ends: sharing, being in touch and research on one list, each told apart, as long as asking helps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.caseload import AskAbout, Show, Wanted
from app.domain.consent_wordings import Kind
from app.runtime import Runtime
from app.services.caring import caseload
from app.services.own import person_choices
from app.services.own.person_choices import Answer
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Somebody whose practice said that they agree to be told of."""
    return make_referral(runtime.db, place)


@pytest.fixture
def say(runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock) -> Callable[..., None]:
    """Write down a word of theirs, a minute after the last."""

    def write(kind: Kind, *, given: bool = True, months: int | None = 3) -> None:
        clock.advance(minutes=1)
        answer = Answer(kind=kind, given=given, wording=1, months=months)
        person_choices.record(runtime.db, place.link_worker, made.id, answer, how="telephone")

    return write


@pytest.fixture
def asked(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Callable[[], list[AskAbout]]:
    """What they are to be asked about, none where they are not on the list."""

    def find() -> list[AskAbout]:
        found = caseload.list_caseload(runtime.db, place.link_worker, Wanted(show=Show.CONSENT))
        assert {line.id for line in found.page.lines} == found.ask_about.keys()
        assert found.counts[Show.CONSENT] == found.page.total
        return list(found.ask_about.get(made.id, ()))

    return find


@pytest.mark.parametrize(("kind", "once_ended"), [(Kind.CONTACT, [AskAbout.CONTACT]), (Kind.RESEARCH, [])])
def test_a_yes_is_asked_about_in_its_last_month_and_after_it_where_nothing_may_be_sent(
    kind: Kind,
    once_ended: list[AskAbout],
    say: Callable[..., None],
    asked: Callable[[], list[AskAbout]],
    clock: Clock,
) -> None:
    say(kind)
    assert asked() == []
    clock.advance(days=65)
    assert asked() == [AskAbout(kind.value)]
    clock.advance(days=40)
    assert asked() == once_ended
    say(kind, months=None)
    assert asked() == []


@pytest.mark.parametrize("kind", [Kind.CONTACT, Kind.RESEARCH])
def test_a_no_and_a_yes_without_a_last_day_lack_nothing(
    kind: Kind, say: Callable[..., None], asked: Callable[[], list[AskAbout]], clock: Clock
) -> None:
    say(kind, months=3)
    say(kind, given=False, months=None)
    clock.advance(days=80)
    assert asked() == []
    say(kind, months=None)
    clock.advance(days=80)
    assert asked() == []


def test_all_three_stand_in_one_line_with_the_way_to_ask(
    sign_in: SignIn,
    say: Callable[..., None],
    asked: Callable[[], list[AskAbout]],
    clock: Clock,
    made: MadeReferral,
) -> None:
    clock.advance(days=300)
    for kind in (Kind.CONTACT, Kind.RESEARCH):
        say(kind)
    clock.advance(days=75)
    assert asked() == [AskAbout.SHARING, AskAbout.CONTACT, AskAbout.RESEARCH]
    page = sign_in("link-worker").get("/referrals?show=consent")
    assert "Ask about sharing, being in touch, research" in page.text
    assert f"/referrals/{made.id}/choices" in page.links
    assert "Ask about" not in sign_in("link-worker").get("/referrals").text
