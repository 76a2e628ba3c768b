"""For whom a sign-in opens nothing although they are who they say, as the door of links has it; its end from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.store import cautions
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.nhs_login.conftest import HOME, NUMBERS, come, referral_of, why_not
from tests.integration.nhs_login.test_own_sign_in import new_link
from tests.integration.openid.conftest import Person, browser_of
from tests.integration.openid.liar import Liar
from tests.integration.rights.keeping import erase
from tests.integration.signing_in.conftest import SecureVisitor

NO_PAGE = "/my/not-opened"
Tell = Callable[[str], int]


def set_flag(admin: Engine, made: MadeReferral, flag: str) -> None:
    with admin.connect() as connection:
        query = f"update person set {flag} = true where id = :id"  # noqa: S608 - our own column names
        connection.execute(text(query), {"id": made.person_id})


def warn(runtime: Runtime, made: MadeReferral) -> None:
    with runtime.db.transaction(system("test")) as tx:
        cautions.record(tx, made.id, Cautions(do_not_contact=True), audit="test")


@pytest.mark.parametrize("flag", ["restricted", "deceased"])
def test_who_is_restricted_or_has_died_opens_nothing_and_an_open_visit_closes(
    lied_to: Runtime, liar: Liar, made: MadeReferral, admin: Engine, flag: str
) -> None:
    person = browser_of(lied_to)
    come(liar, person)
    set_flag(admin, made, flag)
    assert person.client.get(f"{HOME}/progress").location == "/my?over"
    assert come(liar, person).location == NO_PAGE
    assert why_not(admin) == ["closed"]


def test_who_must_not_be_contacted_opens_nothing_without_a_link_workers_word(
    lied_to: Runtime, liar: Liar, made: MadeReferral
) -> None:
    warn(lied_to, made)
    person = browser_of(lied_to)
    assert come(liar, person).location == NO_PAGE
    new_link(lied_to.db, made, said_safe=True)
    assert come(liar, person).location == f"{HOME}/progress"


def test_a_link_workers_word_for_a_restricted_person_counts_as_long_as_the_link(
    lied_to: Runtime, liar: Liar, made: MadeReferral, admin: Engine, clock: Clock
) -> None:
    set_flag(admin, made, "restricted")
    new_link(lied_to.db, made, said_safe=True)
    person = browser_of(lied_to)
    assert come(liar, person).location == f"{HOME}/progress"
    assert person.client.get(f"{HOME}/progress").status_code == 200
    with admin.connect() as connection:
        connection.execute(text("update person_link set revoked_at = now() where identity_id is null"))
    assert come(liar, person).location == NO_PAGE


def test_of_two_referrals_the_one_with_a_warning_stays_shut(
    lied_to: Runtime, liar: Liar, made: MadeReferral, place: MadePlace
) -> None:
    second = referral_of(lied_to, place, "ada")
    warn(lied_to, second)
    person = browser_of(lied_to)
    assert come(liar, person).location == f"{HOME}/progress"
    assert person.get(f"{HOME}/requests").posts == []
    assert person.send(f"{HOME}/requests/{second.id}", at=f"{HOME}/comment").status_code == 404


def test_a_referral_that_was_withdrawn_is_shown_and_one_sent_in_error_is_not(
    lied_to: Runtime, liar: Liar, place: MadePlace
) -> None:
    referral_of(lied_to, place, "ada", ReferralStatus.ENTERED_IN_ERROR)
    person = browser_of(lied_to)
    assert come(liar, person).location == NO_PAGE
    referral_of(lied_to, place, "ada", ReferralStatus.WITHDRAWN)
    assert come(liar, person).location == f"{HOME}/progress"


def test_without_a_date_of_birth_on_record_nothing_opens(
    lied_to: Runtime, liar: Liar, place: MadePlace
) -> None:
    patient = Patient(nhs_number=NUMBERS["ada"], birth_date=None)
    make_referral(lied_to.db, place, patient=patient, practice=place.live_practice)
    assert come(liar, browser_of(lied_to)).location == NO_PAGE


def test_ending_all_links_ends_open_visits_too(
    lied_to: Runtime, liar: Liar, made: MadeReferral, place: MadePlace
) -> None:
    person, worker = browser_of(lied_to), browser_of(lied_to)
    come(liar, person)
    worker.sign_in("link-worker")
    at = f"/referrals/{made.id}/own-page"
    assert "There is none. A link that you make" in worker.get(at).text  # a visit is no link
    new_link(lied_to.db, made)
    worker.send(f"{at}/end", at=at)
    assert person.client.get(f"{HOME}/progress").location == "/my?over"


def test_an_erased_person_is_nobody_and_their_account_there_is_forgotten(
    lied_to: Runtime, liar: Liar, place: MadePlace, admin: Engine
) -> None:
    made = referral_of(lied_to, place, "ada", ReferralStatus.CLOSED)
    person = browser_of(lied_to)
    come(liar, person)
    erase(lied_to.db, place, made)
    assert person.client.get(f"{HOME}/progress").location == "/my?over"
    assert come(liar, person).location == NO_PAGE
    with admin.connect() as connection:
        assert list(connection.execute(text("select subject_hash from person_identity")).scalars()) == [None]


@pytest.fixture
def tell(lied_to: Runtime) -> Tell:
    """Knock at our door as a provider does; return the status."""
    client = browser_of(lied_to).client
    return lambda token: client.post("/oauth2/logout/nhs-login", data={"logout_token": token}).status_code


def is_in(person: Person) -> bool:
    return person.client.get(f"{HOME}/progress").status_code == 200


@pytest.mark.parametrize("names", [{}, {"sub": None}, {"sid": None}], ids=["both", "session", "person"])
def test_a_session_that_ends_there_ends_here_once(
    lied_to: Runtime, liar: Liar, made: MadeReferral, tell: Tell, names: dict[str, None]
) -> None:
    person = browser_of(lied_to)
    come(liar, person)
    assert is_in(person)
    token = liar.logout_token(without=next(iter(names), ""))
    assert tell(token) == 200
    assert not is_in(person)
    come(liar, person)
    assert tell(token) == 400
    assert is_in(person)


def test_no_other_persons_session_and_no_wrong_token_ends_a_visit(
    lied_to: Runtime, liar: Liar, made: MadeReferral, tell: Tell
) -> None:
    person = browser_of(lied_to)
    come(liar, person)
    assert tell(liar.logout_token(sub="robin")) == 200
    assert tell(liar.logout_token(aud="another-client")) == 400
    assert tell(liar.sign(liar.right_claims("any"))) == 400
    assert is_in(person)


def test_a_visit_that_goes_on_with_another_request_ends_with_the_session_there_too(
    lied_to: Runtime, liar: Liar, made: MadeReferral, place: MadePlace, tell: Tell
) -> None:
    referral_of(lied_to, place, "ada")
    person = browser_of(lied_to)
    come(liar, person)
    person.send(f"{HOME}/requests/{made.id}", at=f"{HOME}/requests")
    assert is_in(person)
    assert tell(liar.logout_token(without="sub")) == 200
    assert not is_in(person)


def test_over_https_the_secret_is_of_this_host_alone_and_out_of_reach_of_scripts(
    lied_to: Runtime, liar: Liar, made: MadeReferral
) -> None:
    lied_to.db.public_url = "https://localhost"
    house = replace(lied_to, settings=replace(lied_to.settings, public_url="https://localhost"))
    person = Person(SecureVisitor(house).client)
    answer = come(liar, person)
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("__Host-own=")]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Max-Age" not in cookie
    assert person.client.get(f"{HOME}/progress").status_code == 200
