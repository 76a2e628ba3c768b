"""What a password must be, how it is changed, and the link for one: good once, the same answer for strangers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from app.domain.errors import Invalid
from app.runtime import Runtime
from app.services.signing_in import passwords
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace
from tests.integration.signing_in.conftest import MailBox, acts, give_password, set_up_app
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
GOOD = "three blue kettles whistle"
NAMES = ("amina", "Amina Ali", "Dalston Befrienders", "amina@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "three blue kettles",
        "ttttt hhhhh qzjxv",
        "kettle piano zebra " * 12,
        "пароль из трёх слов",
        "😀🐝🌧️ umbrella tin",
    ],
)
def test_long_words_of_any_characters_are_taken(password: str) -> None:
    passwords.check(password, NAMES)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("kettles-b1!", "12 characters"),
        ("", "12 characters"),
        ("x" * 257, "up to 256"),
        ("qwertyuiop12", "easily guessed"),
        ("Password1234!", "easily guessed"),
        ("1qaz2wsx3edc", "easily guessed"),
        ("aaaaaaaaaaaaaaaaaaaa", "easily guessed"),
        ("backstitch kettle piano", "Leave your name"),
        ("Dalston-Befrienders kettle", "Leave your name"),
        ("kettle AMINA piano zebra", "Leave your name"),
    ],
)
def test_short_common_and_own_names_are_refused(password: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        passwords.check(password, NAMES)


def test_own_password_is_changed_and_everywhere_else_is_signed_out(
    sign_in: SignIn, visitor: Visitor, addressed: MadePlace, mail_box: MailBox
) -> None:
    here, elsewhere = sign_in("link-worker"), sign_in("link-worker")
    typed = {"now": PASSWORD, "password": GOOD, "again": GOOD}
    assert here.send("/account/password", typed).location == "/account"
    assert here.client.get("/referrals").status_code == 200
    assert elsewhere.client.get("/referrals").status_code == 302
    assert visitor.send("/sign-in", {"username": "link-worker", "password": PASSWORD}).status_code == 400
    assert give_password(visitor, "link-worker", GOOD) == "/referrals"
    (letter,) = mail_box.open()
    assert ("changed" in letter.text, GOOD in letter.text) == (True, False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"now": "not it at all"}, "now"),
        ({"password": "password1234", "again": "password1234"}, "password"),
        ({"again": "something else here"}, "again"),
        ({"now": ""}, "now"),
    ],
)
def test_wrong_change_says_which_field_and_sends_nothing_back(
    wrong: dict[str, str], field: str, sign_in: SignIn
) -> None:
    visitor = sign_in("link-worker")
    answer = visitor.send("/account/password", {"now": PASSWORD, "password": GOOD, "again": GOOD, **wrong})
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert GOOD not in answer.text


def test_forgotten_password_is_set_by_a_link_once(
    visitor: Visitor, addressed: MadePlace, mail_box: MailBox, sign_in: SignIn
) -> None:
    signed_in = sign_in("link-worker")
    assert visitor.send("/forgotten-password", {"named": "Link-Worker"}).status_code == 200
    link = mail_box.link()
    for _ in range(3):
        assert "link-worker" in visitor.get(link).text
    assert visitor.send(link, {"password": "short", "again": "short"}).status_code == 400
    assert visitor.send(link, {"password": GOOD, "again": GOOD}).location == "/sign-in"
    assert visitor.client.get(link).status_code == 404, "it was used"
    assert signed_in.client.get("/referrals").status_code == 302, "all sessions ended"
    assert give_password(visitor, "link-worker", GOOD) == "/referrals"


def test_link_ends_after_a_day_and_with_a_newer_one(
    visitor: Visitor, addressed: MadePlace, mail_box: MailBox, clock: Clock
) -> None:
    visitor.send("/forgotten-password", {"named": "link-worker@example.org"})
    older = mail_box.link()
    visitor.send("/forgotten-password", {"named": "link-worker"})
    newer = mail_box.link()
    assert visitor.client.get(older).status_code == 404
    clock.advance(days=1, minutes=1)
    assert visitor.client.get(newer).status_code == 404


def test_mailbox_alone_opens_no_account_with_a_second_step(
    visitor: Visitor, addressed: MadePlace, mail_box: MailBox, sign_in: SignIn, clock: Clock
) -> None:
    set_up_app(sign_in("link-worker"), clock)
    visitor.send("/forgotten-password", {"named": "link-worker"})
    visitor.send(mail_box.link(), {"password": GOOD, "again": GOOD})
    assert give_password(visitor, "link-worker", GOOD).startswith("/sign-in/code")


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement.split()[0].lower() + " " + statement.split("(")[0][:40])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_unknown_name_has_the_same_answer_and_the_same_work(
    visitor: Visitor, addressed: MadePlace, mail_box: MailBox, runtime: Runtime
) -> None:
    answers, work = [], []
    for named in ("link-worker", "nobody-here"):
        with statements(runtime.db.engine) as seen:
            passwords.ask_for_link(runtime.db, named)
        work.append([each for each in seen if each.startswith(("insert", "update"))])
        answer = visitor.send("/forgotten-password", {"named": named})
        answers.append((answer.status_code, visitor.get("/accessibility").title, len(answer.text)))
    assert answers[0] == answers[1]
    assert [each for each in work[0] if "audit" not in each] == [
        each for each in work[1] if "audit" not in each
    ]
    assert {letter.to for letter in mail_box.open()} == {"link-worker@example.org"}
    assert acts(runtime, "make link") == 2


def test_link_for_somebody_who_has_left_opens_nothing(
    visitor: Visitor, addressed: MadePlace, mail_box: MailBox, sign_in: SignIn
) -> None:
    visitor.send("/forgotten-password", {"named": "link-worker"})
    link = mail_box.link()
    worker = addressed.accounts["link-worker"].id
    sign_in("steward").send(f"/people/{worker}/end", at=f"/people/{worker}/end")
    assert visitor.client.get(link).status_code == 404
    visitor.send("/forgotten-password", {"named": "link-worker"})
    assert mail_box.open() == []
