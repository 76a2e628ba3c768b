"""What follows when somebody's details are put right: messages that wait, groups that read them, whoever referred."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.message_templates import Channel
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result
from app.services.messages import mailing, messages_out
from app.services.messages.messages_out import Message
from app.store import mail
from app.store.mail import Mail
from tests.by_link import LINK_TO, add_helper, take_post
from tests.factories import MadePlace, MadeReferral
from tests.integration.their_details.conftest import NEW, OLD, Opened, SignIn, open_tasks

OpenPage = Callable[..., Opened]
SENT = Attempt(Result.SENT)


def write(runtime: Runtime, place: MadePlace, made: MadeReferral, channel: Channel, to: str) -> None:
    """Let a message to the person wait, as the sweep leaves one."""
    told = {"link": "https://example.org/my/x", "phone": "020 7946 0001"}
    with runtime.db.transaction(system("test")) as tx:
        message = Message("check-in", channel, to, told, "own page")
        messages_out.to_person(tx, message, referral_id=made.id, team_id=place.team.id)


def leave(runtime: Runtime) -> list[Mail]:
    """Let everything leave that is due; return what left for a person."""
    left: list[Mail] = []

    def send(letter: Mail) -> Attempt:
        left.append(letter)
        return SENT

    mailing.send_due(runtime.db, send)
    return [each for each in left if each.referral_id]


def plain(number: str) -> str:
    return number.replace(" ", "")


def test_a_queued_text_leaves_for_the_new_number_and_never_for_the_old(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    write(runtime, place, made, Channel.TEXT, plain(OLD))
    open_page().send(phones=NEW)
    assert [each.to for each in leave(runtime)] == [plain(NEW)]


def test_a_queued_text_is_stopped_where_there_is_no_other_mobile(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    write(runtime, place, made, Channel.TEXT, plain(OLD))
    open_page().send(phones="020 7946 0000")
    assert leave(runtime) == []
    with admin.connect() as connection:
        row = connection.execute(text("select * from mail_message where channel = 'text'")).one()
    assert (row.last_error, row.to_person, row.body) == ("held-back-address-changed", None, None)


def test_what_goes_to_a_number_that_is_still_right_stays(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    write(runtime, place, made, Channel.TEXT, plain(OLD))
    open_page().send(phones=f"{NEW}\n{OLD}")
    assert [each.to for each in leave(runtime)] == [plain(OLD)]


def test_a_text_that_a_carrier_has_in_hand_does_not_leave_for_the_old_number_either(
    open_page: OpenPage,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between taking a message and sending it somebody puts the number right."""
    write(runtime, place, made, Channel.TEXT, plain(OLD))
    opened, lease = open_page(), mail.lease

    def taken(*told: object) -> Mail | None:
        monkeypatch.setattr(mailing, "_send_about_a_person", late)
        return lease(*told)  # type: ignore[arg-type]

    def late(*told: object) -> bool:
        opened.send(phones=NEW)
        return send_about(*told)  # type: ignore[arg-type]

    send_about = mailing._send_about_a_person
    monkeypatch.setattr(mailing.letters, "lease", taken)
    assert leave(runtime) == []
    monkeypatch.undo()
    assert [each.to for each in leave(runtime)] == [plain(NEW)]


@pytest.mark.parametrize(
    ("channel", "typed", "to"),
    [
        (Channel.EMAIL, {"email": "new@example.org"}, "new@example.org"),
        (
            Channel.LETTER,
            {"address": "4 Teasel Way", "postcode": "N16 8QQ"},
            "Adaeze Okonkwo\n4 Teasel Way\nN16 8QQ",
        ),
    ],
)
def test_queued_e_mails_and_letters_go_to_the_new_address(
    open_page: OpenPage,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    channel: Channel,
    typed: dict[str, str],
    to: str,
) -> None:
    open_page().send(email="old@example.org")
    old = "old@example.org" if channel is Channel.EMAIL else "Adaeze Okonkwo\n17 Cardamom Row\nE8 1EA"
    write(runtime, place, made, channel, old)
    open_page().send(**typed)
    assert [each.to for each in leave(runtime)] == [to]


def test_the_group_reads_what_is_right_and_that_it_was_put_right(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    add_helper(runtime.db, place)
    group, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    assert "was put right on" not in group.get(path).text
    take_post(runtime.db)
    open_page().send(phones=NEW, safe=["no-voice-message"], must_not_hear="her husband")
    page = group.get(path)
    assert "was put right on" in page.text
    assert NEW in page.text
    assert OLD not in page.text
    assert "Do not leave a voice message" in page.text
    assert "her husband" in page.text
    notices = [each for each in take_post(runtime.db) if each.purpose == "correction-notice"]
    assert [each.to for each in notices] == [LINK_TO]
    assert not [each for each in notices if NEW in each.text or "Okonkwo" in each.text + each.subject]


def test_a_group_without_an_address_is_rung_by_the_team(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    sign_in("provider-0").get(f"/offers/{made.placement_id}")
    open_page().send(phones=NEW)
    assert "correction-to-tell" in open_tasks(runtime, place)


@pytest.mark.parametrize("has_address", [True, False])
def test_a_group_that_has_not_looked_yet_is_neither_written_to_nor_rung(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, has_address: bool
) -> None:
    """The first thing that it reads is right."""
    if has_address:
        add_helper(runtime.db, place)
    take_post(runtime.db)
    open_page().send(phones=NEW)
    assert not [each for each in take_post(runtime.db) if each.purpose == "correction-notice"]
    assert "correction-to-tell" not in open_tasks(runtime, place)


def test_what_a_group_does_not_read_is_no_news_for_it(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    group, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    group.get(path)
    open_page().send(address="4 Teasel Way", nhs_number="")
    page = group.get(path)
    assert "was put right on" not in page.text
    assert "Teasel" not in page.text
    assert "correction-to-tell" not in open_tasks(runtime, place)


def test_the_practice_goes_on_reading_its_own_words_and_the_team_is_asked_to_tell_it(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    open_page().send(family="Bell", phones=NEW, address="4 Teasel Way")
    assert open_tasks(runtime, place)["requester-holds-other"] == ("name", "phone")
    assert "Adaeze Okonkwo" in sign_in("practice-0").get(f"/loops/{made.id}").text
    page = open_page().visitor.get(f"/referrals/{made.id}/their-details")
    assert "Whoever referred them told us something else of: the name, the telephone." in page.text


def test_who_told_us_is_not_told_back(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    open_page().send(family="Bell", told_by="requester")
    assert "requester-holds-other" not in open_tasks(runtime, place)
