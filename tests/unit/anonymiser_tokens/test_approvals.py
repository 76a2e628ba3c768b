"""Two people of two roles sign for exactly one thing; anything less is refused, told whole, and written down."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from anonymiser.errors import Refusal, SetUpRefusal
from anonymiser.tokens.approvals import Act, Approvals, Approver, Request, Role, Signature
from anonymiser.tokens.trail import Trail
from tests.unit.anonymiser_tokens.token_people import Desk

REQUEST = Request(
    id="req-0001",
    act=Act.RELINK,
    terms={"source": "one", "target": "two"},
    reason="The key of the first epoch is retired.",
    asked_by="Analyst One",
    asked_on=date(2026, 11, 20),
    expires_on=date(2026, 11, 25),
)
BOTH = ("Guardian One", "Owner One")


def test_two_roles_that_signed_may_go_on_and_it_is_written(
    desk: Desk, approvals: Approvals, now: datetime
) -> None:
    head = approvals.use(REQUEST, desk.sign(REQUEST, *BOTH), now)
    [line] = approvals.trail.verify(head)
    assert line["act"] == Act.RELINK
    assert line["facts"]["signed_by"] == "Guardian One, Owner One"
    assert line["facts"]["its reason"] == REQUEST.reason
    assert line["facts"]["its target"] == "two"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "senior-information-risk-owner is missing"),
        (("Guardian One",), "senior-information-risk-owner is missing"),
        (("Guardian One", "Guardian One"), "senior-information-risk-owner is missing"),
        (("Guardian One", "Guardian Two"), "senior-information-risk-owner is missing"),
        (("Guardian One", "Lead One"), "senior-information-risk-owner is missing"),
        (("Owner One", "Lead One"), "caldicott-guardian is missing"),
    ],
)
def test_one_person_or_the_wrong_two_are_refused_and_that_is_written(
    names: Sequence[str], said: str, desk: Desk, approvals: Approvals, now: datetime
) -> None:
    with pytest.raises(Refusal, match=said):
        approvals.use(REQUEST, desk.sign(REQUEST, *names), now)
    [line] = approvals.trail.verify()
    assert line["act"] == f"refused: {Act.RELINK}"
    assert said in line["facts"]["problems"]


@pytest.mark.parametrize(
    "changed",
    [
        {"terms": {"source": "one", "target": "three"}},
        {"terms": {"source": "one", "target": "two", "more": "x"}},
        {"reason": "Another reason than the one signed."},
        {"expires_on": date(2026, 11, 26)},
        {"id": "req-0002"},
        {"asked_by": "Analyst Two"},
        {"act": Act.PROJECT},
    ],
)
def test_signature_counts_for_the_very_words_only(
    changed: dict[str, object], desk: Desk, approvals: Approvals, now: datetime
) -> None:
    with pytest.raises(Refusal, match="Guardian One is not over this request"):
        approvals.use(replace(REQUEST, **changed), desk.sign(REQUEST, *BOTH), now)


def test_signature_under_anothers_name_and_by_a_stranger_is_refused(
    desk: Desk, approvals: Approvals, now: datetime
) -> None:
    [guardian] = desk.sign(REQUEST, "Guardian One")
    forged = [guardian, Signature(name="Owner One", value=guardian.value), Signature(name="Who", value=b"")]
    with pytest.raises(Refusal) as refused:
        approvals.use(REQUEST, forged, now)
    assert "Owner One is not over this request" in str(refused.value)
    assert "somebody who is not an approver" in str(refused.value)


def test_nobody_approves_what_they_ask(desk: Desk, approvals: Approvals, now: datetime) -> None:
    own = replace(REQUEST, asked_by="Guardian One")
    with pytest.raises(Refusal, match="Guardian One asks for this and cannot approve it"):
        approvals.use(own, desk.sign(own, *BOTH), now)
    assert approvals.use(own, desk.sign(own, "Guardian Two", "Owner One"), now)


@pytest.mark.parametrize(
    "asker",
    [
        "guardian one",
        "Guardian One ",
        "Dr. Guardian  One",
        "One, Guardian",
        "ＧUARDIAN one",
        "Guar\u200bdian One",
        "Guardián One",
        "Guardian",
        "Guardian One Smith",
    ],
)
def test_nobody_approves_what_they_ask_under_another_spelling(
    asker: str, desk: Desk, approvals: Approvals, now: datetime
) -> None:
    own = replace(REQUEST, asked_by=asker)
    with pytest.raises(Refusal, match="Guardian One asks for this and cannot approve it"):
        approvals.use(own, desk.sign(own, *BOTH), now)


@pytest.mark.parametrize("asker", ["", "  ", "Dr.", "\u200b", "--", "Gu\u0430rdian One"])
def test_whoever_asks_has_a_name(asker: str, desk: Desk, approvals: Approvals, now: datetime) -> None:
    own = replace(REQUEST, asked_by=asker)
    with pytest.raises(Refusal, match="needs the name of who asks"):
        approvals.use(own, desk.sign(own, *BOTH), now)


@pytest.mark.parametrize("name", ["owner ONE", "Ms Owner One"])
def test_two_spellings_of_one_name_are_one_approver(name: str, desk: Desk, trail: Trail) -> None:
    people = (("Owner One", Role.INFORMATION_RISK_OWNER), (name, Role.CALDICOTT_GUARDIAN))
    keys = (desk.keys[each].public_key().public_bytes_raw() for each in BOTH)
    chairs = [
        Approver(name=each, role=role, public=key) for (each, role), key in zip(people, keys, strict=True)
    ]
    with pytest.raises(SetUpRefusal, match="one name"):
        Approvals(chairs, trail)


@pytest.mark.parametrize(
    ("days", "said"), [(-3, "has not come yet"), (4, "ended on 2026-11-25"), (400, "ended on 2026-11-25")]
)
def test_approval_holds_from_its_first_day_to_its_last(
    days: int, said: str, desk: Desk, approvals: Approvals, now: datetime
) -> None:
    signatures = desk.sign(REQUEST, *BOTH)
    with pytest.raises(Refusal, match=said):
        approvals.use(REQUEST, signatures, now + timedelta(days=days))
    assert approvals.use(REQUEST, signatures, now + timedelta(days=3))


def test_approval_that_would_last_too_long_is_refused(
    desk: Desk, approvals: Approvals, now: datetime
) -> None:
    endless = replace(REQUEST, expires_on=date(2027, 11, 25))
    with pytest.raises(Refusal, match="30 days at most"):
        approvals.use(endless, desk.sign(endless, *BOTH), now)


def test_approval_is_used_once_and_the_second_attempt_is_written(
    desk: Desk, approvals: Approvals, now: datetime
) -> None:
    signatures = desk.sign(REQUEST, *BOTH)
    approvals.use(REQUEST, signatures, now)
    with pytest.raises(Refusal, match="has been used"):
        approvals.use(REQUEST, signatures, now)
    assert [line["act"] for line in approvals.trail.verify()] == [Act.RELINK, f"refused: {Act.RELINK}"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (" short   ", "reason of 10 to 500"),
        ("x" * 501, "reason of 10 to 500"),
        ("To find 943 476 5919 again", "an NHS number"),
        ("Ring 07700 900123 about this", "telephone number"),
    ],
)
def test_reason_is_given_and_names_nobody(
    reason: str, said: str, desk: Desk, approvals: Approvals, now: datetime
) -> None:
    request = replace(REQUEST, reason=reason)
    with pytest.raises(Refusal, match=said):
        approvals.use(request, desk.sign(request, *BOTH), now)
    assert "943 476" not in approvals.trail.path.read_text()
    assert "900123" not in approvals.trail.path.read_text()


def test_number_in_a_term_is_refused_and_not_written(desk: Desk, approvals: Approvals, now: datetime) -> None:
    request = replace(REQUEST, terms={"source": "9434765919"})
    with pytest.raises(Refusal, match="source holds what looks like an NHS number"):
        approvals.use(request, desk.sign(request, *BOTH), now)
    assert "9434765919" not in approvals.trail.path.read_text()


def test_every_problem_is_told_at_once(approvals: Approvals, now: datetime) -> None:
    wrong = replace(REQUEST, id="!", reason="", expires_on=date(2026, 11, 21))
    with pytest.raises(Refusal) as refused:
        approvals.use(wrong, [], now)
    assert len(refused.value.problems) == 5


def test_one_person_in_two_chairs_is_refused(desk: Desk, trail: Trail) -> None:
    public = desk.keys["Owner One"].public_key().public_bytes_raw()
    chairs = [
        Approver(name="Owner One", role=Role.INFORMATION_RISK_OWNER, public=public),
        Approver(name="Somebody Else", role=Role.CALDICOTT_GUARDIAN, public=public),
    ]
    with pytest.raises(SetUpRefusal, match="one key"):
        Approvals(chairs, trail)


def test_nothing_goes_on_where_it_cannot_be_written(desk: Desk, approvals: Approvals, now: datetime) -> None:
    approvals.trail.path.write_text("not a trail\n")
    with pytest.raises(Refusal, match="chain is broken"):
        approvals.use(REQUEST, desk.sign(REQUEST, *BOTH), now)
