"""Every open referral is somebody's: who took it on, whom it was handed to, or the team's duty."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.lifecycle import ReferralStatus
from app.services.caring import ownership
from app.services.shown import views
from app.services.signing_in import sign_in
from app.store.session import Database
from tests.factories import PASSWORD, MadePlace, make_place, make_referral


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


def owner(database: Database, place: MadePlace, referral_id: UUID) -> UUID | None:
    return views.get_referral(database, place.actor("second-link-worker"), referral_id).owner.user_id


def test_a_new_referral_is_the_dutys_until_somebody_takes_it_on(database: Database, place: MadePlace) -> None:
    new = make_referral(database, place, ReferralStatus.RECEIVED)
    taken = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    assert owner(database, place, new.id) is None
    assert owner(database, place, taken.id) == place.link_worker.user_id
    owners = {line.id: line.owner for line in views.list_referrals(database, place.link_worker).lines}
    assert owners[taken.id].name == "Invented link-worker"
    assert owners[new.id].user_id is None


def test_a_referral_is_handed_to_a_colleague_and_to_the_duty_and_the_audit_says_so(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    second = place.actor("second-link-worker").user_id
    asked = ownership.ask_hand_over(database, place.link_worker, made.id)
    assert {each.user_id: each.open_referrals for each in asked.colleagues} == {
        place.link_worker.user_id: 1,
        second: 0,
    }
    ownership.hand_over(database, place.link_worker, made.id, second)
    assert owner(database, place, made.id) == second
    ownership.hand_over(database, place.link_worker, made.id, None)
    assert owner(database, place, made.id) is None
    with admin.connect() as connection:
        query = "select detail->>'owner' from audit_event where act = 'hand over' and detail ? 'owner' order by seq"
        assert connection.execute(text(query)).scalars().all() == [str(second), "duty"]


@pytest.mark.parametrize("to", ["other-link-worker", "provider-0", "nobody"])
def test_a_referral_is_handed_to_nobody_outside_its_team(
    database: Database, place: MadePlace, to: str
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    whom = uuid4() if to == "nobody" else place.actor(to).user_id
    with pytest.raises(Invalid, match="of your team"):
        ownership.hand_over(database, place.link_worker, made.id, whom)
    assert owner(database, place, made.id) == place.link_worker.user_id


def test_another_team_finds_nothing_and_another_role_may_not(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    with pytest.raises(NotFound):
        ownership.hand_over(database, place.actor("other-link-worker"), made.id, None)
    with pytest.raises(NotAllowed):
        ownership.hand_over(database, place.actor("provider-0"), made.id, None)


def test_what_has_ended_needs_no_owner(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.CLOSED)
    with pytest.raises(Conflict, match="has ended"):
        ownership.hand_over(database, place.link_worker, made.id, None)


def test_who_leaves_cannot_sign_in_and_their_open_referrals_go_to_the_duty(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    opened, ended = (
        make_referral(database, place, status) for status in (ReferralStatus.ACTIVE, ReferralStatus.CLOSED)
    )
    token = sign_in.begin(database, "link-worker", PASSWORD).token
    assert ownership.leave(database, "Link-Worker ") == 1
    assert owner(database, place, opened.id) is None
    assert owner(database, place, ended.id) == place.link_worker.user_id
    assert sign_in.find_signed_in(database, token) is None
    with pytest.raises(NotFound, match="Nobody signs in"):
        ownership.leave(database, "nobody")
