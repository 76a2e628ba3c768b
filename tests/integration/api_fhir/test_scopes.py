"""Scopes: a token is given for what the client may do and no more, and each door asks for its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.referral import Organisation
from tests.factories import MadePlace, make_message
from tests.integration.api_fhir.gp_system import GpSystem, issues

MakeGp = Callable[..., GpSystem]


def _token(gp: GpSystem, scope: str) -> str:
    answer = gp.ask(gp.assertion(), scope=scope)
    assert answer.status_code == 200, answer.text
    assert answer.json["scope"] == scope
    return str(answer.json["access_token"])


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("system/*.rs", "system/Task.r"),
        ("system/*.rs", "system/Task.rs system/Patient.s"),
        ("referral.read", "system/ServiceRequest.r"),
        ("referral.read", "system/*.rs"),
        ("referral.write", "system/Task.u"),
        ("referral.read referral.write", "system/*.rs referral.write"),
        ("system/Subscription.cruds", "system/Subscription.d"),
    ],
)
def test_a_narrower_request_is_granted_as_it_was_asked(make_gp: MakeGp, registered: str, asked: str) -> None:
    gp = make_gp(scopes=tuple(registered.split()))
    assert _token(gp, asked)


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("system/Task.rs", "system/*.rs"),
        ("system/Task.rs", "system/Task.u"),
        ("system/Task.rs", "system/Patient.r"),
        ("system/*.rs", "referral.write"),
        ("referral.read", "system/*.cruds"),
        ("referral.read", "system/Task.r system/Task.u"),
        ("system/*.cruds", "referral.write"),
        ("referral.read", "openid"),
        ("referral.read", "patient/Task.r"),
        ("referral.read", "user/*.rs"),
        ("referral.read", "system/Task.read"),
        ("referral.read", "system/Task."),
        ("referral.read", "system/Task.sr"),
        ("referral.read", "system/Task.r?status=requested"),
        ("referral.read", "system/*.r/../*.cruds"),
        ("referral.read", "system/\u0130.r"),
        ("referral.read", "REFERRAL.READ"),
    ],
)
def test_what_goes_beyond_the_clients_own_is_not_granted(
    make_gp: MakeGp, registered: str, asked: str
) -> None:
    gp = make_gp(scopes=tuple(registered.split()))
    answer = gp.ask(gp.assertion(), scope=asked)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")
    assert "access_token" not in answer.json


def test_who_asks_for_nothing_gets_all_that_is_its_own_and_is_told_so(make_gp: MakeGp) -> None:
    gp = make_gp(scopes=("system/Task.rs", "system/Patient.r"))
    assert gp.ask(gp.assertion()).json["scope"] == "system/Task.rs system/Patient.r"


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("system/Task.r", "Task/00000000-0000-4000-8000-000000000000", 404),
        ("system/Task.r", "Task", 403),
        ("system/Task.s", "Task", 200),
        ("system/Task.s", "Task/00000000-0000-4000-8000-000000000000", 403),
        ("system/Task.rs", "Patient", 403),
        ("system/*.s", "Patient", 200),
        ("system/*.r", "Patient", 403),
        ("referral.write", "Task", 403),
        ("referral.read", "Task", 200),
    ],
)
def test_each_interaction_asks_for_its_own_scope(
    make_gp: MakeGp, place: MadePlace, scope: str, path: str, status: int
) -> None:
    practice: Organisation = place.practices[0]
    gp = make_gp(practice, scopes=("referral.read", "referral.write"))
    told = {"Authorization": f"Bearer {_token(gp, scope)}"}
    answer = gp.http.get(f"/FHIR/R4/{path}", headers=told)
    assert answer.status_code == status
    if status == 403:
        assert issues(answer) == [("security", "REC_FORBIDDEN", "")]
        assert "scope" in answer.get_json(force=True)["issue"][0]["diagnostics"]


@pytest.mark.parametrize("scope", ["system/*.cruds", "referral.read", "system/*.cu"])
def test_a_message_needs_the_scope_for_messages(make_gp: MakeGp, place: MadePlace, scope: str) -> None:
    gp = make_gp(place.practices[0], scopes=("referral.write", "system/*.cruds", "referral.read"))
    token = _token(gp, scope)
    answer = gp.post(make_message(place.practices[0]), Authorization=f"Bearer {token}")
    assert answer.status_code == 403


BAD_TOKENS = {
    "none": None,
    "empty": "",
    "scheme only": "Bearer",
    "nothing after the scheme": "Bearer ",
    "unknown": "Bearer abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "two": "Bearer {token}, Bearer {token}",
    "with a word more": "Bearer {token} x",
    "cut short": "Bearer {cut}",
    "in capitals": "Bearer {upper}",
    "quoted": 'Bearer "{token}"',
    "basic": "Basic {token}",
    "no scheme": "{token}",
    "another scheme": "DPoP {token}",
    "endless": "Bearer " + "x" * 7000,
    "a path": "Bearer ../../{token}",
    "SQL": "Bearer ' or 1=1 --",
    "a percent sign": "Bearer %00{token}",
    "umlauts": "Bearer \u00e4\u00f6\u00fc",
    "an unsigned JWT": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
    "as parameters": 'Bearer token="{token}"',
}


@pytest.mark.parametrize("name", BAD_TOKENS)
@pytest.mark.parametrize("path", ["Task", "$process-message"])
def test_a_bad_access_token_is_refused_in_fhir(
    make_gp: MakeGp, place: MadePlace, name: str, path: str
) -> None:
    gp = make_gp(place.practices[0], scopes=("referral.read", "referral.write"))
    token, told = gp.token, BAD_TOKENS[name]
    headers = {}
    if told is not None:
        headers["Authorization"] = told.format(token=token, cut=token[:-1], upper=token.swapcase())
    send = gp.http.get if path == "Task" else gp.http.post
    answer = send(f"/FHIR/R4/{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert issues(answer) == [("security", "REC_UNAUTHORIZED", "")]
    assert token not in answer.text


def test_a_token_in_the_address_or_the_body_is_none(make_gp: MakeGp, place: MadePlace) -> None:
    gp = make_gp(place.practices[0], scopes=("referral.read",))
    assert gp.http.get(f"/FHIR/R4/Task?access_token={gp.token}").status_code == 401
    answer = gp.http.post("/FHIR/R4/Task/_search", data={"access_token": gp.token})
    assert answer.status_code == 401
