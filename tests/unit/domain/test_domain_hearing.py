"""Who hears of a referral, in sentences that promise nobody what nobody gets."""

import inspect

import pytest

from app.domain.hearing import Hearing
from app.domain.lifecycle import ReferralStatus
from app.domain.sources import SOURCES, SourceKind

SENTENCES = [name for name, made in inspect.getmembers(Hearing) if isinstance(made, property)]
OVER = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED)


def said(hearing: Hearing) -> str:
    """Everything that is said of who hears, but for the name of whoever asked."""
    told = [str(getattr(hearing, name)) for name in SENTENCES if name != "asker"]
    return " ".join([*told, *(f"{hearing.stands(each)} {hearing.next_step(each)}" for each in OVER)])


@pytest.mark.parametrize("kind", sorted(set(SourceKind) - {SourceKind.PRACTICE}))
def test_nobody_but_a_practice_is_called_one(kind: SourceKind) -> None:
    told = said(Hearing((kind,)))
    assert "GP" not in told
    assert "practice" not in told


@pytest.mark.parametrize("kind", [SourceKind.JOBCENTRE, SourceKind.SELF])
def test_no_organisation_is_told_of_a_request_that_goes_back_to_none(kind: SourceKind) -> None:
    hearing = Hearing((kind,))
    assert hearing.readers == ""
    assert "that asked" not in said(hearing)


def test_a_jobcentre_is_not_named_to_a_provider() -> None:
    assert "Jobcentre" not in said(Hearing((SourceKind.JOBCENTRE,)))


def test_everybody_who_hears_of_referrals_worked_as_one_is_named_once() -> None:
    kinds = (SourceKind.JOBCENTRE, SourceKind.PRACTICE, SourceKind.HOSPITAL, SourceKind.PRACTICE)
    hearing = Hearing(kinds)
    assert hearing.outcome == "The GP practice and the hospital that asked get what you write."
    assert hearing.ask_actions == "Anything the GP should do?"


@pytest.mark.parametrize("kind", SourceKind)
def test_an_open_referral_waits_for_nobody_to_file_it(kind: SourceKind) -> None:
    hearing = Hearing((kind,))
    assert hearing.stands(ReferralStatus.ACTIVE) == ""
    assert hearing.next_step(ReferralStatus.ACTIVE) == ""
    assert SOURCES[kind].asker == hearing.asker
