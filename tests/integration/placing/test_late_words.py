"""A group tells what came of help that the link worker had ended; the link worker passes it on, or leaves it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.late_words import DAYS
from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings, late_words, triage
from app.services.caring.endings import LONGEST_TEXT, Ending
from app.services.helping import delivery
from app.services.rights import consent
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, acknowledge, make_referral
from tests.integration.web.conftest import Visitor, sign_in

__all__ = ["sign_in"]
SignIn = Callable[[str], Visitor]
TOLD = {"outcome": "better", "words": "Came to the lunch club all summer."}
NOT_KNOWN = Outcome(OutcomeState.NOT_KNOWN, "We lost touch.", "Nothing to do.")


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace, clock: Clock) -> MadeReferral:
    """A referral that the first provider was helping with when the link worker ended it, two days ago."""
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    delivery.start(runtime.db, place.actor("provider-0"), made.placement_id)
    endings.end_early(runtime.db, place.link_worker, made.id, Ending(NOT_KNOWN, reason="moved-away"))
    clock.advance(days=2)
    return made


def page_of(made: MadeReferral) -> str:
    return f"/offers/{made.placement_id}"


def tell(visitor: Visitor, made: MadeReferral, **changed: str) -> str:
    """Send the form from its page; return where it leads."""
    return str(visitor.send(f"{page_of(made)}/late-outcome", TOLD | changed).location)


def word_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> UUID:
    return late_words.list_for_referral(runtime.db, place.link_worker, made.id).told[0].id


def press(visitor: Visitor, made: MadeReferral, word_id: UUID, what: str) -> int:
    page = f"/referrals/{made.id}"
    return visitor.send(f"{page}/late-outcomes/{word_id}/{what}", at=page).status_code


def tasks_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> list[str]:
    return [task.kind for task in views.get_referral(runtime.db, place.link_worker, made.id).tasks]


def test_group_tells_late_and_the_practice_hears_nothing_of_it_yet(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    provider = sign_in("provider-0")
    assert "Say what came of it" in provider.get(page_of(helped)).text
    assert tell(provider, helped) == page_of(helped)
    assert TOLD["words"] in provider.get(page_of(helped)).text
    loop = views.get_loop(runtime.db, place.actor("practice-0"), helped.id)
    assert (loop.outcome, len(loop.feedback)) == (NOT_KNOWN, 1)
    assert tasks_of(runtime, place, helped) == ["late-outcome"]
    seen = sign_in("link-worker").get(f"/referrals/{helped.id}").text
    assert TOLD["words"] in seen
    assert "told you later what came of it" in seen


def test_one_press_tells_whoever_asked_anew_with_what_was_told_before_below(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    tell(sign_in("provider-0"), helped)
    word = word_of(runtime, place, helped)
    assert press(sign_in("link-worker"), helped, word, "pass-on") == 303
    loop = views.get_loop(runtime.db, place.actor("practice-0"), helped.id)
    assert loop.outcome is not None
    assert loop.outcome.state is OutcomeState.BETTER
    first, second = loop.outcome.summary.split("\n")
    assert place.providers[0].name in first
    assert first.endswith(TOLD["words"])
    assert (second, loop.outcome.actions) == (NOT_KNOWN.summary, NOT_KNOWN.actions)
    assert [each.status for each in loop.feedback][-1] == FeedbackStatus.COMPOSED
    assert len(loop.feedback) == 2
    found = views.get_referral(runtime.db, place.link_worker, helped.id)
    assert (found.referral.status, found.referral.end_reason) == (ReferralStatus.ENDED_EARLY, "moved-away")
    assert not found.tasks
    assert "passed it on" in sign_in("provider-0").get(page_of(helped)).text


def test_closed_loop_is_told_anew_and_waits_for_the_practice_again(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    acknowledge(runtime.db, helped)
    tell(sign_in("provider-0"), helped)
    press(sign_in("link-worker"), helped, word_of(runtime, place, helped), "pass-on")
    found = views.get_referral(runtime.db, place.link_worker, helped.id)
    assert found.referral.status == ReferralStatus.ENDED_EARLY
    acknowledge(runtime.db, helped)
    found = views.get_referral(runtime.db, place.link_worker, helped.id)
    assert found.referral.status == ReferralStatus.CLOSED


def test_what_two_groups_told_is_to_be_read_until_both_are_decided_on(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    second = triage.offer(runtime.db, place.link_worker, made.id, [place.services[1].id])
    delivery.accept(runtime.db, place.actor("provider-1"), second)
    both = {"provider-0": made.placement_id, "provider-1": second}
    for username, placement_id in both.items():
        delivery.start(runtime.db, place.actor(username), placement_id)
    endings.end_early(runtime.db, place.link_worker, made.id, Ending(NOT_KNOWN, reason="moved-away"))
    for username, placement_id in both.items():
        sign_in(username).send(f"/offers/{placement_id}/late-outcome", TOLD)
    worker = sign_in("link-worker")
    told = late_words.list_for_referral(runtime.db, place.link_worker, made.id).told
    assert len(told) == 2
    for word, left in zip(told, (["late-outcome"], []), strict=True):
        assert press(worker, made, word.id, "leave") == 303
        assert tasks_of(runtime, place, made) == left


def test_long_words_from_before_make_room_for_what_was_told_late(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    delivery.start(runtime.db, place.actor("provider-0"), made.placement_id)
    long = Outcome(OutcomeState.NOT_KNOWN, "x" * LONGEST_TEXT, "")
    endings.end_early(runtime.db, place.link_worker, made.id, Ending(long, reason="moved-away"))
    clock.advance(days=2)
    tell(sign_in("provider-0"), made)
    assert press(sign_in("link-worker"), made, word_of(runtime, place, made), "pass-on") == 303
    loop = views.get_loop(runtime.db, place.actor("practice-0"), made.id)
    assert loop.outcome is not None
    assert loop.outcome.summary.endswith(TOLD["words"])


def test_link_worker_leaves_the_outcome_as_it_was(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    tell(sign_in("provider-0"), helped)
    word, worker = word_of(runtime, place, helped), sign_in("link-worker")
    assert press(worker, helped, word, "leave") == 303
    assert views.get_loop(runtime.db, place.actor("practice-0"), helped.id).outcome == NOT_KNOWN
    assert not tasks_of(runtime, place, helped)
    assert press(worker, helped, word, "pass-on") == 409  # it was decided on


def test_pressing_send_twice_is_one_word_and_whoever_comes_again_reads_it(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    provider, path = sign_in("provider-0"), f"{page_of(helped)}/late-outcome"
    token = provider.get(path).token
    for words in ("First.", "Second."):
        form = TOLD | {"words": words, "csrf_token": token}
        assert provider.client.post(path, data=form).location == page_of(helped)
    told = late_words.list_for_referral(runtime.db, place.link_worker, helped.id).told
    assert [each.words for each in told] == ["First."]
    assert provider.client.get(path).location == page_of(helped)


def test_without_a_state_nothing_is_written_and_what_was_typed_stands_there(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    answer = sign_in("provider-0").send(f"{page_of(helped)}/late-outcome", TOLD | {"outcome": ""})
    assert answer.status_code == 400
    assert TOLD["words"] in answer.text
    assert not late_words.list_for_referral(runtime.db, place.link_worker, helped.id).told


def test_it_can_be_told_on_the_last_day_and_not_after_it(
    sign_in: SignIn, helped: MadeReferral, clock: Clock
) -> None:
    clock.advance(days=DAYS - 2)
    page = sign_in("provider-0").get(page_of(helped))
    assert "Say what came of it" in page.text
    clock.advance(days=1)
    provider = sign_in("provider-0")
    assert "Say what came of it" not in provider.get(page_of(helped)).text
    form = TOLD | {"csrf_token": provider.get("/offers").token}
    assert provider.client.post(f"{page_of(helped)}/late-outcome", data=form).status_code == 409


def test_nobody_is_asked_about_a_person_who_said_no(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    endings.reopen(runtime.db, place.link_worker, helped.id, reason="person-returned")
    assert "Say what came of it" in sign_in("provider-0").get(page_of(helped)).text
    consent.record(runtime.db, place.link_worker, helped.id, given=False)
    assert "Say what came of it" not in sign_in("provider-0").get(page_of(helped)).text


def test_group_that_never_said_yes_is_not_asked(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place)
    endings.end_early(runtime.db, place.link_worker, made.id, Ending(NOT_KNOWN, reason="moved-away"))
    assert "Say what came of it" not in sign_in("provider-0").get(page_of(made)).text


def test_other_groups_and_other_teams_find_nothing(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    stranger = sign_in("provider-1")
    form = TOLD | {"csrf_token": stranger.get("/offers").token}
    assert stranger.client.get(f"{page_of(helped)}/late-outcome").status_code == 404
    assert stranger.client.post(f"{page_of(helped)}/late-outcome", data=form).status_code == 404
    tell(sign_in("provider-0"), helped)
    word, other = word_of(runtime, place, helped), sign_in("other-link-worker")
    path = f"/referrals/{helped.id}/late-outcomes/{word}/pass-on"
    sent = other.client.post(path, data={"csrf_token": other.get("/referrals").token})
    assert sent.status_code == 404
    own = make_referral(runtime.db, place)
    assert press(sign_in("link-worker"), own, word, "leave") == 404


def test_while_the_referral_is_open_again_it_is_read_and_not_passed_on(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    tell(sign_in("provider-0"), helped)
    endings.reopen(runtime.db, place.link_worker, helped.id, reason="person-returned")
    worker, word = sign_in("link-worker"), word_of(runtime, place, helped)
    assert "Use what they told you when you end it" in worker.get(f"/referrals/{helped.id}").text
    assert press(worker, helped, word, "pass-on") == 409
    assert press(worker, helped, word, "leave") == 303


def test_told_on_the_telephone_it_is_entered_in_the_groups_name(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    worker, page = sign_in("link-worker"), f"/referrals/{helped.id}"
    enter = f"{page}/offers/{helped.placement_id}/enter"
    assert enter in worker.get(page).html
    worker.send(enter, {"told_by": "Sam Lee"})
    tell(worker, helped)
    told = late_words.list_for_referral(runtime.db, place.link_worker, helped.id).told[0]
    assert (told.named, told.was_entered) == ("Sam Lee", True)
    assert enter not in sign_in("second-link-worker").get(page).html, "a group tells once"


def test_its_words_lie_sealed_and_every_look_is_in_the_audit(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral, admin: Engine
) -> None:
    tell(sign_in("provider-0"), helped)
    press(sign_in("link-worker"), helped, word_of(runtime, place, helped), "pass-on")
    with admin.connect() as connection:
        row = connection.execute(text("select words, named, settled_as from late_word")).one()
        whose = {"person": str(helped.person_id)}
        seen = "select distinct act from audit_event where subject = 'late_word' and person_id = :person"
        acts = set(connection.execute(text(seen), whose).scalars())
    assert b"lunch club" not in bytes(row.words)
    assert row.settled_as == "passed-on"
    assert {"write late outcome", "read late outcome", "pass late outcome on"} <= acts
