"""Somebody asks to be erased, at the doors: written down by the team or the steward, decided by two, told back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.follow_up import add_months
from app.domain.lifecycle import ReferralStatus
from app.domain.retention_review import Proposal, Verdict
from app.services.retaining import deciding, holding, listing, shown
from app.services.rights import subject_access
from app.services.shown import views
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number, make_referral
from tests.integration.rights.keeping import WORDS, decide, listed, on_hold, reference_of
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
Counted = Callable[[str], int]
NUMBER = make_nhs_number(77)


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED, patient=Patient(nhs_number=NUMBER))


def team_asks(visitor: Visitor, made: MadeReferral) -> int:
    path = f"/referrals/{made.id}/erasure"
    return visitor.send(path, {"how": "letter"}).status_code


def steward_asks(visitor: Visitor, record: str) -> int:
    return visitor.send("/retention/ask", {"record": record, "how": "telephone"}).status_code


def open_review(database: Database, place: MadePlace) -> UUID:
    (line,) = listed(database, place)
    return line.what.id


def test_team_writes_it_down_once_and_the_steward_sees_until_when(
    database: Database, place: MadePlace, made: MadeReferral, sign_in: SignIn, counted: Counted
) -> None:
    worker = sign_in("link-worker")
    assert f"/referrals/{made.id}/erasure" in worker.get(f"/referrals/{made.id}").links
    assert team_asks(worker, made) == 303
    assert (
        "Two stewards decide, and the person has an answer by"
        in worker.get(f"/referrals/{made.id}/erasure").text
    )
    page = sign_in("steward").get("/retention").text
    assert reference_of(database, place, made) in page
    assert "The person asks to be erased. Answer by" in page
    assert "Okonkwo" not in page
    token = worker.get(f"/referrals/{made.id}").token
    worker.client.post(f"/referrals/{made.id}/erasure", data={"how": "letter", "csrf_token": token})
    assert counted("retention_review") == 1
    assert counted("task where kind = 'retention-review' and done_at is null") == 1


def test_nothing_chosen_is_told_beside_the_field(made: MadeReferral, sign_in: SignIn) -> None:
    refused = sign_in("link-worker").send(f"/referrals/{made.id}/erasure", {})
    assert (refused.status_code, 'href="#how"' in refused.text) == (400, True)


def test_another_teams_record_is_absent(made: MadeReferral, sign_in: SignIn, counted: Counted) -> None:
    other = sign_in("other-link-worker")
    assert other.client.get(f"/referrals/{made.id}/erasure").status_code == 404
    sent = other.send(f"/referrals/{made.id}/erasure", {"how": "letter"}, at="/account")
    assert sent.status_code == 404
    assert counted("retention_review") == 0


@pytest.mark.parametrize("by", ["reference", "number"])
def test_steward_finds_the_record_by_reference_or_number(
    by: str, database: Database, place: MadePlace, made: MadeReferral, sign_in: SignIn
) -> None:
    reference = reference_of(database, place, made)
    typed = {"reference": reference.lower(), "number": f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}"}[by]
    sent = sign_in("steward").send("/retention/ask", {"record": typed, "how": "telephone"})
    assert sent.status_code == 303
    assert NUMBER not in sent.location
    assert listed(database, place)[0].parts[0].reference == reference


@pytest.mark.parametrize("typed", ["", "Okonkwo", "BK-0000000", "9434765919"])
def test_what_names_no_record_is_refused_and_kept_on_the_page(
    typed: str, made: MadeReferral, sign_in: SignIn
) -> None:
    refused = sign_in("steward").send("/retention/ask", {"record": typed, "how": "telephone"})
    assert (refused.status_code, 'href="#record"' in refused.text) == (400, True)
    assert f'value="{typed}"' in refused.text or not typed


def test_two_erase_it_within_its_time_and_the_team_knows(
    database: Database, place: MadePlace, made: MadeReferral, second: str, sign_in: SignIn, counted: Counted
) -> None:
    team_asks(sign_in("link-worker"), made)
    assert decide(database, place, open_review(database, place)) is not None
    assert counted("person_key where destroyed_at is not null") == 1
    assert counted("erasure where why = 'asked'") == 1
    assert "erasure-done" in [each.kind for each in views.list_tasks(database, place.link_worker).lines]
    worker = sign_in("link-worker")
    assert "The record was erased" in worker.get(f"/referrals/{made.id}/erasure").text
    assert worker.send(f"/referrals/{made.id}/erasure", {"how": "letter"}).status_code == 409
    assert counted("task where kind = 'retention-review' and done_at is null") == 0


def test_two_refuse_it_and_the_team_has_the_reason_to_tell(
    database: Database, place: MadePlace, made: MadeReferral, second: str, sign_in: SignIn, clock: Clock
) -> None:
    worker = sign_in("link-worker")
    team_asks(worker, made)
    decide(database, place, open_review(database, place), keep_until=add_months(clock.today, 12))
    assert "erasure-refused" in [each.kind for each in views.list_tasks(database, place.link_worker).lines]
    page = worker.get(f"/referrals/{made.id}/erasure").text
    assert "A complaint or a claim may come" in page
    assert "Information Commissioner" in page
    assert "Quillfeather" not in page
    assert team_asks(worker, made) == 303, "they may ask again"


def test_words_are_sealed_and_go_with_the_person(
    database: Database, place: MadePlace, made: MadeReferral, second: str, sign_in: SignIn, counted: Counted
) -> None:
    team_asks(sign_in("link-worker"), made)
    review_id, steward = open_review(database, place), place.actor("steward")
    deciding.propose(database, steward, review_id, Proposal(Verdict.ERASE, WORDS))
    found = shown.look(database, steward, review_id)
    assert found.words == WORDS
    assert counted("retention_review where words is not null") == 1
    assert counted("retention_review where position('Quillfeather'::bytea in words) > 0") == 0
    deciding.confirm(database, place.actor(second), review_id, mark=found.review.mark)
    assert shown.look(database, steward, review_id).words is None


def test_while_help_goes_on_or_an_answer_is_due_nothing_is_erased(
    database: Database, place: MadePlace, made: MadeReferral, second: str, sign_in: SignIn, counted: Counted
) -> None:
    helped = make_referral(database, place, ReferralStatus.ACTIVE)
    steward, other = sign_in("steward"), sign_in(second)
    for each, words in ((helped, "end it first"), (made, "Answer that first")):
        assert steward_asks(steward, reference_of(database, place, each)) == 303
        if each is made:
            subject_access.ask_for(database, place.link_worker, made.id, how="letter")
        (review,) = [line.what for line in listed(database, place) if line.what.person_id == each.person_id]
        path = f"/retention/{review.id}"
        assert (
            steward.send(f"{path}/propose", {"verdict": "erase", "words": WORDS}, at=path).status_code == 303
        )
        mark = shown.look(database, place.actor("steward"), review.id).review.mark
        refused = other.send(f"{path}/confirm", {"mark": mark}, at=path)
        assert (refused.status_code, words in refused.text) == (409, True)
    assert counted("erasure") == 0


def test_hold_refuses_pauses_and_gives_the_request_back(
    database: Database, place: MadePlace, made: MadeReferral, second: str, sign_in: SignIn, clock: Clock
) -> None:
    worker = sign_in("link-worker")
    team_asks(worker, made)
    last = clock.today + timedelta(days=10)
    on_hold(database, place, made, until=last)
    assert not listed(database, place)
    assert "on legal hold" in worker.get(f"/referrals/{made.id}/erasure").text
    assert steward_asks(sign_in("steward"), reference_of(database, place, made)) == 409
    clock.set(last)
    listing.list_due(database)
    assert not listed(database, place)
    clock.set(last + timedelta(days=1))
    listing.list_due(database)
    (line,) = listed(database, place)
    assert line.what.is_asked
    assert line.what.due_on is not None
    assert line.what.due_on > last + timedelta(days=27)


def test_two_stewards_lift_a_hold_on_its_page_and_one_does_not(
    database: Database, place: MadePlace, made: MadeReferral, second: str, sign_in: SignIn, counted: Counted
) -> None:
    steward, other = sign_in("steward"), sign_in(second)
    form = {"record": reference_of(database, place, made), "code": "inquiry", "words": WORDS}
    path = steward.send("/retention/hold", form).location
    assert WORDS in steward.get(path).text
    assert "A public inquiry" in steward.get("/retention?show=hold").text
    assert steward.send(f"{path}/lift", at=path).status_code == 303
    again = steward.send(f"{path}/lift", at=path)
    assert (again.status_code, "Somebody else has to say yes" in again.text) == (409, True)
    assert other.send(f"{path}/leave", at=path).status_code == 303
    assert steward.send(f"{path}/lift", at=path).status_code == 303
    assert counted("legal_hold where lifted_at is not null") == 0
    assert other.send(f"{path}/lift", at=path).status_code == 303
    assert counted("legal_hold where lifted_at is not null") == 1
    assert other.send(f"{path}/lift", at="/account").status_code == 409


def test_hold_says_why_and_who_asked_for_it(made: MadeReferral, sign_in: SignIn, counted: Counted) -> None:
    refused = sign_in("steward").send("/retention/hold", {"record": "BK-0000000", "until_day": "x"})
    assert refused.status_code == 400
    for field in ("code", "until_day"):
        assert f'href="#{field}"' in refused.text
    assert counted("legal_hold") == 0


def test_record_of_the_list_is_put_on_hold_from_its_page(
    database: Database, place: MadePlace, made: MadeReferral, sign_in: SignIn, counted: Counted
) -> None:
    team_asks(sign_in("link-worker"), made)
    path, steward = f"/retention/{open_review(database, place)}", sign_in("steward")
    assert steward.send(f"{path}/hold", {"code": "claim", "words": WORDS}).status_code == 303
    assert "Put on hold" in steward.get(path).text
    assert counted("legal_hold") == 1
    assert steward.send(f"{path}/hold", {"code": "claim", "words": WORDS}).status_code == 409


def test_only_a_steward_who_signs_in_says_a_word(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    hold_id = on_hold(database, place, made)
    for act in (holding.lift, holding.leave, deciding.confirm, deciding.send_back):
        with pytest.raises(Exception, match="role"):
            act(
                database,
                place.link_worker,
                hold_id,
                **({"mark": ""} if act.__module__.endswith("deciding") else {}),
            )
