"""The words of consent: the steward writes a version, people are asked by it, and each word stays with its version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.domain.consent_wordings import SHIPPED, Kind
from app.domain.errors import Conflict, NotAllowed
from app.runtime import Runtime
from app.services.rights import consent_wordings
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/consent-wordings/share-with-provider"
NEW = {"question": "May we tell a group about you?", "words": "We tell it your name.\nYou can say no."}


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace, clock: Clock) -> MadeReferral:
    """A referral whose message said yes, a minute before anybody asks again."""
    came = make_referral(runtime.db, place)
    clock.advance(minutes=1)
    return came


@pytest.fixture
def write(runtime: Runtime, place: MadePlace, clock: Clock) -> Callable[[Kind], int]:
    """Let the steward write the next version of a kind, which is asked a minute later; return its number."""
    steward = place.actor("steward")

    def it(kind: Kind) -> int:
        seen = consent_wordings.find(runtime.db, steward, kind).newest.version
        told = (f"Question {seen + 1}?", f"Words {seen + 1}.")
        written = consent_wordings.write(runtime.db, steward, kind, *told, seen=seen)
        clock.advance(minutes=1)
        return written.version

    return it


def kept(admin: Engine, made: MadeReferral, kind: str) -> list[tuple[bool, int | None]]:
    query = text(
        "select given, wording from consent where person_id = :person and kind = :kind order by recorded_at"
    )
    with admin.connect() as connection:
        return [tuple(row) for row in connection.execute(query, {"person": made.person_id, "kind": kind})]


def test_steward_looks_at_new_words_before_they_count_and_the_old_ones_stay(sign_in: SignIn) -> None:
    visitor = sign_in("steward")
    first = visitor.get(PAGE)
    assert "Nobody has answered to it yet" in first.text
    looked = visitor.send(PAGE, NEW | {"do": "preview", "seen": "1"})
    assert looked.status_code == 200
    assert "Nothing has changed yet" in looked.text
    assert "Version 2" not in visitor.get(PAGE).text
    assert visitor.send(PAGE, NEW | {"do": "use", "seen": "1"}).status_code == 303
    after = visitor.get(PAGE)
    assert "They are version 2." in after.text
    assert "Version 2: asked today" in after.text
    assert "Version 1: asked before" in after.text
    assert SHIPPED[Kind.SHARE].words in after.text
    assert NEW["question"] in visitor.get("/consent-wordings").text


def test_change_gives_back_what_was_typed(sign_in: SignIn) -> None:
    answer = sign_in("steward").send(PAGE, NEW | {"do": "change", "seen": "1"})
    assert NEW["question"] in answer.text


def test_words_that_cannot_be_taken_are_told_all_at_once_and_kept(sign_in: SignIn) -> None:
    visitor = sign_in("steward")
    empty = visitor.send(PAGE, {"question": "", "words": "", "do": "use", "seen": "1"})
    assert empty.status_code == 400
    assert 'href="#question"' in empty.text
    assert 'href="#words"' in empty.text
    shipped = SHIPPED[Kind.SHARE]
    same = visitor.send(
        PAGE, {"question": shipped.question, "words": shipped.words, "do": "use", "seen": "1"}
    )
    assert "These are the words of today" in same.text
    assert "Version 2" not in visitor.get(PAGE).text


def test_of_two_stewards_the_second_is_told_and_nothing_is_written_twice(
    sign_in: SignIn, write: Callable[[Kind], int]
) -> None:
    visitor = sign_in("steward")
    write(Kind.SHARE)
    late = visitor.send(PAGE, NEW | {"do": "use", "seen": "1"})
    assert late.status_code == 400
    assert "Somebody wrote a new version meanwhile" in late.text
    assert NEW["question"] in late.text
    assert "Version 3" not in visitor.get(PAGE).text


def test_pages_are_the_stewards_and_unknown_words_are_not_there(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    assert sign_in("link-worker").client.get(PAGE).status_code == 403
    assert sign_in("steward").client.get("/consent-wordings/ask-before-sharing").status_code == 404
    with pytest.raises(NotAllowed):
        consent_wordings.write(runtime.db, place.link_worker, Kind.SHARE, "May we?", "Words.", seen=1)


def test_a_version_is_never_changed_or_removed(admin: Engine, write: Callable[[Kind], int]) -> None:
    write(Kind.SHARE)
    for deed in ("update consent_wording set words = 'others'", "delete from consent_wording"):
        with pytest.raises(DBAPIError, match="never changed or removed"), admin.begin() as connection:
            connection.execute(text(deed))


def test_link_worker_reads_out_the_words_of_today_and_the_answer_stays_with_them(
    sign_in: SignIn, admin: Engine, made: MadeReferral, write: Callable[[Kind], int]
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/consent"
    assert SHIPPED[Kind.SHARE].words in visitor.get(path).text
    assert visitor.send(path, {"given": "yes", "wording": "1"}).status_code == 303
    write(Kind.SHARE)
    page = visitor.get(path)
    assert "Words 2." in page.text
    assert SHIPPED[Kind.SHARE].words not in page.text
    assert visitor.send(path, {"given": "no", "wording": "2"}).status_code == 303
    assert kept(admin, made, "share-with-provider")[-2:] == [(True, 1), (False, 2)]


@pytest.mark.parametrize(
    ("page", "kind", "answer"),
    [
        ("consent", Kind.SHARE, {"given": "no"}),
        ("dataset-use", Kind.DATASET, {"given": "no", "said_by": "person"}),
        ("choices/contact", Kind.CONTACT, {"given": "no", "how": "telephone"}),
        ("choices/research", Kind.RESEARCH, {"given": "no", "how": "telephone"}),
    ],
)
def test_an_answer_to_words_of_yesterday_is_not_kept_and_the_new_words_are_shown(
    sign_in: SignIn,
    admin: Engine,
    made: MadeReferral,
    write: Callable[[Kind], int],
    page: str,
    kind: Kind,
    answer: dict[str, str],
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/{page}"
    before = kept(admin, made, kind)
    write(kind)
    refused = visitor.send(path, answer | {"wording": "1"})
    assert refused.status_code == 400
    assert "The words of this question were changed" in refused.text
    assert "Words 2." in refused.text
    assert 'name="wording" value="2"' in refused.text
    assert kept(admin, made, kind) == before
    assert visitor.send(path, answer | {"wording": "2"}).status_code == 303
    assert kept(admin, made, kind)[-1] == (False, 2)


ABOUT = ("share", "dataset", "ask", "contact", "research")


@pytest.mark.parametrize(("about", "kind"), [*zip(ABOUT, Kind, strict=True)])
def test_a_person_answers_to_the_words_on_their_own_page(
    visitor: Visitor,
    opened: str,
    admin: Engine,
    made: MadeReferral,
    write: Callable[[Kind], int],
    about: str,
    kind: Kind,
) -> None:
    at, path = f"{opened}/change", f"{opened}/change/{about}"
    assert SHIPPED[kind].words in visitor.get(at).text
    assert visitor.send(path, {"answer": "no", "wording": "1"}, at=at).status_code == 303
    write(kind)
    stale = visitor.send(path, {"answer": "yes", "wording": "1"}, at=at)
    assert stale.status_code == 400
    assert "The words of this question were changed" in stale.text
    assert "Words 2." in stale.text
    assert visitor.send(path, {"answer": "yes", "wording": "2"}, at=at).status_code == 303
    assert kept(admin, made, kind)[-2:] == [(False, 1), (True, 2)]


def test_steward_reads_how_many_people_answered_to_each_version(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, write: Callable[[Kind], int]
) -> None:
    other = make_referral(runtime.db, place)
    worker = sign_in("link-worker")
    for each, answer, version in ((made, "yes", "1"), (made, "yes", "1"), (other, "no", "1")):
        worker.send(f"/referrals/{each.id}/consent", {"given": answer, "wording": version})
    write(Kind.SHARE)
    worker.send(f"/referrals/{other.id}/consent", {"given": "yes", "wording": "2"})
    found = consent_wordings.find(runtime.db, place.actor("steward"), Kind.SHARE)
    assert (found.answered[1].yes, found.answered[1].no) == (1, 1)
    assert (found.answered[2].yes, found.answered[2].no) == (1, 0)
    assert "1 said yes, 1 said no" in sign_in("steward").get(PAGE).text


def test_two_who_write_in_one_moment_make_one_version(
    runtime: Runtime, place: MadePlace, monkeypatch: pytest.MonkeyPatch, write: Callable[[Kind], int]
) -> None:
    write(Kind.SHARE)
    monkeypatch.setattr(consent_wordings.consent_wordings, "newest", lambda _tx, kind: SHIPPED[kind])
    with pytest.raises(Conflict):
        consent_wordings.write(
            runtime.db, place.actor("steward"), Kind.SHARE, "May we?", "Other words.", seen=1
        )
