"""What leaves on paper and as a file: the form of an offer, the provider's list, and what is told by telephone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.runtime import Runtime
from app.services.helping import delivery
from app.store import audit_names, listings
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import names_at_steps
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


def flat(pdf: bytes) -> str:
    return " ".join(text_of(pdf).split())


def test_form_tells_what_the_page_tells_and_no_more(made: MadeReferral, sign_in: SignIn) -> None:
    provider, team = sign_in("provider-0"), sign_in("link-worker")
    own = provider.client.get(f"/offers/{made.placement_id}/paper.pdf")
    assert own.mimetype == "application/pdf"
    assert own.headers["Cache-Control"] == "no-store"
    told = flat(own.data)
    assert "Adaeze Okonkwo" in told
    assert "07700 900461" in told
    assert not [word for word in ("Cardamom", "1951", "Lives alone", "Surgery") if word in told]
    order = [told.index(words) for words in ("Your answer", "in touch", "help started", "How it ended")]
    assert order == sorted(order)
    printed = team.client.get(f"/referrals/{made.id}/offers/{made.placement_id}/paper.pdf")
    assert flat(printed.data) == told


def test_form_of_another_is_absent_and_of_what_is_over_refused(
    made: MadeReferral, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    team_path = f"/referrals/{made.id}/offers/{made.placement_id}/paper.pdf"
    assert sign_in("provider-1").client.get(f"/offers/{made.placement_id}/paper.pdf").status_code == 404
    assert sign_in("other-link-worker").client.get(team_path).status_code == 404
    other = make_referral(runtime.db, place)
    worker = sign_in("link-worker")
    assert worker.client.get(f"/referrals/{other.id}/offers/{made.placement_id}/paper.pdf").status_code == 404
    delivery.decline(runtime.db, place.actor("provider-0"), made.placement_id, reason="22")
    assert worker.client.get(team_path).status_code == 409


def test_list_as_a_file_names_nobody_and_runs_nothing(
    made: MadeReferral, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    make_referral(runtime.db, place, services=(1,))  # another provider's
    with runtime.db.transaction(system("test")) as tx:
        listings.record_service(tx, replace(place.services[0], name="=HYPERLINK(1)"))
    answer = sign_in("provider-0").client.get("/offers.csv")
    assert answer.mimetype == "text/csv"
    head, line = list(csv.reader(io.StringIO(answer.text)))
    assert head[0] == "Reference"
    assert line[1] == "'=HYPERLINK(1)"
    assert line[2] == "Needs an answer"
    assert not [word for word in ("Okonkwo", "Adaeze", "07700") if word in answer.text]


def test_file_has_every_page_of_the_list(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.placements.PAGE", 2)
    for _ in range(5):
        make_referral(runtime.db, place)
    lines = sign_in("provider-0").client.get("/offers.csv").text.splitlines()
    assert len(set(lines)) == 6


def test_file_of_an_empty_list_is_its_head(sign_in: SignIn) -> None:
    assert sign_in("provider-2").client.get("/offers.csv").text.count("\r\n") == 1


def test_what_is_told_by_telephone_names_who_told_it(
    made: MadeReferral, sign_in: SignIn, admin: Engine, runtime: Runtime
) -> None:
    worker, own = sign_in("link-worker"), f"/offers/{made.placement_id}"
    enter = f"/referrals/{made.id}{own}/enter"
    refused = worker.send(enter, {"told_by": " "})
    assert refused.status_code == 400
    assert "Give a name" in refused.text
    assert worker.send(enter, {"told_by": "Pat Ng"}).status_code == 303
    assert worker.send(f"{own}/accept", at=own).status_code == 303
    with admin.connect() as connection:
        query = text("select detail from audit_event where act = 'accept' and role = 'provider'")
        detail = connection.execute(query).scalars().first()
    assert names_at_steps(runtime, admin, made.id) == ["Pat Ng"]
    assert detail is not None
    with runtime.db.transaction(system("test")) as tx:
        lying = audit_names.list_names(tx.session, tx.cipher, [UUID(detail["named"])])
    assert list(lying.values()) == ["Pat Ng"]
    assert "told by Pat Ng" in worker.get(own).text
    assert worker.send("/entering/stop", at=own).status_code == 303
    assert "for Dalston Befrienders, told by Pat Ng" in worker.get(f"/referrals/{made.id}").text
    assert "Pat Ng" not in sign_in("practice-0").get(f"/loops/{made.id}").text


def test_group_without_any_account_is_entered_for(
    made: MadeReferral, sign_in: SignIn, admin: Engine, place: MadePlace
) -> None:
    with admin.begin() as connection:
        of_group = {"org": place.providers[0].id}
        connection.execute(text("delete from user_session"))
        connection.execute(text("delete from user_account where organisation_id = :org"), of_group)
    worker = sign_in("link-worker")
    own = f"/offers/{made.placement_id}"
    worker.send(f"/referrals/{made.id}{own}/enter", {"told_by": "Pat Ng"})
    assert worker.send(f"{own}/decline", {"reason": "22"}).status_code == 303
    assert "Declined" in worker.get(own).text
