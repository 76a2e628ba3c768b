"""The pages on which somebody is referred: by a requester's staff, by themselves, by a link worker on the telephone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from app.domain.sources import SourceKind
from app.runtime import Runtime
from app.services.incoming import self_referral
from app.services.shown import views
from app.web.referring import self_referral as self_referral_page
from tests.factories import MadePlace
from tests.integration.asking import TELLING
from tests.integration.sources.other_sources import add_source
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]
FROM_A_COUNCIL = TELLING | {"agrees": "share", "why_now": "Lost her husband.", "safe": ["no-voice-message"]}
ON_THE_TELEPHONE = TELLING | {"agreed_how": "spoken-telephone", "shares": "yes"}


@pytest.fixture
def own(runtime: Runtime, place: MadePlace) -> str:
    """The id of what stands for people who ask the first team for themselves."""
    return str(add_source(runtime.db, place, SourceKind.SELF).id)


def checked(visitor: Visitor, path: str, form: dict[str, object]) -> dict[str, object]:
    """Send a page to be checked; return what its check page would send."""
    answer = visitor.send(path, form)
    assert answer.status_code == 200, answer.text[:1500]
    page = read_page(answer)
    assert page.headings[0] == "Check before you send"
    carried: dict[str, object] = {}
    for given in page.inputs:
        name, value = given.get("name") or "", given.get("value") or ""
        if name in carried:
            known = carried[name]
            carried[name] = [*(known if isinstance(known, list) else [known]), value]
        else:
            carried[name] = value
    return carried | {"step": "send"}


def send_checked(visitor: Visitor, path: str, form: dict[str, object]):  # type: ignore[no-untyped-def]
    """Send a page, check it, and send it for good."""
    return visitor.client.post(path, data=checked(visitor, path, form))


def test_council_refers_somebody_and_sees_how_far_it_has_come(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    add_source(runtime.db, place, SourceKind.COUNCIL)
    visitor = sign_in("council")
    answer = send_checked(visitor, "/refer", FROM_A_COUNCIL)
    page = read_page(answer)
    reference = re.search(r"BK-\w{7}", page.text)
    assert reference
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    assert (line.reference, line.requester_name) == (reference[0], "Invented council")
    assert "Wanda Example" in visitor.get("/loops").text
    worker = sign_in("link-worker").get(f"/referrals/{line.id}")
    assert "Why now: Lost her husband." in worker.text
    assert "Do not leave a voice message" in worker.text


def test_nothing_is_kept_before_it_was_checked(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    add_source(runtime.db, place, SourceKind.COUNCIL)
    visitor = sign_in("council")
    carried = checked(visitor, "/refer", FROM_A_COUNCIL)
    assert views.list_referrals(runtime.db, place.link_worker).total == 0
    back = read_page(visitor.client.post("/refer", data=carried | {"step": "change"}))
    assert "Would like company." in back.html
    assert 'value="Wanda"' in back.html


def test_page_sent_twice_makes_one_referral(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    add_source(runtime.db, place, SourceKind.COUNCIL)
    visitor = sign_in("council")
    carried = checked(visitor, "/refer", FROM_A_COUNCIL)
    first, again = (visitor.client.post("/refer", data=carried).text for _ in range(2))
    assert re.findall(r"BK-\w{7}", first) == re.findall(r"BK-\w{7}", again)
    assert views.list_referrals(runtime.db, place.link_worker).total == 1


def test_jobcentre_page_promises_nothing_and_shows_nobody(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    add_source(runtime.db, place, SourceKind.JOBCENTRE)
    visitor = sign_in("jobcentre")
    assert "Nothing comes back to you" in visitor.get("/refer").text
    answer = read_page(send_checked(visitor, "/refer", FROM_A_COUNCIL))
    assert "nothing comes back to you" in answer.text
    assert not re.search(r"BK-\w{7}", answer.html)
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    assert "Wanda" not in visitor.get("/loops").text
    visitor.get(f"/loops/{line.id}", status=404)
    visitor.get(f"/loops/{line.id}/letter", status=404)
    assert "Nothing goes back to them" in sign_in("link-worker").get(f"/referrals/{line.id}").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"family": ""}, "Enter the last name."),
        ({"born_month": "13"}, "Enter a real date of birth"),
        ({"phone": ""}, "one way to reach them"),
        ({"needs": "", "story": ""}, "Choose what would help"),
        ({"agrees": "no"}, "Only somebody who agrees"),
        ({"nhs_number": "943 476 5918"}, "check digit is wrong"),
        ({"nhs_number": "123 456 7890", "number_is_checked": "yes"}, "check digit is wrong"),
        ({"nhs_number": "12345"}, "An NHS number has 10 digits."),
        ({"needs": "miracles"}, "Choose from the list."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    wrong: dict[str, str], sentence: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    add_source(runtime.db, place, SourceKind.COUNCIL)
    answer = sign_in("council").send("/refer", FROM_A_COUNCIL | wrong)
    assert answer.status_code == 400
    page = read_page(answer)
    assert sentence in page.text
    targets = re.findall(r'<a href="#([^"]+)">', page.html)
    assert targets
    assert set(targets) <= set(page.ids)


def test_anybody_can_ask_for_themselves_without_an_account(
    visitor: Visitor, sign_in: SignIn, runtime: Runtime, place: MadePlace, own: str
) -> None:
    page = visitor.get("/self-referral")
    assert page.text.index("999") < page.text.index("First name")
    assert "NHS number" not in "".join(page.visible_inputs)
    form = TELLING | {"who": "me", "agrees": "yes", "team": own}
    answer = read_page(send_checked(visitor, "/self-referral", form))
    assert re.search(r"BK-\w{7}", answer.text)
    assert "What happens next" in answer.text
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    found = views.get_referral(runtime.db, place.link_worker, line.id)
    assert not found.person.identity_confirmed
    assert found.consent_to_share is None
    assert "find-nhs-number" in [task.kind for task in found.tasks]
    assert "asked for themselves" in sign_in("link-worker").get(f"/referrals/{line.id}").text


def test_asking_for_somebody_else_names_who_asks(
    visitor: Visitor, runtime: Runtime, place: MadePlace, own: str
) -> None:
    form = TELLING | {"who": "somebody", "agrees": "yes", "team": own}
    refused = visitor.send("/self-referral", form)
    assert "Give your own name" in refused.text
    helper = {"helper_name": "Olga Sample", "helper_relation": "daughter", "helper_phone": "07700 900999"}
    send_checked(visitor, "/self-referral", form | helper)
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    found = views.get_referral(runtime.db, place.link_worker, line.id)
    assert "Olga Sample (daughter)" in found.requested_by
    assert "Olga Sample" in " ".join(found.take_care)


def test_machine_that_fills_the_hidden_box_is_refused(
    visitor: Visitor, runtime: Runtime, place: MadePlace, own: str
) -> None:
    form = TELLING | {"who": "me", "agrees": "yes", "team": own, "website": "http://spam.example"}
    answer = visitor.send("/self-referral", form)
    assert answer.status_code == 400
    assert "Leave this box empty" in answer.text
    assert views.list_referrals(runtime.db, place.link_worker).total == 0


def test_page_sent_again_and_again_is_stopped(
    visitor: Visitor, runtime: Runtime, place: MadePlace, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_referral_page, "MOST_FROM_ONE", 0)
    form = TELLING | {"who": "me", "agrees": "yes", "team": own}
    assert send_checked(visitor, "/self-referral", form).status_code == 429
    monkeypatch.setattr(self_referral_page, "MOST_FROM_ONE", 1000)
    monkeypatch.setattr(self_referral, "MOST_AN_HOUR", 0)
    assert send_checked(visitor, "/self-referral", form).status_code == 429
    assert views.list_referrals(runtime.db, place.link_worker).total == 0


def test_page_without_its_token_is_refused(visitor: Visitor, own: str) -> None:
    form = TELLING | {"who": "me", "agrees": "yes", "team": own, "step": "send"}
    assert visitor.client.post("/self-referral", data=form).status_code == 400


def test_where_nobody_takes_them_the_page_says_whom_to_ring(visitor: Visitor, place: MadePlace) -> None:
    assert "does not take requests just now" in visitor.get("/self-referral").text


def test_link_worker_types_for_somebody_on_the_telephone(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, own: str, admin: Engine
) -> None:
    visitor = sign_in("link-worker")
    answer = send_checked(visitor, "/phone-referral", ON_THE_TELEPHONE)
    assert answer.status_code == 303
    page = visitor.get(answer.location)
    assert "tell the person" in page.text
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    found = views.get_referral(runtime.db, place.link_worker, line.id)
    assert found.consent_to_share is True
    with admin.connect() as connection:
        query = text(
            "select detail, actor from audit_event where act = 'enter for a person' and detail ? 'agreed'"
        )
        ((detail, actor),) = connection.execute(query).all()
    account = place.accounts["link-worker"]
    assert (detail["entered_by"], detail["agreed"]) == (str(account.id), "spoken-telephone")
    assert actor == f"user:{account.id}"


def test_team_that_is_not_open_for_it_is_told_who_opens_it(sign_in: SignIn, place: MadePlace) -> None:
    answer = sign_in("link-worker").send("/phone-referral", ON_THE_TELEPHONE)
    assert answer.status_code == 409
    assert "The steward opens it" in answer.text


def test_two_requests_for_one_person_are_decided_on_the_page(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, own: str
) -> None:
    add_source(runtime.db, place, SourceKind.COUNCIL)
    send_checked(sign_in("council"), "/refer", FROM_A_COUNCIL)
    worker = sign_in("link-worker")
    path = send_checked(worker, "/phone-referral", ON_THE_TELEPHONE).location
    page = worker.get(path)
    assert "Perhaps the same person" in page.text
    (join,) = [one for one in page.posts if "/together/" in one]
    other = join.rpartition("/")[2]
    refused = worker.send(f"{path}/apart/{other}", {})
    assert "Choose why the two are kept apart" in refused.text
    answer = worker.send(f"{path}/apart/{other}", {"reason": "another-person"})
    assert "Kept apart from" in worker.get(answer.location).text
    worker.send(f"{path}/undo/{other}", at=path)
    worker.send(f"{path}/together/{other}", at=path)
    assert "Worked together with" in worker.get(path).text
    follower = path if "That one leads" in worker.get(path).text else f"/referrals/{other}"
    assert "Find help" not in worker.get(follower).text
    assert "With BK-" in worker.get("/referrals").text
    assert "Wanda" not in sign_in("other-link-worker").get("/referrals").text


def test_person_who_asked_is_told_from_the_page(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, own: str
) -> None:
    worker = sign_in("link-worker")
    path = send_checked(worker, "/phone-referral", ON_THE_TELEPHONE).location
    worker.send(f"{path}/end", {"reason": "no-suitable-service", "outcome": "no-change"})
    assert "Tell the person how it ended" in worker.get(path).text
    letter = worker.client.get(f"{path}/person-letter")
    assert letter.data.startswith(b"%PDF")
    assert letter.headers["Cache-Control"] == "no-store"
    answer = worker.send(f"{path}/person-told", {"how": "posted"})
    assert answer.status_code == 303
    assert "it is written down how the person was told" in worker.get(path).text
