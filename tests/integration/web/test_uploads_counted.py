"""How many files one person may upload in a day."""

from __future__ import annotations

import io
from collections.abc import Callable

from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.domain import paces
from app.runtime import Runtime
from tests.factories import MadePlace
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
COHORT = (
    b"family_name,first_name,date_of_birth,nhs_number,phone,needs,agrees\r\n"
    b"Doe,Ben,1/2/1980,,07700 900462,food,yes\r\n"
)


def upload(visitor: Visitor, body: bytes = COHORT) -> TestResponse:
    form = {"name": "Frailty review", "csrf_token": visitor.get("/cohort").token}
    return visitor.client.post("/cohort", data=form | {"file": (io.BytesIO(body), "people.csv")})


def kept(admin: Engine) -> int:
    with admin.connect() as connection:
        return int(connection.scalar(text("select count(*) from cohort")) or 0)


def test_one_person_fills_nothing_up_and_keeps_nobody_else_from_uploading(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    greedy = sign_in("practice-0")
    who = str(place.actor("practice-0").user_id)
    for _ in range(paces.UPLOADS.times - 1):
        runtime.limiter.count(paces.UPLOADS, who)
    assert upload(greedy).status_code == 303, "the last one of the day"
    refused = upload(greedy)
    assert (refused.status_code, kept(admin)) == (429, 1)
    assert "24 hours" in refused.text
    assert 0 < int(refused.headers["Retry-After"]) <= paces.UPLOADS.seconds
    assert upload(sign_in("practice-1")).status_code == 303


def test_a_form_without_a_file_counts_for_nothing(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor, who = sign_in("practice-0"), str(place.actor("practice-0").user_id)
    for _ in range(paces.UPLOADS.times - 1):
        runtime.limiter.count(paces.UPLOADS, who)
    upload(visitor, b"")
    assert runtime.limiter.wait(paces.UPLOADS, who) == 0
