"""The messages of a case lead to one state whatever the order in which they reach the door."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.store import cautions, inbox, people, referrals
from tests.factories import MadePlace
from tests.integration.api_fhir.case_messages import DO_NOT_CONTACT, Case, both, phone, words
from tests.integration.api_fhir.gp_system import GpSystem

Counted = Callable[[str], int]
READER = system("test")
SENT = ["new", "first", "second", "cancel", "mistaken"]


def _case(place: MadePlace) -> tuple[Case, dict[str, bytes]]:
    """A referral, an update of words and telephone, a newer one that forbids contact and gives no telephone."""
    case = Case.of(place.practices[0], words="First words.")
    return case, {
        "new": case.first,
        "first": case.update(1, both(words("Words of one."), phone("07700 900001"))),
        "second": case.update(2, both(words("Words of two."), _forbid_contact, _give_no_telephone)),
        "cancel": case.cancel(3),
        "mistaken": case.mistaken(4),
    }


def _forbid_contact(parts: dict[str, Any]) -> None:
    parts["ServiceRequest"] |= {"code": {"text": "Social prescribing"}, "orderDetail": [DO_NOT_CONTACT]}


def _give_no_telephone(parts: dict[str, Any]) -> None:
    del parts["Patient"]["telecom"]


def _state(runtime: Runtime, place: MadePlace, case: Case) -> dict[str, Any]:
    """All that is known of a case, but the ids and moments that each run has of its own."""
    with runtime.db.transaction(READER) as tx:
        found = referrals.find_of_case(tx, place.practices[0].id, case.bundle_id, None, audit="test")
        assert found is not None
        person = people.get(tx, found.person_id, audit="test")
        return {
            "status": found.status,
            "end_reason": found.end_reason,
            "needs": found.needs,
            "priority": found.priority,
            "reason": referrals.reason_text(tx, found, audit="test"),
            "cautions": cautions.get(tx, found.id, audit="test"),
            "person": replace(person.details, nhs_number=None),
            "flags": (person.restricted, person.deceased, person.type1_opt_out),
        }


def _is_old_news(answer: TestResponse) -> bool:
    """BaRS answers an update that is older than what is held with a conflict, although it was kept."""
    return answer.status_code == 409 and answer.get_json()["issue"][0]["code"] == "conflict"


def _end_of(gp: GpSystem, runtime: Runtime, place: MadePlace, order: tuple[str, ...]) -> dict[str, Any]:
    case, listed = _case(place)
    journey = str(uuid4())
    for name in order:
        answer = gp.post(listed[name], X_Correlation_Id=journey)
        assert answer.status_code in (200, 202) or _is_old_news(answer), (order, name, answer.text)
    return _state(runtime, place, case)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (SENT[:3], ReferralStatus.RECEIVED),
        (SENT[:4], ReferralStatus.WITHDRAWN),
        (["new", "first", "mistaken"], ReferralStatus.ENTERED_IN_ERROR),
    ],
)
def test_every_order_of_a_case_has_one_end(
    gp: GpSystem, place: MadePlace, runtime: Runtime, counted: Counted, sent: list[str], status: str
) -> None:
    orders = list(permutations(sent))
    ends = [_end_of(gp, runtime, place, order) for order in orders]
    assert ends[0]["status"] == status
    assert ends[0]["person"].phones == ("07700 900001",)
    if "second" in sent:
        assert ends[0]["reason"].endswith("Words of two.")
        assert ends[0]["cautions"].do_not_contact
    for order, end in zip(orders, ends, strict=True):
        assert end == ends[0], order
    assert counted("referral") == len(orders)
    assert counted("inbox_message where status = 'parked'") == 0
    assert counted("task where kind = 'parked-message' and done_at is null") == 0


def test_an_order_among_all_five_drawn_by_lot_has_the_end_of_the_sent_one(
    gp: GpSystem, place: MadePlace, runtime: Runtime
) -> None:
    wanted = _end_of(gp, runtime, place, tuple(SENT))
    lot = random.Random(20261122)
    for _ in range(12):
        order = tuple(lot.sample(SENT, len(SENT)))
        assert _end_of(gp, runtime, place, order) == wanted, order


def test_messages_of_a_case_at_the_same_moment_have_one_end(
    app: Flask, gp: GpSystem, place: MadePlace, runtime: Runtime, counted: Counted
) -> None:
    wanted = _end_of(gp, runtime, place, tuple(SENT[:4]))
    assert gp.token
    for _ in range(3):
        case, listed = _case(place)
        journey = str(uuid4())

        def post(name: str, listed: dict[str, bytes] = listed, journey: str = journey) -> int:
            own = replace_http(gp, app)
            return own.post(listed[name], X_Correlation_Id=journey).status_code

        with ThreadPoolExecutor(4) as hands:
            statuses = list(hands.map(post, SENT[:4]))
        assert set(statuses) <= {200, 202, 409}, statuses
        assert _state(runtime, place, case) == wanted
    assert counted("inbox_message where status = 'parked'") == 0


def test_messages_that_share_nothing_but_their_correlation_id_pass_one_at_a_time(runtime: Runtime) -> None:
    journey = str(uuid4())
    with runtime.db.transaction(READER) as first:
        inbox.hold_case(first, str(uuid4()), journey)
        with runtime.db.transaction(READER) as stranger:
            stranger.session.connection().exec_driver_sql("set local lock_timeout = '200ms'")
            inbox.hold_case(stranger, str(uuid4()), str(uuid4()))
        with runtime.db.transaction(READER) as second:
            second.session.connection().exec_driver_sql("set local lock_timeout = '200ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                inbox.hold_case(second, str(uuid4()), journey)
            second.session.rollback()


def replace_http(gp: GpSystem, app: Flask) -> GpSystem:
    """The same system with a connection of its own."""
    return replace(gp, http=app.test_client())


class TestTheAnswer:
    def test_an_early_change_is_kept_and_says_that_it_is_applied_by_itself(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        case, listed = _case(place)
        early = gp.post(listed["cancel"])
        assert early.status_code == 202
        assert "by itself" in early.json["issue"][0]["diagnostics"]
        assert counted("referral") == 0
        assert gp.post(case.first).status_code == 200
        assert counted("referral where status = 'withdrawn'") == 1

    def test_an_early_change_with_a_bundle_id_of_its_own_is_found_by_the_correlation_id(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        case, journey = Case.of(place.practices[0]), str(uuid4())
        early = case.cancel(1).replace(case.bundle_id.encode(), str(uuid4()).encode())
        assert gp.post(early, X_Correlation_Id=journey).status_code == 202
        assert gp.post(case.first, X_Correlation_Id=journey).status_code == 200
        assert counted("referral where status = 'withdrawn'") == 1
        assert counted("inbox_message where status = 'parked'") == 0

    def test_an_overtaken_update_is_kept_and_a_conflict_in_bars_and_a_success_elsewhere(
        self, make_gp: Callable[..., GpSystem], place: MadePlace, counted: Counted
    ) -> None:
        for dialect, status in (("bars", 409), ("fhir", 200)):
            gp = make_gp(dialect=dialect)
            _, listed = _case(place)
            for name in ("new", "second"):
                assert "newer" not in gp.post(listed[name]).text
            late = gp.post(listed["first"])
            assert late.status_code == status
            assert "newer" in late.text
            assert "kept" in late.text
        assert counted("inbox_message where status = 'taken'") == 6

    def test_the_same_update_under_a_new_request_id_changes_nothing_and_is_no_news(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        _, listed = _case(place)
        for name in ("new", "first", "first"):
            assert gp.post(listed[name]).status_code == 200
        assert counted("task where kind = 'requester-update'") == 1

    def test_of_two_updates_of_one_moment_the_same_one_counts_in_either_order(
        self, gp: GpSystem, place: MadePlace, runtime: Runtime
    ) -> None:
        for step in (1, -1):
            case = Case.of(place.practices[0])
            bodies = {case.update(1, words(said)): said for said in ("This way.", "That way.")}
            by_digest = sorted(bodies, key=lambda body: sha256(body).digest())
            for body in (case.first, *by_digest[::step]):
                answer = gp.post(body)
                assert answer.status_code == 200 or _is_old_news(answer), answer.text
            assert _state(runtime, place, case)["reason"].endswith(bodies[by_digest[-1]])

    def test_an_update_put_together_after_the_cancellation_is_for_the_team_in_either_order(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        for order in (("cancel", "after"), ("after", "cancel")):
            case = Case.of(place.practices[0])
            later = {"cancel": case.cancel(3), "after": case.update(5, words("Come back."))}
            for body in (case.first, *(later[name] for name in order)):
                assert gp.post(body).status_code == 200
        assert counted("referral where status = 'withdrawn'") == 2
        assert counted("task where kind = 'late-change' and done_at is null") == 2

    def test_a_change_is_found_by_the_id_that_we_gave_whatever_else_it_is_called(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        case = Case.of(place.practices[0])
        answer = gp.post(case.first)
        ours = answer.get_json(force=True)["entry"][0]["resource"]["focus"][0]["reference"].split("/")[-1]
        body = case.cancel(1).replace(case.bundle_id.encode(), str(uuid4()).encode())
        body = body.replace(
            b'"resourceType": "ServiceRequest"', f'"resourceType": "ServiceRequest", "id": "{ours}"'.encode()
        )
        assert gp.post(body).status_code == 200
        assert counted(f"referral where id = '{ours}' and status = 'withdrawn'") == 1
