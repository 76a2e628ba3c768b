"""The six digits of a person's own link: asked beside the date of birth, of no use without it, and counted like it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from time import sleep
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.carers import Carer
from app.domain.own_codes import CodeBy, Wish
from app.runtime import Runtime
from app.services.own import carer_links, own_links, person_links
from app.services.own.person_links import MOST_WRONG, NOT_OPENED, NOT_OPENED_BY_CODE
from app.store import person_links as stored
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.own_links import BORN, ShownLink, others

Make = Callable[..., ShownLink]
WITH, WITHOUT = Wish(30), Wish(30, code_by=CodeBy.NONE, why_none="too-hard")


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


@pytest.fixture
def make(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Make:
    """Make a link with its digits, as a link worker does."""

    def it(wish: Wish = WITH, *, of: MadeReferral = made) -> ShownLink:
        return _shown(own_links.make(runtime.db, place.link_worker, of.id, wish))

    return it


def _shown(told: person_links.Made) -> ShownLink:
    form = BORN | ({"digits": told.digits} if told.digits else {})
    return ShownLink(told.address.removeprefix("http://localhost"), told.digits, form)


def wrong_tries(admin: Engine) -> int:
    with admin.connect() as connection:
        return int(connection.execute(text("select sum(wrong) from person_link")).scalar_one())


def mails(admin: Engine) -> int:
    with admin.connect() as connection:
        return int(connection.execute(text("select count(*) from mail_message")).scalar_one())


def test_date_of_birth_and_digits_open_it_together_and_neither_alone(visitor: Visitor, make: Make) -> None:
    link = make()
    assert visitor.send(link.path, BORN | {"digits": others(link.digits)}).status_code == 404
    assert visitor.send(link.path, link.form | {"born_year": "1952"}).status_code == 404
    assert visitor.client.get(f"{link.path}/progress").location == link.path
    assert visitor.send(link.path, link.form).location == f"{link.path}/progress"
    assert visitor.get(f"{link.path}/progress")


def test_no_digits_at_all_open_nothing_also_past_the_door(make: Make, runtime: Runtime) -> None:
    code = make().path.rsplit("/", 1)[1]
    with pytest.raises(person_links.NotOpened):
        person_links.open_link(runtime.db, code, date(1951, 3, 4))


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}-{1} "])
def test_digits_may_be_typed_as_people_write_them(visitor: Visitor, make: Make, typed: str) -> None:
    link = make()
    digits = typed.format(link.digits[:3], link.digits[3:])
    assert visitor.send(link.path, BORN | {"digits": digits}).location == f"{link.path}/progress"


def test_digits_of_another_link_open_nothing(
    visitor: Visitor, make: Make, runtime: Runtime, place: MadePlace
) -> None:
    first, second = make(), make()
    other = make(of=make_referral(runtime.db, place))
    for each in {second.digits, other.digits} - {first.digits}:
        assert visitor.send(first.path, BORN | {"digits": each}).status_code == 404
    assert visitor.send(first.path, first.form).status_code == 303


def test_everything_that_fails_reads_the_same(
    visitor: Visitor, make: Make, runtime: Runtime, made: MadeReferral, clock: Clock
) -> None:
    link, short = make(), make(Wish(1))
    unknown = f"/my/c-{'x' * 43}"
    told = [visitor.send(link.path, BORN | {"digits": others(link.digits)})]
    told.append(visitor.send(link.path, link.form | {"born_day": "5"}))
    told.append(visitor.send(unknown, link.form))
    told.append(visitor.send(link.path.replace("c-", "", 1), link.form))  # of another shape: another link
    clock.advance(days=2)
    told.append(visitor.send(short.path, short.form))
    with runtime.db.transaction(system("test")) as tx:
        person_links.revoke(tx, made.person_id)
    told.append(visitor.send(link.path, link.form))
    assert {answer.status_code for answer in told} == {404}
    assert [NOT_OPENED_BY_CODE in each.text for each in told] == [True, True, True, False, True, True]
    assert NOT_OPENED in told[3].text


def test_the_door_is_the_same_for_a_link_with_digits_that_nobody_has_made(
    visitor: Visitor, make: Make
) -> None:
    shown = [visitor.get(path).html for path in (make().path, f"/my/c-{'y' * 43}")]
    assert len({re.sub(r"\"[^\"]*\"", "", each) for each in shown}) == 1
    for asked in ('autocomplete="one-time-code"', 'inputmode="numeric"', "I do not have the six digits"):
        assert asked in shown[0]


def test_the_date_of_birth_gives_nobody_the_tries_back_and_ten_end_the_link(
    visitor: Visitor, make: Make, runtime: Runtime
) -> None:
    link = make()
    for _ in range(MOST_WRONG):
        assert visitor.send(link.path, BORN | {"digits": others(link.digits)}).status_code == 404
    assert visitor.send(link.path, link.form).status_code == 404
    with pytest.raises(person_links.NotOpened):
        person_links.look(runtime.db, link.path.rsplit("/", 1)[1])


def test_wrong_dates_and_wrong_digits_are_counted_together(visitor: Visitor, make: Make) -> None:
    link = make()
    for at in range(MOST_WRONG):
        wrong = {"digits": others(link.digits)} if at % 2 else {"born_day": "5"}
        visitor.send(link.path, link.form | wrong)
    assert visitor.send(link.path, link.form).status_code == 404


def test_two_who_guess_at_the_same_moment_are_two_tries(make: Make, runtime: Runtime, admin: Engine) -> None:
    link = make()
    code = link.path.rsplit("/", 1)[1]

    def guess() -> None:
        with pytest.raises(person_links.NotOpened):
            person_links.open_link(runtime.db, code, date(1951, 3, 4), others(link.digits))

    with ThreadPoolExecutor(1) as other:
        with runtime.db.transaction(system("person-links")) as tx:
            found = stored.find_alive(tx, code, most_wrong=MOST_WRONG, hold=True)
            assert found is not None
            second = other.submit(guess)
            wait_until_somebody_waits(admin)
            stored.record_wrong(tx, found.id)
        second.result(timeout=60)
    assert wrong_tries(admin) == 2


def wait_until_somebody_waits(admin: Engine) -> None:
    """Go on once a transaction waits for another's lock."""
    waits = "wait_event_type = 'Lock' and datname = current_database()"
    query = text(f"select count(*) from pg_stat_activity where {waits}")  # noqa: S608 - our own words
    for _ in range(3000):
        with admin.connect() as connection:
            if connection.execute(query).scalar_one():
                return
        sleep(0.01)
    pytest.fail("nobody waits")


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "１２３４５６"])
def test_what_are_no_six_digits_is_no_try_and_says_nothing_of_the_link(
    visitor: Visitor, make: Make, admin: Engine, typed: str
) -> None:
    for path in (make().path, f"/my/c-{'z' * 43}"):
        refused = visitor.send(path, BORN | {"digits": typed})
        assert refused.status_code == 422
        assert 'href="#digits"' in refused.text
        assert NOT_OPENED_BY_CODE not in refused.text
    assert wrong_tries(admin) == 0


def test_a_hundred_looks_of_a_mail_scanner_change_nothing_and_send_nothing(
    visitor: Visitor, make: Make, admin: Engine
) -> None:
    link, before = make(), mails(admin)
    for _ in range(50):
        assert visitor.client.get(link.path).status_code == 200
        assert visitor.client.head(link.path).status_code == 200
    assert mails(admin) == before
    assert wrong_tries(admin) == 0
    assert visitor.send(link.path, link.form).status_code == 303


def test_of_the_digits_only_a_digest_is_kept_whose_key_is_the_link(make: Make, admin: Engine) -> None:
    first, second = make(), make()
    with admin.connect() as connection:
        for table in ("person_link", "audit_event", "mail_message"):
            rows = "".join(connection.execute(text(f"select t::text from {table} t")).scalars())  # noqa: S608
            for each in (first, second):
                assert not re.search(rf"(?<![0-9a-f]){each.digits}(?![0-9a-f])", rows), table
        kept = connection.execute(text("select digits_hash from person_link")).scalars().all()
    assert len(set(map(bytes, kept))) == 2
    assert {len(each) for each in kept} == {32}


def test_the_same_digits_of_two_links_lie_as_two_digests(
    make: Make, admin: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_links.secrets, "randbelow", lambda _: 4321)
    assert (make().digits, make().digits) == ("004321", "004321")
    with admin.connect() as connection:
        kept = connection.execute(text("select digits_hash from person_link")).scalars().all()
    assert len(set(map(bytes, kept))) == 2, "a list of a million digests tells nobody which digits they are"


def test_wrong_digits_are_told_to_the_person_and_the_team_can_look_it_up(
    visitor: Visitor, make: Make, admin: Engine
) -> None:
    link = make()
    visitor.send(link.path, BORN | {"digits": others(link.digits)})
    visitor.send(link.path, link.form)
    seen = visitor.get(f"{link.path}/seen").text
    assert "Somebody with your link tried to open your page with wrong digits" in seen
    with admin.connect() as connection:
        query = "select act, detail from audit_event where subject = 'person link' order by seq"
        acts = connection.execute(text(query)).all()
    assert [act for act, _ in acts] == ["make person's link", "wrong code for a link", "open person's link"]
    assert acts[0].detail["code"] == "tell"
    assert acts[1].detail["wrong"] == 1


def test_a_link_without_digits_opens_by_the_date_of_birth_and_asks_for_no_more(
    visitor: Visitor, make: Make
) -> None:
    link = make(WITHOUT)
    assert link.digits == ""
    assert "six digits" not in visitor.get(link.path).text
    assert visitor.send(link.path, BORN).location == f"{link.path}/progress"


def test_links_that_ask_questions_alone_ask_for_no_digits(
    visitor: Visitor, runtime: Runtime, made: MadeReferral
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        address = person_links.make(tx, **whose, purpose="follow-up", days=30)
    path = address.removeprefix("http://localhost")
    assert visitor.send(path, BORN).location == f"{path}/answers"
    assert visitor.client.get(f"{path}/progress").location == f"{path}/answers"


def test_a_carers_link_has_digits_of_its_own(
    visitor: Visitor, make: Make, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    own = make()
    carer = Carer("Ngozi Okonkwo", "daughter", date(2026, 1, 1))
    link = _shown(carer_links.make(runtime.db, place.link_worker, made.id, carer, Wish(7)))
    assert visitor.send(link.path, BORN | {"digits": others(link.digits)}).status_code == 404
    assert visitor.send(own.path, BORN | {"digits": others(own.digits)}).status_code == 404
    assert visitor.send(link.path, link.form).location == f"{link.path}/progress"
    assert "the person you help" in visitor.get(f"{link.path}/progress").text


def test_ended_by_the_team_it_opens_no_more(
    visitor: Visitor, make: Make, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    link = make()
    visitor.send(link.path, link.form)
    own_links.end(runtime.db, place.link_worker, made.id)
    assert visitor.client.get(f"{link.path}/progress").location == link.path
    assert visitor.send(link.path, link.form).status_code == 404


def test_the_door_asks_in_their_language(visitor: Visitor, make: Make) -> None:
    link = make()
    assert "Eich chwe digid" in visitor.client.get(f"{link.path}?lang=cy").text
    assert visitor.send(link.path, link.form).location == f"{link.path}/progress"


def test_an_address_that_only_looks_like_one_with_digits_opens_nothing(visitor: Visitor) -> None:
    for path in (f"/my/c-{uuid4()}", "/my/c-", "/my/signed-in"):
        answer = visitor.client.get(path)
        assert "six digits" not in answer.text
