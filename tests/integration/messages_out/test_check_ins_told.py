"""Whether help has arrived, where people look for it: in a referral's history and in all that is kept of a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from app.domain.access import system
from app.runtime import Runtime
from app.services.follow_up import check_ins
from app.services.own import person_links
from app.store.check_ins import CheckIn
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.messages_out.conftest import sweep
from tests.integration.web.conftest import Visitor

Asked = Callable[[], Sequence[CheckIn]]
SignIn = Callable[[str], Visitor]


@pytest.fixture
def answered(runtime: Runtime, place: MadePlace, clock: Clock, asked: Asked) -> CheckIn:
    """Asked for day 7 by e-mail, and answered on the telephone a day later."""
    sweep(runtime.db)
    clock.set(asked()[0].due_on)
    sweep(runtime.db, has_mail=True, has_texts=True)
    clock.advance(days=1)
    check_ins.answer_by_phone(runtime.db, place.link_worker, asked()[0].id, "not-yet")
    return asked()[0]


@pytest.fixture
def opened(runtime: Runtime, made: MadeReferral, visitor: Visitor, answered: CheckIn) -> str:
    """The path of the person's own page, open in their browser."""
    whose = {"person_id": made.person_id, "referral_id": made.id}
    with runtime.db.transaction(system("test")) as tx:
        address = person_links.make(tx, **whose, purpose="progress", days=30)
    path = address.removeprefix("http://localhost")
    visitor.send(path, {"born_day": "4", "born_month": "3", "born_year": "1951"})
    return path


def test_the_referrals_history_has_the_question_and_the_answer_in_their_order(
    answered: CheckIn, made: MadeReferral, sign_in: SignIn
) -> None:
    told = sign_in("link-worker").get(f"/referrals/{made.id}").text
    question = told.index("To ask whether help has arrived, day 7")
    answer = told.index("Has help arrived? Asked for day 7, said on the telephone: No, not yet.")
    assert question < answer


def test_a_provider_and_the_practice_read_nothing_of_it(
    answered: CheckIn, made: MadeReferral, sign_in: SignIn
) -> None:
    for username, path in (
        ("provider-0", f"/offers/{made.placement_id}"),
        ("practice-0", f"/loops/{made.id}"),
    ):
        assert "elp has arrived" not in sign_in(username).get(path).text


def test_all_that_is_kept_has_each_asking_with_what_became_of_it(
    opened: str, visitor: Visitor, answered: CheckIn
) -> None:
    told = visitor.get(f"{opened}/data").text
    assert "We asked whether help has arrived. On " in told
    assert "you said: Not yet." in told
    assert "We will ask whether help has arrived." in told  # day 28
    assert visitor.client.get(f"{opened}/data.pdf").status_code == 200


def test_the_file_for_other_systems_has_the_answer(
    opened: str, visitor: Visitor, answered: CheckIn, made: MadeReferral
) -> None:
    bundle = visitor.client.get(f"{opened}/data.json").json
    assert bundle is not None
    found = [each["resource"] for each in bundle["entry"] if each["resource"].get("id") == str(answered.id)]
    assert [each["valueString"] for each in found] == ["Not yet"]
    assert found[0]["basedOn"] == [{"reference": f"ServiceRequest/{made.id}"}]
