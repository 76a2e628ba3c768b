"""People's own door: a link and a date of birth, one sentence for all that fails, and a wall behind it."""

from __future__ import annotations

import re
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import Invalid, NotFound
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.own import person_links
from app.services.own.person_links import MOST_WRONG, NoLinkForThem, NotOpened
from app.store import people, referrals
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.web.conftest import Visitor

BORN, WRONG = date(1951, 3, 4), date(1951, 4, 3)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.CLOSED)


def new_link(db: Database, made: MadeReferral, *, days: int = 30, purpose: str = "progress") -> str:
    with db.transaction(system("test")) as tx:
        return person_links.make(
            tx, person_id=made.person_id, referral_id=made.id, purpose=purpose, days=days
        )


def code_of(address: str) -> str:
    return address.rsplit("/", 1)[1]


def set_flag(admin: Engine, made: MadeReferral, flag: str) -> None:
    with admin.connect() as connection:
        connection.execute(
            text(f"update person set {flag} = true where id = :id"),  # noqa: S608 - our own column names
            {"id": made.person_id},
        )


def test_link_is_a_whole_address_of_256_random_bits_and_only_their_digest_is_kept(
    runtime: Runtime, made: MadeReferral, admin: Engine
) -> None:
    address = new_link(runtime.db, made)
    assert re.fullmatch(r"http://localhost/my/[A-Za-z0-9_-]{43}", address)
    with admin.connect() as connection:
        for table in ("person_link", "audit_event"):
            rows = connection.execute(text(f"select t::text from {table} t")).scalars()  # noqa: S608
            assert code_of(address) not in "".join(rows)


def test_right_date_of_birth_opens_the_referral_of_the_link(runtime: Runtime, made: MadeReferral) -> None:
    link = person_links.open_link(runtime.db, code_of(new_link(runtime.db, made)), BORN)
    assert (link.person_id, link.referral_id, link.purpose) == (made.person_id, made.id, "progress")


def test_wrong_date_unknown_code_too_old_and_revoked_read_the_same(
    runtime: Runtime, made: MadeReferral, clock: Clock
) -> None:
    good, short = code_of(new_link(runtime.db, made)), code_of(new_link(runtime.db, made, days=1))
    said = [_refusal(runtime.db, good, WRONG), _refusal(runtime.db, good, None)]
    said.append(_refusal(runtime.db, "no-such-code", BORN))
    clock.advance(days=2)
    said.append(_refusal(runtime.db, short, BORN))
    with runtime.db.transaction(system("test")) as tx:
        assert person_links.revoke(tx, made.person_id) == 1
    said.append(_refusal(runtime.db, good, BORN))
    assert set(said) == {(person_links.NOT_OPENED, 404)}


def _refusal(db: Database, code: str, born: date | None) -> tuple[str, int]:
    with pytest.raises(NotOpened) as refused:
        person_links.open_link(db, code, born)
    return refused.value.sentence, refused.value.status


def test_link_is_dead_after_ten_wrong_dates_and_not_after_nine(runtime: Runtime, made: MadeReferral) -> None:
    code = code_of(new_link(runtime.db, made))
    for _ in range(MOST_WRONG - 1):
        _refusal(runtime.db, code, WRONG)
    assert person_links.open_link(runtime.db, code, BORN).person_id == made.person_id
    for _ in range(MOST_WRONG):
        _refusal(runtime.db, code, WRONG)
    _refusal(runtime.db, code, BORN)
    with pytest.raises(NotOpened):
        person_links.look(runtime.db, code)


@pytest.mark.parametrize("flag", ["restricted", "deceased"])
def test_link_closes_for_who_is_restricted_or_dies_after_it_was_made(
    runtime: Runtime, made: MadeReferral, admin: Engine, flag: str
) -> None:
    code = code_of(new_link(runtime.db, made))
    set_flag(admin, made, flag)
    _refusal(runtime.db, code, BORN)
    with pytest.raises(NotOpened):
        person_links.look(runtime.db, code)


def test_restricted_person_has_a_link_only_when_a_link_worker_says_that_it_is_safe(
    runtime: Runtime, made: MadeReferral, admin: Engine
) -> None:
    set_flag(admin, made, "restricted")
    with runtime.db.transaction(system("test")) as tx:
        assert not person_links.may_have(tx, made.person_id, made.id)
        with pytest.raises(NoLinkForThem, match="restricted"):
            person_links.make(tx, person_id=made.person_id, referral_id=made.id, purpose="progress", days=30)
        address = person_links.make(
            tx, person_id=made.person_id, referral_id=made.id, purpose="progress", days=30, said_safe=True
        )
    assert person_links.open_link(runtime.db, code_of(address), BORN).said_safe


def test_without_a_date_of_birth_there_is_no_link_but_paper(runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, patient=Patient(birth_date=None))
    with pytest.raises(NoLinkForThem, match="post it"):
        new_link(runtime.db, made)


@pytest.mark.parametrize(("purpose", "days"), [("dial", 30), ("progress", 0), ("progress", 366)])
def test_link_for_something_else_or_for_ever_is_refused(
    runtime: Runtime, made: MadeReferral, purpose: str, days: int
) -> None:
    with pytest.raises(Invalid):
        new_link(runtime.db, made, purpose=purpose, days=days)


def test_behind_the_door_the_database_shows_own_rows_and_nobody_elses(
    runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    other = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    assert other.person_id != made.person_id
    link = person_links.open_link(runtime.db, code_of(new_link(runtime.db, made)), BORN)
    with runtime.db.transaction(link.actor) as tx:
        assert people.get(tx, made.person_id, audit="test").details.family == "Okonkwo"
        counts = {
            table: tx.session.scalar(text(f"select count(distinct {column}) from {table}"))  # noqa: S608
            for table, column in {
                "person": "id",
                "referral": "person_id",
                "placement": "referral_id",
                "outcome": "referral_id",
                "contact": "referral_id",
                "consent": "person_id",
                "transition": "referral_id",
                "audit_event": "person_id",
            }.items()
        }
        assert set(counts.values()) == {1}, counts
        with pytest.raises(NotFound):
            referrals.get(tx, other.id, audit="test")


def test_resident_without_a_link_sees_no_row(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    with runtime.db.transaction(place.actor("resident")) as tx:
        for table in ("person", "referral", "placement", "audit_event", "person_link"):
            assert tx.session.scalar(text(f"select count(*) from {table}")) == 0  # noqa: S608


def test_every_try_is_in_the_audit_with_no_date_in_it(
    runtime: Runtime, made: MadeReferral, admin: Engine
) -> None:
    code = code_of(new_link(runtime.db, made))
    _refusal(runtime.db, code, WRONG)
    person_links.open_link(runtime.db, code, BORN)
    query = "select act, detail::text from audit_event where subject = 'person link' order by seq"
    with admin.connect() as connection:
        lines = connection.execute(text(query)).all()
    assert [act for act, _ in lines] == [
        "make person's link",
        "wrong date of birth for a link",
        "open person's link",
    ]
    assert "1951" not in "".join(detail for _, detail in lines)


@pytest.fixture
def path(runtime: Runtime, made: MadeReferral) -> str:
    return new_link(runtime.db, made).removeprefix("http://localhost")


def born(day: date) -> dict[str, object]:
    return {"born_day": day.day, "born_month": day.month, "born_year": day.year}


def test_door_is_the_same_for_a_link_that_nobody_has_made(visitor: Visitor, path: str) -> None:
    without_codes = [re.sub(r"\"[^\"]*\"", "", visitor.get(each).html) for each in (path, f"/my/{uuid4()}")]
    assert without_codes[0] == without_codes[1]
    refused = [visitor.send(each, born(WRONG)) for each in (path, f"/my/{uuid4()}")]
    assert {answer.status_code for answer in refused} == {404}
    assert person_links.NOT_OPENED in refused[0].text
    assert "Okonkwo" not in refused[0].text + visitor.get(path).html


@pytest.mark.parametrize("typed", [{}, {"born_day": "31", "born_month": "2", "born_year": "1951"}])
def test_a_date_that_is_none_is_no_try_and_says_nothing_of_the_link(
    visitor: Visitor, path: str, typed: dict[str, object], admin: Engine
) -> None:
    for each in (path, f"/my/{uuid4()}"):
        refused = visitor.send(each, typed)
        assert (refused.status_code, person_links.NOT_OPENED in refused.text) == (422, False)
        assert "Enter a real date of birth" in refused.text
    with admin.connect() as connection:
        assert connection.execute(text("select sum(wrong) from person_link")).scalar_one() == 0


def test_a_wrong_date_is_told_to_the_person_as_somebody_with_their_link(visitor: Visitor, path: str) -> None:
    visitor.send(path, born(WRONG))
    visitor.send(path, born(BORN))
    seen = visitor.get(f"{path}/seen").text
    assert "Somebody with your link tried to open your page with a wrong date of birth" in seen
    assert "by itself tried" not in seen


def test_door_asks_once_a_visit_and_again_after_half_an_hour(
    visitor: Visitor, path: str, clock: Clock
) -> None:
    assert visitor.client.get(f"{path}/progress").location == path
    opened = visitor.send(path, born(BORN))
    assert (opened.status_code, opened.location) == (303, f"{path}/progress")
    clock.advance(minutes=29)
    assert visitor.get(f"{path}/progress")
    clock.advance(minutes=31)
    assert visitor.client.get(f"{path}/progress").location == path


def test_visit_of_one_link_opens_no_other(
    visitor: Visitor, path: str, runtime: Runtime, place: MadePlace
) -> None:
    other = new_link(runtime.db, make_referral(runtime.db, place)).removeprefix("http://localhost")
    visitor.send(path, born(BORN))
    assert visitor.client.get(f"{other}/progress").location == other


def test_link_with_questions_alone_does_not_show_the_record(
    visitor: Visitor, runtime: Runtime, made: MadeReferral
) -> None:
    path = new_link(runtime.db, made, purpose="follow-up").removeprefix("http://localhost")
    assert visitor.send(path, born(BORN)).location == f"{path}/answers"
    assert visitor.client.get(f"{path}/progress").location == f"{path}/answers"


def test_quick_way_out_ends_the_visit(visitor: Visitor, path: str) -> None:
    visitor.send(path, born(BORN))
    out = visitor.client.get(f"{path}/leave")
    assert out.location == "https://www.bbc.co.uk/weather"
    assert out.headers["Referrer-Policy"] == "no-referrer"
    assert visitor.client.get(f"{path}/progress").location == path


@pytest.mark.parametrize("at", ["", "/progress"])
def test_no_other_site_learns_the_address(visitor: Visitor, path: str, at: str) -> None:
    visitor.send(path, born(BORN))
    answer = visitor.client.get(f"{path}{at}", follow_redirects=True)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
