"""Who is on the call list and has no telephone: a letter where there is an address, else that there is no way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from app.domain.errors import Conflict
from app.domain.follow_up import AskBy, FollowUpStatus
from app.runtime import Runtime
from app.services.follow_up import follow_ups
from app.store.follow_ups import FollowUp
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.follow_up.conftest import sweep
from tests.integration.follow_up.test_asking_later import details_of
from tests.integration.web.conftest import Visitor

Later = Callable[[], Sequence[FollowUp]]
SignIn = Callable[[str], Visitor]


@pytest.fixture
def path(runtime: Runtime, clock: Clock, made: MadeReferral, later: Later) -> str:
    """The path of somebody who is to be rung by the one number that is known."""
    details_of(runtime.db, made, phones=("020 7946 0000",), address_lines=())
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    assert later()[0].status is FollowUpStatus.TO_CALL
    return f"/follow-ups/{later()[0].id}"


def test_letter_is_offered_in_place_of_a_call(
    runtime: Runtime, clock: Clock, made: MadeReferral, later: Later, sign_in: SignIn, path: str
) -> None:
    details_of(runtime.db, made, phones=(), address_lines=("12 Elm Road", "London"))
    worker = sign_in("link-worker")
    listed = worker.get("/follow-ups")
    assert "To reach another way" in listed.text
    assert f"{path}/no-answer" not in listed.posts
    page = worker.get(path)
    assert "They cannot be rung" in page.text
    assert "If you ring" not in page.text
    assert f"{path}/letter" in page.links
    assert worker.client.get(f"{path}/letter").data.startswith(b"%PDF")
    assert worker.send(f"{path}/sent", at=path).status_code == 303
    assert (later()[0].status, later()[0].way) == (FollowUpStatus.ASKED, AskBy.LETTER)
    asked = later()[0]
    assert asked.look_on is not None
    clock.set(asked.look_on)
    sweep(runtime.db)  # the reminder is a letter too
    assert (later()[0].status, later()[0].way) == (FollowUpStatus.TO_SEND, AskBy.LETTER)


def test_with_no_address_either_it_is_said_and_counted(
    runtime: Runtime, made: MadeReferral, later: Later, sign_in: SignIn, path: str, place: MadePlace
) -> None:
    details_of(runtime.db, made, phones=(), address_lines=())
    worker = sign_in("link-worker")
    page = worker.get(path)
    assert "A letter cannot be sent either" in page.text
    assert f"{path}/sent" not in page.posts
    with pytest.raises(Conflict):
        follow_ups.was_sent(runtime.db, place.link_worker, later()[0].id)
    assert "There is no way to ask them" in page.text
    assert worker.send(f"{path}/could-not-reach", at=path).status_code == 303
    assert later()[0].status is FollowUpStatus.COULD_NOT_REACH


def test_who_can_be_rung_is_rung_and_not_written_to_behind_that(
    runtime: Runtime, made: MadeReferral, later: Later, sign_in: SignIn, path: str, place: MadePlace
) -> None:
    details_of(runtime.db, made, phones=("020 7946 0000",), address_lines=("12 Elm Road", "London"))
    page = sign_in("link-worker").get(path)
    assert "If you ring" in page.text
    assert "They cannot be rung" not in page.text
    with pytest.raises(Conflict):
        follow_ups.was_sent(runtime.db, place.link_worker, later()[0].id)
