"""Who tries a door that is not theirs stands in the audit, whichever door it was; strangers and codes do not."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.rights import denials
from tests.application import application_of
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.ACTIVE)


def refusals(admin: Engine) -> list[dict[str, Any]]:
    query = text("select * from audit_event where act = :act order by seq")
    with admin.connect() as connection:
        return [dict(row) for row in connection.execute(query, {"act": denials.ACT}).mappings()]


def test_others_record_and_none_at_all_leave_the_same_line(
    app: Flask, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    other, nobodys = Visitor(app.test_client()).sign_in("other-link-worker"), uuid4()
    for asked in (made.id, nobodys):
        other.get(f"/referrals/{asked}", status=404)
    one, two = refusals(admin)
    assert (one["subject_id"], two["subject_id"]) == (str(made.id), str(nobodys))
    assert one["person_id"] is two["person_id"] is None
    assert one["detail"] == two["detail"]
    assert one["detail"] == {"asked": "/referrals/<uuid:referral_id>", "method": "GET", "status": 404}
    assert one["actor"] == f"user:{place.accounts['other-link-worker'].id}"
    assert one["organisation_id"] == place.other_team.id


def test_page_of_another_role_leaves_a_line(app: Flask, place: MadePlace, admin: Engine) -> None:
    Visitor(app.test_client()).sign_in("provider-0").get("/referrals", status=403)
    (line,) = refusals(admin)
    assert (line["role"], line["detail"]["status"]) == ("provider", 403)


def test_what_was_answered_a_stranger_and_an_unknown_address_leave_none(
    app: Flask, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    stranger: FlaskClient = app.test_client()
    assert stranger.get(f"/referrals/{made.id}").status_code == 302
    worker = Visitor(app.test_client()).sign_in("link-worker")
    worker.get(f"/referrals/{made.id}")
    worker.get("/no-such-page", status=404)
    assert refusals(admin) == []


def test_refusal_stays_one_when_it_cannot_be_written(
    app: Flask, made: MadeReferral, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise RuntimeError

    other = Visitor(app.test_client()).sign_in("other-link-worker")
    monkeypatch.setattr(denials, "record", away)
    other.get(f"/referrals/{made.id}", status=404)
