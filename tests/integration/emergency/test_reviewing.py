"""Looks in an emergency as whoever reviews them sees them; and what the person reads of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from app.domain.access import Actor, system
from app.domain.errors import NotAllowed
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.own import own_looks, person_links
from app.services.rights import emergency_reviews
from app.services.shown import views
from tests.factories import MadePlace, MadeReferral
from tests.integration.emergency.conftest import Opening
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
LIST = "/privacy-officer"
BORN = date(1948, 5, 6)


@pytest.fixture
def steward(sign_in: SignIn) -> Visitor:
    return sign_in("steward")


@pytest.fixture
def review(other: Opening) -> str:
    """The address at which a look that was just taken is reviewed."""
    return f"{LIST}/{other.open().rpartition('/')[2]}"


def test_an_empty_list_teaches(steward: Visitor) -> None:
    assert "Nobody has opened a record in an emergency yet" in steward.get(LIST).text
    assert "Nothing of this kind" in steward.get(f"{LIST}?state=reviewed").text
    assert "Nobody has opened" in steward.get(f"{LIST}?state=nonsense").text


def test_a_look_is_read_with_its_words_and_without_a_name(
    review: str, steward: Visitor, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    page = steward.get(review).text
    reference = views.get_referral(runtime.db, place.link_worker, made.id).referral.reference
    assert "The police ask after him on the telephone." in page
    assert "Invented other-link-worker" in page
    assert reference in page
    assert "Penhallow" not in page
    assert "5900014002" not in page


def test_it_stays_at_the_top_until_somebody_has_decided_whatever_is_ticked_off(
    review: str, steward: Visitor, runtime: Runtime, place: MadePlace
) -> None:
    (task,) = [
        each
        for each in views.list_tasks(runtime.db, place.actor("steward")).lines
        if each.kind == "emergency-to-review"
    ]
    steward.send(f"/tasks/{task.id}/done", at="/attention")
    assert "nobody has decided yet" in steward.get("/attention").text
    assert steward.send(review, {"verdict": "right"}).status_code == 303
    assert "nobody has decided yet" not in steward.get("/attention").text
    page = steward.get(review).text
    assert "It was right to look" in page
    assert "<textarea" not in page


def test_the_stewards_task_goes_with_the_last_decision(
    review: str, steward: Visitor, runtime: Runtime, place: MadePlace
) -> None:
    steward.send(review, {"verdict": "right"})
    kinds = [each.kind for each in views.list_tasks(runtime.db, place.actor("steward")).lines]
    assert "emergency-to-review" not in kinds


@pytest.mark.parametrize(
    ("form", "field"),
    [({}, "verdict"), ({"verdict": "closed"}, "verdict"), ({"verdict": "wrong"}, "note")],
)
def test_there_is_no_end_without_a_decision_and_words(
    review: str, steward: Visitor, form: dict[str, str], field: str
) -> None:
    answer = steward.send(review, form)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text


def test_a_decision_is_made_once(review: str, steward: Visitor) -> None:
    token = steward.get(review).token
    for status in (303, 409):
        form = {"verdict": "wrong", "note": "They are neighbours.", "csrf_token": token}
        assert steward.client.post(review, data=form).status_code == status


def test_the_list_is_filtered_and_taken_along_without_whose_record_it_was(
    review: str, steward: Visitor, made: MadeReferral
) -> None:
    path = review.rpartition("/")[2]
    assert path in steward.get(f"{LIST}?state=to-review").html
    assert path not in steward.get(f"{LIST}?state=reviewed").html
    answer = steward.client.get(f"{LIST}/looks.csv?state=all")
    assert answer.mimetype == "text/csv"
    assert "Invented other-link-worker" in answer.text
    assert str(made.person_id) not in answer.text
    assert "Penhallow" not in answer.text


def test_nobody_decides_on_their_own_look(
    review: str, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    look_id = UUID(review.rpartition("/")[2])
    worker = place.accounts["other-link-worker"].id
    both = Actor(Role.STEWARD, place.place.id, user_id=worker)
    with pytest.raises(NotAllowed):
        emergency_reviews.decide(runtime.db, both, look_id, verdict="right", note="")
    deed = text("update emergency_access set reviewed_by = user_id, reviewed_at = now(), verdict = 'right'")
    with admin.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(deed)


def test_no_other_role_reviews(sign_in: SignIn, review: str) -> None:
    for username in ("link-worker", "other-link-worker", "provider-0", "practice-0", "analyst"):
        visitor = sign_in(username)
        for path in (LIST, review, f"{LIST}/looks.csv", f"{LIST}/unusual"):
            assert visitor.client.get(path).status_code == 403, (username, path)


def test_an_unknown_look_is_absent(steward: Visitor) -> None:
    steward.get(f"{LIST}/00000000-0000-4000-8000-000000000001", 404)


def looks(runtime: Runtime, made: MadeReferral) -> str:
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        address = person_links.make(tx, **whose, purpose="progress", days=7, said_safe=True)
    link = person_links.open_link(runtime.db, address.rsplit("/", 1)[1], BORN)
    return str(own_looks.find(runtime.db, link, page=1).looks)


def test_the_person_sees_who_looked_in_an_emergency(
    other: Opening, runtime: Runtime, made: MadeReferral, app: Flask
) -> None:
    assert "emergency" not in looks(runtime, made)
    other.open()
    seen = looks(runtime, made)
    assert "in an emergency" in seen
    assert "A link worker of Camden team" in seen


def test_where_it_could_endanger_them_their_page_says_nothing_of_it(
    other: Opening, runtime: Runtime, made: MadeReferral, restrict: Callable[[], None]
) -> None:
    other.open()
    restrict()
    seen = looks(runtime, made)
    assert "in an emergency" not in seen
    assert "Camden" not in seen
