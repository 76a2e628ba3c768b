"""Whose identity is trusted, and what stands in a referral's way: all of it at once."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from app.domain.errors import Invalid
from app.domain.intake import Identity, Told, judge
from app.domain.referral import Organisation, PersonDetails
from app.domain.vocabulary import Environment

TODAY = date(2026, 3, 2)
SYNTHETIC, TEST_STUB, POSSIBLY_REAL, WRONG = "9434765919", "5900000001", "4010232137", "3478526985"
LIVE = Organisation(
    id=uuid4(),
    kind="practice",
    name="Surgery",
    ods="A81001",
    environment=Environment.LIVE,
    use_cases=("sp1",),
    team_id=uuid4(),
    feedback_transport=None,
    feedback_address=None,
    provider_kind=None,
)
SANDBOX = replace(LIVE, environment=Environment.SANDBOX)
PERSON = PersonDetails(nhs_number=POSSIBLY_REAL, family="Okonkwo", birth_date=date(1951, 3, 4))
GOOD = Told(
    person=PERSON,
    number_is_verified=True,
    deceased=False,
    status="active",
    use_case="sp1",
    consent_refused=False,
    reason_text="",
)


def told(**person: object) -> Told:
    return replace(GOOD, person=replace(PERSON, **person))


def problems_of(message: Told, practice: Organisation = LIVE) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        judge(message, practice, TODAY)
    return {problem.field: problem.sentence for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("practice", "number", "verified", "identity"),
    [
        (LIVE, POSSIBLY_REAL, True, Identity.CONFIRMED),
        (LIVE, POSSIBLY_REAL, False, Identity.NUMBER_NOT_VERIFIED),
        (LIVE, TEST_STUB, True, Identity.CONFIRMED),
        (LIVE, None, False, Identity.NO_NUMBER),
        (SANDBOX, SYNTHETIC, True, Identity.CONFIRMED),
        (SANDBOX, TEST_STUB, True, Identity.CONFIRMED),
        (SANDBOX, SYNTHETIC, False, Identity.NUMBER_NOT_VERIFIED),
        (SANDBOX, None, False, Identity.NO_NUMBER),
    ],
)
def test_identity_is_trusted_as_far_as_the_number_allows(
    practice: Organisation, number: str | None, verified: bool, identity: Identity
) -> None:
    judgement = judge(replace(told(nhs_number=number), number_is_verified=verified), practice, TODAY)
    assert (judgement.identity, judgement.warnings) == (identity, ())


def test_wrong_check_digit_is_a_warning_in_a_sandbox_though_marked_verified() -> None:
    judgement = judge(told(nhs_number=WRONG), SANDBOX, TODAY)
    assert judgement.identity is Identity.NUMBER_WRONG
    assert [warning.field for warning in judgement.warnings] == ["person.nhs_number"]


@pytest.mark.parametrize(
    ("practice", "number", "said"),
    [
        (LIVE, WRONG, "check digit is wrong"),
        (LIVE, SYNTHETIC, "a live practice cannot send it"),
        (SANDBOX, POSSIBLY_REAL, "a sandbox practice sends test patients only"),
    ],
)
def test_number_of_the_other_world_is_refused(practice: Organisation, number: str, said: str) -> None:
    assert said in problems_of(told(nhs_number=number), practice)["person.nhs_number"]


def test_every_problem_is_told_at_once() -> None:
    message = Told(
        person=PersonDetails(nhs_number=WRONG, birth_date=date(2026, 3, 3)),
        number_is_verified=True,
        deceased=True,
        status="draft",
        use_case="a5t1",
        consent_refused=True,
        reason_text="",
    )
    assert set(problems_of(message)) == {
        "status",
        "consent",
        "use_case",
        "person.deceased",
        "person.birth_date",
        "person.family",
        "person.nhs_number",
    }


@pytest.mark.parametrize(
    ("birth_date", "is_taken"),
    [
        (date(2026, 3, 2), True),
        (date(2026, 3, 3), False),
        (date(1901, 1, 1), True),
        (date(1900, 12, 31), False),
    ],
)
def test_date_of_birth_must_be_possible(birth_date: date, is_taken: bool) -> None:
    if is_taken:
        assert judge(told(birth_date=birth_date), LIVE, TODAY).identity is Identity.CONFIRMED
    else:
        assert set(problems_of(told(birth_date=birth_date))) == {"person.birth_date"}


def test_person_without_number_and_birth_date_cannot_be_told_from_others() -> None:
    assert set(problems_of(told(nhs_number=None, birth_date=None))) == {"person.birth_date"}


def test_sentences_name_no_value_of_the_person() -> None:
    said = " ".join(problems_of(told(nhs_number=WRONG, family="", birth_date=date(2030, 1, 1))).values())
    assert WRONG not in said
    assert "2030" not in said
